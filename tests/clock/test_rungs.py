"""The ladder: every rung due, what comes next, repeats without end, reminders."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clock.deadline import strict
from pipeline.clock.policy import Policy
from pipeline.clock.rungs import belongs, next_reminder, next_rung, reminders, rungs
from tests.clock.telling import local

HOUR = timedelta(hours=1)
FRIDAY = local("2026-11-20 15:45")
LADDER = [  # by hand: aware on Friday 15.45, deadline on Monday 15.45
    ("opening", "2026-11-20 15:45"),
    ("plus_24h", "2026-11-21 15:45"),
    ("plus_48h", "2026-11-22 15:45"),
    ("minus_12h", "2026-11-23 03:45"),
    ("minus_4h", "2026-11-23 11:45"),
    ("minus_1h", "2026-11-23 14:45"),
    ("deadline", "2026-11-23 15:45"),
    ("overdue", "2026-11-24 15:45"),
    ("overdue", "2026-11-25 15:45"),
]


def climbed(policy: Policy, aware_at: datetime, count: int) -> list[tuple[str, datetime]]:
    """Returns the first `count` rungs, each asked for as the next one."""
    reached: list[tuple[str, datetime]] = []
    for _ in range(count):
        rung = next_rung(policy, aware_at, strict(aware_at, policy), reached)
        reached.append((rung.name, rung.due_at))
    return reached


def test_the_ladder_of_a_friday(gdpr: Policy) -> None:
    """Opening, +24, +48, -12, -4, -1 hours, the deadline, then every 24 hours (design §5)."""
    expected = [(name, local(at)) for name, at in LADDER]
    due = rungs(gdpr, FRIDAY, strict(FRIDAY, gdpr), local("2026-11-25 15:45"))
    assert [(rung.name, rung.due_at) for rung in due] == expected
    assert {rung.clock for rung in due} == {"gdpr33-dk"}
    assert climbed(gdpr, FRIDAY, len(expected)) == expected


def test_a_rung_is_due_on_the_second(gdpr: Policy) -> None:
    """One second before the deadline its rung is not due; on the deadline it is."""
    deadline = strict(FRIDAY, gdpr)
    before = rungs(gdpr, FRIDAY, deadline, deadline - timedelta(seconds=1))
    assert [rung.name for rung in before][-1] == "minus_1h"
    assert [rung.name for rung in rungs(gdpr, FRIDAY, deadline, deadline)][-1] == "deadline"


def test_nothing_is_due_before_awareness(gdpr: Policy) -> None:
    """An awareness that lies ahead has no rung yet."""
    assert rungs(gdpr, FRIDAY, strict(FRIDAY, gdpr), FRIDAY - HOUR) == ()


def test_an_outage_leaves_the_missed_rungs_in_order(gdpr: Policy) -> None:
    """Down from the opening on for 30 hours: what was missed is +24 h, and +48 h is next."""
    deadline = strict(FRIDAY, gdpr)
    reached = [("opening", FRIDAY)]
    assert next_rung(gdpr, FRIDAY, deadline, reached).name == "plus_24h"
    reached.append(("plus_24h", FRIDAY + 24 * HOUR))
    following = next_rung(gdpr, FRIDAY, deadline, reached)
    assert (following.name, following.due_at) == ("plus_48h", FRIDAY + 48 * HOUR)


def test_rungs_are_elapsed_time_over_the_change_of_clocks(gdpr: Policy) -> None:
    """Aware on Friday 23 October 14.30: a day later is Saturday 14.30, two days later Sunday 13.30."""
    aware = local("2026-10-23 14:30")
    due = {rung.name: rung.due_at for rung in rungs(gdpr, aware, strict(aware, gdpr), local("2026-10-26 13:30"))}
    assert due["plus_24h"] == local("2026-10-24 14:30")
    assert due["plus_48h"] == local("2026-10-25 13:30")
    assert due["minus_12h"] == local("2026-10-26 01:30")
    assert due["deadline"] == local("2026-10-26 13:30")


def test_a_moved_deadline_makes_new_rungs(gdpr: Policy) -> None:
    """Moved six hours earlier, the whole ladder is new: nothing reached on the old one satisfies it."""
    old = climbed(gdpr, FRIDAY, 9)
    moved = FRIDAY - 6 * HOUR
    first = next_rung(gdpr, moved, strict(moved, gdpr), old)
    assert (first.name, first.due_at) == ("opening", moved)
    new = {(rung.name, rung.due_at) for rung in rungs(gdpr, moved, strict(moved, gdpr), local("2026-12-31 00:00"))}
    assert not new & set(old)
    assert not any(belongs(gdpr, moved, strict(moved, gdpr), "", name, due) for name, due in old)
    assert all(belongs(gdpr, FRIDAY, strict(FRIDAY, gdpr), "", name, due) for name, due in old)


def test_another_policys_ladder_shares_the_rungs_from_awareness(policies: tuple[Policy, ...], gdpr: Policy) -> None:
    """A person chooses 96 hours at hour 50: +24 h and +48 h stay reached, +72 h is next."""
    other = next(policy for policy in policies if policy.id == "omnibus-com-2025-11")
    following = next_rung(other, FRIDAY, strict(FRIDAY, other), climbed(gdpr, FRIDAY, 3))
    assert following.name == "plus_72h"


def test_a_claim_of_long_ago_is_overdue_once(gdpr: Policy) -> None:
    """Signalled two years before anybody told: the ladder, one repeat before the opening, then a repeat a day."""
    aware = local("2024-11-20 10:00")
    deadline, opened = strict(aware, gdpr), local("2026-11-20 10:30")
    until = opened + 48 * HOUR
    due = rungs(gdpr, aware, deadline, until, opened)
    assert [rung.name for rung in due] == [name for name, _ in LADDER[:7]] + ["overdue"] * 3
    assert [rung.due_at for rung in due[7:]] == [local(f"2026-11-{day} 10:00") for day in (20, 21, 22)]
    reached: list[tuple[str, datetime]] = []
    while (rung := next_rung(gdpr, aware, deadline, reached, opened)).due_at <= until:
        reached.append((rung.name, rung.due_at))
    assert reached == [(rung.name, rung.due_at) for rung in due]


def test_the_next_repeat_is_found_without_the_ones_before(gdpr: Policy) -> None:
    """Where only the newest repeat is still on record, the one after it comes next: no rung of the ladder again."""
    deadline = strict(FRIDAY, gdpr)
    reached = [("overdue", deadline + 24 * HOUR * 500)]
    assert next_rung(gdpr, FRIDAY, deadline, reached).due_at == deadline + 24 * HOUR * 501


def test_reminders_begin_at_once_or_after_their_grace(gdpr: Policy) -> None:
    """A review: at once, then daily. The receipt's reference: an hour after filing, then daily."""
    until = FRIDAY + 49 * HOUR
    review = reminders(gdpr, "review", "review", FRIDAY, until)
    assert [rung.due_at - FRIDAY for rung in review] == [0 * HOUR, 24 * HOUR, 48 * HOUR]
    receipt = reminders(gdpr, "receipt_reference", "receipt_reference", FRIDAY, until)
    assert [rung.due_at - FRIDAY for rung in receipt] == [1 * HOUR, 25 * HOUR, 49 * HOUR]
    assert (receipt[0].clock, receipt[0].name) == ("receipt_reference", "receipt_reference")


