"""NIS 2 beside the GDPR: a second clock with stages, rungs and obligations of its own (Art. 23(4); NIS 2-loven § 15)."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from pipeline.cases.identity import reference
from schemas.actions import By
from schemas.case import LegalClock, ObligationName, Status
from schemas.facts import Fact, FactKind
from schemas.values import Role
from tests.cases.scene import (
    DAY,
    DEADLINE,
    DECIDER,
    DEPLOY,
    HOUR,
    OTHER,
    REFERENCE,
    T0,
    Body,
    Desk,
    close,
    fact,
    report,
    submit,
)

NIS2 = "nis2-dk"
SECURITY = By(role=Role.SECURITY, local_id="sikkerhed")
OUTAGE: Body = {"service_disrupted": "yes"}
ATTACK: Body = {"circumstances": {"incident_kinds": ["ransomware"]}}
WARNING, NOTICE, FINAL = (
    ObligationName.NIS2_EARLY_WARNING,
    ObligationName.NIS2_NOTIFICATION,
    ObligationName.NIS2_FINAL_REPORT,
)
EARLY = datetime(2026, 11, 21, 14, 45, tzinfo=UTC)  # 24 hours after T0, a Saturday
MONTH_LATER = datetime(2026, 12, 22, 14, 45, tzinfo=UTC)  # of a notification filed on 22 November


def incident(at: datetime, **body: JsonValue) -> Fact:
    """Returns what the information-security coordinator states."""
    return fact(FactKind.INCIDENT_STATED, at, dict(body), by=SECURITY)


def corrected(aware_at: datetime, ground: str, at: datetime = T0 + 11 * HOUR) -> Fact:
    """Returns what the decision maker says of when the controller was aware."""
    body: Body = {"aware_at": aware_at.isoformat(), "ground": ground, "reason": "Undersøgt."}
    return fact(FactKind.AWARENESS_CORRECTED, at, body, by=DECIDER)


def second(desk: Desk) -> LegalClock:
    """Returns the clock beside the first."""
    return next(clock for clock in desk.case.clocks if clock.policy == NIS2)


def asked(desk: Desk) -> list[str]:
    """Returns what the second clock's demands ask for."""
    return [str(one.obligation) for one in desk.case.demands if one.obligation in (WARNING, NOTICE, FINAL)]


@pytest.mark.parametrize("sign", [OUTAGE, ATTACK], ids=["service disrupted", "attack"])
def test_a_sign_starts_a_second_clock_at_the_first_signal(sign: Body) -> None:
    """24 hours to the early warning, beside the 72 to Datatilsynet, which stay as they are."""
    desk = Desk().take(report(T0, sign))
    assert [clock.policy for clock in desk.case.clocks] == ["gdpr33-dk", NIS2]
    assert (desk.deadline(), second(desk).deadline_at) == (DEADLINE, EARLY)
    assert desk.obligation(NOTICE) is not None
    assert asked(desk) == [WARNING]


def test_each_clock_records_which_released_file_it_stands_under() -> None:
    """Id, and the SHA-256 of the file's bytes, of both laws."""
    desk = Desk().take(report(T0, OUTAGE))
    files = {"gdpr33-dk": "gdpr33-dk.v1.yaml", NIS2: "nis2-dk.v2.yaml"}
    assert {clock.policy: clock.policy_hash for clock in desk.case.clocks} == {
        policy: hashlib.sha256((DEPLOY / "policies" / name).read_bytes()).hexdigest() for policy, name in files.items()
    }


def test_without_a_sign_there_is_one_clock() -> None:
    """And a person may start the second: it counts from the first signal all the same."""
    desk = Desk().take(report(T0))
    assert [clock.policy for clock in desk.case.clocks] == ["gdpr33-dk"]
    desk.take(incident(T0 + 5 * HOUR, significant="yes"))
    assert second(desk).deadline_at == EARLY


def test_each_stage_has_its_deadline_and_its_rungs() -> None:
    """The early warning's rungs, overdue included; then those that lead to the notification after 72 hours."""
    desk = Desk().take(report(T0, OUTAGE)).live(EARLY + DAY)
    names = [(name, due) for name, due, _ in climbed(desk)]
    assert ("minus_4h", EARLY - 4 * HOUR) in names
    assert ("deadline", EARLY) in names
    assert ("overdue", EARLY + DAY) in names
    desk.take(incident(EARLY + DAY + HOUR, filed="early_warning"))
    assert second(desk).deadline_at == DEADLINE
    assert asked(desk) == [NOTICE]
    desk.live(DEADLINE)
    assert ("minus_12h", DEADLINE - 12 * HOUR) in [(name, due) for name, due, _ in climbed(desk)]
    assert asked(desk) == [NOTICE]


