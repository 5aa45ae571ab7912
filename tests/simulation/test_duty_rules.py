"""The rules on duties are able to fail: each is broken by the code as it once was."""

import pytest

from pipeline.cases import obligations, status, stopping
from schemas.facts import Fact, FactKind
from tests.cases.scene import DECIDER, DPO, GRAVE, HOUR, T0, Desk, advise, close, decide, fact, report, submit
from tests.cases.test_acts import RECEIPT
from tests.simulation import duty_rules
from tests.simulation.violation import Violation


def judged(*facts: Fact) -> None:
    """Judges the case after each of these facts."""
    desk = Desk()
    for one in facts:
        duty_rules.judge(desk.take(one).case, 0.0)


NO_BREACH = close(T0 + HOUR, "not_a_breach", reason="r")
DECIDED = (report(), NO_BREACH, report(T0 + 2 * HOUR), advise(T0 + 3 * HOUR), decide(T0 + 4 * HOUR))
GROUND = fact(FactKind.SUBJECTS_INFORMED, T0 + HOUR, {"informed": "no", "ground": "a_protection"}, by=DECIDER)
TELLING = (report(T0, GRAVE), GROUND, submit(T0 + 2 * HOUR), decide(T0 + 3 * HOUR, inform_subjects="yes"))


WITHDRAWN = (
    report(),
    submit(T0 + HOUR, receipt_reference=RECEIPT),
    close(T0 + 2 * HOUR, "done"),
    submit(T0 + 3 * HOUR, "withdrawal"),
)


@pytest.mark.parametrize("life", [DECIDED, TELLING, WITHDRAWN])
def test_the_pipeline_keeps_them(life: tuple[Fact, ...]) -> None:
    """Closed as no breach, told again, advised, decided; a ground, then the decision to tell; filed, closed, withdrawn."""
    judged(*life)


def test_a_decision_that_does_not_outweigh_the_closing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The closing holds the clock, and nobody is asked to file."""
    monkeypatch.setattr(stopping, "overruled", lambda _facts, _closing: False)
    with pytest.raises(Violation, match="decided to notify"):
        judged(*DECIDED)


def test_an_open_case_that_asks_for_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the review that the controller has to end, advice puts the case to sleep."""
    monkeypatch.setattr(obligations, "review", lambda _view: [])
    with pytest.raises(Violation, match="is settled on a duty"):
        judged(*DECIDED[:-1])


def test_a_ground_that_outlives_the_decision_to_tell_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old ground settles nothing once the controller wants them told."""
    monkeypatch.setattr(obligations, "_ground", lambda stated, _decision, _since: stated)
    with pytest.raises(Violation, match="tell the persons"):
        judged(*TELLING)


FOUND = fact(FactKind.ASSESSMENT_STATED, T0 + 3 * HOUR, {"outcome": "high_risk", "reason": "r"}, by=DPO)
CLOSED = WITHDRAWN[:3]


@pytest.mark.parametrize(
    ("later", "word"),
    [
        (WITHDRAWN[3], "without a filing"),
        (FOUND, "a high risk was found"),
        (decide(T0 + 3 * HOUR, inform_subjects="yes"), "has decided to tell"),
        (submit(T0 + 3 * HOUR, "follow_up", complete="no"), "called incomplete"),
    ],
)
def test_a_closing_that_holds_whatever_is_said_later_is_found(
    later: Fact, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the code once was: a filing withdrawn, a high risk found, a decision to tell; the file was closed before."""
    judged(*CLOSED, later)
    monkeypatch.setattr(status, "_arisen", lambda *_, **__: False)
    with pytest.raises(Violation, match=word):
        judged(*CLOSED, later)
