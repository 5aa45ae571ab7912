"""The shipped policies, and which of them is chosen when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.clock.durations import add
from pipeline.clock.policy import NoPolicy, Policy, choose, named
from pipeline.clock.rules import PolicyStatus, Threshold, Trigger
from tests.clock.telling import local

SECOND = timedelta(seconds=1)
NIS2 = Trigger.SIGNIFICANT_INCIDENT_AWARE_AT


@pytest.mark.parametrize(
    ("name", "status", "hours", "threshold", "channel"),
    [
        ("gdpr33-dk", "in_force", 72, "not_unlikely_risk", "virk_dk"),
        ("omnibus-com-2025-11", "draft", 96, "high_risk", "enisa_sep"),
        ("omnibus-council-2026-04", "draft", 72, "high_risk", "national_entry_point"),
        ("omnibus-council-2026-06", "draft", 96, "high_risk", "national_entry_point"),
        ("omnibus-ep-2026-06", "draft", 96, "high_risk", "enisa_sep"),
        ("nis2-dk", "in_force", 72, "significant_incident", "virk_dk"),
    ],
)
def test_the_shipped_policies(
    policies: tuple[Policy, ...], name: str, status: str, hours: int, threshold: str, channel: str
) -> None:
    """Each row of notification-template.md §6 with its status, hours, threshold and channel."""
    policy = named(policies, name)
    assert (policy.status, policy.hours, policy.threshold, policy.channel) == (status, hours, threshold, channel)


def test_drafts_have_no_dates_and_are_never_law(policies: tuple[Policy, ...]) -> None:
    """The four drafts cover no moment, past or to come."""
    drafts = [policy for policy in policies if policy.status is PolicyStatus.DRAFT]
    assert len(drafts) == 4
    moments = [datetime(year, 7, 1, tzinfo=UTC) for year in range(2018, 2041)]
    assert not any(policy.covers(at) or policy.valid_from for policy in drafts for at in moments)
    assert {choose(policies, at).id for at in moments} == {"gdpr33-dk"}


def test_gdpr_begins_at_danish_midnight(policies: tuple[Policy, ...]) -> None:
    """25 May 2018 at 00.00 summer time is 22.00 in UTC the day before; a second earlier there is no law to choose."""
    begins = datetime(2018, 5, 24, 22, 0, 0, tzinfo=UTC)
    assert choose(policies, begins).id == "gdpr33-dk"
    assert choose(policies, begins + SECOND).id == "gdpr33-dk"
    with pytest.raises(NoPolicy, match="add its file"):
        choose(policies, begins - SECOND)


def test_nis2_begins_on_1_july_2025_and_is_never_taken_for_gdpr(policies: tuple[Policy, ...]) -> None:
    """The second clock has a trigger of its own and a border of its own."""
    begins = local("2025-07-01 00:00")
    assert choose(policies, begins, NIS2).id == "nis2-dk"
    assert choose(policies, begins, Trigger.CONTROLLER_AWARE_AT).id == "gdpr33-dk"
    with pytest.raises(NoPolicy):
        choose(policies, begins - SECOND, NIS2)


def test_nis2_has_three_stages_and_one_on_request(policies: tuple[Policy, ...]) -> None:
    """Early warning after 24 hours, notification after 72, final report a month after the notification."""
    steps = {step.name: (step.after, step.period) for step in named(policies, "nis2-dk").steps}
    assert steps == {
        "early_warning": ("trigger", "PT24H"),
        "notification": ("trigger", "PT72H"),
        "interim": ("trigger", None),
        "final": ("notification", "P1M"),
    }


def test_a_later_version_ends_the_one_before_it(gdpr: Policy) -> None:
    """The newer file takes over with the first second of its day; the older stays the law of earlier cases."""
    newer = gdpr.model_copy(update={"version": 2, "valid_from": date(2028, 7, 1), "threshold": Threshold.HIGH_RISK})
    begins = local("2028-07-01 00:00")
    for order in ((gdpr, newer), (newer, gdpr)):
        assert choose(order, begins).version == 2
        assert choose(order, begins - SECOND).version == 1


def test_valid_to_is_the_first_day_without_it(gdpr: Policy) -> None:
    """The last second before valid_to is covered, valid_to itself is not."""
    ended = gdpr.model_copy(update={"valid_to": date(2028, 7, 1)})
    assert ended.covers(local("2028-07-01 00:00") - SECOND)
    assert not ended.covers(local("2028-07-01 00:00"))


def test_a_repealed_policy_is_not_chosen(gdpr: Policy) -> None:
    """Status decides before dates do."""
    with pytest.raises(NoPolicy):
        choose([gdpr.model_copy(update={"status": PolicyStatus.REPEALED})], local("2026-11-20 15:45"))


def test_a_policy_is_found_by_id_or_version(policies: tuple[Policy, ...], gdpr: Policy) -> None:
    """An id means its newest version; an unknown name lists those there are."""
    newer = gdpr.model_copy(update={"version": 2})
    assert named((newer, gdpr), "gdpr33-dk").version == 2
    assert named((newer, gdpr), "gdpr33-dk.v1").version == 1
    with pytest.raises(NoPolicy, match=r"nis2-dk\.v1"):
        named(policies, "gdpr34")


def test_the_thresholds_of_the_alarm_are_the_designs(gdpr: Policy) -> None:
    """Design §9's figures, each in the policy."""
    hour = timedelta(hours=1)
    assert (gdpr.page_within, gdpr.act_reserve, gdpr.awareness_cap) == (12 * hour, 36 * hour, 24 * hour)
    assert (gdpr.page_step, gdpr.act_step, gdpr.act_step_share_of_remaining) == (hour / 4, 2 * hour, 0.1)
    assert (gdpr.rounds, gdpr.silence_max, gdpr.silence_not_within) == (3, 24 * hour, 12 * hour)
    assert f"{gdpr.digest_time:%H:%M}" == "08:30"
    assert gdpr.reminders["inform_subjects"].every == 24 * hour
    assert gdpr.reminders["inform_subjects_urgent"].every == 2 * hour


