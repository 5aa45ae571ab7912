"""The reference of a case: its form, its check character, what is mended and what is refused."""

import hashlib
import string

import pytest

from pipeline.cases.identity import NotAReference, case_digest, correlation_digest, read, reference

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECKED = string.digits + string.ascii_uppercase
MENDED = {"I": "1", "L": "1", "O": "0"}
REFERENCES = [reference(code, f"hændelse-{n}") for n, code in enumerate(("657", "161", "000", "530", "707", "167"))]


def check_character(text: str) -> str:
    """ISO/IEC 7064 Mod 37,36, computed by its definition: product over the characters, starting from 36."""
    product = 36
    for one in text:
        total = (product + CHECKED.index(one)) % 36 or 36
        product = total * 2 % 37
    return CHECKED[(37 - product) % 36]


def test_the_reckoning_here_agrees_with_a_published_identifier() -> None:
    """The Global Release Identifier A1-2425G-ABC1234002-M of the IFPI standard ends in M by ISO 7064 Mod 37,36."""
    assert check_character("A12425GABC1234002") == "M"


def is_refused(text: str) -> bool:
    """Whether `text` is refused as a reference, in words and not by an accident."""
    try:
        read(text)
    except NotAReference:
        return True
    return False


@pytest.mark.parametrize("municipality", ["657", "000", "161"])
def test_a_reference_is_municipality_fifty_bits_and_a_check_character(municipality: str) -> None:
    """Kommunekode, the first 50 bits of SHA-256 over municipality and correlation in Crockford's letters, the check."""
    digest = hashlib.sha256(f"{municipality}\0KMD-2026-7".encode()).digest()
    bits = "".join(f"{byte:08b}" for byte in digest)[:50]
    body = "".join(CROCKFORD[int(bits[at : at + 5], 2)] for at in range(0, 50, 5))
    assert reference(municipality, "KMD-2026-7") == (
        f"{municipality}-{body[:5]}-{body[5:]}-{check_character(municipality + body)}"
    )


def test_the_full_digest_begins_with_the_bits_of_the_reference() -> None:
    """A case keeps all 256 bits, so that two correlations under one reference are noticed."""
    digest = case_digest("657", "sag-1")
    assert len(digest) == 64
    body = reference("657", "sag-1")[4:15].replace("-", "")
    assert f"{int(digest, 16):0256b}"[:50] == "".join(f"{CROCKFORD.index(one):05b}" for one in body)


@pytest.mark.parametrize("ref", REFERENCES)
def test_every_single_wrong_character_is_refused(ref: str) -> None:
    """At every position, every other character a keyboard or an OCR can make; only look-alikes are mended."""
    strange = string.printable + "ÆØÅæøåß–" + "٣৭７Ⅳ²" + "Ιо"  # Arabic, Bengali, wide digits; Greek, Cyrillic letters
    for at, right in enumerate(ref):
        for wrong in strange:
            body = 4 <= at < len(ref) - 1
            if wrong.upper() == right or (body and MENDED.get(wrong.upper()) == right):
                continue
            assert is_refused(ref[:at] + wrong + ref[at + 1 :]), (at, wrong)


@pytest.mark.parametrize("ref", REFERENCES)
def test_a_missing_or_doubled_character_is_refused(ref: str) -> None:
    """A reference has a fixed length; hyphens alone may be left out."""
    for at, one in enumerate(ref):
        if one != "-":
            for text in (ref[:at] + ref[at + 1 :], ref[:at] + one + ref[at:]):
                assert is_refused(text), text


@pytest.mark.parametrize("ref", REFERENCES)
def test_spelling_is_free_where_nothing_is_lost(ref: str) -> None:
    """Lower case, no hyphens and spaces around it are the same reference."""
    for text in (ref, ref.lower(), ref.replace("-", ""), ref.replace("-", "").lower(), f"  {ref}\n"):
        assert read(text) == ref


def test_letters_that_look_like_digits_are_read_as_those() -> None:
    """Crockford: I and L are read as 1 and O as 0; the alphabet has none of the three."""
    ref = next(one for n in range(1000) if {"0", "1"} <= set((one := reference("657", str(n)))[4:15]))
    body = ref[4:15]
    for one, zero in (("I", "O"), ("l", "o"), ("L", "O"), ("i", "o")):
        assert read(ref[:4] + body.replace("1", one).replace("0", zero) + ref[15:]) == ref


def test_one_incident_has_a_case_in_each_municipality_and_one_digest() -> None:
    """The cases of one incident differ by municipality and share the digest of the correlation."""
    assert len({reference(f"{n:03}", "KOMBIT-1") for n in range(84)}) == 84
    assert correlation_digest("KOMBIT-1") == hashlib.sha256(b"KOMBIT-1").hexdigest()
    assert case_digest("657", "KOMBIT-1") != case_digest("161", "KOMBIT-1")


def test_ten_thousand_correlations_give_ten_thousand_references_spread_evenly() -> None:
    """At 50 bits, 10,000 collide with a chance of 1 in 22 million; each letter comes up a 32nd of the time, ±10 %."""
    refs = [reference("657", f"sag-{n}") for n in range(10_000)]
    assert len(set(refs)) == 10_000
    letters = "".join(ref[4:15].replace("-", "") for ref in refs)
    assert set(letters) == set(CROCKFORD)
    assert all(abs(letters.count(one) / 3125 - 1) < 0.1 for one in CROCKFORD)
