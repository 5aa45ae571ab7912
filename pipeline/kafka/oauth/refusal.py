"""A refused token is an error. In aiokafka 0.14 it is not.

A broker refuses a token with an answer, a JSON object in the SASL exchange (RFC 7628, section 3.2.2), and fails the
exchange only when the client has sent one byte more. aiokafka's own authenticator looks at no answer: it takes the
connection for authenticated, the broker closes it at the next request, and the client connects again, for ever and
without a word of why. So its authenticator is wrapped in one that looks. Of aiokafka this needs the public names
`AIOKafkaConnection.authenticator_oauth`, `send` and `close`, and the authenticator's `step`; `tests/kafka/test_oauth.py`
notices on a real broker if one of them stops meaning this.
"""

import asyncio
import contextlib
import re
from typing import Any, Final, NoReturn

import orjson
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import SaslAuthenticateRequest

from pipeline.kafka.oauth.claims import described
from pipeline.kafka.oauth.errors import TokenError, TokenRefused
from pipeline.kafka.oauth.metrics import TOKENS, Became, count
from pipeline.kafka.oauth.provider import refused

SEEN: Final = b"\x01"
"""What a client owes after a refusal; the broker then counts and logs a failed authentication."""

CLOSE_S: Final = 1.0

_BEARER: Final = re.compile(rb"\x01auth=Bearer ([^\x01]+)\x01")
_STATUS: Final = re.compile(r"[a-z_]{1,40}")

Payload = tuple[bytes, bool]


class Checked:
    """An authenticator of aiokafka, which asks `step` for the next message until there is none."""

    def __init__(self, inner: Any, connection: Any) -> None:
        self._inner, self._connection = inner, connection
        self._token = ""

    async def step(self, answer: bytes | None) -> Payload | None:
        """Returns what to send after the broker's `answer`. Raises TokenRefused, TokenError."""
        try:
            if answer:
                await self._refused(answer)
            said: Payload | None = await self._inner.step(answer)
        except TokenError:
            with contextlib.suppress(TimeoutError):  # aiokafka does not wait, and a command's loop may end before it is
                await asyncio.wait_for(asyncio.shield(self._connection.close()), CLOSE_S)
            raise
        if said is None:
            count(Became.ACCEPTED)
        elif (found := _BEARER.search(said[0])) is not None:
            self._token = found[1].decode("ascii")
        return said

    async def _refused(self, answer: bytes) -> NoReturn:
        count(Became.REFUSED)
        refused(self._token)
        with contextlib.suppress(KafkaError, TimeoutError):  # whatever it says now, it has refused
            await self._connection.send(SaslAuthenticateRequest(SEEN))
        raise TokenRefused(
            f"the token is refused: {_status(answer)}; it has {described(self._token)}. Compare with the issuer, "
            "audience and keys that the broker expects, and the clocks"
        )


def _status(answer: bytes) -> str:
    try:
        said = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return "no reason given"
    status = str(said.get("status", "")) if isinstance(said, dict) else ""
    return status if _STATUS.fullmatch(status) else "no reason given"


_given: Any = AIOKafkaConnection.authenticator_oauth


def _checked(connection: Any) -> Checked:
    return Checked(_given(connection), connection)


def look_at_answers() -> None:
    """Makes every OAUTHBEARER connection of this process look at what the broker answers; may be called again.

    From then on the process shows what became of its tokens; one that needs none shows nothing.
    """
    TOKENS.zero()
    AIOKafkaConnection.authenticator_oauth = _checked
