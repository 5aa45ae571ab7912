"""What lies in the topics, in words: what a sentence of the story that does not hold is printed with."""

import email
import email.policy
from collections import Counter
from pathlib import Path

from pipeline.demo.board import Board
from schemas.deadletter import DeadLetter

MOST = 12
"""So many are named; of further ones the number is enough."""


def case_seen(board: Board, reference: str) -> str:
    """Returns where a case stands, what it holds, and every dead letter that names it."""
    record = board.cases.get(reference)
    if record is None:
        return f"no case {reference}; the cases are {_some(sorted(board.cases))}"
    facts = Counter(str(fact.kind) for fact in record.facts)
    clock = record.clocks[0]
    letters = [letter for letter in board.letters if letter.reference == reference]
    return (
        f"{reference} is {record.status}; aware {clock.aware_at:%d %H:%M}, deadline {clock.deadline_at:%d %H:%M} UTC, "
        f"submitted {'never' if clock.submitted_at is None else f'{clock.submitted_at:%d %H:%M} UTC'}, "
        f"clock {'runs' if clock.stopped_by is None else f'stopped by {clock.stopped_by}'}; "
        f"facts: {_counted(facts)}" + ("; " + _letters(letters) if letters else "")
    )


def cases_seen(board: Board, references: list[str]) -> str:
    """Returns which of the cases are there, and which correlation they share."""
    found = {one: board.cases[one].correlation for one in references if one in board.cases}
    missing, shared = sorted(set(references) - found.keys()), sorted({str(one) for one in found.values()})
    return f"{len(found)} of {len(references)} cases, missing {_some(missing)}; correlations: {_some(shared)}"


def letters_seen(board: Board) -> str:
    """Returns every dead letter: stage, code, field, position and case; and what became of those cases."""
    named = sorted({str(letter.reference) for letter in board.letters if letter.reference is not None})
    return "; ".join((_letters(board.letters), *(case_seen(board, one) for one in named)))


def receipts_seen(board: Board) -> str:
    """Returns how many records of which outcome."""
    return _counted(Counter(str(receipt.outcome) for receipt in board.receipts))


def alerts_seen(board: Board, reference: str) -> str:
    """Returns whom the alerts of a case have reached, in order, and what was not delivered."""
    sent = board.sent(reference)
    told = Counter(f"{one.alert.level} of {one.alert.rung} to {one.alert.role}" for one in sent)
    others = Counter(
        f"{one.status} to {one.alert.role}"
        for one in board.deliveries.values()
        if one.alert.reference == reference and one not in sent
    )
    raised = sum(alert.reference == reference for alert in board.alerts.values())
    return f"{reference}: {raised} alerts raised; sent: {_counted(told, len(told))}; not sent: {_counted(others)}"


def moved_seen(board: Board) -> str:
    """Returns the cases whose deadline is not the one of their first signal."""
    moved = [
        f"{one.reference}: {one.clocks[0].deadline_at:%d %H:%M} instead of {one.clocks[0].amber_at:%d %H:%M} UTC"
        for one in board.cases.values()
        if one.clocks[0].deadline_at != one.clocks[0].amber_at
    ]
    return f"moved: {_some(moved)}"


def privacy_seen(board: Board, mails: Path) -> str:
    """Returns how often a number was masked and how often it is still there."""
    masked = sum("[CPR]" in str(fact.body) for record in board.cases.values() for fact in record.facts)
    return (
        f"{masked} facts with a masked number, {board.leaks} records beyond the gate that show the citizen's, "
        f"{len(list(mails.glob('*.eml')))} mails"
    )


def mails_seen(board: Board, mails: Path) -> str:
    """Returns which alerts have no mail, and which have two."""
    ids = Counter(alert_id for path in mails.glob("*.eml") if (alert_id := alert_of(message(path))))
    sent = {one.alert.alert_id for one in board.deliveries.values() if one.sent_at is not None}
    twice = sorted(alert_id for alert_id, count in ids.items() if count > 1)
    return (
        f"{len(sent)} alerts sent, {ids.total()} mails; sent without a mail: {_some(sorted(sent - ids.keys()))}; "
        f"mailed twice: {_some(twice)}"
    )


def message(path: Path) -> email.message.EmailMessage:
    """Returns a mail as the sink keeps it."""
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def alert_of(mail: email.message.EmailMessage) -> str:
    """Returns the alert that a mail brings: it is the first half of its Message-ID."""
    return str(mail["Message-ID"]).strip("<>").split("@")[0]


def _letters(letters: list[DeadLetter]) -> str:
    told = [
        f"{one.stage}: {' '.join(f'{problem.code} {problem.path}'.strip() for problem in one.problems)} "
        f"of {one.topic}[{one.partition}]@{one.offset}, {'no case' if one.reference is None else f'case {one.reference}'}"
        for one in letters
    ]
    return f"{len(letters)} dead letters ({_some(told)})"


def _counted(counts: Counter[str], most: int = MOST) -> str:
    return _some([f"{count} {what}" for what, count in counts.items()], most)


def _some(words: list[str], most: int = MOST) -> str:
    rest = len(words) - most
    return ", ".join(words[:most]) + (f" and {rest} more" if rest > 0 else "") if words else "none"
