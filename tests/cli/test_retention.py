"""`brudvagt retention`: lists, and orders only when a person says so."""

from tests.cli.terminal import Terminal


def test_nothing_is_listed_while_nothing_is_past_its_time(terminal: Terminal) -> None:
    """The empty state is a sentence; and nothing is ordered."""
    assert terminal("retention").out.strip() == "Ingen sager er over deres opbevaringstid."
    ordered = terminal("retention", "--erase", "--by", "decision_maker:direktion")
    assert (ordered.status, ordered.out.strip()) == (0, "Ingen sager er over deres opbevaringstid.")


def test_erasure_needs_somebody_who_orders_it(terminal: Terminal) -> None:
    """A DPO advises; who decides or operates orders."""
    for by in ((), ("--by", "dpo:dpo"), ("--by", "operations:")):
        said = terminal("retention", "--erase", *by)
        assert said.status == 2
        assert "erasure is ordered by decision_maker or operations" in said.err
