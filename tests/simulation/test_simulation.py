"""A short run of the simulation, and the proof that it would notice: rules broken on purpose are found."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from queue import Queue
from typing import Any

import pytest

from pipeline.cases import casework, incident, projection, union
from pipeline.cases.catalogue import Catalogue
from pipeline.clock import awareness, rungs
from pipeline.clock.correction import corrected
from pipeline.clock.durations import add
from pipeline.clock.policy import OF_AN_INCIDENT, Policy
from pipeline.routing import climb, timing
from pipeline.routing.level import Reason, level_and_reason
from pipeline.routing.route import Routed, route
from schemas.alert import Level
from schemas.case import CaseRecord, Demand
from schemas.facts import Fact, FactKind
from tests.simulation.__main__ import follow
from tests.simulation.calendar import holiday, next_awake
from tests.simulation.runs import Lived, live
from tests.simulation.station import Done, Station, Unit

BUDGET_S = 12.0
LIVES = 2_000
FIRST_SEED = 1_000_000
FIRST_SIGNAL = "the deadline is 72 hours after the first signal"
NIS2_PERIODS = "NIS 2 wants 24 hours, 72 hours and a month"
NIS2_IN_TIME = "nobody is late for a page of NIS 2"
NIS2_LOUD = "overdue NIS 2 is never silent"
OPENS = "what has to be done opens a closed case"
MOST_WORLDS = 90
"""A broken rule must show within so many worlds."""


@pytest.mark.timeout(300)
def test_no_rule_breaks_in_a_short_run() -> None:
    """About twelve seconds of worlds, two thousand lives at most, break no rule; a failure names its seed."""
    ends, lives, seed = time.monotonic() + BUDGET_S, 0, FIRST_SEED
    while lives < LIVES and time.monotonic() < ends:
        lived = live(seed)
        assert lived.broken is None, f"seed {seed}: {lived.broken}"
        lives, seed = lives + lived.lives, seed + 1
    assert lives > 0


def test_a_seed_makes_the_same_world_again() -> None:
    """Two runs of one seed agree in every figure, so that a failing seed can be looked at."""
    first, second = live(FIRST_SEED + 1), live(FIRST_SEED + 1)
    assert (first.lives, first.commits, first.crashes, first.alerts) == (
        second.lives,
        second.commits,
        second.crashes,
        second.alerts,
    )


def test_the_command_names_the_seed_of_a_broken_rule_and_how_to_live_it_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`make simulate` ends with the first broken rule; a run without one says which seeds were lived."""
    whole, broken = Lived(41, 9, 0, 90, 1, 30, 1.0), Lived(42, 9, 0, 90, 1, 30, 1.0, broken="no clock is lost: a case")
    found: Any = Queue()
    for one in (whole, broken):
        found.put(one)
    assert follow(100, found) == 1
    said = capsys.readouterr().out
    assert "seed 42: no clock is lost" in said
    assert "python -m tests.simulation --lives 1 --seed 42" in said
    found.put(whole)
    assert follow(9, found) == 0
    said = capsys.readouterr().out
    assert "seeds 41–41: 9 lives" in said
    assert "1 worlds, no rule broken\n" in said
    for one in (whole, Lived(43, 9, 0, 90, 1, 30, 1.0)):
        found.put(one)
    assert follow(18, found) == 0
    assert "2 worlds, no rule broken; still under way: 42\n" in capsys.readouterr().out


def test_the_almanac_knows_easter() -> None:
    """From Maundy Thursday to Easter Monday 2026 nobody is in; the next opening is Tuesday at seven, summer time."""
    assert holiday(datetime(2026, 4, 2).date())  # noqa: DTZ001
    thursday = datetime.fromisoformat("2026-04-02T09:00:00+02:00")
    assert next_awake(thursday) == datetime.fromisoformat("2026-04-07T07:00:00+02:00")


Break = Callable[[pytest.MonkeyPatch], None]


