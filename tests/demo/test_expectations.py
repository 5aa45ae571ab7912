"""What the demonstration expects holds of its story, fails when the story is another, and says then what was seen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from pipeline.demo.balance import balance
from pipeline.demo.board import Board
from pipeline.demo.events import BILLUND, FAULT, FOLDER, GLOSTRUP, HERNING, HIDDEN, HVIDOVRE, LETTER, NORDDJURS, case
from pipeline.demo.expectations import Expectation, expectations
from pipeline.demo.foretold import Comparison
from schemas.case import CaseRecord, Status
from schemas.deadletter import DeadLetter
from schemas.receipt import IngressOutcome, Problem
from tests.demo.playing import mails_of, played

AS_FORETOLD = Comparison(500, (), (), {})


@cache
def _whole() -> Board:
    return played()


@pytest.fixture
def board() -> Board:
    """The board after the whole story, free to be changed."""
    whole = _whole()
    return replace(
        whole,
        cases=dict(whole.cases),
        deliveries=dict(whole.deliveries),
        receipts=list(whole.receipts),
        letters=list(whole.letters),
        alerts=dict(whole.alerts),
    )


@pytest.fixture
def mails(board: Board, tmp_path: Path) -> Path:
    """A mail for every alert."""
    return mails_of(board, tmp_path / "mail")


def test_every_expectation_holds_of_the_story(board: Board, mails: Path) -> None:
    """Each is a line with a tick, and the balance fits."""
    for one in expectations(mails, lambda _: AS_FORETOLD):
        assert one.told(board) == [f"✓ {one.sentence}"]
    assert balance(board).holds


def _change(board: Board, reference: str, **new: object) -> None:
    board.cases[reference] = board.cases[reference].model_copy(update=new)


def _clock(board: Board, reference: str, **new: object) -> None:
    clock, *rest = board.cases[reference].clocks
    _change(board, reference, clocks=(clock.model_copy(update=new), *rest))


def _forget(board: Board, reference: str, *roles: str) -> None:
    board.deliveries = {
        name: one
        for name, one in board.deliveries.items()
        if one.alert.reference != reference or one.alert.role not in roles
    }


def _refused(board: Board) -> None:
    problem = Problem(code="obligations_open", path="/data/closing", reason="still owed", remedy="settle it")
    (letter,) = [one for one in board.letters if one.reference is not None]
    letter = letter.model_copy(
        update={"stage": "casework", "topic": board.topics.actions, "problems": (problem,), "reference": LETTERS}
    )
    board.letters.append(DeadLetter.model_validate(letter.model_dump()))


def _earlier(record: CaseRecord) -> object:
    assert record.awareness is not None
    return record.awareness.model_copy(update={"signal_at": record.awareness.signal_at - timedelta(hours=1)})


LETTERS, FOLDERS = case(HVIDOVRE, LETTER), case(HERNING, FOLDER)
HIDDENS, OVERDUE, FAULTS = case(BILLUND, HIDDEN), case(GLOSTRUP, FAULT), case(NORDDJURS, FAULT)
BREAKS: list[tuple[str, Callable[[Board], object], tuple[str, ...]]] = [
    (
        "the letter told",
        lambda b: _change(b, LETTERS, awareness=_earlier(b.cases[LETTERS])),
        (LETTERS, "2 report.received"),
    ),
    ("the letter told", lambda b: b.cases.pop(LETTERS), (f"no case {LETTERS}",)),
    (
        "the same event",
        lambda b: b.receipts.append(next(one for one in b.receipts if one.outcome is IngressOutcome.DUPLICATE)),
        ("2 duplicate",),
    ),
    ("Hvidovre's case", lambda b: _change(b, LETTERS, status=Status.OPEN), (f"{LETTERS} is open",)),
    ("a protected address", lambda b: _forget(b, HIDDENS, "decision_maker"), ("to dpo", HIDDENS)),
    ("Billund's case", lambda b: _clock(b, HIDDENS, submitted_at=None), ("submitted never",)),
    ("one notice", lambda b: b.cases.pop(FAULTS), ("4 of 5 cases", FAULTS)),
    ("Herning's silent", lambda b: _forget(b, FOLDERS, "operations"), (FOLDERS, "to duty_management")),
    ("Herning's case", lambda b: _clock(b, FOLDERS, submitted_at=None), ("submitted never", "to operations")),
    ("Glostrup's case", lambda b: _clock(b, OVERDUE, stopped_by="f-1"), ("clock stopped by f-1",)),
    (
        "nobody moved",
        lambda b: _clock(b, OVERDUE, deadline_at=b.cases[OVERDUE].clocks[0].amber_at + timedelta(hours=1)),
        (f"moved: {OVERDUE}",),
    ),
    ("the unreadable record", _refused, ("2 dead letters", "obligations_open /data/closing", "actions", LETTERS)),
    ("the unreadable record", lambda b: b.letters.clear(), ("0 dead letters (none)",)),
    ("no CPR number", lambda b: setattr(b, "leaks", 3), ("3 records beyond the gate",)),
]


def _failing(board: Board, mails: Path, beginning: str) -> list[str]:
    """Returns the lines of the expectation that begins so, which must be the reason to look."""
    (one,) = [one for one in expectations(mails, lambda _: AS_FORETOLD) if one.sentence.startswith(beginning)]
    return one.told(board)


@pytest.mark.parametrize(("beginning", "break_it", "words"), BREAKS)
def test_a_story_that_went_another_way_is_found_with_what_was_seen(
    board: Board, mails: Path, beginning: str, break_it: Callable[[Board], object], words: tuple[str, ...]
) -> None:
    """The mark, what was expected, what was seen in the topics, and the log to look at."""
    break_it(board)
    sentence, expected, seen, look = _failing(board, mails, beginning)
    assert sentence.startswith(f"✗ {beginning}")
    assert expected.startswith("    expected: ")
    assert seen.startswith("    seen:     ")
    assert all(word in seen for word in words), seen
    assert look.startswith("    look at:  ")
    assert str(mails.parent) in look


def test_a_missing_and_a_second_mail_are_named(board: Board, mails: Path) -> None:
    """By the alert that they bring."""
    gone, twice, *_ = sorted(mails.glob("*.eml"))
    (mails / "again.eml").write_bytes(twice.read_bytes())
    gone.unlink()
    seen = _failing(board, mails, "every alert that was sent")[2]
    assert f"sent without a mail: {gone.stem}" in seen
    assert f"mailed twice: {twice.stem}" in seen


def test_another_story_than_foretold_says_how_far_they_differ(board: Board, mails: Path) -> None:
    """The comparison's own sentence stands as what was seen."""
    strayed = Comparison(400, (), ("only seen: …",), {})
    *_, last = expectations(mails, lambda _: strayed)
    assert last.told(board)[2] == f"    seen:     {strayed.sentence}"


def test_every_expectation_has_words_for_a_board_on_which_nothing_is(tmp_path: Path) -> None:
    """A demonstration in which no worker did anything: no sentence but the one on deadlines holds, none fails to speak."""
    (tmp_path / "mail").mkdir()
    nothing = Board(_whole().topics)
    told: dict[str, list[str]] = {}
    one: Expectation
    for one in expectations(tmp_path / "mail", lambda _: Comparison(0, (), (), {})):
        told[one.sentence] = one.told(nothing)
    assert {sentence for sentence, lines in told.items() if len(lines) == 1} == {"nobody moved a deadline"}
    assert all(len(lines) == 4 for sentence, lines in told.items() if sentence != "nobody moved a deadline")


def test_a_record_without_a_receipt_and_one_with_two_are_named(board: Board) -> None:
    """By topic, partition and offset; the sums alone would fit."""
    gone, again = board.receipts[0], board.receipts[-1]
    board.receipts[0] = again
    found = balance(board)
    assert not found.holds
    assert f"without a receipt: {gone.topic}[{gone.partition}]@{gone.offset}" in found.sentences
    assert f"with more than one: {again.topic}[{again.partition}]@{again.offset}" in found.sentences
