"""Masking of CPR numbers: what must go, what may stay, and what it may cost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from pipeline.privacy.cpr import MASK, holds_cpr, mask, mask_all
from tests.engine.pace import slowness
from tests.privacy.spellings import NOT_NUMBERS, NUMBERS, plain_digits, spelled

WORDS = st.text(alphabet="abcæøå .,:;()\n", max_size=20)


@pytest.mark.parametrize(("digits", "why"), NUMBERS)
def test_numbers_of_every_century_are_masked(digits: str, why: str) -> None:
    """A number on either side of each border of the century table is masked, whatever modulus 11 says."""
    assert mask(f"borger {digits[:6]}-{digits[6:]} fik brevet") == "borger [CPR] fik brevet", why


@pytest.mark.parametrize(("digits", "why"), NOT_NUMBERS)
def test_ten_digits_that_name_no_day_stay(digits: str, why: str) -> None:
    """Ten digits whose day does not exist in the century of the seventh digit are no CPR number."""
    assert mask(f"nr. {digits[:6]}-{digits[6:]}") == f"nr. {digits[:6]}-{digits[6:]}", why


@pytest.mark.parametrize(
    "text",
    [
        "010190-1234", "0101901234", "010190 1234", "01 01 90 1234", "01.01.90-1234", "01-01-1990-1234",
        "01011990-1234", "010119901234", "０１０１９０－１２３４", "010190\u00a01234", "0101\u200b90\u20111234",
        "010190\n1234", "01019\n01234", "0 1 0 1 9 0 1 2 3 4", "01/01/90/1234", "010190 - 1234", "010190:1234",
        "(010190)-1234", "٠١٠١٩٠-١٢٣٤", "⓪①⓪①⑨⓪①②③④",
        "0\u20e31\u20e30\u20e31\u20e39\u20e30\u20e31\u20e32\u20e33\u20e34\u20e3",
    ],
)  # fmt: skip
def test_spellings_are_masked_whole(text: str) -> None:
    """Each spelling of 1 January 1990, serial 1234, becomes the mask and nothing else."""
    assert mask(text).replace("(", "").replace("\u20e3", "") == MASK


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CPR0101901234x", "CPR[CPR]x"),
        ("referat_010190-1234.pdf", "referat_[CPR].pdf"),
        ("fodnote 010190-1234²", "fodnote [CPR]"),
        ("99010190123499", "[CPR]"),
        ("01019012340202901234", "[CPR]"),
        ("født 12.10.90 01 01 90 1234", "født [CPR]"),
        ("010190-1234, 020290-1234", "[CPR], [CPR]"),
    ],
)
def test_neighbours_of_a_number_do_not_hide_it(text: str, expected: str) -> None:
    """Letters, footnotes, other numbers and longer runs of digits beside a number do not keep it from being found."""
    assert mask(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "15.10.2026 kl. 12.30", "15.10.2026 12:30", "15-10-2026 12.30", "15.10.2026", "2026-11-20T15:45:00+01:00",
        "2026-11-20 15:45:00", "den 15.10.2026 18 borgere", "tlf. 20 12 34 56", "+45 20 12 34 56", "2019-431-0037",
        "CVR 12345678", "EAN 5790000000000", "201126 12:30", "sag 657-7F3KQ-2M9XB-T", "",
    ],
)  # fmt: skip
def test_everyday_numbers_stay(text: str) -> None:
    """Dates with times of day, telephone, CVR and case numbers in their usual spellings are left readable."""
    assert mask(text) == text
    assert not holds_cpr(text)


@given(WORDS, spelled(), WORDS)
def test_no_spelling_survives(before: str, written: tuple[str, str], after: str) -> None:
    """Whatever the digits, script, separators and surroundings, the serial number never comes out."""
    digits, spelling = written
    masked = mask(f"{before}x {spelling} x{after}")
    assert digits not in plain_digits(masked)
    assert MASK in masked
    assert plain_digits(masked) == ""


@given(st.text())
def test_masking_twice_changes_nothing(text: str) -> None:
    """What has been masked holds nothing more to mask."""
    once = mask(text)
    assert mask(once) == once
    assert not holds_cpr(once)


@given(st.text(alphabet=" .-0123456789\n²①\u200b", max_size=60))
def test_masking_twice_changes_nothing_among_digits(text: str) -> None:
    """The same for text that is all digits and separators, where numbers overlap."""
    once = mask(text)
    assert mask(once) == once


def test_names_and_values_of_nested_json_are_masked() -> None:
    """Every string in nested JSON is masked, names too; numbers and truth values stay; no member is lost."""
    value: JsonValue = {"010190-1234": ["a", {"b": "0101901234"}], "020290-1234": 1, "n": True, "z": None}
    assert mask_all(value) == {"[CPR]": ["a", {"b": "[CPR]"}], "[CPR]#2": 1, "n": True, "z": None}


@pytest.mark.parametrize(
    "unit", ["01 ", "1.1", "0101901234999", "01", "01019012\u200b", "0" + " " * 12, "é1", "-", "0101 90"]
)
def test_hostile_text_costs_bounded_time(unit: str) -> None:
    """100,000 characters, the most text an event can hold, take under three seconds on a slow core."""
    text = (unit * 100_000)[:100_000]
    started = time.process_time()
    mask(text)
    assert time.process_time() - started < 3 * slowness()