def _first_signal_is_the_last(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(awareness, "min", lambda items, **more: max(items, **more), raising=False)


def _timers_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(casework, "_climb", lambda _change, _now, _catalogue: None)


def _a_rung_is_skipped(patch: pytest.MonkeyPatch) -> None:
    whole = rungs._ladder

    def without(policy: Policy, aware_at: datetime, deadline_at: datetime) -> list[tuple[datetime, str]]:
        return [rung for rung in whole(policy, aware_at, deadline_at) if rung[1] != "plus_24h"]

    patch.setattr(rungs, "_ladder", without)


def _quiet_hours_know_no_clock(patch: pytest.MonkeyPatch) -> None:
    real = timing.sendable_at

    def sleepy(case: object, level: Level, now: datetime, _deadline: object, plan: object, policy: object) -> datetime:
        return real(case, level, now, None, plan, policy)  # type: ignore[arg-type]

    patch.setattr(climb, "sendable_at", sleepy)


def _digests_go_out_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(climb, "digest_at", lambda now, _policy, _plan: now + timedelta(minutes=1))


def _pages_wait(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(climb, "_not_before", lambda _chain, look: look.now + timedelta(hours=3))


def _outputs_are_lost_with_the_crash(patch: pytest.MonkeyPatch) -> None:
    real = Station.commit

    def torn(station: Station, unit: Unit) -> Done:
        done = real(station, unit)
        if station.name == "intake" and len(unit.records) > 1:
            done.sends.pop()
        return done

    patch.setattr(Station, "commit", torn)


def _positions_are_not_committed(patch: pytest.MonkeyPatch) -> None:
    real = Station.commit

    def again(station: Station, unit: Unit) -> Done:
        done = real(station, unit)
        if station.name == "intake" and len(unit.records) > 1:
            station.positions[unit.records[-1].topic] -= 1
        return done

    patch.setattr(Station, "commit", again)


def _an_overdue_case_sleeps(patch: pytest.MonkeyPatch) -> None:
    real = projection._reported

    def asleep(
        record: CaseRecord, facts: tuple[Fact, ...], told: Sequence[Fact], catalogue: Catalogue, *more: object
    ) -> CaseRecord:
        case = real(record, facts, told, catalogue, *more)
        late = any(fact.body.get("rung") == "overdue" for fact in facts)
        return case.model_copy(update={"wake_at": None}) if late else case

    patch.setattr(projection, "_reported", asleep)


def _overdue_rings_once(patch: pytest.MonkeyPatch) -> None:
    def quiet(case: CaseRecord, *more: object) -> Routed:
        routed = route(case, *more)  # type: ignore[arg-type]
        late = any(demand.rung == "overdue" for demand in case.demands)
        return Routed(routed.state, (), routed.facts) if late else routed

    patch.setattr("agents.routing.route", quiet)


def _an_investigation_has_no_cap(patch: pytest.MonkeyPatch) -> None:
    def endless(facts: Any, signals: Any, broker: Any, cap: timedelta, floor: datetime) -> object:
        return corrected(facts, signals, broker, cap * 10, floor)

    patch.setattr("pipeline.clock.awareness.corrected", endless)


def _nis2_waits_an_hour_longer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(incident, "add", lambda start, period: add(start, period) + timedelta(hours=1))


def _nis2_hears_no_correction(patch: pytest.MonkeyPatch) -> None:
    """As it was: a person says that the controller knew earlier, and NIS 2 counts from the first signal all the same."""
    real = awareness.awareness

    def deaf(facts: Sequence[Fact], *more: Any) -> object:
        return real([fact for fact in facts if fact.kind != FactKind.AWARENESS_CORRECTED], *more)

    patch.setattr("pipeline.cases.incident.awareness", deaf)


def _signs_of_an_incident_are_overlooked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(incident, "_signs", lambda _facts, _signs: iter(()))


def _nis2_never_wakes_anybody(patch: pytest.MonkeyPatch) -> None:
    real = level_and_reason

    def soft(case: CaseRecord, demand: Demand, *more: object) -> tuple[Level, Reason]:
        if demand.obligation in OF_AN_INCIDENT:
            return Level.ACT, Reason.INCIDENT
        return real(case, demand, *more)  # type: ignore[arg-type]

    patch.setattr("pipeline.routing.level.level_and_reason", soft)


def _nis2_rings_as_the_breach(patch: pytest.MonkeyPatch) -> None:
    """The alarm of the breach speaks for that of NIS 2, as it does for everything else that is owed."""
    patch.setattr("pipeline.routing.route.OF_AN_INCIDENT", ())


def _a_closing_holds_whatever_comes(patch: pytest.MonkeyPatch) -> None:
    """Only a report opens a closed case again; nothing that a person finds out or takes back does."""
    patch.setattr("pipeline.cases.status._arisen", lambda *_, **__: False)


def _facts_stay_as_they_came(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(projection, "in_order", list)
    patch.setattr(union, "in_order", list)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("break_it", "rules"),
    [
        (_first_signal_is_the_last, {"no deadline moves later without a person's fact", FIRST_SIGNAL}),
        (_timers_are_forgotten, {"every due rung is recorded", "every due rung is recorded at once"}),
        (_a_rung_is_skipped, {"every due rung is recorded"}),
        (_quiet_hours_know_no_clock, {"no act is delayed into the last 36 hours"}),
        (_digests_go_out_at_once, {"nobody is woken for a digest"}),
        (_pages_wait, {"nobody is late for a page"}),
        (_an_overdue_case_sleeps, {"no open case without a next wake-up"}),
        (_overdue_rings_once, {"overdue is never silent", "nobody is late for a page", NIS2_IN_TIME, NIS2_LOUD}),
        (_an_investigation_has_no_cap, {"no correction moves a deadline beyond its cap"}),
        (_nis2_waits_an_hour_longer, {NIS2_PERIODS}),
        (_signs_of_an_incident_are_overlooked, {"a sign starts the clock of NIS 2"}),
        (_nis2_never_wakes_anybody, {"little time is a page", NIS2_IN_TIME, NIS2_LOUD}),
        (_nis2_rings_as_the_breach, {NIS2_IN_TIME, NIS2_LOUD}),
        (
            _a_closing_holds_whatever_comes,
            {"no case is closed on a duty that nobody has ended", OPENS, "who decided to notify is asked to file"},
        ),
        (_facts_stay_as_they_came, {"the facts in any order give the same case"}),
        (_outputs_are_lost_with_the_crash, {"every record has one outcome"}),
        (_positions_are_not_committed, {"every record has one outcome"}),
    ],
)
def test_a_rule_broken_on_purpose_is_found(break_it: Break, rules: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever rule is broken, the simulation names that very rule within a few worlds."""
    break_it(monkeypatch)
    found = next((lived.rule for seed in range(MOST_WORLDS) if (lived := live(FIRST_SEED + seed)).rule), None)
    assert found in rules


@pytest.mark.timeout(300)
def test_an_nis2_that_hears_no_correction_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign and a correction to an earlier time meet in one life of a few hundred: worlds from shortly before such a one."""
    _nis2_hears_no_correction(monkeypatch)
    found = next((lived.rule for seed in range(45, MOST_WORLDS) if (lived := live(FIRST_SEED + seed)).rule), None)
    assert found == NIS2_PERIODS
