"""The book of beats under way: what was seen of each, what is to be done next. Pure; time passed in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.tracing.context import Trace
from schemas.case import CaseRecord
from schemas.delivery import Delivery, DeliveryStatus
from schemas.facts import FactKind


class Step(StrEnum):
    """The stations of a beat, in their order."""

    CASE = "case"  # reported, admitted, judged: intake and casework
    RUNG = "rung"  # its timer came due
    ALERT = "alert"  # routing raised it and delivery has it in its log
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"  # and the case knows it: the end of what is measured
    ERASED = "erased"


class State(StrEnum):
    """What became of a beat."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    ABANDONED = "abandoned"


class Todo(StrEnum):
    """What the heart has to send for a beat."""

    ACKNOWLEDGE = "acknowledge"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Progress:
    """A beat came to a step, so many seconds after it was sent."""

    reference: str
    step: Step
    after_s: float
    todo: Todo | None = None
    trace: Trace | None = None  # of its report; None of a beat that another heart sent, or nobody knows to be sent


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A beat that is given up. `failed`: this heart sent it, and it was never acknowledged. `clear`: its case is there to
    be closed and erased; where it is not, the report is still on its way, and an act that overtook it would be refused.
    """

    reference: str
    failed: bool
    clear: bool
    trace: Trace | None = None


@dataclass(slots=True)
class _Beat:
    sent_at: float
    trace: Trace | None = None
    adopted: bool = False  # another heart's: nothing of it is measured here, it is only cleared if that heart is dead
    seen: set[Step] = field(default_factory=set)


@dataclass(slots=True)
class Book:
    """Beats under way by reference. All times are seconds of one steady clock."""

    _beats: dict[str, _Beat] = field(default_factory=dict)
    _late: set[str] = field(default_factory=set)  # given up before their case was seen

    def __len__(self) -> int:
        return sum(not beat.adopted for beat in self._beats.values())

    def sent(self, reference: str, now: float, trace: Trace | None = None) -> None:
        """Notes a beat that was sent as the beginning of `trace`."""
        self._beats[reference] = _Beat(now, trace)

    def unsent(self, reference: str) -> None:
        """Notes that nobody knows whether a beat was sent: it is not waited for, and cleared should its case come after all."""
        del self._beats[reference]
        self._late.add(reference)

    def adopt(self, reference: str, age_s: float, now: float) -> None:
        """Notes a beat found in the tables. Its own heart erases it soon, or `abandon` hands it out."""
        self._beats[reference] = _Beat(now - age_s, adopted=True)

    def case(self, reference: str, record: CaseRecord | None, now: float) -> Iterator[Progress]:
        """Takes a row of the cases; None is the tombstone of one that was erased."""
        if record is None:
            yield from self._at(reference, Step.ERASED, now)
            self._beats.pop(reference, None)
            return
        if reference in self._late:
            self._late.remove(reference)
            yield Progress(reference, Step.CASE, 0.0, Todo.CLEAR)
        yield from self._at(reference, Step.CASE, now)
        if any(fact.kind == FactKind.RUNG_REACHED for fact in record.facts):
            yield from self._at(reference, Step.RUNG, now)
        if record.acknowledged_by:
            yield from self._at(reference, Step.ACKNOWLEDGED, now, Todo.CLEAR)

    def delivery(self, delivery: Delivery, now: float) -> Iterator[Progress]:
        """Takes a row of the notification log."""
        reference = delivery.alert.reference or ""
        yield from self._at(reference, Step.ALERT, now)
        if delivery.status is DeliveryStatus.SENT:
            yield from self._at(reference, Step.DELIVERED, now, Todo.ACKNOWLEDGE)

    def abandon(self, now: float, after_s: float) -> Iterator[Abandoned]:
        """Forgets the beats that are older than `after_s` and still not erased; each is to be cleared."""
        old = {ref: beat for ref, beat in self._beats.items() if now - beat.sent_at > after_s}
        for reference, beat in old.items():
            del self._beats[reference]
            known = beat.adopted or Step.CASE in beat.seen
            if not known:
                self._late.add(reference)
            failed = not beat.adopted and Step.ACKNOWLEDGED not in beat.seen
            yield Abandoned(reference, failed=failed, clear=known, trace=beat.trace)

    def _at(self, reference: str, step: Step, now: float, todo: Todo | None = None) -> Iterator[Progress]:
        beat = self._beats.get(reference)
        if beat is not None and not beat.adopted and step not in beat.seen:
            beat.seen.add(step)
            yield Progress(reference, step, now - beat.sent_at, todo, beat.trace)
