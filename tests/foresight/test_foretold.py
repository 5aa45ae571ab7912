"""What `brudvagt plan` foresees is what the stages then do: two programs that share no loop, compared to the last alert."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline.foresight import step
from pipeline.foresight.happenings import Alerted
from pipeline.foresight.world import World
from pipeline.routing.route import Routed, route
from schemas.case import CaseRecord
from schemas.facts import FactKind
from tests.foresight.calm import Calm

SEEDS = (*range(2_000_000, 2_000_005), 2_000_107)
"""In the last a chain's next step falls on the moment of the next rung, after operations were told: the rung goes first."""

NEAR = timedelta(seconds=2)
"""Foresight takes no time; a chain of the stages gains a millisecond at each of its steps."""

Key = tuple[object, ...]
Told = list[tuple[Key, datetime]]


def standing(case: CaseRecord) -> Key:
    """Returns how a case ends, all that foresight shows of it: clocks, risk, what is owed, every rung."""
    rungs = {
        (fact.body["clock"], fact.body["rung"], fact.body["due_at"])
        for fact in case.facts
        if fact.kind == FactKind.RUNG_REACHED
    }
    return (
        case.status,
        case.outcome,
        tuple((one.policy, one.aware_at, one.deadline_at, one.stopped_by) for one in case.clocks),
        tuple((one.name, one.role, one.due_at, one.settled_by) for one in case.obligations),
        frozenset(rungs),
    )


def alerts_of_the_stages(world: Calm, until: datetime) -> Told:
    """Returns every alert that went out by `until`: what it is, and when it was raised."""
    every = (one for alerts in world.witness.alerts.values() for one in alerts)
    return sorted(
        (
            (one.reference, one.level, one.obligation, one.rung, one.role, one.recipient, one.channel,
             one.round, one.step, one.missed, one.why), one.created_at,
        )
        for one in every
        if max(one.created_at, one.not_before or one.created_at) < until
    )  # fmt: skip


def alerts_foreseen(world: Calm, until: datetime) -> Told:
    """Returns the same of what `plan` foresees."""
    every = (one for one in world.foreseen().happenings if isinstance(one, Alerted) and one.reference is not None)
    return sorted(
        (
            (one.reference, one.level, one.obligation, one.rung, one.role, one.local_id, one.channel,
             one.round, one.step, one.missed, one.why), one.raised_at,
        )
        for one in every
        if one.at < until
    )  # fmt: skip


def differences(one: Told, other: Told) -> str:
    """Returns in a few lines which alerts one side has and the other has not, or has at another time."""
    ours, theirs = (Counter(key for key, _ in told) for told in (one, other))
    lines = [f"only the stages: {key}" for key in (ours - theirs)] + [
        f"only foreseen: {key}" for key in (theirs - ours)
    ]
    if not lines:
        lines = [f"{a[0]} at {a[1]} and {b[1]}" for a, b in zip(one, other, strict=True) if abs(a[1] - b[1]) > NEAR]
    return "\n".join(lines[:12])


def strayed(seed: int) -> str:
    """Returns in a few lines how foresight and the stages differ about the world of a seed; nothing if they agree."""
    world = Calm(seed)
    world.run()
    until = world.clock_at(world.ends_at) - NEAR
    ends = {ref: standing(case) for ref, case in world.witness.records.items()}
    foreseen = {ref: standing(case) for ref, case in world.foreseen().world.cases.items()}
    cases = [f"{ref}: {ends.get(ref)}, foreseen {foreseen.get(ref)}" for ref in sorted({*ends, *foreseen})
             if ends.get(ref) != foreseen.get(ref)]  # fmt: skip
    return "\n".join((*cases, differences(alerts_of_the_stages(world, until), alerts_foreseen(world, until)))).strip()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_case_and_every_alert_is_as_foreseen(seed: int) -> None:
    """Same clocks, risk, obligations and rungs; the same people told of the same, by the same channel, at the same time."""
    assert strayed(seed) == ""


def _skips_a_step(patch: pytest.MonkeyPatch) -> None:
    """Foresight that tells nobody after the first round of a chain."""

    def short(case: CaseRecord | None, *more: Any) -> Routed:
        routed = route(case, *more)
        return replace(routed, alerts=tuple(one for one in routed.alerts if one.step < 2))

    patch.setattr(step, "route", short)


def _is_late(patch: pytest.MonkeyPatch) -> None:
    """Foresight that looks at a case a minute after its time."""
    real = World.arm
    patch.setattr(World, "arm", lambda world, table, key, at: real(world, table, key, None if at is None else at + 60))


def _hears_no_acknowledgement(patch: pytest.MonkeyPatch) -> None:
    """Foresight that rings on whoever has answered."""

    def deaf(case: CaseRecord, *more: Any) -> Routed:
        heard = tuple(fact for fact in case.facts if fact.kind != FactKind.ALERT_ACKNOWLEDGED)
        return route(case.model_copy(update={"facts": heard}), *more)

    patch.setattr(step, "route", deaf)


@pytest.mark.parametrize("break_it", [_skips_a_step, _is_late, _hears_no_acknowledgement])
def test_a_foresight_that_differs_is_found(
    break_it: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever way foresight goes astray, a world shows it."""
    break_it(monkeypatch)
    assert any(strayed(seed) for seed in SEEDS)
