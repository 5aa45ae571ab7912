"""`brudvagt cases` and `brudvagt case REF`: ranked by time left, in Danish for people, as JSON for programs."""

import asyncio
import re

from tests.agents.events import DPO, LETTER, act, case, report
from tests.agents.running import Running
from tests.agents.watch import Watch
from tests.cli.terminal import Terminal


def test_open_cases_are_listed_by_time_left(terminal: Terminal) -> None:
    """Those with the least time come first; a municipality can be picked; JSON leaves the facts out."""
    for number, code in enumerate(("167", "657")):
        event = report(f"cli-list-{number}", municipality=code, source=f"/forms/{code}/citizen")
        assert terminal("report", "-", stdin=event).status == 0
    said = terminal("cases", "--json")
    assert said.status == 0
    clocks: list[list[dict[str, str | None]]] = [one["clocks"] for one in said.data]  # type: ignore[misc]
    deadlines = [str(first["deadline_at"]) for first, *second in clocks if not first["stopped_by"] and not second]
    assert deadlines == sorted(deadlines)
    assert len(deadlines) > 1
    listed = {one["reference"] for one in said.data}
    assert {case("cli-list-0", "167"), case("cli-list-1")} <= listed
    assert "facts" not in said.data[0]
    only = terminal("cases", "--json", "--municipality", "167")
    assert {one["municipality"] for one in only.data} == {"167"}


def test_the_table_is_danish(terminal: Terminal) -> None:
    """Hours and minutes left, and the deadline as Danes write it, with the law that it runs by."""
    assert terminal("report", "-", stdin=report("cli-table")).status == 0
    said = terminal("cases", COLUMNS="200")
    assert said.status == 0
    (row,) = (line for line in said.out.splitlines() if case("cli-table") in line)
    assert re.search(r"19-11-2026 \d\d\.\d\d", row)
    assert re.search(r"7[12] t \d+ min", row)
    assert re.search(r"│ GDPR +│", row)
    assert "åben" in row
    outage = report("cli-outage", {**LETTER, "service_disrupted": "yes"})
    assert terminal("report", "-", stdin=outage).status == 0
    (row,) = (line for line in terminal("cases", COLUMNS="200").out.splitlines() if case("cli-outage") in line)
    assert re.search(r"│ NIS 2 +│ 2[234] t \d+ min", row)


def test_one_case_with_its_history_and_deliveries(terminal: Terminal) -> None:
    """The reference may be typed in small letters and without hyphens; facts and alerts are there."""
    ref = case("cli-one")
    assert terminal("report", "-", stdin=report("cli-one")).status == 0
    assert terminal("act", "acknowledge", ref, "--by", DPO).status == 0
    said = terminal("case", ref.replace("-", "").lower(), COLUMNS="200")
    assert said.status == 0
    assert f"Sag {ref} – åben" in said.out
    assert "report.received" in said.out
    assert "alert.acknowledged" in said.out
    (shown,) = terminal("case", ref, "--json").data
    assert shown["reference"] == ref
    assert shown["acknowledged_by"] == ["dpo"]
    assert isinstance(shown["deliveries"], list)


def test_a_case_that_is_not_there_is_an_error_in_one_sentence(terminal: Terminal) -> None:
    """Unknown and mistyped are told apart."""
    unknown, mistyped = terminal("case", case("cli-unknown")), terminal("case", "657-AAAAA-AAAAA-A")
    assert (unknown.status, mistyped.status) == (1, 1)
    assert f"there is no case {case('cli-unknown')}" in unknown.err
    assert "check character" in mistyped.err
    assert [len(one.err.splitlines()) for one in (unknown, mistyped)] == [1, 1]


def test_an_awaited_act_is_no_case(running: Running, terminal: Terminal) -> None:
    """What nobody has reported is neither listed nor shown."""
    ref = case("cli-awaited")
    asyncio.run(kept_waiting(running, ref))
    listed, shown = terminal("cases", "--all", "--json"), terminal("case", ref)
    assert ref not in {one["reference"] for one in listed.data}
    assert (shown.status, shown.out) == (1, "")
    assert f"there is no case {ref}" in shown.err


async def kept_waiting(running: Running, ref: str) -> None:
    """Acts on a case that nobody has reported, and waits until it is kept."""
    async with Watch(running) as watch:
        await running.act(act("acknowledge", ref))
        await watch.until(lambda: ref in watch.cases)
