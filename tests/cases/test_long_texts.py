"""Long texts in many reports: a record stays writable, and what is shed does not depend on the order of arrival."""

import random

from pipeline.cases.union import SHED, TEXT_KEPT, Trimmed, union
from schemas.facts import Fact
from tests.cases.scene import GRAVE, HOUR, T0, Body, Desk, report

WRITABLE = 1_900_000
"""Bytes that one record may have on the case topic (2 MiB with its envelope)."""

LONGEST = "æ" * 8_000


def _long(number: int, letters: int = 8_000) -> Fact:
    body: Body = {**GRAVE, "circumstances": {**dict(GRAVE["circumstances"]), "description": "æ" * letters}}  # type: ignore[arg-type]
    return report(T0 + number * HOUR / 60, body=body, event=f"r-{number}")


def _fold(facts: list[Fact], sizes: list[int]) -> tuple[tuple[Fact, ...], Trimmed]:
    state: tuple[tuple[Fact, ...], Trimmed] = ((), {})
    while facts:
        count = sizes.pop() if sizes else len(facts)
        state, facts = union(*state, facts[:count]), facts[count:]
    return state


def test_what_is_shed_does_not_depend_on_order_or_batches() -> None:
    """Thirty long reports in any order and any batches leave the same texts standing."""
    reports = [_long(number, 1_000 + 137 * number) for number in range(30)]
    wanted = union((), {}, reports)
    assert any(SHED in fact.flags for fact in wanted[0])
    for seed in range(40):
        chance = random.Random(seed)
        shuffled = reports + chance.sample(reports, 5)
        chance.shuffle(shuffled)
        assert _fold(shuffled, [chance.randint(1, 6) for _ in range(12)]) == wanted


def test_the_earliest_reports_keep_their_text_and_all_keep_what_severity_reads() -> None:
    """Eight reports of 8,000 letters fill the allowance; the ninth sheds its text and nothing that is judged."""
    facts, _ = union((), {}, [_long(number) for number in range(12)])
    kept = TEXT_KEPT // len(LONGEST)
    assert [SHED in fact.flags for fact in facts] == [False] * kept + [True] * (12 - kept)
    for fact in facts:
        circumstances = fact.body["circumstances"]
        assert isinstance(circumstances, dict)
        assert {**circumstances, "description": None} == {**dict(GRAVE["circumstances"]), "description": None}  # type: ignore[arg-type]


def test_a_flood_of_the_longest_reports_still_fits_and_the_clock_goes_on() -> None:
    """Three hundred reports of the greatest length: the record can be written, and its next rung is armed."""
    desk = Desk()
    desk.take(*[_long(number) for number in range(300)])
    record = desk.record
    assert record is not None
    assert len(record.encode()) < WRITABLE
    assert record.wake_at is not None
