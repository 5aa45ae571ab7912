"""Keyed digests against published vectors."""

import pytest

from pipeline.privacy.digest import keyed_digest


def test_rfc_4231_test_case_1() -> None:
    """HMAC-SHA256 gives the value that RFC 4231 section 4.2 publishes."""
    expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert keyed_digest(b"\x0b" * 20, b"Hi There") == expected


def test_a_short_key_is_refused() -> None:
    """A key that could be tried out is refused in words."""
    with pytest.raises(ValueError, match="at least 16 bytes"):
        keyed_digest(b"short", b"x")
