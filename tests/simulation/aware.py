"""Since when a controller was aware: from what was sent to it and what people corrected, written out by hand.

Design §5: the earliest signal counts; the latest correction replaces it, an `investigation` by its cap at most, a
`clerical_error` up to when the municipality's own systems had the report. What is told after a correction counts again.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from schemas.facts import Fact, FactKind
from schemas.receipt import IngressOutcome
from tests.simulation.witness import Witness


class Told(NamedTuple):
    """One report of a case: when the broker had it first, and the earliest moment that it can count from."""

    at: datetime
    signal: datetime


def told(witness: Witness) -> dict[str, list[Told]]:
    """Returns what each case was told and when. An event that is sent again was told when it first arrived."""
    first: dict[bytes, float] = {}
    for at, one in witness.arrivals.values():
        first[one.value] = min(at, first.get(one.value, at))
    found: dict[str, list[Told]] = defaultdict(list)
    for position, (at, one) in witness.arrivals.items():
        for receipt in witness.receipts[position] if one.door == "reports" else ():
            rejected = receipt.outcome is IngressOutcome.REJECTED
            since = at if rejected else first[one.value]
            signal = min([since, *(claim for claim in one.claims if claim <= since and not rejected)])
            for reference in receipt.references:
                found[reference].append(Told(_utc(since), _utc(signal)))
    return found


def aware_at(facts: Sequence[Fact], reports: Sequence[Told], cap: timedelta) -> datetime:
    """Returns the moment from which a period counts, under a law that grants an investigation of `cap`."""
    signal = min(one.signal for one in reports)
    made = [fact for fact in facts if fact.kind == FactKind.AWARENESS_CORRECTED]
    possible = [fact for fact in made if _claimed(fact) <= fact.recorded_at]
    if not possible:
        return signal
    last = max(possible, key=lambda fact: (fact.recorded_at, fact.fact_id))
    if last.body["ground"] == "investigation":
        return min(_claimed(last), signal + cap)
    since_then = [one.signal for one in reports if one.at > last.recorded_at]
    return min([_claimed(last), min(one.at for one in reports), *since_then])


def _claimed(fact: Fact) -> datetime:
    return datetime.fromisoformat(str(fact.body["aware_at"]))


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
