"""What a token says of itself, for people who look for the reason why it was refused. Nothing here is verified."""

import base64
import binascii
from datetime import UTC, datetime

import orjson

from pipeline.timebase import Clock

LONGEST = 80


def described(token: str) -> str:
    """Returns issuer, audience and end of a JWT in words; that it is none, where it cannot be read.

    The subject, the scopes and the token itself are not shown.
    """
    try:
        payload = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, binascii.Error, orjson.JSONDecodeError):
        return "no JWT"
    if not isinstance(claims, dict):
        return "no JWT"
    return f"issuer {_shown(claims.get('iss'))}, audience {_shown(claims.get('aud'))}, {_end(claims.get('exp'))}"


def _shown(claim: object) -> str:
    several = claim if isinstance(claim, list) else [claim]
    words = " and ".join(one for one in several if isinstance(one, str)) or "none"
    return "".join(letter for letter in words[:LONGEST] if letter.isprintable())


def _end(claim: object) -> str:
    if not isinstance(claim, int | float) or not 0 <= claim < 2**40:
        return "without an end"
    left_s = claim - Clock.real().now()
    at = f"{datetime.fromtimestamp(claim, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"good until {at}" if left_s > 0 else f"expired at {at}, {-left_s:.0f} s ago"
