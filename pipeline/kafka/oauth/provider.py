"""Keeps one client's token and renews it in time. aiokafka asks for it whenever it makes a connection."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiokafka.abc import AbstractTokenProvider

from pipeline.kafka.oauth.credentials import ClientCredentials
from pipeline.kafka.oauth.endpoint import Token, ask
from pipeline.kafka.oauth.errors import TokenError
from pipeline.kafka.oauth.metrics import Became, count

log = structlog.get_logger("pipeline.kafka")

RENEWED_AT: Final = 0.8
"""Of a token's life, as Kafka's own clients do (`sasl.login.refresh.window.factor`): the rest is for a server that is away."""

PAUSE_S: Final = 5.0
"""No sooner is the server asked again after a failure or a refusal: twenty clients that lost their broker try ten times
a second each."""


class TokenProvider(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka is untyped
    """One for each client id, shared by all of a process's connections, on any number of event loops."""

    def __init__(
        self,
        credentials: ClientCredentials,
        ask: Callable[[ClientCredentials], Awaitable[Token]] = ask,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.credentials = credentials
        self._ask, self._now = ask, now
        self._text = ""
        self._asked_at = self._renew_at = self._end_at = self._wait_until = float("-inf")
        self._failure = ""
        self._asking: asyncio.Task[None] | None = None

    async def token(self) -> str:
        """Returns a token that is good for now. Raises TokenError within the endpoint's budget.

        While the last one is good nobody waits for the next.
        """
        now = self._now()
        if now >= max(self._renew_at, self._wait_until):
            renewal = self._running()
            if now >= self._end_at:
                await asyncio.shield(renewal)
        if self._now() < self._end_at:
            return self._text
        raise TokenError(self._failure)

    def refused(self, text: str) -> None:
        """Takes note that the brokers do not accept a token: it is over, but the next one is not asked for at once."""
        if text == self._text:
            self._renew_at = self._end_at = min(self._end_at, self._asked_at + PAUSE_S)

    def _running(self) -> asyncio.Task[None]:
        """Returns the renewal under way on this loop, begun now if there is none: many connections, one request."""
        loop = asyncio.get_running_loop()
        if self._asking is None or self._asking.done() or self._asking.get_loop() is not loop:
            self._asking = loop.create_task(self._renew())
        return self._asking

    async def _renew(self) -> None:
        began = self._now()
        try:
            token = await self._ask(self.credentials)
        except TokenError as error:
            count(Became.NOT_GIVEN)
            self._failure, self._wait_until = str(error), self._now() + PAUSE_S
            if (left_s := self._end_at - self._now()) > 0:  # with none left, whoever asked for it says so
                log.warning("no new token for Kafka", reason=self._failure, the_last_one_lives_s=round(left_s))
            return
        self._failure, self._text, self._asked_at = "", token.text, began
        self._renew_at, self._end_at = began + RENEWED_AT * token.lives_s, began + token.lives_s


_providers: dict[ClientCredentials, TokenProvider] = {}


def provider_for(credentials: ClientCredentials) -> TokenProvider:
    """Returns the process's provider for these credentials."""
    return _providers.setdefault(credentials, TokenProvider(credentials))


def refused(text: str) -> None:
    """Tells whoever gave this token that the brokers do not accept it."""
    for provider in list(_providers.values()):
        provider.refused(text)
