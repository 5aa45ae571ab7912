"""The rules of loud alarms are seen to fail, each by itself, on histories made by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.alert import Alert, AlertKind, Level
from schemas.case import Status
from tests.cases.scene import T0, Desk, acknowledge, report
from tests.simulation.loudness import DATATILSYNETS, NIS2S, Clocks, judge
from tests.simulation.runs import context
from tests.simulation.violation import Violation
from tests.simulation.witness import Seen, Ticking, Witness

HOUR = timedelta(hours=1)
REFERENCE = "657-7F3KQ-2M9XB-T"
DEADLINE = T0 + 24 * HOUR
END = T0 + 80 * HOUR
PAGES = (12, 20, 23, 24, 48, 72)  # hours after T0: the last rungs, then daily overdue
EVERYBODY = ("security", "dpo", "decision_maker")
BREACH, INCIDENT = "submit", "nis2_early_warning"
BOTH = pytest.mark.parametrize(("law", "about"), [(DATATILSYNETS, BREACH), (NIS2S, INCIDENT)])


def page(hours: float, role: str, about: str) -> Alert:
    """Returns a page that was raised so many hours after T0."""
    return Alert(
        alert_id=f"{hours} {role}",
        kind=AlertKind.CASE,
        level=Level.PAGE,
        municipality="657",
        reference=REFERENCE,
        obligation=about,
        rung="overdue",
        recipient=role,
        role=role,
        channel="mail",
        created_at=T0 + hours * HOUR,
    )


def seen(alerts: list[Alert], acknowledged: tuple[float, ...] = (), runs_until: float = 80) -> Witness:
    """Returns a witness of one case whose two clocks have the same deadline, and run for so many hours."""
    whole = context()
    witness = Witness(whole.plans, whole.catalogue, T0.timestamp(), END.timestamp())
    stops = (T0 + runs_until * HOUR).timestamp()
    for at, running in ((T0.timestamp(), True), (stops, False)):
        clocks = (Ticking(at, DEADLINE, running), Ticking(at, DEADLINE, running))
        witness.history[REFERENCE].append(Seen(at, Status.OPEN, None, clocks))
    facts = tuple(acknowledge(T0 + hours * HOUR) for hours in acknowledged)
    witness.records[REFERENCE] = Desk().take(report(T0)).case.model_copy(update={"facts": facts})
    witness.alerts[REFERENCE] = alerts
    return witness


def broken(law: Clocks, witness: Witness) -> str | None:
    """Returns the rule that one clock's alarm broke."""
    try:
        judge(law, REFERENCE, witness, END.timestamp())
    except Violation as e:
        return e.rule
    return None


@BOTH
def test_paged_at_each_of_the_last_rungs_and_daily_nothing_is_broken(law: Clocks, about: str) -> None:
    """To the DPO, the decision maker and who owes the act."""
    assert broken(law, seen([page(hours, role, about) for hours in PAGES for role in EVERYBODY])) is None


@BOTH
@pytest.mark.parametrize("missing", ["dpo", "decision_maker"])
def test_somebody_who_is_not_told_is_missed(law: Clocks, about: str, missing: str) -> None:
    """At one rung, all others being told."""
    told = [page(hours, role, about) for hours in PAGES for role in EVERYBODY if (hours, role) != (23, missing)]
    assert broken(law, seen(told)) == law.in_time


def test_who_keeps_information_security_hears_of_nis2() -> None:
    """It is theirs to warn; of the breach they need not hear."""
    told = [(hours, role) for hours in PAGES for role in EVERYBODY if role != "security"]
    assert broken(NIS2S, seen([page(*one, INCIDENT) for one in told])) == NIS2S.in_time
    assert broken(DATATILSYNETS, seen([page(*one, BREACH) for one in told])) is None


@BOTH
def test_a_page_half_an_hour_late_is_late(law: Clocks, about: str) -> None:
    """Skew and the way of the records explain twelve minutes."""
    late = [page(hours + (0.5 if hours == 20 else 0), role, about) for hours in PAGES for role in EVERYBODY]
    assert broken(law, seen(late)) == law.in_time


@BOTH
def test_overdue_in_silence_is_heard(law: Clocks, about: str) -> None:
    """Somebody acknowledged at every rung, so that no page was owed; but for 56 hours nothing rang."""
    assert broken(law, seen([], acknowledged=PAGES)) == law.loud
    assert broken(law, seen([], acknowledged=PAGES, runs_until=24 + 20)) is None
    daily = [page(hours, "dpo", about) for hours in (24, 47, 70)]
    assert broken(law, seen(daily, acknowledged=PAGES)) is None


@pytest.mark.parametrize(("law", "about"), [(DATATILSYNETS, INCIDENT), (NIS2S, BREACH)])
def test_a_page_for_the_one_clock_does_nothing_for_the_other(law: Clocks, about: str) -> None:
    """Two authorities, two deadlines: decision 014."""
    assert broken(law, seen([page(hours, role, about) for hours in PAGES for role in EVERYBODY])) == law.in_time


def test_an_outage_excuses_what_could_not_be_told_until_a_little_after_it() -> None:
    """A page at its end is in time; none is not."""
    down = (DEADLINE.timestamp(), (DEADLINE + 3 * HOUR).timestamp())
    told = [page(27.1 if hours == 24 else hours, role, BREACH) for hours in PAGES for role in EVERYBODY]
    excused, silent = seen(told), seen([one for one in told if one.created_at != T0 + 27.1 * HOUR])
    for witness in (excused, silent):
        witness.outages.append(down)
    assert broken(DATATILSYNETS, excused) is None
    assert broken(DATATILSYNETS, silent) == DATATILSYNETS.in_time
    assert datetime.fromtimestamp(down[1], UTC) == DEADLINE + 3 * HOUR
