"""A duplicate ends by request and answer, and no clock is lost between two cases."""

from collections.abc import Iterable
from itertools import permutations

import pytest

from pipeline.cases.identity import reference
from schemas.facts import Fact, FactKind
from tests.cases.scene import DAY, DECIDER, HOUR, T0, Body, Desk, acknowledge, close, decide, fact

A, B, C = sorted(reference("657", f"sag-{n}") for n in range(3))


def reported(case_id: str, hours: float = 0) -> Desk:
    """Returns a case that was reported so many hours after the beginning."""
    return Desk().take(fact(FactKind.REPORT_RECEIVED, T0 + HOUR * hours, case_id=case_id))


def duplicate_of(case_id: str, other: str, hours: float = 10) -> Fact:
    """Returns a person's word that one case is a duplicate of another."""
    return close(T0 + HOUR * hours, "duplicate_of", case_id=case_id, duplicate_of=other)


def settle(desks: dict[str, Desk], waiting: Iterable[Fact] = ()) -> None:
    """Carries what the cases have to say to each other, first come first served, until all is said."""
    waiting = [*waiting, *(one for desk in desks.values() for one in desk.facts)]
    for desk in desks.values():
        desk.facts.clear()
    while waiting:
        one = waiting.pop(0)
        desk = desks[one.case_id].take(one, now=T0 + 10 * HOUR)
        waiting += desk.facts
        desk.facts.clear()


def statuses(desks: dict[str, Desk]) -> dict[str, str]:
    """Returns where each case stands."""
    return {name: desk.status() for name, desk in desks.items()}


@pytest.mark.parametrize(("asks", "asked"), [(A, B), (B, A)], ids=["A asks B", "B asks A"])
def test_who_is_asked_takes_the_earliest_signal_of_both(asks: str, asked: str) -> None:
    """One was told at 15:45, the other two hours later: the later one's deadline becomes the earlier's, which ends."""
    desks = {asks: reported(asks), asked: reported(asked, 2)}
    desks[asks].take(duplicate_of(asks, asked))
    settle(desks)
    assert statuses(desks) == {asks: "absorbed", asked: "open"}
    assert desks[asked].deadline() == T0 + 72 * HOUR
    assert desks[asks].case.absorbed_by == asked
    assert desks[asks].case.wake_at is None


def test_b_keeps_its_own_signal_where_that_is_the_earlier() -> None:
    """Absorbing never moves a deadline later."""
    desks = {A: reported(A, 2), B: reported(B)}
    desks[A].take(duplicate_of(A, B))
    settle(desks)
    assert desks[B].deadline() == T0 + 72 * HOUR


def test_b_takes_the_earlier_time_to_which_a_person_corrected_a() -> None:
    """A's unit knew three hours before the form: the deadline that A had does not end with A."""
    desks = {A: reported(A), B: reported(B, 2)}
    body: Body = {"aware_at": (T0 - 3 * HOUR).isoformat(), "ground": "clerical_error", "reason": "Telefonen ringede."}
    desks[A].take(fact(FactKind.AWARENESS_CORRECTED, T0 + HOUR, body, by=DECIDER, case_id=A))
    desks[A].take(duplicate_of(A, B))
    settle(desks)
    assert statuses(desks) == {A: "absorbed", B: "open"}
    assert desks[B].deadline() == T0 + 69 * HOUR


def test_a_keeps_its_rungs_until_it_is_absorbed() -> None:
    """The person's word alone stops nothing."""
    desk = reported(A).take(duplicate_of(A, B))
    assert desk.status() == "open"
    assert desk.live(T0 + 24 * HOUR).demand().rung == "plus_24h"


BOTH_WAYS = pytest.mark.parametrize(("asks", "asked"), [(A, B), (B, A)], ids=["A asks B", "B asks A"])
"""Between two cases that ask each other the reference decides; here it must not."""


@BOTH_WAYS
def test_a_closed_case_refuses_and_the_other_keeps_its_rungs(asks: str, asked: str) -> None:
    """Nobody looks at the closed one any more."""
    desks = {asks: reported(asks), asked: reported(asked, 2)}
    desks[asked].take(close(T0 + 3 * HOUR, "not_a_breach", case_id=asked, reason="r"))
    desks[asks].take(duplicate_of(asks, asked))
    settle(desks)
    assert statuses(desks) == {asks: "open", asked: "closed"}
    assert desks[asks].deadline() == T0 + 72 * HOUR
    assert desks[asks].case.wake_at == (T0 + 24 * HOUR).timestamp()


@BOTH_WAYS
@pytest.mark.parametrize("waits", [False, True])
def test_a_case_nobody_reported_refuses(asks: str, asked: str, waits: bool) -> None:
    """Neither nothing nor an act that waits for its report can take over a clock."""
    other = Desk().take(acknowledge(T0).model_copy(update={"case_id": asked})) if waits else Desk()
    desks = {asks: reported(asks), asked: other}
    desks[asks].take(duplicate_of(asks, asked))
    settle(desks)
    assert desks[asks].status() == "open"
    assert desks[asks].case.wake_at == (T0 + 24 * HOUR).timestamp()
    assert any(one.kind == FactKind.CASE_ABSORB_REFUSED for one in desks[asks].case.facts)
    assert desks[asked].record is None or desks[asked].status() == "awaited"