@pytest.mark.parametrize(
    ("left_h", "holds_min"),
    [(72, 240), (16, 240), (8, 120), (2, 30), (1, 30), (0, 240), (-5, 240)],
)
def test_how_long_an_acknowledgement_holds(gdpr: Policy, left_h: int, holds_min: int) -> None:
    """max(30 min, min(4 h, 25 % of the time left)), overdue after 4 h (design §9)."""
    assert gdpr.acknowledgement.holds_for(timedelta(hours=left_h)) == timedelta(minutes=holds_min)


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        ("2026-11-20 15:45", "P1M", "2026-12-20 15:45"),
        ("2026-01-31 10:00", "P1M", "2026-02-28 10:00"),
        ("2028-01-30 10:00", "P1M", "2028-02-29 10:00"),
        ("2026-12-31 10:00", "P2M", "2027-02-28 10:00"),
        ("2026-03-01 10:00", "P1M", "2026-04-01 10:00"),
        ("2026-10-24 10:00", "P1D", "2026-10-25 09:00"),
        ("2026-11-20 15:45", "PT24H", "2026-11-21 15:45"),
    ],
)
def test_months_follow_the_calendar_and_days_elapse(start: str, period: str, end: str) -> None:
    """A month ends on the day of its number, or the month's last; a day is 24 elapsed hours, whatever clocks do."""
    assert add(local(start), period) == local(end)


def test_a_month_ending_in_a_doubled_or_skipped_hour_takes_the_earlier_reading() -> None:
    """02.30 on 25 October 2026 comes twice, on 29 March 2026 never: the safe side is the earlier."""
    assert add(local("2026-09-25 02:30"), "P1M") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert add(local("2026-02-28 02:30") + timedelta(days=1), "P1M") == local("2026-04-01 02:30")
    assert add(datetime(2026, 1, 29, 1, 30, tzinfo=UTC), "P2M") == datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
