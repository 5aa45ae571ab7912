"""A case is a set of facts: order, repetition and batches do not matter, and its size is bounded."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cases.minting import by_machine
from pipeline.cases.projection import project
from pipeline.cases.union import BODIES_KEPT, Trimmed, union
from schemas.case import CaseRecord
from schemas.facts import Fact, FactKind
from schemas.values import Role
from tests.cases.scene import (
    CASEWORKER,
    DAY,
    DECIDER,
    DPO,
    GRAVE,
    HARMLESS,
    HOUR,
    PROTECTED,
    REFERENCE,
    SENDER,
    T0,
    Body,
    Desk,
    catalogue,
    close,
    fact,
    report,
)

MINUTE = timedelta(minutes=1)

_BODIES: dict[FactKind, list[Body]] = {
    FactKind.REPORT_RECEIVED: [
        HARMLESS,
        GRAVE,
        {"reporter": {"role": "staff"}, "discovered_at": "2026-11-20T06:00:00+00:00"},
    ],
    FactKind.MISDELIVERY_RECEIVED: [GRAVE, PROTECTED, {"received_by_unit_at": "2026-11-19T09:30:00+00:00"}],
    FactKind.REPORT_SUPPLEMENTED: [PROTECTED, {"discovered_at": "2026-11-20T05:00:00+00:00"}],
    FactKind.ALERT_ACKNOWLEDGED: [{}],
    FactKind.DPO_ADVISED: [{"notify_authority": "yes"}],
    FactKind.CONTROLLER_DECIDED: [
        {"notify_authority": "yes", "inform_subjects": "yes"},
        {"notify_authority": "no", "reason": "begrundelse"},
        {"notify_authority": "no"},
    ],
    FactKind.NOTIFICATION_SUBMITTED: [{"kind": "initial", "complete": "no"}, {"kind": "withdrawal"}],
    FactKind.SUBJECTS_INFORMED: [{"informed": "yes"}],
    FactKind.ASSESSMENT_STATED: [{"outcome": "unlikely_risk", "reason": "fundet"}],
    FactKind.AWARENESS_CORRECTED: [
        {"aware_at": "2026-11-20T16:00:00+00:00", "ground": "investigation", "reason": "x"},
        {"aware_at": "2026-11-20T10:00:00+00:00", "ground": "clerical_error", "reason": "x"},
    ],
    FactKind.TASK_DONE: [{"task": "recall", "answer": "yes"}],
    FactKind.RECIPIENT_CONFIRMED: [{"deletion_confirmed": "yes"}],
    FactKind.CASE_CLOSED: [{"closing": "done"}, {"closing": "not_a_breach", "reason": "prøve"}],
    FactKind.CHAIN_EXHAUSTED: [{}],
}
_ACTORS = {FactKind.ALERT_ACKNOWLEDGED: DPO, FactKind.DPO_ADVISED: DPO, FactKind.AWARENESS_CORRECTED: DPO,
           FactKind.TASK_DONE: CASEWORKER, FactKind.RECIPIENT_CONFIRMED: CASEWORKER}  # fmt: skip
_TOLD = (
    FactKind.REPORT_RECEIVED,
    FactKind.MISDELIVERY_RECEIVED,
    FactKind.REPORT_SUPPLEMENTED,
    FactKind.CHAIN_EXHAUSTED,
)


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    """Draws the facts of one case; some recorded at the same moment, some of them told again at another time."""
    found = []
    for number in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(sorted(_BODIES)))
        made = fact(
            kind,
            T0 + HOUR * draw(st.integers(0, 60)),
            draw(st.sampled_from(_BODIES[kind])),
            by=SENDER if kind in _TOLD else _ACTORS.get(kind, DECIDER),
            source=draw(st.sampled_from(["/forms/657/staff", "/forms/657/citizen"])),
            event=f"e{number}",
        )
        found += [made] * draw(st.integers(1, 2))
        if draw(st.booleans()):
            again = made.recorded_at + HOUR * draw(st.integers(1, 9))
            found.append(made.model_copy(update={"recorded_at": again, "occurred_at": again}))
    return found


def united(batches: Sequence[Sequence[Fact]]) -> CaseRecord:
    """Returns the case that the batches give, added one after the other as the writer does."""
    kept: tuple[Fact, ...] = ()
    trimmed: Trimmed = {}
    for batch in batches:
        kept, trimmed = union(kept, trimmed, batch)
    return project(kept, trimmed, catalogue())


@settings(max_examples=120, deadline=None)
@given(data=st.data(), told=facts())
def test_any_order_any_repetition_any_batches_give_the_same_case(data: st.DataObject, told: list[Fact]) -> None:
    """Promise 2: the clock, and everything else of a case, is a pure function of its set of facts."""
    expected = united([told])
    shuffled = data.draw(st.permutations(told))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(told)), max_size=3)))
    batches = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(told)], strict=True)]
    assert united([batch for batch in batches if batch]) == expected


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_order_does_not_matter_beyond_the_limit(data: st.DataObject) -> None:
    """With more reports and rungs than keep their body, with claims and repeats: the same facts and ids are kept."""
    many = [
        report(
            T0 + MINUTE * (n % 97),
            {"received_by_unit_at": (T0 - HOUR * (n * 37 % 101)).isoformat()} if n % 3 == 0 else {},
            event=f"e{n}",
        )
        for n in range(BODIES_KEPT + 30)
    ]
    again = [one.model_copy(update={"recorded_at": one.recorded_at - DAY}) for one in many[::11]]
    rungs = [rung(n) for n in range(BODIES_KEPT + 20)]
    told = [*many, *again, *rungs]
    order = data.draw(st.randoms(use_true_random=False))
    shuffled = order.sample(told, len(told))
    at = data.draw(st.integers(1, len(told) - 1))
    kept, trimmed = union((), {}, told)
    other = union(*union((), {}, shuffled[:at]), [*shuffled[at:], *shuffled[:40]])
    assert other == (kept, trimmed)


def rung(number: int, clock: str = "inform_subjects") -> Fact:
    """Returns a rung that was recorded with all the others after an outage."""
    due = (T0 + 2 * HOUR * number).isoformat()
    body: Body = {"clock": clock, "rung": "inform_subjects_urgent", "due_at": due, "late_s": 0.0}
    return by_machine(FactKind.RUNG_REACHED, case_id=REFERENCE, at=T0 + 99 * DAY, identity=(clock, due), body=body)


def kept_of(told: Sequence[Fact], kind: FactKind) -> list[Fact]:
    """Returns the facts of a kind that keep their body."""
    return [one for one in union((), {}, told)[0] if one.kind == kind]


def test_of_each_kind_of_report_two_hundred_keep_their_body_and_later_ones_their_id() -> None:
    """Design §2: the first 200 of each kind by time; no report becomes unknown."""
    told = [report(T0 + MINUTE * n) for n in range(250)] + [
        fact(FactKind.REPORT_SUPPLEMENTED, T0 + MINUTE * n) for n in range(230)
    ]
    facts, trimmed = union((), {}, reversed(told))
    assert facts == tuple(sorted([*told[:200], *told[250:450]], key=lambda one: (one.recorded_at, one.fact_id)))
    assert trimmed == {
        "report.received": tuple(sorted(one.fact_id for one in told[200:250])),
        "report.supplemented": tuple(sorted(one.fact_id for one in told[450:])),
    }


def test_a_trimmed_report_told_again_is_a_repeat() -> None:
    """The id is what a repeat is known by; told again at a later time it changes nothing."""
    told = [report(T0 + MINUTE * n) for n in range(250)]
    state = union((), {}, told)
    assert union(*state, [told[240], told[3]]) == state
    desk = Desk(united([told])).take(told[240].model_copy(update={"recorded_at": T0 + DAY}))
    assert desk.outcomes()[-1] == "duplicate"


def test_human_acts_are_never_trimmed() -> None:
    """300 acts of one kind stay 300: what people did is the register (Art. 33(5))."""
    acts = [fact(FactKind.INFO_REQUESTED, T0 + MINUTE * n, {"question": "?"}, by=DPO) for n in range(300)]
    assert len(kept_of(acts, FactKind.INFO_REQUESTED)) == 300
    for kind in (FactKind.CONTROLLER_DECIDED, FactKind.NOTIFICATION_SUBMITTED, FactKind.AWARENESS_CORRECTED):
        assert len(kept_of([fact(kind, T0 + MINUTE * n, by=DPO) for n in range(201)], kind)) == 201


def test_the_earliest_claim_is_kept_however_late_it_is_told() -> None:
    """The 1,000th report says that the switchboard knew two hours before all the others: the clock moves to that."""
    desk = Desk(united([[report(T0 + MINUTE * n) for n in range(999)]]))
    assert desk.deadline() == T0 + 72 * HOUR
    desk.take(report(T0 + DAY, {"received_by_unit_at": (T0 - 2 * HOUR).isoformat()}))
    assert desk.deadline() == T0 + 70 * HOUR
    desk.take(*(report(T0 + 2 * DAY + MINUTE * n) for n in range(5)))
    assert desk.deadline() == T0 + 70 * HOUR


def test_times_that_start_no_clock_push_no_signal_out() -> None:
    """200 citizens who saw it in January do not trim the staff report that the law's clock counts from (domain §2.1)."""
    first = report(T0, {"received_by_unit_at": (T0 - 5 * HOUR).isoformat()})
    citizens = [
        report(T0 + HOUR + MINUTE * n, {"discovered_at": "2026-01-05T10:00:00+00:00"}, role="citizen")
        for n in range(300)
    ]
    assert Desk(united([[first, *citizens]])).deadline() == T0 + 67 * HOUR


