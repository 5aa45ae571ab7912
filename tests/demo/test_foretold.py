"""The demonstration's story as `brudvagt plan` tells it, beside what the stages' own handlers make of it, alert by alert."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import structlog.testing

from pipeline.clock import rungs
from pipeline.clock.policy import Policy
from pipeline.demo.__main__ import LAST_HOUR
from pipeline.demo.events import BEGINNING, FAULT, GLOSTRUP, HERNING, case
from pipeline.demo.foretold import NEAR, Comparison, compare
from pipeline.demo.story import moments
from pipeline.foresight import step
from pipeline.foresight.world import Arrival
from pipeline.routing.route import Routed, route
from pipeline.settings import Settings
from schemas.alert import Alert
from schemas.case import CaseRecord
from schemas.facts import FactKind
from schemas.values import Role
from tests.delivery.world import World
from tests.simulation.runs import context

END = BEGINNING + timedelta(hours=LAST_HOUR)
RUNGS = ("plus_24h", "plus_48h", "minus_12h", "minus_4h", "minus_1h", "deadline")


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of the story: what arrived when, every alert that was raised, every case."""

    arrivals: list[tuple[datetime, Arrival]]
    alerts: list[Alert]
    cases: dict[str, CaseRecord]


@cache
def lived() -> Lived:
    """Tells the story to intake, casework and routing; their alerts arrive with everybody."""
    with structlog.testing.capture_logs():
        return asyncio.run(_live())


async def _live() -> Lived:
    world = World(BEGINNING.timestamp(), Settings())
    world.stations = [one for one in world.stations if one.name != "delivery"]
    arrivals: list[tuple[datetime, Arrival]] = []
    plans = context().plans
    for one in moments(lambda code, role: f"{role}:{plans[code].holders(Role(role))[0]}", BEGINNING):
        await world.until((BEGINNING + timedelta(hours=one.hour)).timestamp())
        arrivals.append(
            (
                datetime.fromtimestamp(world.now, UTC),
                Arrival(one.value, "reports" if one.topic == "reports" else "actions"),
            )
        )
        (world.report if one.topic == "reports" else world.acts)(one.value)
    await world.until(END.timestamp())
    references = {one.reference for one in world.alerts if one.reference is not None}
    return Lived(arrivals, world.alerts, {reference: world.case(reference) for reference in references})


def beside_the_plan(alerts: Sequence[Alert] | None = None) -> Comparison:
    """Returns the comparison that `make demo` makes, of these alerts instead of those that were raised if there are any."""
    story = lived()
    catalogue, plans = context().catalogue, context().plans
    raised = story.alerts if alerts is None else alerts
    return compare(story.arrivals, raised, story.cases, END, catalogue, plans)


def test_plan_tells_the_story_of_the_demonstration() -> None:
    """Nine cases, a silent chain three times over, an overdue end: every alert is as foretold."""
    found = beside_the_plan()
    assert found.strayed == ()
    assert found.holds
    counted = [one for one in lived().alerts if one.reference is not None and one.created_at < END - NEAR]
    assert found.as_foretold >= len(counted) - len(found.beside) > 400
    assert {case(HERNING, FAULT), case(GLOSTRUP, FAULT)} <= found.foreseen.keys()
    roles = {one.role for one in lived().alerts}
    assert {"dpo", "deputy", "security", "duty_management", "decision_maker", "operations"} <= roles


@pytest.mark.parametrize("gone", RUNGS)
def test_a_rung_that_the_workers_leave_out_is_found(gone: str) -> None:
    """Any rung of the ladder: what was foretold of it has not come."""
    found = beside_the_plan([one for one in lived().alerts if one.rung != gone])
    assert not found.holds
    assert any(f" {gone} " in line for line in found.strayed)


@pytest.mark.parametrize("gone", ["deputy", "security", "duty_management", "decision_maker", "operations"])
def test_a_role_that_hears_nothing_is_found(gone: str) -> None:
    """Anybody on the chain, the controller, and operations at its end."""
    assert not beside_the_plan([one for one in lived().alerts if one.role != gone]).holds


@pytest.mark.parametrize(
    "other",
    [
        {"channel": "sms"},
        {"recipient": "direktion"},
        {"level": "act"},
        {"step": 99},
    ],
)
def test_alerts_that_differ_in_anything_are_found(other: dict[str, object]) -> None:
    """Another channel, person, level or step for the pages of Glostrup's case."""
    changed = [
        one.model_copy(update=other) if one.reference == case(GLOSTRUP, FAULT) and one.role == "dpo" else one
        for one in lived().alerts
    ]
    assert not beside_the_plan(changed).holds


def test_alerts_an_hour_late_are_found() -> None:
    """More than a second of the demonstration."""
    late = [one.model_copy(update={"created_at": one.created_at + timedelta(hours=1)}) for one in lived().alerts]
    assert not beside_the_plan(late).holds


def test_a_machine_that_stood_still_for_a_second_and_a_half_is_no_other_story() -> None:
    """At three on Thursday morning routing did nothing for an hour, and each chain under way goes on an hour late."""
    stall, hour = BEGINNING + timedelta(hours=66.5), timedelta(hours=1)
    raised = []
    for one in lived().alerts:
        rungs_due = [at for at, name in _rungs(lived().cases[str(one.reference)]) if name in RUNGS]
        begun = max((at for at in rungs_due if at <= one.created_at), default=END)
        ends = min((at for at in rungs_due if at > one.created_at), default=END)
        if not begun < stall <= one.created_at:
            raised.append(one)
        elif one.created_at + hour < ends:  # by the next rung's time the chain is another
            raised.append(one.model_copy(update={"created_at": one.created_at + hour}))
    assert raised != lived().alerts
    found = beside_the_plan(raised)
    assert found.strayed == ()
    assert found.holds
    assert found.near > NEAR


def _rungs(record: CaseRecord) -> list[tuple[datetime, str]]:
    reached = (fact.body for fact in record.facts if fact.kind == FactKind.RUNG_REACHED)
    return [(datetime.fromisoformat(str(body["due_at"])), str(body["rung"])) for body in reached]


def test_no_alerts_at_all_are_no_agreement() -> None:
    """A demonstration that rang for nobody has told no story."""
    assert not beside_the_plan([]).holds
    empty = Comparison(0, (), (), {})
    assert not empty.holds


def _leaves_out_a_rung(patch: pytest.MonkeyPatch) -> None:
    whole = rungs._ladder

    def without(policy: Policy, aware_at: datetime, deadline_at: datetime) -> list[tuple[datetime, str]]:
        return [rung for rung in whole(policy, aware_at, deadline_at) if rung[1] != "minus_4h"]

    patch.setattr(rungs, "_ladder", without)


def _forgets_a_step(patch: pytest.MonkeyPatch) -> None:
    def short(record: CaseRecord | None, *more: Any) -> Routed:
        routed = route(record, *more)
        return replace(routed, alerts=tuple(one for one in routed.alerts if one.step != 2))

    patch.setattr(step, "route", short)


@pytest.mark.parametrize("break_it", [_leaves_out_a_rung, _forgets_a_step])
def test_a_plan_that_tells_another_story_is_found(
    break_it: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan goes astray, the workers do not."""
    lived()
    break_it(monkeypatch)
    assert not beside_the_plan().holds
