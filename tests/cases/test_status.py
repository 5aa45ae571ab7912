"""What it costs to say where an ended case stands."""

from datetime import timedelta

from pipeline.cases.duties import Duties, duties
from pipeline.cases.status import Standing, standing
from schemas.case import Status
from schemas.facts import Fact
from tests.cases.scene import DAY, HARMLESS, HOUR, T0, advise, catalogue, close, decide, report

SECOND = timedelta(seconds=1)


def test_what_a_closed_case_asks_for_is_not_worked_out_anew_for_every_act_since() -> None:
    """A thousand acts that open nothing cost what one costs."""
    asked: list[int] = []

    def seen(facts: tuple[Fact, ...]) -> Duties:
        asked.append(len(facts))
        return duties(facts, "657", catalogue())

    told = (report(T0, HARMLESS), decide(T0 + HOUR, "no", reason="r"), close(T0 + DAY))
    facts = (*told, *(advise(T0 + 2 * DAY + number * SECOND, "no") for number in range(1000)))
    assert standing(facts, seen(facts), seen) == Standing(Status.CLOSED, None)
    assert asked == [1003, 3]
