"""The doctor of a running installation: each thing that an alert watches, judged by what the processes say."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.cli.live import Process, alarms, judge
from pipeline.kafka.doctor import Check
from tests.cli.terminal import Terminal

NOW = 10_000.0
Sample = tuple[str, Mapping[str, str], float]

WELL: Mapping[str, tuple[Sample, ...]] = {
    "casework": (
        ("brudvagt_stage_lag_records", {"stage": "intake", "partition": "0"}, 3),
        ("brudvagt_stage_oldest_unhandled_seconds", {"stage": "intake", "partition": "0"}, 2),
        ("brudvagt_stage_timers_parked", {"stage": "casework", "partition": "0"}, 0),
        ("brudvagt_clock_offset_seconds", {}, -0.1),
        ("brudvagt_cases_open", {"municipality": "657", "risk": "risk", "band": "over_24h"}, 4),
        ("brudvagt_cases_open", {"municipality": "657", "risk": "risk", "band": "under_4h"}, 0),
        ("brudvagt_cases_open", {"municipality": "657", "risk": "risk", "band": "overdue"}, 0),
    ),
    "alerting": (
        ("brudvagt_stage_lag_records", {"stage": "routing", "partition": "0"}, 0),
        ("brudvagt_stage_oldest_unhandled_seconds", {"stage": "routing", "partition": "0"}, 0),
        ("brudvagt_stage_timers_parked", {"stage": "delivery", "partition": "0"}, 0),
        ("brudvagt_clock_offset_seconds", {}, 0.2),
        ("brudvagt_plan_faults", {}, 0),
        ("brudvagt_page_linked", {}, 1),
    ),
    "heartbeat": (
        ("brudvagt_heartbeat_last_success_timestamp_seconds", {}, NOW - 50),
        ("brudvagt_heartbeat_interval_seconds", {}, 60),
    ),
    "auditor": (
        ("brudvagt_audit_last_run_timestamp_seconds", {}, NOW - 100),
        ("brudvagt_audit_findings", {"code": "unanswered", "severity": "critical"}, 0),
        ("brudvagt_audit_findings", {"code": "alert_twice", "severity": "warning"}, 3),
        ("brudvagt_dead_letters_open", {}, 0),
        ("brudvagt_topic_oldest_unread_seconds", {"topic": "reports"}, 79.0),
        ("brudvagt_topic_retention_seconds", {"topic": "reports"}, 100.0),
        ("brudvagt_broker_disk_free_ratio", {"broker": "1"}, 0.4),
    ),
    "web": (("brudvagt_page_sees_cases", {}, 1),),
}


def installation(change: Sample | None = None) -> dict[str, Process | None]:
    """An installation that is well, but for one sample."""
    found: dict[str, Process | None] = {}
    for role, samples in WELL.items():
        mine = tuple(change if change and (one[0], one[1]) == (change[0], change[1]) else one for one in samples)
        found[role] = Process(True, mine)
    return found


def faults(found: Mapping[str, Process | None]) -> Iterator[Check]:
    """What the doctor finds wrong."""
    return (check for check in judge(found, NOW) if not check.ok)


def test_nothing_is_wrong_with_what_is_well() -> None:
    """And everything was looked at."""
    checks = list(judge(installation(), NOW))
    assert [check for check in checks if not check.ok] == []
    assert [check.name for check in checks] == [
        "casework", "alerting", "heartbeat", "auditor", "page", "work that waits", "timers", "clock", "contact plans",
        "cases overdue", "cases under 4h", "heartbeat", "audit", "audit findings", "dead letters", "retention", "broker disk",
    ]  # fmt: skip


PART, OTHER = {"stage": "intake", "partition": "0"}, {"stage": "delivery", "partition": "0"}
CASES = {"municipality": "657", "risk": "risk"}


@pytest.mark.parametrize(
    ("change", "name", "runbook"),
    [
        (("brudvagt_stage_oldest_unhandled_seconds", PART, 301.0), "work that waits", "stage-stalled"),
        (("brudvagt_stage_timers_parked", OTHER, 1.0), "timers", "timer-parked"),
        (("brudvagt_clock_offset_seconds", {}, -31.0), "clock", "clock-off"),
        (("brudvagt_cases_open", CASES | {"band": "overdue"}, 1.0), "cases overdue", "deadline-missed"),
        (("brudvagt_cases_open", CASES | {"band": "under_4h"}, 2.0), "cases under 4h", "deadline-near"),
        (("brudvagt_heartbeat_last_success_timestamp_seconds", {}, NOW - 181), "heartbeat", "heartbeat-missing"),
        (("brudvagt_heartbeat_last_success_timestamp_seconds", {}, 0.0), "heartbeat", "heartbeat-missing"),
        (("brudvagt_audit_last_run_timestamp_seconds", {}, NOW - 3601), "audit", "auditor-silent"),
        (("brudvagt_audit_findings", {"code": "unanswered", "severity": "critical"}, 1.0), "audit findings", "audit-finding"),
        (("brudvagt_dead_letters_open", {}, 1.0), "dead letters", "dead-letter-open"),
        (("brudvagt_plan_faults", {}, 1.0), "contact plans", "plan-faulty"),
        (("brudvagt_topic_oldest_unread_seconds", {"topic": "reports"}, 81.0), "retention", "retention-near"),
        (("brudvagt_broker_disk_free_ratio", {"broker": "1"}, 0.09), "broker disk", "broker-disk"),
    ],
)  # fmt: skip
def test_each_fault_is_found_and_names_its_runbook(change: Sample, name: str, runbook: str) -> None:
    """One thing wrong is one finding."""
    (found,) = faults(installation(change))
    assert found.name == name
    assert found.remedy == f"See docs/runbooks/{runbook}.md."
    assert (Path(__file__).resolve().parents[2] / "docs" / "runbooks" / f"{runbook}.md").exists()


def test_a_process_that_does_not_answer_or_is_not_ready_is_found() -> None:
    """And the others are judged all the same."""
    found = installation()
    found["alerting"] = None
    heart = found["heartbeat"]
    assert heart is not None
    found["heartbeat"] = replace(heart, ready=False)
    assert [(one.name, one.remedy) for one in faults(found)] == [
        ("alerting", "See docs/runbooks/worker-down.md."),
        ("heartbeat", "See docs/runbooks/worker-down.md."),
    ]


def test_a_page_that_alerts_link_to_is_missed_and_one_that_sees_no_case_is_blind() -> None:
    """Each with its own runbook; without a page nothing is wrong where no alert links to one."""
    found, page = installation(), installation()["web"]
    assert page is not None
    blind = {**found, "web": replace(page, ready=False)}
    assert [(one.name, one.remedy) for one in faults(blind)] == [("page", "See docs/runbooks/page-blind.md.")]
    gone = {**found, "web": None}
    assert [(one.name, one.remedy) for one in faults(gone)] == [("page", "See docs/runbooks/page-missing.md.")]
    unlinked = {**installation(("brudvagt_page_linked", {}, 0.0)), "web": None}
    assert [one.name for one in judge(unlinked, NOW) if one.name == "page" or not one.ok] == []


def alert(name: str, state: str = "firing") -> dict[str, object]:
    """An alert as Prometheus tells of it."""
    said = {"summary": f"Om {name}", "runbook_url": f"docs/runbooks/{name.lower()}.md"}
    return {"labels": {"alertname": name}, "annotations": said, "state": state}


def test_what_fires_is_told_and_what_is_pending_is_not() -> None:
    """With its summary and its runbook; the switch, which is always to fire, is no fault."""
    told = alarms([alert("BrudvagtDeadMansSwitch"), alert("Worker"), alert("Disk", "pending")])
    assert [(one.name, one.ok) for one in told] == [("dead man's switch", True), ("Worker", False)]
    assert (told[1].detail, told[1].remedy) == ("Om Worker", "See docs/runbooks/worker.md.")
    assert [one.ok for one in alarms([alert("BrudvagtDeadMansSwitch")])] == [True, True]


def test_a_prometheus_without_the_switch_is_a_fault() -> None:
    """It has loaded no rules, or evaluates none: that nothing fires means nothing then."""
    (switch, _) = alarms([alert("BrudvagtDeadMansSwitch", "pending")])
    assert (switch.ok, switch.remedy) == (False, "See docs/runbooks/dead-mans-switch.md.")


def test_the_doctor_asks_prometheus_without_live_too(terminal: Terminal) -> None:
    """In a cluster no process answers on this machine; one that does not answer is told."""
    said = terminal("doctor", "--json", "--prometheus", "http://127.0.0.1:9")
    (asked,) = (one for one in said.data if one["name"] == "alert rules")
    assert asked["ok"] is False
    assert str(asked["detail"]).startswith("http://127.0.0.1:9 does not answer")
