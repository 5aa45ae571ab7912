"""Signatures of the Standard Webhooks specification: HMAC-SHA256 over id, timestamp and body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

_PREFIX = "whsec_"
_SHORTEST = 24
"""Bytes; the specification asks for 24 to 64."""


class BadSecret(ValueError):
    """The signing secret cannot be used; says how one is written, never what it was."""


def secret_bytes(secret: str) -> bytes:
    """Returns the key behind `whsec_<base64>`. Raises BadSecret."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise BadSecret("a webhook secret is written whsec_ and base64") from None
    if len(key) < _SHORTEST:
        raise BadSecret(f"a webhook secret has at least {_SHORTEST} random bytes")
    return key


def signatures(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Returns the `webhook-signature` header: one `v1,<base64>` per secret, so that keys can be rotated."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