@pytest.mark.parametrize("first", [A, B])
def test_when_each_asks_the_other_the_smaller_reference_stays(first: str) -> None:
    """Both requests are under way at once; one survives, with the earliest signal, whichever arrives first."""
    desks = {A: reported(A, 2), B: reported(B)}
    desks[A].take(duplicate_of(A, B))
    desks[B].take(duplicate_of(B, A))
    requests = sorted((one for desk in desks.values() for one in desk.facts), key=lambda one: one.case_id != first)
    for desk in desks.values():
        desk.facts.clear()
    settle(desks, requests)
    assert statuses(desks) == {A: "open", B: "absorbed"}
    assert desks[A].deadline() == T0 + 72 * HOUR


@pytest.mark.parametrize("order", list(permutations((A, B, C))))
def test_a_ring_of_three_loses_no_clock(order: tuple[str, ...]) -> None:
    """A asks B, B asks C, C asks A, all at once: one at least stays open, and it has the earliest signal of the others."""
    desks = {A: reported(A, 1), B: reported(B, 2), C: reported(C)}
    for one, other in ((A, B), (B, C), (C, A)):
        desks[one].take(duplicate_of(one, other))
    requests = sorted((one for desk in desks.values() for one in desk.facts), key=lambda one: order.index(one.case_id))
    for desk in desks.values():
        desk.facts.clear()
    settle(desks, requests)
    running = [desk.deadline() for desk in desks.values() if desk.status() == "open"]
    assert running
    assert min(running) == T0 + 72 * HOUR


def test_a_chain_hands_the_earliest_signal_on() -> None:
    """B has asked C and waits; A asks B meanwhile. Whatever is answered, A's early signal stands in an open case."""
    desks = {A: reported(A), B: reported(B, 1), C: reported(C, 2)}
    desks[B].take(duplicate_of(B, C))
    desks[A].take(duplicate_of(A, B))
    settle(desks, [one for desk in (desks[A], desks[B]) for one in [*desk.facts]])
    assert min(desk.deadline() for desk in desks.values() if desk.status() == "open") == T0 + 72 * HOUR


def test_a_refused_case_can_be_asked_again_and_can_take_others_over() -> None:
    """A refusal ends the waiting."""
    desks = {A: reported(A), B: Desk(), C: reported(C, 2)}
    desks[A].take(duplicate_of(A, B))
    settle(desks)
    desks[C].take(duplicate_of(C, A, hours=12))
    settle(desks)
    assert statuses({A: desks[A], C: desks[C]}) == {A: "open", C: "absorbed"}


def test_a_case_is_not_its_own_duplicate() -> None:
    """Nothing is asked, nothing is stopped."""
    desk = reported(A).take(duplicate_of(A, A))
    assert desk.facts == []
    assert desk.status() == "open"


def test_a_duplicate_of_nothing_asks_nothing() -> None:
    """The act is recorded; without the other's reference it does nothing."""
    desk = reported(A).take(close(T0 + HOUR, "duplicate_of", case_id=A))
    assert desk.facts == []
    assert desk.live(T0 + 24 * HOUR).demand().rung == "plus_24h"


def test_a_report_to_an_absorbed_case_opens_it_again() -> None:
    """Nobody would see it in B: the case has its clock and a review again until a person looks."""
    desks = {A: reported(A), B: reported(B, 2)}
    desks[A].take(duplicate_of(A, B))
    settle(desks)
    desks[A].take(fact(FactKind.REPORT_SUPPLEMENTED, T0 + DAY, case_id=A))
    assert desks[A].status() == "open"
    assert "review" in desks[A].owed()
    desks[A].take(duplicate_of(A, B, hours=30))
    settle(desks)
    assert desks[A].status() == "absorbed"


def test_a_request_told_twice_is_answered_once() -> None:
    """A replay asks nothing of anybody."""
    desks = {A: reported(A), B: reported(B, 2)}
    desks[A].take(duplicate_of(A, B))
    (request,) = desks[A].facts
    desks[B].take(request, request)
    assert [one.kind for one in desks[B].facts] == [FactKind.CASE_ABSORBED]


def test_a_case_with_a_decision_can_be_absorbed() -> None:
    """What was decided on A stays in A; B goes its own way."""
    desks = {A: reported(A).take(decide(T0 + HOUR).model_copy(update={"case_id": A})), B: reported(B, 2)}
    desks[A].take(duplicate_of(A, B))
    settle(desks)
    assert statuses(desks) == {A: "absorbed", B: "open"}
    assert desks[B].owed() == ["acknowledge", "advise", "decide", "submit"]


def test_the_reports_of_both_stay_where_they_were() -> None:
    """Absorbing moves no fact: B knows A's first signal, not its content."""
    desks = {A: reported(A), B: reported(B, 2)}
    before = [one for one in desks[B].case.facts if one.kind == FactKind.REPORT_RECEIVED]
    desks[A].take(duplicate_of(A, B))
    settle(desks)
    assert [one for one in desks[B].case.facts if one.kind == FactKind.REPORT_RECEIVED] == before
