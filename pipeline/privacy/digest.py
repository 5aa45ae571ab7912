"""Keyed digests: repeats of the same bytes are seen, the bytes cannot be guessed back.

A plain hash of a record that holds a CPR number can be reversed by trying all of them; an HMAC cannot without the key.
"""

import hashlib
import hmac

KEY_BYTES_MIN = 16


def keyed_digest(key: bytes, content: bytes) -> str:
    """Returns HMAC-SHA256 of `content` under `key` as 64 hex digits (RFC 2104, FIPS 180-4).

    Raises ValueError for a key under 16 bytes, which could be tried out.
    """
    if len(key) < KEY_BYTES_MIN:
        raise ValueError(f"the digest key must have at least {KEY_BYTES_MIN} bytes, not {len(key)}")
    return hmac.new(key, content, hashlib.sha256).hexdigest()
