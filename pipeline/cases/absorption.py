"""How a duplicate ends: by request and answer, so that no clock is dropped between two cases.

A person closes A as a duplicate of B. A asks B, with A's earliest signal, or the earlier time to which a person
corrected it; B takes the minimum and answers. A keeps its rungs until B has said yes. A case that has asked and waits for
its answer takes nobody over, or a signal, or in a ring of three every clock, would be lost between them. When each asks the
other, the case with the smaller reference stays.
"""

from datetime import datetime

from pipeline.cases.flow import BREACH, elsewhere
from pipeline.cases.incident import INCIDENT
from pipeline.cases.minting import by_machine
from schemas.case import CaseRecord, Status
from schemas.facts import Fact, FactKind


def ask_absorption(record: CaseRecord, fact: Fact) -> list[Fact]:
    """Returns the request to B if `fact` closes this case as B's duplicate."""
    other = fact.body.get("duplicate_of")
    if fact.kind != FactKind.CASE_CLOSED or fact.body.get("closing") != "duplicate_of" or not isinstance(other, str):
        return []
    if record.awareness is None or record.status not in (Status.OPEN, Status.CLOSED) or other == record.reference:
        return []
    return [
        by_machine(
            FactKind.CASE_ABSORB_REQUESTED,
            case_id=other,
            at=fact.recorded_at,
            identity=(record.reference, fact.fact_id),
            body={
                "from": record.reference,
                "signal_at": min(record.awareness.signal_at, record.awareness.aware_at).isoformat(),
                "broker_at": record.opened_at.isoformat(),
                **({BREACH: True} if elsewhere(record.facts) is None else {}),
                **({INCIDENT: True} if any(clock.stopped_by is None for clock in record.clocks[1:]) else {}),
            },
        )
    ]


def answer_absorption(record: CaseRecord | None, request: Fact) -> tuple[Fact, bool]:
    """Returns B's answer to A's request, and whether B takes A over."""
    asking = str(request.body["from"])
    accepts = record is not None and record.status is Status.OPEN and _may_take(record, asking)
    kind = FactKind.CASE_ABSORBED if accepts else FactKind.CASE_ABSORB_REFUSED
    answer = by_machine(
        kind,
        case_id=asking,
        at=request.recorded_at,
        identity=(request.case_id, request.fact_id),
        body={"into": request.case_id},
    )
    return answer, accepts


def _may_take(record: CaseRecord, asking: str) -> bool:
    """Whether this case waits for no answer; or for that of `asking` alone, and has the smaller reference."""
    waits = _unanswered(record)
    return not waits or (waits == {asking} and record.reference < asking)


def _unanswered(record: CaseRecord) -> set[str]:
    """Returns the cases that this one has asked to absorb it and that have not refused since."""
    asked: dict[str, datetime] = {}
    refused: dict[str, datetime] = {}
    for fact in record.facts:
        if fact.kind == FactKind.CASE_CLOSED and fact.body.get("closing") == "duplicate_of":
            asked[str(fact.body.get("duplicate_of"))] = fact.recorded_at
        elif fact.kind == FactKind.CASE_ABSORB_REFUSED:
            refused[str(fact.body["into"])] = fact.recorded_at  # an answer bears the time of its request
    waits = {other for other, at in asked.items() if other not in refused or refused[other] < at}
    return waits - {record.reference, "None"}
