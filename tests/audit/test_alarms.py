"""Every open case has a next step, every demand has its alert, every alert has a story that ends."""

from datetime import timedelta

import pytest
from pydantic import JsonValue

from pipeline.audit.finding import Code
from pipeline.timebase import Clock
from tests.audit.scene import (
    ALERT,
    CASE,
    NOW,
    TOLD,
    TOPICS,
    Parts,
    Scene,
    alert,
    case,
    chains,
    clock,
    delivery,
    fact,
    iso,
    story,
)
from tests.audit.test_balance import codes

HOUR_AGO = (NOW - timedelta(hours=1)).timestamp()
SETTLED: dict[str, JsonValue] = {
    "clocks": [clock(stopped_by="d" * 32)],
    "obligations": [{"name": "decide", "role": "decision_maker", "since": iso(TOLD), "settled_by": "d" * 32}],
    "demands": [],
}


def test_an_open_case_that_never_wakes_is_found() -> None:
    """Something is owed and no time is set."""
    assert codes(story(Parts(case=case(wake_at=None)))) == [Code.NO_NEXT_STEP]


@pytest.mark.parametrize(("since", "expected"), [(None, []), ({"since": iso(TOLD)}, [Code.NO_NEXT_STEP])])
def test_a_case_on_which_nothing_is_owed_asks_to_be_closed(since: JsonValue, expected: list[Code]) -> None:
    """It wakes for that. An earlier version knew of no such reminder: casework looks at its rows when it starts."""
    assert codes(story(Parts(case={**case(), "wake_at": None, **SETTLED, "settled": since}))) == expected


@pytest.mark.parametrize(("settled", "expected"), [({}, [Code.NO_NEXT_STEP]), (SETTLED, [])])
def test_a_closed_case_whose_clock_runs_is_found(settled: dict[str, JsonValue], expected: list[Code]) -> None:
    """The filing on which it was closed was withdrawn, and an earlier version let it sleep."""
    assert (
        codes(story(Parts(case={**case(), "wake_at": None, "demands": [], "status": "closed", **settled}))) == expected
    )


def test_a_case_whose_time_has_passed_is_found() -> None:
    """Its timer lies an hour behind: nobody looks at its clock."""
    assert codes(story(Parts(case=case(wake_at=HOUR_AGO)))) == [Code.CASE_STUCK]


@pytest.mark.parametrize(("minutes", "expected"), [(4, []), (6, [Code.CASE_STUCK])])
def test_five_minutes_late_is_the_limit(minutes: int, expected: list[Code]) -> None:
    """A take-over may take a minute; what is later than five is stuck."""
    late = (NOW - timedelta(minutes=minutes)).timestamp()
    assert codes(story(Parts(case=case(wake_at=late)))) == expected


def test_a_sped_up_clock_stretches_the_limit() -> None:
    """At 60 shown seconds a second, four shown hours late are four real minutes: under way."""
    quick = Scene(clock=Clock(NOW.timestamp(), NOW.timestamp(), 60.0))
    late = (NOW - timedelta(hours=4)).timestamp()
    assert codes(story(Parts(case=case(wake_at=late)), quick)) == []


def test_a_chain_whose_time_has_passed_is_found() -> None:
    """The next person should have been told."""
    row = {**chains(), "wake_at": HOUR_AGO}
    assert codes(story(Parts(chains=row))) == [Code.CHAIN_STUCK]


def test_a_demand_that_nobody_was_told_of_is_found() -> None:
    """The case asks for a decision, and the log holds no alert about it."""
    assert codes(story(Parts(alert=None, delivery=None))) == [Code.DEMAND_WITHOUT_ALERT]


@pytest.mark.parametrize(
    "other",
    [{"rung": "opening"}, {"created_at": iso(TOLD)}, {"obligation": "advise"}, {"reference": "657-00000-00000-0"}],
    ids=["another rung", "before the rung", "another obligation", "another case"],
)
def test_an_alert_about_something_else_does_not_count(other: dict[str, JsonValue]) -> None:
    """Having been told at the opening is not having been told at +24 h."""
    about = {**alert(), **other}
    assert codes(story(Parts(alert=about, delivery=delivery(about=about)))) == [Code.DEMAND_WITHOUT_ALERT]


@pytest.mark.parametrize("status", ["waiting", "intended", "failed"])
def test_an_alert_that_goes_on_counts_as_told(status: str) -> None:
    """Waiting for the opening hour or the next attempt is a reason."""
    ahead = (NOW + timedelta(minutes=1)).timestamp()
    assert codes(story(Parts(delivery=delivery(status, next_at=ahead)))) == []


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ({"acknowledged_until": iso(NOW + timedelta(hours=1)), "told": []}, []),
        ({"acknowledged_until": iso(NOW - timedelta(hours=1)), "told": []}, [Code.DEMAND_WITHOUT_ALERT]),
        ({"next_at": iso(NOW + timedelta(hours=1)), "told": []}, []),
        ({"next_at": iso(NOW + timedelta(hours=1)), "told": [], "level": "page"}, [Code.DEMAND_WITHOUT_ALERT]),
        ({"next_at": iso(NOW - timedelta(hours=1)), "told": []}, [Code.DEMAND_WITHOUT_ALERT]),
    ],
    ids=["acknowledged", "acknowledgement over", "quiet hours", "no quiet hours for a page", "quiet hours over"],
)
def test_only_a_reason_that_holds_excuses_silence(chain: dict[str, JsonValue], expected: list[Code]) -> None:
    """An acknowledgement that holds, or quiet hours below `page`; no others."""
    assert codes(story(Parts(chains=chains(**chain), alert=None, delivery=None))) == expected