def test_the_final_report_is_due_a_month_after_the_notification_and_asked_for_a_week_before() -> None:
    """Then daily, until it is filed; until then the case cannot be closed."""
    filed = datetime(2026, 11, 22, 14, 45, tzinfo=UTC)
    desk = Desk().take(report(T0, OUTAGE)).live(filed - HOUR)
    desk.take(incident(filed, filed="notification"))
    assert second(desk).stopped_by is not None
    final = desk.obligation(FINAL)
    assert final is not None
    assert final.due_at == MONTH_LATER
    desk.take(submit(filed + HOUR, complete="yes", receipt_reference="ab" * 20))
    desk.live(MONTH_LATER - timedelta(days=7))
    assert FINAL in asked(desk)
    desk.take(close(MONTH_LATER - DAY))
    assert [problem.code for _, problem in desk.refused] == ["obligations_open"]
    desk.take(incident(MONTH_LATER - HOUR, filed="final"), close(MONTH_LATER))
    assert desk.case.status is Status.CLOSED


def test_neither_filing_settles_the_other() -> None:
    """A notification to Datatilsynet leaves NIS 2 open, and the other way round."""
    desk = Desk().take(report(T0, OUTAGE)).take(submit(T0 + HOUR, complete="yes"))
    assert desk.case.clocks[0].stopped_by is not None
    assert second(desk).stopped_by is None
    other = Desk().take(report(T0, OUTAGE)).take(incident(T0 + HOUR, filed="notification"))
    assert other.case.clocks[0].stopped_by is None
    assert second(other).stopped_by is not None


def test_a_reasoned_no_stops_it_until_a_report_shows_a_sign_again() -> None:
    """A bare no stops nothing; a machine never says no."""
    desk = Desk().take(report(T0, OUTAGE)).take(incident(T0 + HOUR, significant="no"))
    assert second(desk).stopped_by is None
    desk.take(incident(T0 + 2 * HOUR, significant="no", reason="Kun ti minutter."))
    assert second(desk).stopped_by is not None
    assert not {WARNING, NOTICE} & set(desk.owed())
    desk.take(report(T0 + 3 * HOUR, ATTACK))
    assert (second(desk).stopped_by, second(desk).deadline_at) == (None, EARLY)


def test_a_no_moves_no_deadline_nor_does_a_report_that_comes_late() -> None:
    """A repeat of the report is read before the report itself, after an outage: the no that it overtook holds again."""
    first, again = report(T0, OUTAGE, event="one"), report(T0 + 17 * HOUR, OUTAGE, event="one")
    again = again.model_copy(update={"fact_id": first.fact_id})
    refused = incident(T0 + 9 * HOUR, significant="no", reason="Kortvarigt.")
    desk = Desk().take(refused, again, now=T0 + 18 * HOUR)
    assert second(desk).stopped_by is None
    before = second(desk).deadline_at
    desk.take(first, now=T0 + 19 * HOUR)
    assert second(desk).stopped_by == refused.fact_id
    assert second(desk).deadline_at == EARLY <= before


def test_no_breach_is_no_word_on_the_incident() -> None:
    """Closing as not a breach would silence the second clock: refused until it has its own answer."""
    desk = Desk().take(report(T0, OUTAGE))
    desk.take(close(T0 + HOUR, "not_a_breach", reason="Ingen personoplysninger."))
    assert [problem.code for _, problem in desk.refused] == ["obligations_open"]
    desk.take(incident(T0 + 2 * HOUR, significant="no", reason="Kun ti minutter."))
    desk.take(close(T0 + 3 * HOUR, "not_a_breach", reason="Ingen personoplysninger."))
    assert desk.case.status is Status.CLOSED


def test_an_investigation_moves_the_first_clock_alone() -> None:
    """The policy grants NIS 2 no investigation: aware is aware."""
    desk = Desk().take(report(T0, OUTAGE), corrected(T0 + 10 * HOUR, "investigation"))
    assert desk.deadline() == DEADLINE + 10 * HOUR
    assert second(desk).deadline_at == EARLY


@pytest.mark.parametrize("ground", ["investigation", "clerical_error"])
def test_a_correction_to_an_earlier_time_moves_both_clocks(ground: str) -> None:
    """Whoever was aware of the breach at noon was aware of the incident: both periods count from there, at once."""
    noon = T0 - 3 * HOUR
    desk = Desk().take(report(T0, OUTAGE), corrected(noon, ground))
    assert desk.deadline() == noon + 72 * HOUR
    assert second(desk).deadline_at == noon + 24 * HOUR
    assert [one.due_at for one in desk.case.obligations if one.name in (WARNING, NOTICE)] == [
        noon + 24 * HOUR,
        noon + 72 * HOUR,
    ]
    assert second(desk).amber_at == DEADLINE  # what the first signal would give stays visible
    desk.live(noon + 20 * HOUR)
    assert ("minus_4h", noon + 20 * HOUR) in [(name, due) for name, due, _ in climbed(desk)]


