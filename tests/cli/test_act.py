"""`brudvagt act …`: what people do on a case, from acknowledging to closing; who may not is told why."""

import json
from pathlib import Path

import pytest

from tests.agents.events import DECIDES, DPO, case, report
from tests.cli.terminal import Terminal

RECEIPT = "0123456789abcdef0123456789abcdef01234567"


def reported(terminal: Terminal, correlation: str) -> str:
    """Reports an incident; returns the reference of its case."""
    assert terminal("report", "-", stdin=report(correlation)).status == 0
    return case(correlation)


def test_a_case_goes_from_report_to_closed_by_commands_alone(terminal: Terminal) -> None:
    """Each act is accepted; at the end the case is closed and its clock is stopped by the filing."""
    ref = reported(terminal, "cli-whole")
    yes = ("--notify-authority", "yes", "--inform-subjects", "yes")
    for arguments in (
        ("acknowledge", ref, "--by", DPO),
        ("task", ref, "--by", DPO, "--task", "recall", "--answer", "no"),
        ("confirm-recipient", ref, "--by", DPO, "--returned", "yes", "--method", "brev"),
        ("assess", ref, "--by", DPO, "--outcome", "risk", "--reason", "Fortrolige oplysninger."),
        ("request-info", ref, "--by", DPO, "--question", "Hvor mange breve?"),
        ("advise", ref, "--by", DPO, *yes, "--advice", "Anmeld."),
        ("decide", ref, "--by", DECIDES, *yes, "--reason", "Som rådet."),
        ("submit", ref, "--by", DECIDES, "--complete", "yes", "--receipt-reference", RECEIPT),
        ("inform-subjects", ref, "--by", DECIDES, "--informed", "yes", "--how", "Digital Post"),
        ("task", ref, "--by", DPO, "--task", "written_confirmation", "--answer", "yes"),
        ("task", ref, "--by", DPO, "--task", "protected_address_check", "--answer", "no"),
        ("close", ref, "--by", DECIDES, "--closing", "done"),
    ):
        said = terminal("act", *arguments)
        assert (said.status, said.out) == (0, f"{ref}: accepted {ref}\n"), (arguments, said)
    (shown,) = terminal("case", ref, "--json").data
    assert shown["status"] == "closed"
    assert shown["clocks"][0]["submitted_at"] is not None  # type: ignore[index]


def test_closing_with_open_obligations_is_refused_in_words(terminal: Terminal) -> None:
    """The sentence names what is owed."""
    ref = reported(terminal, "cli-early")
    said = terminal("act", "close", ref, "--by", DECIDES, "--closing", "done")
    assert said.status == 1
    assert "obligations_open" in said.out
    assert "submit" in said.out


def test_who_may_not_act_is_told_why(terminal: Terminal) -> None:
    """Status 1, `not_entitled`, and whom to ask instead."""
    ref = reported(terminal, "cli-not-entitled")
    said = terminal("act", "decide", ref, "--by", DPO, "--notify-authority", "no", "--reason", "Nej.")
    assert said.status == 1
    assert "not_entitled at /data/by/role" in said.out
    assert "decision_maker" in said.out


def test_one_act_on_several_cases(terminal: Terminal) -> None:
    """Each case has its own line."""
    refs = [reported(terminal, f"cli-many-{number}") for number in range(2)]
    said = terminal("act", "acknowledge", *refs, "--by", DPO)
    assert (said.status, said.out.splitlines()) == (0, [f"{ref}: accepted {ref}" for ref in refs])


def test_a_supplement_joins_its_case(terminal: Terminal, tmp_path: Path) -> None:
    """Read from a file; what is no object is refused before it is sent."""
    ref = reported(terminal, "cli-supplement")
    file = tmp_path / "more.json"
    file.write_text(json.dumps({"circumstances": {"recipient": {"kind": "citizen", "returned": "yes"}}}))
    said = terminal("act", "supplement", ref, str(file), "--json")
    assert said.status == 0
    assert [one["outcome"] for one in said.data] == ["accepted"]
    for content in ("[1]", "{"):
        file.write_text(content)
        refused = terminal("act", "supplement", ref, str(file))
        assert refused.status == 1
        assert str(file) in refused.err
        assert len(refused.err.splitlines()) == 1


def test_a_link_shows_in_the_case_and_resolves_nothing(terminal: Terminal) -> None:
    """Both stay open."""
    one, other = reported(terminal, "cli-link-1"), reported(terminal, "cli-link-2")
    assert terminal("act", "link", one, "--by", DPO, "--other", other).status == 0
    (shown,) = terminal("case", one, "--json").data
    assert (shown["links"], shown["status"]) == ([other], "open")


def test_an_act_on_an_unknown_case_is_kept_and_says_that_it_waits(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No receipt comes before its report; the command says so instead of waiting for ever."""
    monkeypatch.setattr("pipeline.cli.receipts.RECEIPT_BUDGET_S", 2.0)
    said = terminal("act", "acknowledge", case("cli-nobody-told"), "--by", DPO)
    assert said.status == 1
    assert "sent and kept, but no receipt" in said.out


def test_a_mistyped_reference_is_refused_before_anything_is_sent(terminal: Terminal) -> None:
    """One sentence that says to read it again."""
    ref = case("cli-mistyped")
    said = terminal("act", "acknowledge", ref[:-1] + ("0" if ref[-1] != "0" else "1"), "--by", DPO)
    assert (said.status, said.out) == (1, "")
    assert "mistyped" in said.err


@pytest.mark.parametrize("by", ["dpo", "dpo:", "king:dpo"])
def test_who_acts_is_a_role_and_an_id(terminal: Terminal, by: str) -> None:
    """Wrong usage has status 2 and shows the form."""
    said = terminal("act", "acknowledge", case("cli-by"), "--by", by)
    assert said.status == 2
    assert "ROLE:ID" in said.err
