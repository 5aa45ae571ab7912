"""Reminders to close a settled case, broken on purpose: each is found by the rule that it breaks."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline.cases import casework, projection, settled
from pipeline.cases.catalogue import Catalogue
from pipeline.routing.chain import Unclosed
from pipeline.routing.unclosed import remind_to_close
from schemas.alert import Alert
from schemas.case import CaseRecord, Rung
from schemas.facts import Fact
from tests.simulation.runs import live
from tests.simulation.test_simulation import FIRST_SEED, MOST_WORLDS, Break


def _a_settled_case_sleeps(patch: pytest.MonkeyPatch) -> None:
    """As it was: nothing is owed, nobody closes it, and nobody looks at it again."""
    real = projection._reported

    def asleep(
        record: CaseRecord, facts: tuple[Fact, ...], told: Sequence[Fact], catalogue: Catalogue, *more: object
    ) -> CaseRecord:
        case = real(record, facts, told, catalogue, *more)
        return case if case.settled is None else case.model_copy(update={"wake_at": None})

    patch.setattr(projection, "_reported", asleep)


def _a_reminder_to_close_comes_once(patch: pytest.MonkeyPatch) -> None:
    def once(run: settled.Closing, known: Iterable[tuple[str, datetime]]) -> Rung:
        return Rung(settled.UNCLOSED, settled.UNCLOSED, run.since + run.every * (1 if run.last(known) is None else 99))

    patch.setattr(settled.Closing, "next", once)


def _a_settled_case_nags(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(projection, "closing", lambda facts, every: settled.closing(facts, every / 30))
    patch.setattr(casework, "Closing", lambda since, every: settled.Closing(since, every / 30))


def _a_reminder_to_close_is_told_again(patch: pytest.MonkeyPatch) -> None:
    def again(case: CaseRecord, told: Unclosed | None, *more: Any) -> tuple[Unclosed | None, tuple[Alert, ...]]:
        kept, alerts = remind_to_close(case, told, *more)
        if kept is None or not alerts:
            return kept, alerts
        now = more[-1]
        fresh = alerts[0].model_copy(update={"alert_id": f"{alerts[0].alert_id}{now.timestamp()}"})
        return kept.having(alert_ids=(), look_at=now + timedelta(minutes=5)), (fresh,)

    patch.setattr("pipeline.routing.route.remind_to_close", again)


def _nobody_is_told_what_can_be_closed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("pipeline.routing.route.remind_to_close", lambda *_: (None, ()))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("break_it", "rules"),
    [
        (_a_settled_case_sleeps, {"no open case without a next wake-up"}),
        (_a_reminder_to_close_comes_once, {"a settled case asks to be closed"}),
        (_a_settled_case_nags, {"a settled case is quiet in between"}),
        (_a_reminder_to_close_is_told_again, {"a reminder to close is told once"}),
        (_nobody_is_told_what_can_be_closed, {"somebody is told that a case can be closed"}),
    ],
)
def test_a_rule_broken_on_purpose_is_found(break_it: Break, rules: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever rule is broken, the simulation names that very rule within a few worlds."""
    break_it(monkeypatch)
    found = next((lived.rule for seed in range(MOST_WORLDS) if (lived := live(FIRST_SEED + seed)).rule), None)
    assert found in rules
