"""The balance: every record received has one outcome, and every report that was accepted or rejected is in a case."""

from collections import Counter
from dataclasses import dataclass

from pipeline.demo.board import Board
from schemas.actions import PREFIX
from schemas.receipt import IngressOutcome


@dataclass(frozen=True, slots=True)
class Balance:
    """Counts off the topics; `sentences` are what a person reads."""

    received: int
    outcomes: dict[str, int]
    answered_twice: tuple[str, ...]  # positions that have several receipts
    without_case: tuple[str, ...]
    unanswered: tuple[str, ...]  # positions that have none

    @property
    def holds(self) -> bool:
        """Whether nothing is lost: the sum fits, each record has one receipt, and no report is without its case."""
        return self.received == sum(self.outcomes.values()) and not (
            self.answered_twice or self.unanswered or self.without_case
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """The balance in words."""
        parts = " + ".join(f"{count} {outcome}" for outcome, count in self.outcomes.items())
        missing = ", ".join(self.without_case) or "none"
        amiss = []
        if self.unanswered:
            amiss.append(f"without a receipt: {', '.join(self.unanswered)}")
        if self.answered_twice:
            amiss.append(f"with more than one: {', '.join(self.answered_twice)}")
        return (f"received {self.received} = {parts}", f"reports without a case: {missing}", *amiss)


def balance(board: Board) -> Balance:
    """Returns the balance of what lies in the topics now."""
    arrived = {(one.topic, one.partition, one.offset) for one in board.arrived}
    answers = Counter((one.topic, one.partition, one.offset) for one in board.receipts)
    outcomes = Counter(str(one.outcome) for one in board.receipts)
    reports = [one for one in board.receipts if not (one.event_type or "").startswith(PREFIX)]
    without = sorted(
        reference
        for receipt in reports
        for reference in (receipt.references or (_named(receipt.topic, receipt.partition, receipt.offset),))
        if reference not in board.cases
    )
    return Balance(
        received=sum(board.ingress.values()),
        outcomes={str(outcome): outcomes[str(outcome)] for outcome in IngressOutcome},
        answered_twice=tuple(sorted(_named(*one) for one, count in answers.items() if count > 1)),
        without_case=tuple(without),
        unanswered=tuple(sorted(_named(*one) for one in arrived - answers.keys())),
    )


def _named(topic: str, partition: int, offset: int) -> str:
    return f"{topic}[{partition}]@{offset}"