def test_a_case_that_routing_has_not_read_is_under_way() -> None:
    """The demand is new: routing's position lies before it."""
    scene = story(Parts(chains=None, alert=None, delivery=None))
    scene.positions(TOPICS.chains, cases=0)
    assert codes(scene) == [Code.INPUT_WAITS]  # and that it waits since yesterday is another matter


@pytest.mark.parametrize(("hours_left", "expected"), [(13, []), (11, [Code.DEMAND_WITHOUT_ALERT])])
def test_one_of_many_unreadable_events_rings_when_time_is_short(hours_left: int, expected: list[Code]) -> None:
    """Its producer's tally rings for it until twelve hours are left (design §9, `page`)."""
    scene = Scene(now=TOLD + timedelta(hours=72 - hours_left))
    ahead = (scene.now + timedelta(minutes=10)).timestamp()
    parts = Parts(case=case(crowded=True, wake_at=ahead), chains=None, alert=None, delivery=None)
    assert codes(story(parts, scene)) == expected


def test_a_demand_of_which_every_alert_was_given_up_is_found() -> None:
    """Nobody was reached, and the chain goes nowhere."""
    known = fact("alert.undeliverable", fact_id="9" * 32, body={"alert_id": ALERT})
    parts = Parts(case=case([fact(), known]), delivery=delivery("given_up"))
    assert codes(story(parts)) == [Code.DEMAND_REACHED_NOBODY]
    parts.chains = chains(next_at=iso(NOW + timedelta(minutes=1)))
    assert codes(story(parts)) == []


def test_a_failure_that_the_case_does_not_know_is_found() -> None:
    """Given up, and the chain was not told: nobody is asked in that person's place."""
    parts = Parts(chains=chains(next_at=iso(NOW + timedelta(minutes=1))), delivery=delivery("given_up"))
    assert codes(story(parts)) == [Code.FAILURE_NOT_TOLD]


def test_an_alert_raised_twice_is_found() -> None:
    """One id, one alert."""
    scene = story()
    scene.put(TOPICS.alerts, alert(), key=CASE)
    scene.all_read()
    assert codes(scene) == [Code.ALERT_TWICE]


def test_an_alert_that_delivery_read_and_did_not_log_is_found() -> None:
    """Delivery's position is past it."""
    scene = story()
    scene.put(TOPICS.alerts, alert(alert_id="b" * 32), key=CASE)
    scene.all_read()
    assert codes(scene) == [Code.ALERT_NOT_IN_LOG]


def test_an_alert_that_delivery_has_not_read_waits() -> None:
    """It is not lost, it waits; after minutes that is a finding of its own."""
    scene = story()
    scene.put(TOPICS.alerts, alert(alert_id="b" * 32), key=CASE, at=NOW - timedelta(minutes=4))
    assert codes(scene) == []
    scene.put(TOPICS.alerts, alert(alert_id="b" * 32), key=CASE, at=NOW - timedelta(minutes=4))
    scene.now = NOW + timedelta(minutes=10)
    assert Code.INPUT_WAITS in codes(scene)
    assert Code.ALERT_NOT_IN_LOG not in codes(scene)


@pytest.mark.parametrize(
    "broken",
    [delivery("sent", sent_at=None), delivery("sent", next_at=HOUR_AGO), delivery("waiting"), delivery("failed")],
    ids=["sent, and not when", "sent, and goes on", "waits for nothing", "failed, and no next attempt"],
)
def test_a_story_that_contradicts_itself_is_found(broken: dict[str, JsonValue]) -> None:
    """What is over has no next time, what is not over has one, and what was sent says when."""
    told: dict[str, JsonValue] = {name: value for name, value in broken.items() if value is not None}
    assert codes(story(Parts(delivery=told))) == [Code.STORY_CONTRADICTS]


def test_a_story_that_stands_still_is_found() -> None:
    """Its next attempt lies an hour behind."""
    assert codes(story(Parts(delivery=delivery("failed", next_at=HOUR_AGO)))) == [Code.STORY_STUCK]


def test_superseded_needs_a_newer_alert() -> None:
    """The newest of its kind may not be left out; an older one may."""
    scene = story(Parts(delivery=delivery("superseded")))
    assert codes(scene) == [Code.SUPERSEDED_BY_NOTHING]
    newer = alert(alert_id="b" * 32, created_at=iso(TOLD + timedelta(hours=25)))
    scene.put(TOPICS.alerts, newer, key=CASE)
    scene.put(TOPICS.deliveries, delivery(about=newer), key="b" * 32)
    scene.all_read()
    assert codes(scene) == []
