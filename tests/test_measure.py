"""The metrics: one definition each that makes the series, bounds them and writes the page; the design's set is whole."""

from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from pipeline.measure import Born, Definition, Kind, Label, Section
from pipeline.metrics import ROLES, initialise
from pipeline.metrics_page import PAGE, definitions, page

DESIGN = {
    # Intake
    "reports_received_total": {"municipality", "type", "source_kind"},
    "ingress_outcomes_total": {"outcome"},
    "dead_letters_total": {"stage", "error_code"},
    "last_report_received_timestamp_seconds": {"municipality"},
    # Stages
    "handler_messages_total": {"handler", "status"},
    "handler_duration_seconds": {"handler"},
    "handler_in_progress": {"handler"},
    # Law
    "cases_open": {"municipality", "risk", "band"},
    "nearest_deadline_timestamp_seconds": {"municipality"},
    "time_to_acknowledge_seconds": set(),
    "time_to_advise_seconds": set(),
    "time_to_decide_seconds": set(),
    "time_to_submit_seconds": set(),
    "deadlines_missed_total": {"municipality"},
    "rung_lateness_seconds": set(),
    # Alerting
    "deliveries_total": {"channel", "status"},
    "escalations_total": {"step"},
    "acknowledgements_expired_total": {"municipality"},
    "recipients_missing_total": {"municipality"},
    "silences_active": {"municipality"},
    # Engine: lag, last-stable-offset lag, oldest unhandled record's age, transactions and their duration, aborts,
    # rebalances, take-over and recovery seconds, timers armed, lateness, clock offset
    "stage_lag_records": {"stage", "partition"},
    "stage_stable_offset_lag_records": {"stage", "partition"},
    "stage_oldest_unhandled_seconds": {"stage", "partition"},
    "stage_transactions_total": {"stage", "outcome"},
    "stage_transaction_duration_seconds": {"stage"},
    "stage_rebalances_total": {"stage"},
    "stage_takeover_seconds": {"stage"},
    "stage_recovery_seconds": {"stage"},
    "stage_timers_armed": {"stage", "partition"},
    "stage_timer_lateness_seconds": {"stage"},
    "clock_offset_seconds": set(),
}
"""Design §11, word by word."""

LEGAL_HOURS = (0.25, 1, 4, 12, 24, 48, 60, 72, 96)
NAMES = [definition.name for definition in definitions()]


def test_the_designs_set_is_whole() -> None:
    """Every metric that the design names is defined, with its labels."""
    found = {one.name: {label.name for label in one.labels} for one in definitions()}
    assert {name: found.get(f"brudvagt_{name}") for name in DESIGN} == DESIGN


def test_no_metric_is_defined_twice() -> None:
    """One name, one definition."""
    assert len(NAMES) == len(set(NAMES))


def test_nothing_is_measured_without_a_definition() -> None:
    """What Brudvagt's processes register is exactly what is defined."""
    registered = {family.name for family in REGISTRY.collect() if family.name.startswith("brudvagt_")}
    computed = {one.name for one in definitions() if one.born is Born.COMPUTED}
    assert registered == {one.name.removesuffix("_total") for one in definitions()} - computed


@pytest.mark.parametrize("act", ["acknowledge", "advise", "decide", "submit"])
def test_times_are_sorted_into_the_laws_hours(act: str) -> None:
    """A quarter of an hour, 1, 4, 12, 24, 48, 60, 72 and 96 hours."""
    (one,) = (one for one in definitions() if one.name == f"brudvagt_time_to_{act}_seconds")
    assert [bound / 3600 for bound in one.buckets] == list(LEGAL_HOURS)


@pytest.mark.parametrize("one", definitions(), ids=NAMES)
def test_every_label_is_bounded_and_names_nobody(one: Definition) -> None:
    """No reference, no address, no person, no text; and a number of series that can be stated."""
    assert {label.name for label in one.labels} <= {
        "municipality", "type", "source_kind", "outcome", "stage", "error_code", "risk", "band", "level", "kind", "step",
        "channel", "status", "partition", "state", "handler", "department", "in_time", "producer", "path", "code",
        "severity", "part", "broker", "topic",
    }  # fmt: skip
    assert all(label.bound for label in one.labels)
    assert one.bound < 10_000


@pytest.mark.parametrize("role", ROLES)
def test_what_can_be_known_stands_at_zero_from_the_start(role: str) -> None:
    """Each series of a worker's counters and histograms is there before the first event."""
    initialise(role, ["657", "999"], ["mail"])
    shown = {(sample.name, frozenset(sample.labels.items())) for one in REGISTRY.collect() for sample in one.samples}
    for section in ROLES[role]:
        for one in section.definitions:
            if one.born is not Born.AT_START:
                continue
            first = {label.name: (label.values or _KNOWN[label.name])[0] for label in one.labels}
            name = f"{one.name}_count" if one.kind is Kind.HISTOGRAM else one.name
            assert (name, frozenset(first.items())) in shown, one.name
    assert not any(("municipality", "999") in labels for _, labels in shown)


_KNOWN = {"municipality": ("657",), "channel": ("mail",)}


def test_the_page_is_written_from_the_definitions() -> None:
    """`python -m pipeline.metrics_page` was run after the last change."""
    assert Path(PAGE).read_text(encoding="utf-8") == page()


def test_a_definition_that_breaks_the_rules_is_refused() -> None:
    """A counter without its ending, a label without bound, a foreign prefix."""
    section = Section("Refused")
    with pytest.raises(ValueError, match="_total"):
        section.computed("brudvagt_wrong_total", "A gauge with a counter's name.")
    with pytest.raises(ValueError, match="neither its values nor a bound"):
        section.computed("brudvagt_wrong", "A label that can be anything.", Label("text"))
    with pytest.raises(ValueError, match="begins with"):
        section.computed("wrong", "A foreign name.")
    assert section.definitions == []