def test_of_two_hundred_rungs_recorded_at_once_the_newest_due_are_kept() -> None:
    """After an outage all are recorded together; the series goes on from its newest due time, so that one stays."""
    rungs = [rung(n) for n in range(300)]
    assert kept_of(rungs, FactKind.RUNG_REACHED) == sorted(rungs[100:], key=lambda one: one.fact_id)
    assert union((), {}, rungs)[1] == {}, "nobody sends a rung again: no id need be known"


def test_rungs_go_on_after_two_hundred() -> None:
    """A protected address reminds every two hours: 20 days are 240 reminders, each once, and never two at a time."""
    desk = Desk().take(report(T0, PROTECTED))
    desk.take(fact(FactKind.NOTIFICATION_SUBMITTED, T0 + HOUR, {"kind": "initial", "receipt_reference": "a" * 40}))
    seen: dict[tuple[str, str], int] = {}
    while desk.case.wake_at is not None and desk.case.wake_at <= (T0 + 20 * DAY).timestamp():
        before = {one.fact_id for one in desk.case.facts}
        desk.live(desk_time(desk))
        for one in desk.case.facts:
            if one.fact_id not in before and one.kind == FactKind.RUNG_REACHED:
                name = (str(one.body["rung"]), str(one.body["due_at"]))
                seen[name] = seen.get(name, 0) + 1
    urgent = [due for name, due in seen if name == "inform_subjects_urgent"]
    assert sorted(urgent)[-240:] == [(T0 + 2 * n * HOUR).isoformat() for n in range(1, 241)]
    assert set(seen.values()) == {1}
    assert len(desk.rungs()) == BODIES_KEPT


