"""`brudvagt route`: whom a report would reach, by which channel, when, and which rule decided."""

from pathlib import Path

from click.testing import CliRunner

from pipeline.cli.route import route

EXAMPLES = Path(__file__).resolve().parents[2] / "schemas" / "examples"
FRIDAY = "2026-11-20T22:00"  # Friday evening, in the quiet


def _said(name: str) -> str:
    (file,) = EXAMPLES.glob(f"{name}-*.json")
    result = CliRunner().invoke(route, [str(file), "--at", FRIDAY])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_complaint_reaches_its_unit_and_no_deadline_is_said() -> None:
    """M41: who gets it when the municipality opens on Monday, and why no clock runs; nobody is asked for an act."""
    said = _said("m41")
    assert "afsenderen siger, at henvendelsen ikke er om et brud" in said
    assert "Fristen er" not in said
    assert "23.11.2026 kl. 07.00  Til orientering  sagsbehandler (sagsbehandling)" in said
    assert "vej: enheden, som kommunens kontaktplan nævner" in said
    assert "vej: databeskyttelsesrådgiveren ser i dagens overblik, hvad der er sendt videre" in said
    assert "HASTER" not in said


def test_a_page_names_everybody_up_to_operations_and_each_rule_in_words() -> None:
    """M01, high risk: at once on Friday night, every step with its number, and the end of a silent chain."""
    said = _said("m01")
    assert "20.11.2026 kl. 22.00  HASTER  databeskyttelsesrådgiver (dpo)  smtp: dpo@herning.example" in said
    assert "20.11.2026 kl. 22.15  HASTER  stedfortræder for databeskyttelsesrådgiveren (dpo-vikar-1)" in said
    assert "vej: kædens trin 2, runde 1" in said
    assert "stille timer: gælder ikke for det, der haster" in said
    assert "21.11.2026 kl. 01.45  HASTER  driftsvagt (drift-vagt)" in said
    assert "vej: driften får besked, når ingen på hele kæden har svaret" in said
    assert "niveau: R" not in said, "every rule has words"
