"""What must be true at the end of the story; each is a sentence and a check against what lies in the topics."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.demo.board import Board
from pipeline.demo.events import BILLUND, FAULT, FIVE, FOLDER, GLOSTRUP, HERNING, HIDDEN, HVIDOVRE, LETTER, case
from pipeline.demo.foretold import MOST_BESIDE, Comparison
from pipeline.demo.seen import (
    alert_of,
    alerts_seen,
    case_seen,
    cases_seen,
    letters_seen,
    mails_seen,
    message,
    moved_seen,
    privacy_seen,
    receipts_seen,
)
from pipeline.privacy.cpr import holds_cpr
from schemas.alert import Level
from schemas.case import CaseRecord, Status
from schemas.delivery import Delivery
from schemas.facts import FactKind
from schemas.receipt import IngressOutcome


@dataclass(frozen=True, slots=True)
class Expectation:
    """One sentence, whether it holds, and what a person needs who must find out why it does not."""

    sentence: str
    holds: Callable[[Board], bool]
    expected: str  # the same as exactly as it is checked
    seen: Callable[[Board], str]  # what lies in the topics instead, in words
    look: str  # where more is written

    def is_met(self, board: Board) -> bool:
        """Whether it holds; what the sentence speaks of may not be there at all."""
        try:
            return self.holds(board)
        except (KeyError, IndexError, ValueError):
            return False

    def told(self, board: Board) -> list[str]:
        """Returns the sentence with its mark; below one that does not hold: what was expected, what seen, where to look."""
        if self.is_met(board):
            return [f"✓ {self.sentence}"]
        reasons = (("expected", self.expected), ("seen", self.seen(board)), ("look at", self.look))
        return [f"✗ {self.sentence}", *(f"    {name + ':':<10}{words}" for name, words in reasons)]


def expectations(mails: Path, foretold: Callable[[Board], Comparison]) -> Sequence[Expectation]:
    """Returns everything that the story promises. `foretold` compares the alerts with what `plan` foretells: it comes last,
    for asking costs a tenth of a second.
    """
    letter, folder, hidden = case(HVIDOVRE, LETTER), case(HERNING, FOLDER), case(BILLUND, HIDDEN)
    overdue, five = case(GLOSTRUP, FAULT), [case(code, FAULT) for code in FIVE]
    logs = mails.parent / "log"
    cases, alerts = logs / "casework.log", logs / "alerting.log"
    return (
        Expectation(
            "the letter told three times is one case, with the earliest signal",
            lambda b: _one_case(b, letter),
            "three reports and supplements in the case, and its signal at the earliest of its facts",
            lambda b: case_seen(b, letter),
            f"{cases}, reference {letter}",
        ),
        Expectation(
            "the same event sent twice is a duplicate",
            lambda b: _outcomes(b, IngressOutcome.DUPLICATE) == 1,
            "exactly one receipt that says duplicate",
            receipts_seen,
            f"{cases}, outcome duplicate",
        ),
        Expectation(
            "Hvidovre's case is decided, filed, told and closed",
            lambda b: _closed(b, letter),
            "the case is closed and its notification submitted; an act that was refused is a dead letter below",
            lambda b: case_seen(b, letter),
            f"{cases}, reference {letter}",
        ),
        Expectation(
            "a protected address pages the DPO and the controller at once",
            lambda b: _paged(b, hidden),
            "pages of the rung opening, sent to the dpo and to the decision_maker",
            lambda b: alerts_seen(b, hidden),
            f"{alerts}, reference {hidden}",
        ),
        Expectation(
            "Billund's case is filed before its deadline",
            lambda b: _filed_in_time(b, hidden),
            "submitted before the deadline",
            lambda b: case_seen(b, hidden),
            f"{cases}, reference {hidden}",
        ),
        Expectation(
            "one notice makes a case for each of the five municipalities",
            _five,
            "five cases with one correlation",
            lambda b: cases_seen(b, five),
            f"{cases}, references {', '.join(five)}",
        ),
        Expectation(
            "Herning's silent DPO is followed up the chain to the duty management, then to operations",
            lambda b: _climbed(b, folder),
            "alerts sent to the duty_management, and after them to operations",
            lambda b: alerts_seen(b, folder),
            f"{alerts}, reference {folder}",
        ),
        Expectation(
            "Herning's case is filed before its deadline",
            lambda b: _filed_in_time(b, folder),
            "submitted before the deadline, by a controller who decided after operations had heard",
            lambda b: f"{case_seen(b, folder)}; {alerts_seen(b, folder)}",
            f"{cases} and {alerts}, reference {folder}",
        ),
        Expectation(
            "Glostrup's case ends overdue and says so",
            lambda b: _overdue(b, overdue),
            "the clock runs, and a page raised after the deadline was sent",
            lambda b: f"{case_seen(b, overdue)}; {alerts_seen(b, overdue)}",
            f"{alerts}, reference {overdue}",
        ),
        Expectation(
            "nobody moved a deadline",
            lambda b: all(_unmoved(one) for one in b.cases.values()),
            "every case's deadline is the one of its first signal",
            moved_seen,
            str(cases),
        ),
        Expectation(
            "the unreadable record is a dead letter and opens a case that runs",
            _unreadable,
            "exactly one dead letter that names a case, and that case's clock runs",
            letters_seen,
            f"{cases}, stages intake and casework, outcome rejected",
        ),
        Expectation(
            "no CPR number left the gate",
            lambda b: _no_cpr(b, mails),
            "the citizen's number is masked in a fact, and stands in no record beyond the gate and in no mail",
            lambda b: privacy_seen(b, mails),
            f"{mails} and {cases}",
        ),
        Expectation(
            "every alert that was sent is a mail, and no alert was sent twice",
            lambda b: _mailed(b, mails),
            "a mail for each alert that was sent, and no two mails of one alert",
            lambda b: mails_seen(b, mails),
            f"{mails} and {alerts}",
        ),
        Expectation(
            "brudvagt plan, given what arrived, foretells these alerts",
            lambda b: foretold(b).holds,
            f"none otherwise, and fewer beside an act or a rung than {MOST_BESIDE:.0%} of those as foretold",
            lambda b: foretold(b).sentence,
            f"the lines below Plan; {alerts} says whether a worker stood still",
        ),
    )


def _case(board: Board, reference: str) -> CaseRecord:
    return board.cases[reference]


def _of(record: CaseRecord, kind: FactKind) -> list[object]:
    return [fact for fact in record.facts if fact.kind == kind]


def _outcomes(board: Board, outcome: IngressOutcome) -> int:
    return sum(receipt.outcome is outcome for receipt in board.receipts)


def _one_case(board: Board, reference: str) -> bool:
    record = _case(board, reference)
    told = len(_of(record, FactKind.REPORT_RECEIVED)) + len(_of(record, FactKind.REPORT_SUPPLEMENTED))
    first = min(fact.recorded_at for fact in record.facts)
    return told == 3 and record.awareness is not None and record.awareness.signal_at == first


def _closed(board: Board, reference: str) -> bool:
    record = _case(board, reference)
    return record.status is Status.CLOSED and record.clocks[0].submitted_at is not None


def _paged(board: Board, reference: str) -> bool:
    first = [d.alert for d in board.sent(reference) if d.alert.level is Level.PAGE and d.alert.rung == "opening"]
    return {"dpo", "decision_maker"} <= {alert.role for alert in first}


def _filed_in_time(board: Board, reference: str) -> bool:
    clock = _case(board, reference).clocks[0]
    return clock.submitted_at is not None and clock.submitted_at < clock.deadline_at


def _five(board: Board) -> bool:
    records = [board.cases.get(case(code, FAULT)) for code in FIVE]
    return all(records) and len({one.correlation for one in records if one is not None}) == 1


def _climbed(board: Board, reference: str) -> bool:
    """A silent chain ends at operations, after the duty management has heard of it."""
    roles = [delivery.alert.role for delivery in board.sent(reference)]
    return "operations" in roles and "duty_management" in roles[: roles.index("operations")]


def _overdue(board: Board, reference: str) -> bool:
    record = _case(board, reference)
    late: list[Delivery] = [d for d in board.sent(reference) if d.alert.created_at >= record.clocks[0].deadline_at]
    return record.clocks[0].stopped_by is None and any(d.alert.level is Level.PAGE for d in late)


def _unmoved(record: CaseRecord) -> bool:
    clock = record.clocks[0]
    return clock.deadline_at == clock.amber_at


def _unreadable(board: Board) -> bool:
    letters = [letter for letter in board.letters if letter.reference is not None]
    return len(letters) == 1 and board.cases[str(letters[0].reference)].clocks[0].stopped_by is None


def _no_cpr(board: Board, mails: Path) -> bool:
    masked = any("[CPR]" in str(fact.body) for record in board.cases.values() for fact in record.facts)
    mailed = [_plain(path) for path in mails.glob("*.eml")]
    return masked and not board.leaks and bool(mailed) and not any(holds_cpr(text) for text in mailed)


def _mailed(board: Board, mails: Path) -> bool:
    sent = {d.alert.alert_id for d in board.deliveries.values() if d.sent_at is not None}
    ids = [alert_of(message(path)) for path in mails.glob("*.eml")]
    return len(ids) == len(set(ids)) and bool(sent) and sent <= set(ids)  # the last mails may be ahead of the log


def _plain(path: Path) -> str:
    mail = message(path)
    body = mail.get_body(("plain",))
    return f"{mail['Subject']}\n{'' if body is None else body.get_content()}"
