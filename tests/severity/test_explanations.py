"""The register's paragraph says of each published case what a data protection officer would have to answer for."""

import re

import pytest

from pipeline.severity.explain import explain
from pipeline.severity.labelled import Case, evaluate, load_cases
from schemas.actions import Outcome
from schemas.facts import FactKind
from tests.severity.said import HARMLESS, ROOT, RULESET, judged, report

CASES = {case.id: case for path in (ROOT / "tests" / "cases").glob("*.yaml") for case in load_cases(path)}
EDPB = [case for case_id, case in sorted(CASES.items()) if re.fullmatch(r"E\d\d", case_id)]

GUIDELINES = {
    "E01": ("ulæselige", "kan ikke læses"),
    "E02": ("forsinkede", "allerede indtrådt følger"),
    "E03": ("behandling", "følger for helbredet"),
    "E04": ("betalingskort", "identitetstyveri", "svindel"),
    "E05": ("svindel", "ukendt antal"),
    "E06": ("ulæselige", "kan ikke læses"),
    "E07": ("identitetstyveri", "100000"),
    "E08": ("uønskede henvendelser", "forsætlig", "begrænset"),
    "E09": ("betroet", "skriftligt bekræftet sletning"),
    "E10": ("ulæselige", "hurtigt genskabes"),
    "E11": ("svindel", "100000"),
    "E12": ("diskrimination", "omdømme", "tabt"),
    "E13": ("leveret tilbage", "begrænset"),
    "E14": ("CPR-numre", "identitetstyveri"),
    "E15": ("kun er antydet", "begrænset"),
    "E16": ("økonomisk", "mærkbar"),
    "E17": ("svindel", "forkerte oplysninger"),
    "E18": ("svindel", "indkomst"),
}
"""What EDPB 01/2021 itself names as deciding or as the harm, case by case, in the paragraph's words."""


def _danish(case: Case) -> str:
    (result,) = evaluate([case], RULESET)
    return explain(result.got, "da")


@pytest.mark.parametrize("case", EDPB, ids=lambda case: case.id)
def test_an_edpb_case_is_explained_by_what_the_guidelines_name(case: Case) -> None:
    """EDPB 01/2021: the harm or the circumstance that decided each of the 18 cases stands in the paragraph."""
    text = _danish(case).replace("ikke kan læses", "kan ikke læses")
    assert [words for words in GUIDELINES[case.id] if words not in text] == []


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.id)
def test_the_danish_paragraph_is_danish(case: Case) -> None:
    """No English word and no bare code of the contract reaches a Danish register."""
    english = re.findall(r"\b(the|case|cases|para|and|in transit|unknown|Annex|GDPR)\b", _danish(case))
    assert english == []
    assert "_" not in _danish(case)


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.id)
def test_harm_and_advice_agree(case: Case) -> None:
    """Who is told of a high risk is not told of a mere inconvenience; who is not told at all faces no grave harm."""
    (result,) = evaluate([case], RULESET)
    text = explain(result.got, "da")
    if result.got.outcome is Outcome.HIGH_RISK:
        assert "vurderes som ubetydelig" not in text
        assert "mindre ulempe." not in text
    if result.got.outcome is Outcome.UNLIKELY_RISK:
        assert "Det er sandsynligt" not in text


def test_what_nobody_said_is_not_told_as_fact() -> None:
    """A terse report: neither accident nor recipient nor exposure is claimed; the defaults are named as assumed."""
    text = explain(judged(report({}, kind=FactKind.REPORT_RECEIVED)), "da")
    assert "et uheld" not in text
    assert "ikke oplyst, om hændelsen er forsætlig" in text
    assert "lagt til grund, at kendte modtagere har" in text
    assert "ikke godtgjort" in text
    assert "kan ikke afgøres, før det er oplyst" in text
    assert "ubetydelig" not in text


def test_the_right_recipient_by_an_unsafe_way_is_not_called_a_wrong_one() -> None:
    """Datatilsynet 2021-442-11601: what is wrong is the way, and the decision on it is the one cited."""
    text = _danish(CASES["U05"])
    assert "rette modtager ad en vej" in text
    assert "ikke er betroet" not in text
    assert "[Datatilsynet 2021-442-11601]" in text


def test_a_rule_that_yields_is_said_to_be_without_effect() -> None:
    """R12 blocked by R5 stands in the paragraph with the rule that it yields to."""
    said = HARMLESS | {
        "exposure": "none_with_evidence",
        "medium": "it_system",
        "availability": "none",
        "integrity": "altered_no_wrong_use",
        "cause": "external_malicious",
    }
    assert "R12 (uden virkning, viger for R5)" in explain(judged(report(said)), "da")
