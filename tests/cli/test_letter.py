"""`brudvagt letter REF --kind …`: the text that lies ready for a person to send, on the running pipeline."""

from tests.agents.events import case, report
from tests.cli.terminal import Terminal

SAYS = {
    "receipt": "Vi har modtaget din henvendelse",
    "recipient_instructions": "1. Hold op med at læse.",
    "recall": "stoppe forsendelsen",
    "department": "Bevar logs",
    "subjects": "[Skriv i klart sprog",
}


def test_each_kind_is_shown_for_a_case(terminal: Terminal) -> None:
    """Subject first, then the text, with the case's reference; nothing is sent."""
    ref = case("cli-letter")
    assert terminal("report", "-", stdin=report("cli-letter")).status == 0
    for kind, says in SAYS.items():
        said = terminal("letter", ref, "--kind", kind)
        assert said.status == 0, said.err
        subject, empty, *rest = said.out.splitlines()
        assert ref in said.out
        assert (bool(subject), empty) == (True, "")
        assert says in "\n".join(rest)
    assert terminal("letter", ref, "--kind", "receipt", "--html").out.startswith("<!doctype html>")


def test_a_letter_of_no_case_and_of_no_kind_is_refused_in_words(terminal: Terminal) -> None:
    """Unknown case, unknown kind."""
    unknown = terminal("letter", case("cli-letter-none"), "--kind", "recall")
    assert (unknown.status, unknown.out) == (1, "")
    assert "there is no case" in unknown.err
    assert "is not one of" in terminal("letter", case("cli-letter-none"), "--kind", "bill").err