def test_the_next_reminder_follows_the_last_reached(gdpr: Policy) -> None:
    """A protected address: every two hours; reminders of another series do not count."""
    series = "inform_subjects_urgent"
    first = next_reminder(gdpr, "inform_subjects", series, FRIDAY, [("inform_subjects", FRIDAY)])
    assert (first.name, first.due_at) == (series, FRIDAY + 2 * HOUR)
    reached = [(series, FRIDAY + 2 * HOUR), (series, FRIDAY + 4 * HOUR)]
    assert next_reminder(gdpr, "inform_subjects", series, FRIDAY, reached).due_at == FRIDAY + 6 * HOUR
    assert belongs(gdpr, FRIDAY, FRIDAY, series, series, FRIDAY + 4 * HOUR)
    assert not belongs(gdpr, FRIDAY, FRIDAY, series, series, FRIDAY + 3 * HOUR)
    assert not belongs(gdpr, FRIDAY, FRIDAY, series, series, FRIDAY)


def test_an_unknown_reminder_is_an_error(gdpr: Policy) -> None:
    """A series that the policy does not have is never silently empty."""
    with pytest.raises(KeyError):
        next_reminder(gdpr, "acknowledge", "acknowledge", FRIDAY, [])


AWARE = st.timedeltas(timedelta(0), timedelta(days=900)).map(lambda after: datetime(2025, 1, 1, tzinfo=UTC) + after)


@given(aware=AWARE, late=st.timedeltas(timedelta(0), timedelta(days=12)))
def test_climbing_one_by_one_meets_exactly_the_rungs_due(gdpr: Policy, aware: datetime, late: timedelta) -> None:
    """However long the outage, asking for the next rung until none is due gives each due rung once, in order."""
    deadline, until = strict(aware, gdpr), aware + late
    reached: list[tuple[str, datetime]] = []
    while (rung := next_rung(gdpr, aware, deadline, reached)).due_at <= until:
        reached.append((rung.name, rung.due_at))
    assert reached == [(one.name, one.due_at) for one in rungs(gdpr, aware, deadline, until)]
    assert len(set(reached)) == len(reached)


@given(aware=AWARE, skipped=st.sets(st.integers(0, 6)))
def test_any_gap_in_the_ladder_is_filled_from_below(gdpr: Policy, aware: datetime, skipped: set[int]) -> None:
    """The next rung is the lowest that is missing, whatever lies above it."""
    deadline = strict(aware, gdpr)
    ladder = [(rung.name, rung.due_at) for rung in rungs(gdpr, aware, deadline, deadline)]
    reached = [one for number, one in enumerate(ladder) if number not in skipped]
    rung = next_rung(gdpr, aware, deadline, reached)
    assert (rung.name, rung.due_at) == (ladder[min(skipped)] if skipped else ("overdue", deadline + 24 * HOUR))
