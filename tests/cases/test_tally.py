"""A producer's unreadable events: each keeps its case and clock, and people are told the number once."""

from datetime import UTC, datetime, timedelta

from pipeline.cases.identity import reference
from pipeline.cases.minting import unreadable
from pipeline.cases.tally import announce, count, tally_reference
from schemas.facts import Fact, Origin
from schemas.tally import Tally
from tests.cases.scene import DAY, HOUR, T0, Desk, misdelivery

TEN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def rejected(number: int, at: datetime = TEN) -> Fact:
    """Returns the fact of an unreadable event."""
    return unreadable(
        case_id=reference("657", f"unreadable:{number}"),
        received_at=at,
        record_digest=f"{number:064x}",
        producer="/forms/657/broken",
        codes=("not_json",),
        digest="0" * 64,
        origin=Origin(topic="reports", partition=0, offset=number, answers=False),
    )


def counted(facts: list[Fact], tally: Tally | None = None) -> tuple[Tally, list[Fact]]:
    """Returns the tally after these events, and the facts as they go on to their cases."""
    passed = []
    for one in facts:
        tally, on = count(tally, tally_reference("657", one.sender), one)
        passed.append(on)
    assert tally is not None
    return tally, passed


def test_five_in_an_hour_ring_by_themselves_and_the_sixth_is_crowded() -> None:
    """Design §3: more than 5 rejects an hour get one alert that names the number."""
    tally, passed = counted([rejected(n, TEN + n * SECOND) for n in range(7)])
    assert [one.flags for one in passed] == [()] * 5 + [("crowded",)] * 2
    assert tally.hours == {"2026-11-23T10:00:00+00:00": 7}


def test_five_alone_set_no_timer() -> None:
    """There is no number to name."""
    tally, _ = counted([rejected(n) for n in range(5)])
    assert tally.wake_at is None


def test_the_number_is_told_once_when_the_burst_has_settled() -> None:
    """200 events within two minutes: five minutes after the sixth the number is 200, and it is told once."""
    facts = [rejected(n, TEN + n * timedelta(milliseconds=600)) for n in range(200)]
    tally, _ = counted(facts)
    due = facts[5].recorded_at + timedelta(minutes=5)
    assert tally.wake_at == due.timestamp()
    assert announce(tally, due - SECOND) == tally
    told = announce(tally, due)
    assert told.announced == {"2026-11-23T10:00:00+00:00": 200}
    assert told.wake_at is None
    assert announce(told, due + HOUR) == told
    more, _ = counted([rejected(900, due + SECOND)], told)
    assert more.wake_at is None
    assert more.announced == told.announced


def test_the_next_hour_counts_by_itself() -> None:
    """Five more ring again; a sixth is announced for its own hour; the number told of the first hour stays as told."""
    tally, _ = counted([rejected(n) for n in range(6)])
    tally = announce(tally, TEN + HOUR / 2)
    tally, _ = counted([rejected(9, TEN + HOUR - SECOND)], tally)
    tally, passed = counted([rejected(n, TEN + HOUR + n * SECOND) for n in range(10, 16)], tally)
    assert [one.flags for one in passed] == [()] * 5 + [("crowded",)]
    assert tally.wake_at is not None
    assert announce(tally, TEN + 2 * HOUR).announced == {
        "2026-11-23T10:00:00+00:00": 6,
        "2026-11-23T11:00:00+00:00": 6,
    }


def test_the_hour_is_the_utc_hour_of_receipt() -> None:
    """A local hour comes twice in October; this one never does."""
    fact = rejected(1, datetime(2026, 11, 23, 11, 59, 59, tzinfo=UTC))
    assert list(counted([fact])[0].hours) == ["2026-11-23T11:00:00+00:00"]


def test_two_producers_and_two_municipalities_are_counted_apart() -> None:
    """One misbehaving form hides no other."""
    assert len({tally_reference(code, producer) for code in ("657", "161") for producer in ("/a", "/b")}) == 4


def test_a_tally_stays_small() -> None:
    """Two days of hours are kept."""
    tally, _ = counted([rejected(n, TEN + n * HOUR) for n in range(100)])
    assert len(tally.hours) == 48
    assert max(tally.hours) == (TEN + 99 * HOUR).isoformat()


def test_a_crowded_case_has_its_clock_and_its_rungs() -> None:
    """The mark only says who rings; the law counts the same."""
    _, passed = counted([rejected(n) for n in range(6)])
    desk = Desk().take(passed[5])
    assert desk.case.crowded
    assert desk.deadline() == TEN + 3 * DAY
    assert desk.demand().rung == "opening"
    assert desk.case.kind == "unreadable"


def test_a_legible_report_ends_the_crowding() -> None:
    """As soon as somebody tells something that can be read, the case rings by itself."""
    _, passed = counted([rejected(n, T0) for n in range(6)])
    desk = Desk().take(passed[5]).take(misdelivery(T0 + HOUR).model_copy(update={"digest": None}))
    assert not desk.case.crowded
    assert desk.case.kind == "misdelivery"
