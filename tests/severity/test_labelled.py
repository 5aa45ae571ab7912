"""The published cases come out as the authorities concluded. The 18 EDPB cases are in-sample: the rules were fitted."""

from pathlib import Path

import pytest

from pipeline.severity.explain import explain
from pipeline.severity.labelled import TOO_LOW, Case, evaluate, load_cases
from schemas.actions import Outcome
from tests.severity.said import BAND, ROOT, RULESET

CASES = ROOT / "tests" / "cases"


def _cases(name: str) -> tuple[Case, ...]:
    return load_cases(CASES / name)


def _every() -> list[Case]:
    return [case for path in sorted(Path(CASES).glob("*.yaml")) for case in load_cases(path)]


def test_all_18_edpb_cases_are_right_in_sample() -> None:
    """EDPB 01/2021: 18 of 18, in-sample."""
    results = evaluate(_cases("edpb-01-2021.yaml"), RULESET)
    assert len(results) == 18
    assert [r.case.id for r in results if not r.right] == []


def test_annex_b_has_at_least_nine_of_ten_right() -> None:
    """EDPB 9/2022 Annex B: at least 9 of 10."""
    results = evaluate(_cases("edpb-annex-b.yaml"), RULESET)
    assert len(results) == 10
    assert sum(r.right for r in results) >= 9


@pytest.mark.parametrize("name", ["datatilsynet.yaml", "messages.yaml", "unseen-municipal.yaml", "unseen-second.yaml"])
def test_every_danish_row_is_right_or_says_why_a_person_must_decide(name: str) -> None:
    """A row that the machine does not get right carries the reason why it must not."""
    wrong = [r for r in evaluate(_cases(name), RULESET) if not r.right]
    assert [r.case.id for r in wrong if r.case.human is None] == []


def test_a_second_persons_blind_cases_come_out_as_the_table_says() -> None:
    """Out of sample: 22 of 25 (21 at the first run); what is not right is too high, and a person must decide it."""
    results = evaluate(_cases("unseen-second.yaml"), RULESET)
    assert len(results) == 25
    assert {r.case.id for r in results if not r.right} == {"W14", "W16", "W23"}
    above = {r.case.id for r in results if r.case.expect.band and r.got.band != r.case.expect.band}
    assert above == {"W12", "W14", "W16", "W23"}


@pytest.mark.parametrize("case", _every(), ids=lambda case: case.id)
def test_no_case_is_too_low(case: Case) -> None:
    """Where somebody had to be told, the machine never says that nobody need be."""
    (result,) = evaluate([case], RULESET)
    assert result.harm < TOO_LOW


@pytest.mark.parametrize("case", [c for c in _every() if c.expect.safety], ids=lambda case: case.id)
def test_danger_to_a_person_is_seen(case: Case) -> None:
    """Where a protected address or a child is in the other party's hands, the case says so: it pages."""
    (result,) = evaluate([case], RULESET)
    assert result.got.safety


@pytest.mark.parametrize("case", [c for c in _every() if c.expect.band], ids=lambda case: case.id)
def test_messages_get_the_band_of_the_domain_reference(case: Case) -> None:
    """Where a band is named, it is met exactly; above it only where the row says what a person sees that the machine cannot."""
    (result,) = evaluate([case], RULESET)
    expected = BAND[str(case.expect.band)]
    assert BAND[result.got.band] >= expected
    assert case.human is not None or BAND[result.got.band] == expected


@pytest.mark.parametrize("case", _every(), ids=lambda case: case.id)
def test_every_explanation_meets_the_registers_bar(case: Case) -> None:
    """Datatilsynet 2021-442-12924: likelihood, consequence, harm to the person, and why persons are or are not told."""
    (result,) = evaluate([case], RULESET)
    danish, english = explain(result.got, "da"), explain(result.got, "en")
    for needed in ("Konsekvens:", "Sandsynlighed:", "berørte", "art. 33", "art. 34"):
        assert needed in danish
    for needed in ("Consequence:", "Likelihood:", "person", "Art. 33", "Art. 34(1)"):
        assert needed in english
    for rule in result.got.rules:
        assert f"{rule.rule} (" in danish
    assert ("bør underrettes" in danish) == (result.got.outcome is Outcome.HIGH_RISK)
