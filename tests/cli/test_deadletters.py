"""`brudvagt deadletters`: what could not be handled, without its content; replayed it joins the case that it opened."""

import asyncio
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from schemas.receipt import Receipt
from tests.agents.events import DECIDES, case, report
from tests.agents.running import STRUCTURED, Running
from tests.agents.watch import Watch
from tests.cli.terminal import Terminal

SECRET_WORD = "Kanariefuglen"  # it must not be seen outside the restricted topic


def rejected(terminal: Terminal, event: bytes) -> tuple[str, str]:
    """Reports what must be rejected; returns its position and the reference of the case that it opened."""
    said = terminal("report", "--json", "-", stdin=event)
    (receipt,) = said.data
    assert receipt["outcome"] == "rejected"
    references = receipt["references"]
    assert isinstance(references, list)
    assert len(references) == 1
    return f"{receipt['topic']}[{receipt['partition']}]@{receipt['offset']}", str(references[0])


def shown(terminal: Terminal, ref: str) -> dict[str, object]:
    """Returns a case as `case REF --json` prints it."""
    (record,) = terminal("case", ref, "--json").data
    return record


def replay(running: Running, terminal: Terminal, *arguments: str) -> Receipt:
    """Replays a dead letter; returns the receipt of the replay."""
    said = terminal("deadletters", "replay", *arguments)
    match = re.match(r"replayed as (.+)\[(\d+)\]@(\d+); ", said.out)
    assert match is not None, said
    return asyncio.run(receipt_of(running, (match[1], int(match[2]), int(match[3]))))


async def receipt_of(running: Running, position: tuple[str, int, int]) -> Receipt:
    """Returns the receipt of one ingress record."""
    async with Watch(running) as watch:
        (receipt,) = await watch.answers(position)
    return receipt


def test_a_dead_letter_is_listed_without_its_content(terminal: Terminal) -> None:
    """Position, case, code and path; the bytes only on request, and then exactly."""
    event = report("cli-dead-list", {"report_channel": SECRET_WORD})
    position, ref = rejected(terminal, event)
    listed, table = terminal("deadletters", "list", "--json"), terminal("deadletters", "list", COLUMNS="250")
    (letter,) = (one for one in listed.data if one["reference"] == ref)
    assert f"{letter['topic']}[{letter['partition']}]@{letter['offset']}" == position
    assert letter["problems"][0]["path"] == "/data/report_channel"  # type: ignore[index]
    assert position in table.out
    plain, whole = terminal("deadletters", "show", position), terminal("deadletters", "show", position, "--content")
    assert f"{position}: {len(event)} bytes" in plain.out
    for said in (listed, table, plain):
        assert SECRET_WORD not in said.out
    assert whole.out.encode() == event


def test_a_mended_replay_joins_the_case_that_the_rejection_opened(
    running: Running, terminal: Terminal, tmp_path: Path
) -> None:
    """No second case, and the time of receipt stays the original's: the deadline does not move."""
    torn = report("cli-dead-mended")[:-200]  # its correlation is illegible: the case is named by the bytes
    position, ref = rejected(terminal, torn)
    assert ref != case("cli-dead-mended")
    before = shown(terminal, ref)
    mended = tmp_path / "mended.json"
    mended.write_bytes(report("cli-dead-mended", municipality=ref[:3]))
    receipt = replay(running, terminal, position, "--with", str(mended))
    after = shown(terminal, ref)
    assert (receipt.outcome, receipt.references) == ("accepted", (ref,))
    assert (before["kind"], after["kind"]) == ("unreadable", "breach")
    told = [one for one in after["facts"] if one["kind"].startswith("report.")]  # type: ignore[attr-defined]
    assert {one["kind"] for one in told} == {"report.unreadable", "report.received"}
    assert deadline(after) == deadline(before)
    assert {one["recorded_at"] for one in told} == {after["opened_at"]}
    assert terminal("case", case("cli-dead-mended")).status == 1


def test_a_replay_as_it_was_is_rejected_again_and_opens_nothing_new(running: Running, terminal: Terminal) -> None:
    """Nothing about a dead letter gets better by itself; the receipt says so, and the case stays one."""
    position, ref = rejected(terminal, report("cli-dead-again", {"report_channel": "pigeon"}))
    receipt = replay(running, terminal, position)
    assert (receipt.outcome, receipt.references) == ("rejected", (ref,))
    assert deadline(shown(terminal, ref)) == receipt.received_at + timedelta(hours=72)


def test_a_record_without_key_and_value_can_be_replayed(running: Running, terminal: Terminal) -> None:
    """The emptiest of records is a dead letter like any other."""
    ((topic, partition, offset),) = asyncio.run(running.send([(running.topics.reports, None, STRUCTURED)]))
    asyncio.run(receipt_of(running, (topic, partition, offset)))
    receipt = replay(running, terminal, f"{topic}[{partition}]@{offset}")
    assert receipt.outcome == "rejected"


@pytest.mark.parametrize("command", ["show", "replay"])
def test_a_position_without_a_dead_letter_is_an_error_in_one_sentence(terminal: Terminal, command: str) -> None:
    """It says how to find the positions."""
    said = terminal("deadletters", command, "nothing.reports[0]@7")
    assert said.status == 1
    assert "deadletters list" in said.err
    assert len(said.err.splitlines()) == 1


def test_an_act_that_casework_refused_can_be_shown_and_replayed(running: Running, terminal: Terminal) -> None:
    """Its letter is written by another stage than intake's, and is found under its position all the same."""
    ref = case("cli-dead-act")
    assert terminal("report", "-", stdin=report("cli-dead-act")).status == 0
    said = terminal("act", "close", ref, "--by", DECIDES, "--closing", "done", "--json")
    (receipt,) = said.data
    position = f"{receipt['topic']}[{receipt['partition']}]@{receipt['offset']}"
    assert receipt["outcome"] == "rejected"
    shown_letter = terminal("deadletters", "show", position)
    assert shown_letter.status == 0, shown_letter.err
    again = replay(running, terminal, position)
    assert (again.outcome, [one.code for one in again.problems]) == ("rejected", ["obligations_open"])


def deadline(record: dict[str, object]) -> datetime:
    """Returns the deadline towards the authority."""
    clocks = record["clocks"]
    assert isinstance(clocks, list)
    return datetime.fromisoformat(clocks[0]["deadline_at"])
