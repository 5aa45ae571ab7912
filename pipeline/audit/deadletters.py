"""Dead letters that are still open: neither replayed nor settled by their case's closing."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.audit.evidence import Evidence, Lying, Spot, written
from pipeline.audit.finding import Code, Finding, Severity
from pipeline.kafka.replays import original_of
from schemas.case import Status
from schemas.deadletter import DeadLetter
from schemas.heartbeat import is_beat

INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Letters:
    """Dead letters, all and those still open."""

    all: int
    open: tuple[Lying[DeadLetter], ...]


def letters(evidence: Evidence) -> Letters:
    """Returns the dead letters. One is open until it was replayed, or its case was closed, absorbed or erased."""
    replayed = _replayed(evidence)
    found = tuple(
        one for one in evidence.letters if _spot(one.value) not in replayed and not _over(evidence, one.value)
    )
    return Letters(len(evidence.letters), found)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields the open dead letters that are our own fault; a sender's is counted, told to the sender, and in a case."""
    for one in letters(evidence).open:
        if any(problem.code == INTERNAL_ERROR for problem in one.value.problems):
            yield Finding(
                Code.INTERNAL_ERROR_OPEN,
                Severity.WARNING,
                written(_spot(one.value)),
                f"{one.value.stage} could not handle this record, and that is Brudvagt's own fault",
                "read it (`brudvagt deadletters show`), tell the DPO of its case, replay it after the mend",
            )


def _over(evidence: Evidence, letter: DeadLetter) -> bool:
    if letter.reference is None:
        return False
    if is_beat(letter.reference):
        return True  # its case is erased in any case, and its absence is an alarm of its own
    case = evidence.cases.get(letter.reference)
    return letter.reference in evidence.erased or (case is not None and case.value.status is not Status.OPEN)


def _replayed(evidence: Evidence) -> set[Spot]:
    replays = (s for s in evidence.snapshot.records if s.topic == evidence.snapshot.topics.replays)
    found = (original_of(seen.headers) for seen in replays)
    return {(one.topic, one.partition, one.offset) for one in found if one is not None}


def _spot(letter: DeadLetter) -> Spot:
    return letter.topic, letter.partition, letter.offset
