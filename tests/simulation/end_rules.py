"""What must hold when a world has ended: every record answered, every deadline right, every page in time."""

from datetime import UTC, datetime, timedelta
from random import Random

from pipeline.cases.projection import project
from pipeline.cases.union import union
from schemas.case import CaseRecord, Status
from schemas.facts import FactKind
from schemas.receipt import IngressOutcome
from tests.simulation import incident_rules, loudness
from tests.simulation.case_rules import HOURS
from tests.simulation.loudness import DATATILSYNETS, NIS2S
from tests.simulation.violation import require
from tests.simulation.witness import Witness

CAP = timedelta(hours=24)
_MOVES = frozenset({FactKind.AWARENESS_CORRECTED, FactKind.CASE_ABSORB_REQUESTED})


def judge(witness: Witness, now: float, rng: Random) -> None:
    """Raises Violation for the first broken rule of a world that has come to rest at `now`."""
    _answered(witness, now)
    signals, signs = _signals(witness), incident_rules.signs_of(witness)
    for reference, record in witness.records.items():
        if record.status is Status.AWAITED:
            continue
        _right_deadline(record, signals.get(reference), now, erased=reference in witness.erased)
        if reference not in witness.erased:
            signal = datetime.fromtimestamp(signals[reference][0], UTC)
            incident_rules.judge(record, signs.get(reference, []), signal, now)
        _any_order(record, witness, rng, now)
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


def _signals(witness: Witness) -> dict[str, tuple[float, float]]:
    """Returns for each case the earliest signal and the earliest time of the broker, from what was sent to it."""
    found: dict[str, tuple[float, float]] = {}
    for position, (at, one) in witness.arrivals.items():
        if one.door != "reports":
            continue
        earliest = min([at, *(claim for claim in one.claims if claim <= at)])
        for receipt in witness.receipts[position]:
            if receipt.outcome is IngressOutcome.REJECTED:
                earliest = at
            for reference in receipt.references:
                signal, broker = found.get(reference, (at, at))
                found[reference] = (min(signal, earliest), min(broker, at))
    return found


def _right_deadline(record: CaseRecord, known: tuple[float, float] | None, now: float, *, erased: bool) -> None:
    assert known is not None
    signal, broker = (datetime.fromtimestamp(at, UTC) for at in known)
    deadline = record.clocks[0].deadline_at
    detail = f"{record.reference} has {deadline}, the first signal was {signal}"
    if erased:  # a person had it forgotten, its first signal too: what came after counts from its own
        return
    if not any(fact.kind in _MOVES for fact in record.facts):
        require(deadline == signal + HOURS, "the deadline is 72 hours after the first signal", detail, now)
    latest = max(signal + CAP, broker) + HOURS
    require(deadline <= latest, "no correction moves a deadline beyond its cap", detail, now)


def _any_order(record: CaseRecord, witness: Witness, rng: Random, now: float) -> None:
    """Any order, any repetition and any split of the facts gives the same case."""
    facts = [*record.facts, *rng.choices(record.facts, k=3)]
    rng.shuffle(facts)
    cut = rng.randint(0, len(facts))
    some, trimmed = union((), record.trimmed, facts[:cut])
    every, trimmed = union(facts[cut:], trimmed, some)
    again = project(every, trimmed, witness.catalogue)
    require(again == record, "the facts in any order give the same case", record.reference, now)
