"""What must hold when a world has ended: every record answered, every deadline right, every page in time."""

from datetime import UTC, datetime, timedelta
from random import Random

from pipeline.cases.projection import project
from pipeline.cases.union import union
from schemas.case import CaseRecord, Status
from schemas.facts import FactKind
from tests.simulation import incident_rules, loudness, unclosed_rules
from tests.simulation.aware import Told, aware_at, told
from tests.simulation.case_rules import HOURS
from tests.simulation.loudness import DATATILSYNETS, NIS2S
from tests.simulation.violation import require
from tests.simulation.witness import Witness

CAP = timedelta(hours=24)


def judge(witness: Witness, now: float, rng: Random) -> None:
    """Raises Violation for the first broken rule of a world that has come to rest at `now`."""
    _answered(witness, now)
    reports, signs = told(witness), incident_rules.signs_of(witness)
    for reference, record in witness.records.items():
        if record.status is Status.AWAITED:
            continue
        if reference not in witness.erased:  # a person had it forgotten, its first signal too: what came after counts
            _right_deadline(record, reports[reference], now)
            incident_rules.judge(record, signs.get(reference, []), reports[reference], now)
        _any_order(record, witness, rng, now)
        unclosed_rules.judge(record, witness, now)
        for law in (DATATILSYNETS, NIS2S):
            loudness.judge(law, reference, witness, now)


def _answered(witness: Witness, now: float) -> None:
    for position, (at, one) in witness.arrivals.items():
        got = [receipt.outcome for receipt in witness.receipts.get(position, [])]
        require(
            len(got) == 1,
            "every record has one outcome",
            f"{one.door}{position} of {datetime.fromtimestamp(at, UTC)} has {got}: {one.value[:300]!r}",
            now,
        )


def _right_deadline(record: CaseRecord, reports: list[Told], now: float) -> None:
    deadline, signal = record.clocks[0].deadline_at, min(one.signal for one in reports)
    detail = f"{record.reference} has {deadline}, the first signal was {signal}"
    latest = max(signal + CAP, min(one.at for one in reports)) + HOURS
    require(deadline <= latest, "no correction moves a deadline beyond its cap", detail, now)
    if any(fact.kind == FactKind.CASE_ABSORB_REQUESTED for fact in record.facts):
        return  # with another case came that case's first signal
    if not any(fact.kind == FactKind.AWARENESS_CORRECTED for fact in record.facts):
        require(deadline == signal + HOURS, "the deadline is 72 hours after the first signal", detail, now)
    right = aware_at(record.facts, reports, CAP) + HOURS
    require(deadline == right, "a correction moves the deadline by what it says", f"{detail}; {right} is right", now)


def _any_order(record: CaseRecord, witness: Witness, rng: Random, now: float) -> None:
    """Any order, any repetition and any split of the facts gives the same case."""
    facts = [*record.facts, *rng.choices(record.facts, k=3)]
    rng.shuffle(facts)
    cut = rng.randint(0, len(facts))
    some, trimmed = union((), record.trimmed, facts[:cut])
    every, trimmed = union(facts[cut:], trimmed, some)
    again = project(every, trimmed, witness.catalogue)
    require(again == record, "the facts in any order give the same case", record.reference, now)
