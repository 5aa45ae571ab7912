"""What `brudvagt plan` foretells of the story, beside what the topics then showed: the same people told of the same.

The plan is given what arrived and when, and nothing of what came of it. It takes no time; the demonstration does, and there
a second is three quarters of an hour: so the moments may lie that far apart, and an alert that only one of the two has must
lie beside an act, or beside another rung than its own, which may have come just before it or just after.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from pipeline.cases.catalogue import Catalogue
from pipeline.clock.rules import Trigger
from pipeline.demo.board import Board
from pipeline.foresight.foresee import foretell
from pipeline.foresight.happenings import Alerted
from pipeline.foresight.world import Arrival
from pipeline.plans.plan import ContactPlan
from pipeline.timebase import Clock
from schemas.alert import Alert, AlertKind, Level
from schemas.case import CaseRecord
from schemas.facts import MACHINE, FactKind

NEAR, AT_MOST = timedelta(minutes=45), timedelta(hours=3)
"""One second of the demonstration, and what the machine's own slowness adds: how late its latest rung was, and how far its
chains fell behind their quarter of an hour, for a step counts from the one before. Four seconds in all at most.

With ten times the work that the machine can do, chains fell 22 shown minutes behind, and once an hour, by standing still.
"""

MOST_BESIDE = 0.2
"""Of all alerts so many may be only seen or only foreseen beside an act; were it more, the comparison would say nothing."""

Key = tuple[object, ...]
Told = Mapping[Key, Sequence[datetime]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many alerts are as foretold; which are not, for they lie beside an act or a rung; and which just are not."""

    as_foretold: int
    beside: tuple[str, ...]
    strayed: tuple[str, ...]
    foreseen: Mapping[str, Sequence[datetime]]  # by reference: when alerts were foreseen
    near: timedelta = NEAR  # how far apart is still the same moment

    @property
    def holds(self) -> bool:
        """Whether the plan told the story."""
        return not self.strayed and len(self.beside) < self.as_foretold * MOST_BESIDE

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        return (
            f"{self.as_foretold} alerts as foretold (who, channel, level, rung, round, step; "
            f"{self.near / timedelta(minutes=1):.0f} shown minutes at most), {len(self.beside)} beside an act or a rung, "
            f"{len(self.strayed)} otherwise"
        )


def told(
    board: Board, clock: Clock, until: datetime, catalogue: Catalogue, plans: Mapping[str, ContactPlan]
) -> Comparison:
    """Returns the comparison of what lies on the topics up to `until` (shown time)."""
    arrivals = [
        (
            datetime.fromtimestamp(clock.shown(seen.timestamp_ms / 1000), UTC),
            Arrival(seen.value or b"", "reports" if seen.topic == board.topics.reports else "actions"),
        )
        for seen in board.arrived
    ]
    return compare(arrivals, board.alerts.values(), board.cases, until, catalogue, plans)


def compare(
    arrivals: Sequence[tuple[datetime, Arrival]],
    alerts: Iterable[Alert],
    cases: Mapping[str, CaseRecord],
    until: datetime,
    catalogue: Catalogue,
    plans: Mapping[str, ContactPlan],
) -> Comparison:
    """Returns how what is foretold of these arrivals differs from the alerts that were raised up to `until`."""
    raised = [one for one in alerts if one.reference is not None and one.kind is not AlertKind.GONE]
    seen: dict[Key, list[datetime]] = defaultdict(list)
    for alert in raised:
        seen[_seen(alert)].append(alert.created_at)
    foreseen: dict[Key, list[datetime]] = defaultdict(list)
    by_case: dict[str, list[datetime]] = defaultdict(list)
    for one in foretell(arrivals, until, catalogue, plans).happenings:
        if isinstance(one, Alerted) and one.reference is not None:
            foreseen[_foreseen(one)].append(one.raised_at)
            by_case[one.reference].append(one.raised_at)
    step = min(policy.page_step for policy in catalogue.policies if policy.trigger is Trigger.CONTROLLER_AWARE_AT)
    near = min(AT_MOST, NEAR + max(_latest(cases.values()), _behind(raised, step)))
    pairs, loose = _paired(seen, foreseen, near)
    counted = [(at, side, key) for at, side, key in loose if at < until - near]
    events = {reference: _events(case) for reference, case in cases.items()}
    beside: list[str] = []
    strayed: list[str] = []
    for at, side, key in sorted(counted, key=lambda one: one[0]):
        excused = any(abs(event - at) <= near and rung != key[3] for event, rung in events.get(str(key[0]), ()))
        (beside if excused else strayed).append(f"{side} {at:%d %H:%M} {' '.join(str(part) for part in key)}")
    return Comparison(pairs, tuple(beside), tuple(strayed), by_case, near)


def _paired(seen: Told, foreseen: Told, near: timedelta) -> tuple[int, list[tuple[datetime, str, Key]]]:
    """Returns how many alerts of one key lie near each other, one for one, and those left over on either side."""
    pairs, loose = 0, []
    for key in {*seen, *foreseen}:
        left = sorted(foreseen.get(key, ()))
        for at in sorted(seen.get(key, ())):
            nearest = min(left, key=lambda one: abs(one - at), default=None)
            if nearest is not None and abs(nearest - at) <= near:
                left.remove(nearest)
                pairs += 1
            else:
                loose.append((at, "only seen:", key))
        loose += [(at, "only foretold:", key) for at in left]
    return pairs, loose


def _latest(cases: Iterable[CaseRecord]) -> timedelta:
    """Returns how late the latest rung was recorded: what the machine's own slowness makes of a moment."""
    rungs = (fact.body.get("late_s") for case in cases for fact in case.facts if fact.kind == FactKind.RUNG_REACHED)
    return timedelta(seconds=max((late for late in rungs if isinstance(late, int | float)), default=0.0))


def _behind(alerts: Iterable[Alert], step: timedelta) -> timedelta:
    """Returns by how much the slowest chain of pages fell behind one every `step`, all its steps together."""
    chains: dict[Key, list[Alert]] = defaultdict(list)
    for one in sorted(alerts, key=lambda one: one.created_at):
        if one.level is Level.PAGE:
            chains[one.reference, one.obligation, one.rung, one.role, one.recipient, one.channel].append(one)
    most = timedelta(0)
    for chain in chains.values():
        gaps = (b.created_at - a.created_at - step for a, b in pairwise(chain) if b.step == a.step + 1)
        most = max(most, sum((gap for gap in gaps if gap > timedelta(0)), timedelta(0)))
    return most


def _events(case: CaseRecord) -> list[tuple[datetime, str | None]]:
    """Returns when something was told or done about a case, and when which rung was due."""
    people = [(fact.recorded_at, None) for fact in case.facts if fact.kind not in MACHINE]
    rungs = [fact.body for fact in case.facts if fact.kind == FactKind.RUNG_REACHED]
    return [*people, *((datetime.fromisoformat(str(body["due_at"])), str(body["rung"])) for body in rungs)]


def _seen(one: Alert) -> Key:
    return (
        one.reference, one.level, one.obligation, one.rung, one.role, one.recipient, one.channel, one.round, one.step,
    )  # fmt: skip


def _foreseen(one: Alerted) -> Key:
    return (
        one.reference, one.level, one.obligation, one.rung, one.role, one.local_id, one.channel, one.round, one.step,
    )  # fmt: skip
