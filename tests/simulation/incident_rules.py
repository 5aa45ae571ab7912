"""What must hold of NIS 2's clock when a world has ended, from what was sent and stated alone.

The law's periods are Directive (EU) 2022/2555 Art. 23(4): (a) early warning within 24 hours of becoming aware, (b)
notification within 72, (d) final report one month after the notification.
"""

import calendar
import json
from datetime import UTC, datetime, timedelta

from schemas.case import CaseRecord, ObligationName
from schemas.facts import Fact, FactKind
from schemas.receipt import IngressOutcome
from tests.simulation.aware import Told, aware_at
from tests.simulation.calendar import DANISH
from tests.simulation.case_rules import NIS2
from tests.simulation.lives import may_be_significant
from tests.simulation.violation import require
from tests.simulation.witness import Witness

EARLY_WARNING, NOTIFICATION = timedelta(hours=24), timedelta(hours=72)
NO_INVESTIGATION = timedelta(0)


def signs_of(witness: Witness) -> dict[str, list[datetime]]:
    """Returns when each case was told, by an accepted report, of something that may be a significant incident.

    An event that is sent again tells nothing new: it was told when it first arrived, whichever copy was read first.
    """
    first: dict[bytes, float] = {}
    for at, one in witness.arrivals.values():
        first[one.value] = min(at, first.get(one.value, at))
    found: dict[str, list[datetime]] = {}
    for position, (_, one) in witness.arrivals.items():
        for receipt in witness.receipts[position] if one.door == "reports" else ():
            if receipt.outcome is IngressOutcome.ACCEPTED and may_be_significant(json.loads(one.value)["data"]):
                for reference in receipt.references:
                    found.setdefault(reference, []).append(datetime.fromtimestamp(first[one.value], UTC))
    return found


def judge(record: CaseRecord, signs: list[datetime], reports: list[Told], now: float) -> None:
    """Raises Violation if the second clock of a case is not the law's."""
    clock = next((one for one in record.clocks if one.policy == NIS2), None)
    handed_on = any(fact.kind == FactKind.CASE_ABSORB_REQUESTED for fact in record.facts)
    stated = [fact for fact in record.facts if fact.kind == FactKind.INCIDENT_STATED]
    if clock is None or handed_on:  # with another case's clock came that case's first signal
        require(clock is not None or not signs, "a sign starts the clock of NIS 2", record.reference, now)
        return
    require(bool(signs or stated), "without a sign or a word no clock of NIS 2", record.reference, now)
    filed: dict[str, Fact] = {}
    for (
        fact
    ) in stated:  # in the order in which they were recorded; filed twice, the first counts: it is due the earlier
        filed.setdefault(str(fact.body.get("filed")), fact)
    notified = filed.get("notification")
    stops = notified is not None or _refused(stated, signs)
    require((clock.stopped_by is not None) == stops, "a person stops the clock of NIS 2", f"{record.reference}", now)
    aware = aware_at(record.facts, reports, NO_INVESTIGATION)
    due = {one.name: one.due_at for one in record.obligations}
    expected: dict[ObligationName, datetime] = {
        ObligationName.NIS2_EARLY_WARNING: aware + EARLY_WARNING,
        ObligationName.NIS2_NOTIFICATION: aware + NOTIFICATION,
    }
    if notified is not None:
        expected[ObligationName.NIS2_FINAL_REPORT] = a_month_after(notified.occurred_at)
    wrong = {name: due.get(name) for name, at in expected.items() if due.get(name) != at}
    detail = f"{record.reference} has {wrong}, aware since {aware}"
    require(not wrong, "NIS 2 wants 24 hours, 72 hours and a month", detail, now)
    if notified is None:  # whether it runs, or was stopped by a no: that moves nothing
        next_due = NOTIFICATION if "early_warning" in filed else EARLY_WARNING
        detail = f"{record.reference} has {clock.deadline_at}"
        require(clock.deadline_at == aware + next_due, "the clock of NIS 2 shows the stage due next", detail, now)


def a_month_after(at: datetime) -> datetime:
    """Returns the same day and time of the next month in Denmark, or that month's last day if it is shorter.

    A time of day that the clock has twice, or leaps over, has two readings; the deadline is the earlier.
    """
    local = at.astimezone(DANISH)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    day = min(local.day, calendar.monthrange(year, month)[1])
    ends = local.replace(year=year, month=month, day=day)
    return min(ends.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _refused(stated: list[Fact], signs: list[datetime]) -> bool:
    """Whether the last word is a reasoned no that no later report with a sign overtook."""
    words = sorted((fact for fact in stated if fact.body.get("significant") in ("yes", "no")), key=_recorded)
    if not words or words[-1].body.get("significant") != "no" or not words[-1].body.get("reason"):
        return False
    return all(sign <= words[-1].recorded_at for sign in signs)


def _recorded(fact: Fact) -> datetime:
    return fact.recorded_at
