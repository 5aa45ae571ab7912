"""Asks an authorization server for a token: the client-credentials grant of RFC 6749, section 4.4."""

import asyncio
import base64
import random
import re
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import quote_plus

import aiohttp
import orjson

from pipeline.kafka.oauth.credentials import ClientCredentials
from pipeline.kafka.oauth.errors import TokenError

ATTEMPTS: Final = 3
ATTEMPT_S: Final = 4.0
BUDGET_S: Final = 10.0
"""For all attempts together: whoever waits for a connection waits for its token."""

PAUSE_S: Final = 0.25
ANSWER_BYTES: Final = 64 * 1024
UNTOLD_LIFE_S: Final = 60.0
"""A server need not say how long a token lives (section 5.1); asked for anew each minute it is never old."""

_COME_AGAIN: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_BEARER: Final = re.compile(
    r"[A-Za-z0-9._~+/-]+=*"
)  # RFC 6750, section 2.1; anything else would break the SASL message
_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")
_CODE: Final = re.compile(r"[a-z_]{1,40}")  # RFC 6749, section 5.2: its codes, and no free text of the server's
_REMEDIES: Final = {
    "invalid_client": "check user and password_file",
    "unauthorized_client": "allow this client the grant client_credentials",
    "invalid_scope": "check option scope",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and how many seconds it lives from the asking on. Never shows in `repr`."""

    text: str = field(repr=False)
    lives_s: float


class _Passing(Exception):
    """A failure that may be gone at the next attempt."""


async def ask(credentials: ClientCredentials) -> Token:
    """Returns a fresh token. Raises TokenError within BUDGET_S; what may pass by is tried ATTEMPTS times."""
    problem = f"no answer within {BUDGET_S:g} s"
    try:
        async with asyncio.timeout(BUDGET_S):
            for attempt in range(ATTEMPTS):
                if attempt:
                    await asyncio.sleep(PAUSE_S * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311  # jitter
                try:
                    return await _ask_once(credentials)
                except _Passing as error:
                    problem = str(error)
    except TimeoutError:
        pass  # the budget; what the last attempt said is the problem
    raise _no_token(credentials, problem, "check that it runs and that option token_url is right")


async def _ask_once(credentials: ClientCredentials) -> Token:
    connector = aiohttp.TCPConnector(ssl=_tls(credentials), force_close=True)
    budget = aiohttp.ClientTimeout(total=ATTEMPT_S)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=budget, trust_env=False) as session,
            session.post(
                credentials.token_url, data=_grant(credentials), headers=_headers(credentials), allow_redirects=False
            ) as response,
        ):
            return _judged(credentials, response.status, await response.content.read(ANSWER_BYTES))
    except aiohttp.ClientConnectorCertificateError as error:
        remedy = "name its authority in option token_ca"
        raise _no_token(credentials, f"its certificate is refused: {error.certificate_error}", remedy) from None
    except TimeoutError:
        raise _Passing(f"no answer within {ATTEMPT_S:g} s") from None
    except (aiohttp.ClientError, OSError) as error:
        cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        raise _Passing(f"{type(cause).__name__}: {getattr(cause, 'strerror', None) or 'no HTTP answer'}") from None


def _tls(credentials: ClientCredentials) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=credentials.ca)
    except (OSError, ssl.SSLError):
        raise _no_token(credentials, f"{credentials.ca} holds no certificates in PEM form", "mend token_ca") from None


def _grant(credentials: ClientCredentials) -> dict[str, str]:
    scope = {} if credentials.scope is None else {"scope": credentials.scope}
    return {"grant_type": "client_credentials", **scope}


def _headers(credentials: ClientCredentials) -> dict[str, str]:
    """Returns HTTP Basic with both parts form-encoded: section 2.3.1, which every server must take."""
    try:
        secret = credentials.secret_file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"{credentials.secret_file} cannot be read: {type(error).__name__}"
        raise _no_token(credentials, problem, "mend password_file") from None
    pair = f"{quote_plus(credentials.client_id)}:{quote_plus(secret)}"
    return {"Accept": "application/json", "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _judged(credentials: ClientCredentials, status: int, answer: bytes) -> Token:
    """Returns the token of an answer. Raises _Passing for what may be gone the next time, else TokenError."""
    try:
        said = orjson.loads(answer)
    except orjson.JSONDecodeError:
        said = None
    said = said if isinstance(said, dict) else {}
    if status == HTTPStatus.OK:
        text, life = said.get("access_token"), str(said.get("expires_in", UNTOLD_LIFE_S))  # some write it as a text
        if not isinstance(text, str) or not _BEARER.fullmatch(text) or str(said.get("token_type")).lower() != "bearer":
            raise _no_token(credentials, "the answer holds no bearer token", "check option token_url")
        if not _SECONDS.fullmatch(life) or float(life) == 0:
            raise _no_token(
                credentials, "expires_in is no number of seconds above 0", "mend the server behind token_url"
            )
        return Token(text, float(life))
    code = str(said.get("error", ""))
    shown = f"{status} {code}" if _CODE.fullmatch(code) else str(status)
    if status in _COME_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _Passing(shown)
    if status < HTTPStatus.BAD_REQUEST:
        raise _no_token(credentials, f"{status}, and redirects are not followed", "write its final address")
    raise _no_token(credentials, shown, _REMEDIES.get(code, "check option token_url, user and password_file"))


def _no_token(credentials: ClientCredentials, problem: str, remedy: str) -> TokenError:
    return TokenError(f"{credentials.place} gives no token ({problem}): {remedy} in BRUDVAGT_KAFKA_URL")
