"""A signed webhook after Standard Webhooks: no redirects, no private addresses, the alert's public fields and its text."""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog

from pipeline.delivery.channels.channel import Kind, Misconfigured, Site
from pipeline.delivery.channels.network import GuardedResolver, NotAllowed, Reach, reachable
from pipeline.delivery.channels.secretfile import lines
from pipeline.delivery.channels.signature import BadSecret, secret_bytes, signatures
from pipeline.delivery.outcome import SENT, Error, Outcome, cleaned
from pipeline.delivery.texts import Text
from pipeline.plans.address import Destinations, allowed
from pipeline.plans.plan import Channel as PlanChannel
from schemas.alert import Alert

log = structlog.get_logger("pipeline.delivery")
EVENT_TYPE = "dk.brudvagt.alert"
_COME_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_ANSWER_READ = 1_000
_PUBLIC_FIELDS = {
    "alert_id",
    "kind",
    "level",
    "municipality",
    "reference",
    "obligation",
    "rung",
    "role",
    "round",
    "step",
    "outcome",
    "deadline_at",
    "created_at",
}


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """How webhooks are signed and sent. `secrets` gives the secrets anew at each call: two while they are changed.

    `real_now` is real unix seconds: receivers compare the timestamp with their own clock, so it is never the shown time.
    """

    secrets: Callable[[], Sequence[str]]
    real_now: Callable[[], float]
    budget_s: float = 20.0
    reach: Reach = Reach.PUBLIC_ONLY
    destinations: Destinations = Destinations.EXAMPLE_ONLY
    ca_file: Path | None = None

    def check(self) -> None:
        """Reads the secrets once. Raises Misconfigured."""
        try:
            for secret in self.secrets():
                secret_bytes(secret)
        except BadSecret as error:
            raise Misconfigured(f"BRUDVAGT_WEBHOOK_SECRETS_FILE: {error}") from None


class WebhookChannel:
    """Posts one JSON document per alert."""

    def __init__(self, settings: WebhookSettings, resolver: GuardedResolver | None = None) -> None:
        self.settings = settings
        self._resolver = resolver
        self._tls = ssl.create_default_context()
        if settings.ca_file is not None:
            self._tls.load_verify_locations(settings.ca_file)

    async def send(self, alert: Alert, to: PlanChannel, text: Text, at: datetime) -> Outcome:
        """Attempts delivery once within the budget."""
        if not self._may_call(to.address):
            return Outcome(Error.FORBIDDEN, permanent=True)
        body = document(alert, text, at)
        stamp = int(self.settings.real_now())
        try:
            signature = signatures(self.settings.secrets(), alert.alert_id, stamp, body)
        except (BadSecret, Misconfigured) as error:
            log.error("a webhook cannot be signed", reason=str(error))
            return Outcome(Error.MISCONFIGURED)
        headers = {
            "content-type": "application/json",
            "webhook-id": alert.alert_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": signature,
        }
        resolver = self._resolver or GuardedResolver(self.settings.reach)
        connector = aiohttp.TCPConnector(resolver=resolver, ssl=self._tls, force_close=True, use_dns_cache=False)
        budget = aiohttp.ClientTimeout(total=self.settings.budget_s)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=budget, trust_env=False) as session,
                session.post(to.address, data=body, headers=headers, allow_redirects=False) as response,
            ):
                answer = await response.content.read(_ANSWER_READ)
                return judged(response.status, answer)
        except TimeoutError:
            return Outcome(Error.TIMEOUT)
        except aiohttp.ClientSSLError:
            return Outcome(Error.TLS)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, NotAllowed):
                return Outcome(Error.FORBIDDEN, permanent=True)
            return Outcome(Error.REFUSED)
        except (aiohttp.ClientError, ConnectionResetError):
            return Outcome(Error.CUT)

    def _may_call(self, address: str) -> bool:
        if urlsplit(address).scheme != "https" or not allowed(address, self.settings.destinations):
            return False
        try:
            literal = str(ip_address(urlsplit(address).hostname or ""))
        except ValueError:
            return True  # a name: the resolver checks where it leads
        return reachable(literal, self.settings.reach)


def judged(status: int, answer: bytes) -> Outcome:
    """Returns the outcome of an HTTP status: 2xx sent, 408, 425, 429 and 5xx transient, redirects and the rest
    permanent.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return SENT
    said = cleaned(f"{status} {answer.decode('utf-8', 'replace')}")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Outcome(Error.REDIRECTED, permanent=True, answer=str(status))
    if status in _COME_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome(Error.BUSY, answer=said)
    return Outcome(Error.REJECTED, permanent=True, answer=said)


def document(alert: Alert, text: Text, at: datetime) -> bytes:
    """Returns the JSON that is posted: type, time, the alert's public fields and its text; no local id, no address."""
    public = alert.model_dump(mode="json", include=_PUBLIC_FIELDS)
    data = public | {"subject": text.subject, "text": text.plain}
    return orjson.dumps({"type": EVENT_TYPE, "timestamp": at.isoformat(), "data": data})


def configured(site: Site) -> WebhookChannel | None:
    """Returns the channel if there is a file of secrets. Raises Misconfigured."""
    wanted, file = site.settings, site.settings.webhook_secrets_file
    if file is None:
        return None
    settings = WebhookSettings(
        secrets=lambda: lines(file, "webhook_secrets_file"),
        real_now=site.real_now,
        budget_s=wanted.attempt_s,
        reach=Reach.PRIVATE_ALLOWED if wanted.webhook_private else Reach.PUBLIC_ONLY,
        destinations=site.destinations,
        ca_file=wanted.ca_file,
    )
    settings.check()
    try:
        return WebhookChannel(settings)
    except OSError as error:
        raise Misconfigured(f"BRUDVAGT_CA_FILE: {wanted.ca_file} cannot be used ({type(error).__name__})") from None


KIND = Kind("webhook", "webhook_secrets_file", configured)
