"""`brudvagt retention`: lists, and orders only when a person says so."""

from datetime import timedelta

from pipeline.cases.keeping import Keeping
from pipeline.cli.retention import past_retention, waiting
from schemas.case import Status
from tests.agents.events import DPO, case
from tests.agents.events import report as event
from tests.cases.scene import HOUR, T0, Desk, close, report
from tests.cli.terminal import Terminal


def test_nothing_is_listed_while_nothing_is_past_its_time(terminal: Terminal) -> None:
    """The empty state is a sentence; and nothing is ordered."""
    assert terminal("retention").out.splitlines()[0] == "Ingen sager er over deres opbevaringstid."
    ordered = terminal("retention", "--erase", "--by", "decision_maker:direktion")
    assert (ordered.status, ordered.out.strip()) == (0, "Ingen sager er over deres opbevaringstid.")


def test_erasure_needs_somebody_who_orders_it(terminal: Terminal) -> None:
    """A DPO advises; who decides or operates orders."""
    for by in ((), ("--by", "dpo:dpo"), ("--by", "operations:")):
        said = terminal("retention", "--erase", *by)
        assert said.status == 2
        assert "erasure is ordered by decision_maker or operations" in said.err


def test_a_closed_case_is_listed_from_the_day_its_time_is_over() -> None:
    """Kept 40 days from its end: not a minute earlier; an open one never; a municipality's own number counts."""
    ended = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach", reason="r")).case
    running = Desk().take(report()).case
    keeping, over = Keeping(keep_closed_days=40), T0 + HOUR + timedelta(days=40)
    assert past_retention([running, ended], keeping, over - timedelta(minutes=1)) == []
    assert past_retention([running, ended], keeping, over) == [ended]
    longer = Keeping(keep_closed_days=40, municipalities={"657": 400})
    assert past_retention([ended], longer, over) == []


def test_a_case_that_was_reported_again_after_its_end_is_open() -> None:
    """However long ago it was closed, and however long ago it was reported again."""
    again = Desk().take(report()).take(close(T0 + HOUR, "not_a_breach", reason="r")).take(report(T0 + 2 * HOUR)).case
    assert again.status is Status.OPEN
    assert past_retention([again], Keeping(keep_closed_days=40), T0 + timedelta(days=4000)) == []


def test_what_is_done_and_not_closed_is_told_because_its_time_never_begins(terminal: Terminal) -> None:
    """A no with its reason leaves nothing owed; the case stays until somebody closes it, and both lists say so."""
    ref = case("cli-settled")
    assert terminal("report", "-", stdin=event("cli-settled")).status == 0
    assert ref not in terminal("cases", "--settled", COLUMNS="200").out
    no = ("--notify-authority", "no", "--reason", "Krypteret", "--inform-subjects", "no")
    ground = ("--not-informing-ground", "not_high_risk")
    assert terminal("act", "decide", ref, "--by", "decision_maker:direktion", *no, *ground).status == 0
    for task in ("recall", "protected_address_check", "written_confirmation"):
        done = ("--task", task, "--state", "done", "--answer", "no")
        assert terminal("act", "task", ref, "--by", DPO, *done).status == 0
    (row,) = (line for line in terminal("cases", "--settled", COLUMNS="200").out.splitlines() if ref in line)
    assert "intet; kan lukkes" in row
    assert "brudvagt cases --settled" in terminal("retention").out
    assert "sagen kan lukkes" in terminal("case", ref).out
    assert terminal("act", "close", ref, "--by", "decision_maker:direktion", "--closing", "done").status == 0
    assert ref not in terminal("cases", "--settled", COLUMNS="200").out
    found = ("--outcome", "high_risk", "--reason", "Adressen er beskyttet")
    assert terminal("act", "assess", ref, "--by", DPO, *found).status == 0
    assert "Åbnet igen" in terminal("case", ref).out
    end = ("--closing", "not_a_breach", "--reason", "Forkert sag")
    assert terminal("act", "close", ref, "--by", "decision_maker:direktion", *end).status == 0
    assert ref not in terminal("cases", COLUMNS="200").out


def test_how_many_wait_to_be_closed_is_said_in_right_danish() -> None:
    """One or many."""
    assert waiting(1).startswith("1 sag er gjort færdig, men ikke lukket. Dens opbevaringstid")
    assert waiting(3).startswith("3 sager er gjort færdige, men ikke lukket. Deres opbevaringstid")
