"""Promise 1, the other half: what a report told stands in a case, whether it could be read or not."""

from collections.abc import Iterator

from pipeline.audit.evidence import Evidence, Lying, Spot, spot, written
from pipeline.audit.finding import Code, Finding, Severity
from pipeline.kafka.replays import original_of
from schemas.case import CaseRecord
from schemas.receipt import IngressOutcome, Receipt


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields every answered report whose cases do not all exist, and accepted ones that their case does not hold."""
    coming = evidence.on_their_way
    acts = _acts(evidence)
    for lying in evidence.receipts:
        receipt = lying.value
        where = (receipt.topic, receipt.partition, receipt.offset)
        if where in acts or evidence.snapshot.is_fresh(lying.seen.timestamp_ms):
            continue
        if not receipt.references:
            yield _without_case(written(where), "the receipt of this report names no case")
        for reference in receipt.references:
            if reference in evidence.erased or reference in coming:
                continue
            case = evidence.cases.get(reference)
            if case is None:
                yield _without_case(reference, f"the report {written(where)} was answered, and its case does not exist")
            elif receipt.outcome is IngressOutcome.ACCEPTED and not _holds(case, receipt, where):
                yield Finding(
                    Code.REPORT_NOT_IN_CASE,
                    Severity.CRITICAL,
                    reference,
                    f"the report {written(where)} was accepted, and the case holds no fact of it",
                    "read the report, tell the DPO what it says, and ask its sender to send it with a new id",
                )


def _acts(evidence: Evidence) -> set[Spot]:
    """Returns the answered records that came as acts: an act on a case that nobody reported opens none."""
    topics = evidence.snapshot.topics
    replays = (seen for seen in evidence.snapshot.records if seen.topic == topics.replays)
    first = {spot(seen): original.topic for seen in replays if (original := original_of(seen.headers)) is not None}
    answered = ((one.value.topic, one.value.partition, one.value.offset) for one in evidence.receipts)
    return {where for where in answered if topics.takes_acts(first.get(where, where[0]))}


def _holds(case: Lying[CaseRecord], receipt: Receipt, where: Spot) -> bool:
    record = case.value
    if any(record.trimmed.values()):
        return True  # of a very large case some facts keep only their id
    for fact in record.facts:
        origin = fact.origin
        if origin is None:
            continue
        same_event = (fact.event_id, origin.source) == (receipt.event_id, receipt.source)
        if (origin.topic, origin.partition, origin.offset) == where or same_event:
            return True
    return False


def _without_case(where: str, sentence: str) -> Finding:
    return Finding(
        Code.REPORT_WITHOUT_CASE,
        Severity.CRITICAL,
        where,
        sentence + ": a clock that should run does not",
        "open the case by hand today: the sender reports again with a new id; file the lost time as late_reason",
    )