def test_a_correction_taken_back_moves_the_second_clock_to_the_first_signal_and_no_further() -> None:
    """The latest word counts; a person moved it earlier, and a person moves it back."""
    desk = Desk().take(report(T0, OUTAGE), corrected(T0 - 3 * HOUR, "clerical_error"))
    desk.take(corrected(T0 + 10 * HOUR, "investigation", at=T0 + 12 * HOUR))
    assert second(desk).deadline_at == EARLY


def test_a_slip_of_the_pen_put_right_moves_both_clocks_to_when_the_system_had_the_report() -> None:
    """The unit wrote the wrong month: NIS 2 was overdue at once; now it has its 24 hours from the broker's time."""
    desk = Desk().take(report(T0, {**OUTAGE, "received_by_unit_at": (T0 - 30 * DAY).isoformat()}))
    assert second(desk).deadline_at == EARLY - 30 * DAY
    desk.take(corrected(T0 + HOUR, "clerical_error"))
    assert (desk.deadline(), second(desk).deadline_at) == (DEADLINE, EARLY)


@pytest.mark.parametrize("typed", ["2025-11-20T15:45:00+01:00", "1926-11-20T15:45:00+01:00"])
def test_a_mistyped_year_silences_no_second_clock(typed: str) -> None:
    """It lies before the policy that keeps NIS 2's clock, or before NIS 2: the clock runs, overdue, until it is put right."""
    desk = Desk().take(report(T0, {**OUTAGE, "received_by_unit_at": typed}))
    assert second(desk).deadline_at < T0
    assert asked(desk) == [WARNING]
    desk.take(corrected(T0, "clerical_error"))
    assert second(desk).deadline_at == EARLY


def test_what_was_told_before_the_pipeline_kept_nis_2s_clock_starts_none() -> None:
    """The law of 2025 has a released policy without signs; a sign told since then starts the clock all the same."""
    old = datetime(2025, 12, 31, 12, tzinfo=UTC)
    desk = Desk().take(report(old, OUTAGE))
    assert [clock.policy for clock in desk.case.clocks] == ["gdpr33-dk"]
    desk.take(report(old + DAY, OUTAGE))
    assert second(desk).deadline_at == old + DAY


def test_a_case_that_takes_over_an_incident_carries_its_clock() -> None:
    """The request to absorb says so; without it the second clock would be lost between two cases."""
    desk = Desk().take(report(T0, OUTAGE))
    desk.take(close(T0 + HOUR, "duplicate_of", duplicate_of=OTHER))
    request = desk.facts[-1]
    assert request.kind == FactKind.CASE_ABSORB_REQUESTED
    other = Desk().take(report(T0 + HOUR).model_copy(update={"case_id": OTHER, "digest": None}))
    other.take(request.model_copy(update={"case_id": OTHER}))
    assert second(other).deadline_at == EARLY


def test_the_rungs_come_in_any_order_and_once() -> None:
    """An outage over two rungs: both are recorded once, the demand names the highest and the one missed."""
    desk = Desk().take(report(T0, OUTAGE)).wake(EARLY - HOUR)
    late = [(name, due) for name, due, at in climbed(desk) if at == EARLY - HOUR]
    assert sorted(late) == [
        ("minus_12h", EARLY - 12 * HOUR),
        ("minus_1h", EARLY - HOUR),
        ("minus_4h", EARLY - 4 * HOUR),
    ]
    demand = desk.demand(NIS2)
    assert (demand.rung, demand.missed) == ("minus_1h", ("minus_12h", "minus_4h"))


def climbed(desk: Desk) -> list[tuple[str, datetime, datetime]]:
    """Returns the rungs of the second clock: name, due time, recording time."""
    return [
        (str(one.body["rung"]), datetime.fromisoformat(str(one.body["due_at"])), one.recorded_at)
        for one in desk.case.facts
        if one.kind == FactKind.RUNG_REACHED and one.body["clock"] == NIS2
    ]


def test_the_reference_is_the_cases() -> None:
    """One case, two clocks: nothing is opened beside it."""
    assert Desk().take(report(T0, OUTAGE)).case.reference == REFERENCE


@pytest.mark.parametrize("name", [f"sag-{number}" for number in range(12)])
def test_overdue_is_the_higher_of_two_rungs_of_one_moment(name: str) -> None:
    """A day after the early warning was due is 48 hours after awareness: the alarm says overdue, in whatever case."""
    told = report(T0, OUTAGE).model_copy(update={"case_id": reference("657", name), "digest": None})
    demand = Desk().take(told).wake(EARLY + DAY + HOUR).demand(NIS2)
    assert (demand.rung, demand.missed[-2:]) == ("overdue", ("deadline", "plus_48h"))
