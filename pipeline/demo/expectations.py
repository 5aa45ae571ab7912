"""What must be true at the end of the story; each is a sentence and a check against what lies in the topics."""

import email
import email.policy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.demo.board import Board
from pipeline.demo.events import BILLUND, FAULT, FIVE, FOLDER, GLOSTRUP, HERNING, HIDDEN, HVIDOVRE, LETTER, case
from pipeline.privacy.cpr import holds_cpr
from schemas.alert import Level
from schemas.case import CaseRecord, Status
from schemas.delivery import Delivery
from schemas.facts import FactKind
from schemas.receipt import IngressOutcome


@dataclass(frozen=True, slots=True)
class Expectation:
    """One sentence and whether it holds."""

    sentence: str
    holds: Callable[[Board], bool]


def expectations(mails: Path, foretold: Callable[[Board], bool]) -> Sequence[Expectation]:
    """Returns everything that the story promises. `foretold` says whether `plan` foretold the alerts: it comes last, for
    asking costs a tenth of a second.
    """
    letter, folder, hidden = case(HVIDOVRE, LETTER), case(HERNING, FOLDER), case(BILLUND, HIDDEN)
    overdue = case(GLOSTRUP, FAULT)
    return (
        Expectation(
            "the letter told three times is one case, with the earliest signal", lambda b: _one_case(b, letter)
        ),
        Expectation("the same event sent twice is a duplicate", lambda b: _outcomes(b, IngressOutcome.DUPLICATE) == 1),
        Expectation("Hvidovre's case is decided, filed, told and closed", lambda b: _closed(b, letter)),
        Expectation("a protected address pages the DPO and the controller at once", lambda b: _paged(b, hidden)),
        Expectation("Billund's case is filed before its deadline", lambda b: _filed_in_time(b, hidden)),
        Expectation("one notice makes a case for each of the five municipalities", _five),
        Expectation(
            "Herning's silent DPO is followed up the chain to the duty management, then to operations",
            lambda b: _climbed(b, folder),
        ),
        Expectation("Herning's case is filed before its deadline", lambda b: _filed_in_time(b, folder)),
        Expectation("Glostrup's case ends overdue and says so", lambda b: _overdue(b, overdue)),
        Expectation("nobody moved a deadline", lambda b: all(_unmoved(one) for one in b.cases.values())),
        Expectation("the unreadable record is a dead letter and opens a case that runs", _unreadable),
        Expectation("no CPR number left the gate", lambda b: _no_cpr(b, mails)),
        Expectation("every alert that was sent is a mail, and no alert was sent twice", lambda b: _mailed(b, mails)),
        Expectation("brudvagt plan, given what arrived, foretells these alerts", foretold),
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
    ids = [str(_message(path)["Message-ID"]).strip("<>").split("@")[0] for path in mails.glob("*.eml")]
    return len(ids) == len(set(ids)) and bool(sent) and sent <= set(ids)  # the last mails may be ahead of the log


def _message(path: Path) -> email.message.EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def _plain(path: Path) -> str:
    message = _message(path)
    body = message.get_body(("plain",))
    return f"{message['Subject']}\n{'' if body is None else body.get_content()}"
