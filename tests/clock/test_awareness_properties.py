"""Awareness over any set of facts: order and repetition do not matter, and no report moves it later."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from pipeline.clock.awareness import awareness
from pipeline.clock.policy import Policy
from schemas.facts import Fact, FactKind
from schemas.reports import BREACH_REPORTED_BY_PROCESSOR
from tests.clock.telling import correction, fact

START = datetime(2026, 10, 20, tzinfo=UTC)
TIMES = st.integers(0, 12 * 24 * 4).map(lambda quarter: START + quarter * timedelta(minutes=15))
CLAIMS = st.none() | TIMES | st.sampled_from([datetime(1926, 1, 1, tzinfo=UTC), datetime(2025, 10, 25, tzinfo=UTC)])
IDS = st.integers(0, 2**64).map(lambda number: f"{number:032x}")


@st.composite
def reports(draw: st.DrawFn) -> Fact:
    """Any report by anybody, with any claims."""
    body: dict[str, JsonValue] = {
        "reporter": {"role": draw(st.sampled_from(["staff", "citizen", "finder", "system", "unknown"]))}
    }
    for name in ("discovered_at", "received_by_unit_at", "processor_aware_at"):
        at = draw(CLAIMS)
        if at is not None:
            body[name] = at.isoformat()
    return fact(
        draw(st.sampled_from([FactKind.REPORT_RECEIVED, FactKind.MISDELIVERY_RECEIVED, FactKind.REPORT_SUPPLEMENTED])),
        draw(TIMES),
        body,
        fact_id=draw(IDS),
        sender=draw(st.sampled_from(["//forms.example/1", "//forms.example/2"])),
        event_type=draw(st.sampled_from([None, BREACH_REPORTED_BY_PROCESSOR])),
        form=draw(CLAIMS),
    )


@st.composite
def absorptions(draw: st.DrawFn) -> Fact:
    """Any request of another case to be absorbed."""
    body = {"signal_at": draw(TIMES).isoformat(), "broker_at": draw(TIMES).isoformat()}
    return fact(FactKind.CASE_ABSORB_REQUESTED, draw(TIMES), dict(body), fact_id=draw(IDS))


@st.composite
def corrections(draw: st.DrawFn) -> Fact:
    """Any correction by a person."""
    ground = draw(st.sampled_from(["investigation", "clerical_error"]))
    return correction(draw(TIMES), draw(TIMES), ground, draw(IDS))


def unique(facts: list[Fact]) -> list[Fact]:
    """Returns the facts with every id once, as a case holds them."""
    return list({one.fact_id: one for one in facts}.values())


TOLD = st.lists(reports() | absorptions(), min_size=1, max_size=6).map(unique)
ANY = st.lists(reports() | absorptions() | corrections(), min_size=1, max_size=8).map(unique)


@given(facts=ANY, data=st.data())
def test_order_and_repetition_do_not_matter(
    policies: tuple[Policy, ...], facts: list[Fact], data: st.DataObject
) -> None:
    """Any order, any fact any number of times: the same awareness, word for word."""
    again = data.draw(st.lists(st.sampled_from(facts), max_size=4))
    mixed = data.draw(st.permutations(facts + again))
    assert awareness(mixed, policies) == awareness(facts, policies)


@given(facts=ANY, more=reports() | absorptions())
def test_no_report_moves_the_deadline_later(policies: tuple[Policy, ...], facts: list[Fact], more: Fact) -> None:
    """Whatever is reported further, by whomever and whenever recorded, the signal and the awareness stay or go back."""
    before, after = awareness(facts, policies), awareness(unique([more, *facts]), policies)
    if before is not None:
        assert after is not None
        assert after.signal_at <= before.signal_at
        assert after.aware_at <= before.aware_at


@given(facts=TOLD)
def test_without_a_correction_the_first_receipt_is_the_latest_it_can_be(
    policies: tuple[Policy, ...], facts: list[Fact]
) -> None:
    """The clock never starts after the first broker time, and awareness is the signal."""
    found = awareness(facts, policies)
    received = [one.recorded_at for one in facts if one.kind != FactKind.CASE_ABSORB_REQUESTED]
    assert (found is None) == (not received)
    if found is not None:
        assert found.aware_at == found.signal_at <= min(received)


@given(facts=TOLD, acts=st.lists(corrections(), min_size=1, max_size=3).map(unique))
def test_no_correction_goes_past_its_limit(
    policies: tuple[Policy, ...], gdpr: Policy, facts: list[Fact], acts: list[Fact]
) -> None:
    """A person moves awareness to a day after the signal or the first broker time at most, the signal never."""
    found, bare = awareness([*facts, *acts], policies), awareness(facts, policies)
    if found is not None and bare is not None:
        received = min(one.recorded_at for one in facts if one.kind != FactKind.CASE_ABSORB_REQUESTED)
        assert found.signal_at == bare.signal_at
        assert found.aware_at <= max(found.signal_at + gdpr.awareness_cap, received)