def desk_time(desk: Desk) -> datetime:
    """Returns when the case wants to be woken."""
    assert desk.case.wake_at is not None
    return datetime.fromtimestamp(desk.case.wake_at, UTC)


def test_an_outage_of_a_hundred_days_is_caught_up_at_once() -> None:
    """1,200 urgent reminders came due: one piece of work records what is kept, and the next wake-up lies ahead."""
    desk = Desk().take(report(T0, PROTECTED)).wake(T0 + 100 * DAY + MINUTE)
    assert len(desk.rungs()) == BODIES_KEPT
    assert desk.status() == "open"
    assert desk.case.wake_at == (T0 + 100 * DAY + 2 * HOUR).timestamp()
    assert desk.demand().rung == "overdue"
    assert desk.demand("inform_subjects").rung_due_at == T0 + 100 * DAY


def test_a_runaway_form_leaves_the_record_below_256_kib() -> None:
    """It sends 1,000 reports without free text; the ladder has climbed for a hundred days; people have acted 30 times."""
    desk = Desk(united([[report(T0 + MINUTE * n, {"circumstances": {"medium": "email"}}) for n in range(1_000)]]))
    desk.wake(T0 + 100 * DAY)
    asked: Body = {"question": "Hvem? " * 40}
    desk.record = united(
        [desk.case.facts, [fact(FactKind.INFO_REQUESTED, T0 + 100 * DAY, asked, by=DPO) for _ in range(30)]]
    ).model_copy(update={"trimmed": desk.case.trimmed})
    assert len(desk.case.encode()) < 256 * 1024


def test_a_repeat_recorded_earlier_moves_the_time_back() -> None:
    """Times are never replaced: the earliest stays, whichever copy of the event comes first."""
    late = report(T0 + HOUR, event="same")
    early = late.model_copy(update={"recorded_at": T0, "occurred_at": T0})
    for order in ((early, late), (late, early)):
        desk = Desk()
        for one in order:
            desk.take(one, now=T0 + 2 * HOUR)
        assert desk.deadline() == T0 + 72 * HOUR
        assert desk.case.opened_at == T0
        assert desk.outcomes() == ["accepted", "duplicate"]


def test_a_closing_is_among_the_acts_that_stay() -> None:
    """A case that was closed says so however many reports follow; they reopen it."""
    desk = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach", reason="prøve"))
    desk.record = united([desk.case.facts, [report(T0 + 2 * HOUR + MINUTE * n) for n in range(300)]])
    assert any(one.kind == FactKind.CASE_CLOSED for one in desk.case.facts)
    assert desk.status() == "open"
    assert Role.DECISION_MAKER in {one.by.role for one in desk.case.facts}
