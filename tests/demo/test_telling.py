"""People act on what they see, however the machine that tells the story falls behind."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from pipeline.demo.events import BEGINNING, HERNING, HVIDOVRE, LETTER, Moment, case
from pipeline.demo.telling import Telling, about
from schemas.case import Status
from tests.demo.playing import Stage, story

HOUR = timedelta(hours=1)
CASE = case(HVIDOVRE, LETTER)


def of_the_letter(upto: float) -> list[Moment]:
    return [one for one in story() if one.hour <= upto and (about(one) in (None, CASE))]


def stalled() -> tuple[Stage, Sequence[Moment]]:
    """Returns Hvidovre's case just before the person concerned is told; that and the closing are still to come."""
    stage, moments = Stage(), of_the_letter(11.0)
    for moment in moments[:-2]:
        stage.until(BEGINNING + moment.hour * HOUR)
        stage.tell(moment)
    stage.until(BEGINNING + 9.4 * HOUR)
    return stage, moments[-2:]


def test_two_acts_at_one_moment_may_change_places_and_the_closing_is_refused() -> None:
    """What made the demonstration fail: both came after a standstill, on two partitions, the later one first."""
    stage, (informed, closed) = stalled()
    stage.until(BEGINNING + 11 * HOUR)
    stage.tell(informed, partition=1)
    stage.tell(closed, partition=0)
    stage.until(BEGINNING + 12 * HOUR)
    assert stage.board.cases[CASE].status is Status.OPEN
    refused = [letter for letter in stage.board.letters if letter.reference == CASE]
    assert [problem.code for letter in refused for problem in letter.problems] == ["obligations_open"]


def test_after_a_standstill_the_next_act_waits_for_the_answer_to_the_last() -> None:
    """The same standstill, told as people act: the closing is not there before the answer to the telling is."""
    stage, moments = stalled()
    stage.until(BEGINNING + 11 * HOUR)
    telling = Telling(moments, BEGINNING)
    first = telling.due(stage.board, stage.now)
    assert first == moments[0]
    telling.told(first, stage.tell(first, partition=1))
    assert telling.due(stage.board, stage.now) is None
    stage.until(BEGINNING + 11.1 * HOUR)
    second = telling.due(stage.board, stage.now)
    assert second == moments[1]
    telling.told(second, stage.tell(second, partition=0))
    stage.until(BEGINNING + 12 * HOUR)
    assert telling.untold == []
    assert stage.board.cases[CASE].status is Status.CLOSED
    assert [letter for letter in stage.board.letters if letter.reference == CASE] == []


def test_nobody_acts_on_a_case_that_is_not_there() -> None:
    """The reports come at their hour, the act only when the case does; meanwhile nothing else is held up."""
    moments, later = of_the_letter(2.0), Moment(2.0, "reports", "another report", b"{}")
    stage, telling = Stage(), Telling([*moments, later], BEGINNING)
    at = BEGINNING + 2 * HOUR
    told = []
    while (moment := telling.due(stage.board, at)) is not None:
        telling.told(moment, stage.tell(moment))
        told.append(moment)
    assert told == [*moments[:-1], later]
    assert [about(one) for one in telling.untold] == [CASE]
    stage.until(at)
    assert telling.due(stage.board, at) == moments[-1]


def test_no_moment_comes_before_its_hour() -> None:
    """A minute before noon nothing of noon is told."""
    telling = Telling([Moment(12.0, "reports", "at noon", b"{}")], BEGINNING)
    assert telling.due(Stage().board, BEGINNING + 11.98 * HOUR) is None
    assert telling.due(Stage().board, BEGINNING + 12 * HOUR) is not None


def test_the_controller_in_herning_decides_only_after_operations_were_paged() -> None:
    """The line says that they rang: with the chain behind its times, the decision comes behind its time too."""
    (decides,) = [one for one in story() if one.rung_for is not None]
    ref = about(decides)
    assert ref is not None
    assert ref.startswith(HERNING)
    stage = Stage()
    for moment in [one for one in story() if one.topic == "reports"]:
        stage.until(BEGINNING + moment.hour * HOUR)
        stage.tell(moment)
    telling, late = Telling([decides], BEGINNING), BEGINNING + decides.hour * HOUR
    stage.until(BEGINNING + 59.5 * HOUR)
    roles = {one.alert.role for one in stage.board.sent(ref)}
    assert "dpo" in roles
    assert "operations" not in roles
    assert telling.due(stage.board, late) is None
    stage.until(late)
    assert "operations" in {one.alert.role for one in stage.board.sent(ref)}
    assert telling.due(stage.board, late) == decides


@pytest.mark.parametrize("late", [0.0, 0.5, 3.0, 9.0])
def test_a_story_told_after_any_standstill_is_whole(late: float) -> None:
    """Between 8 h and 11 h the teller stands still for `late` hours; the letter's case ends closed all the same."""
    stage, telling = Stage(), Telling(of_the_letter(11.0), BEGINNING)
    for minute in range(0, 24 * 60, 6):
        stage.until(BEGINNING + timedelta(minutes=minute))
        if 8 * 60 < minute < (8 + late) * 60:
            continue
        while (moment := telling.due(stage.board, stage.now)) is not None:
            telling.told(moment, stage.tell(moment, partition=len(telling.untold) % 2))
    assert telling.untold == []
    assert stage.board.cases[CASE].status is Status.CLOSED
