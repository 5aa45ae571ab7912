"""SMTP: verified TLS, STARTTLS required except on loopback, one thread per case in the reader's mailbox."""

import asyncio
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from ipaddress import ip_address

import aiosmtplib

from pipeline.delivery.outcome import SENT, Error, Outcome, cleaned
from pipeline.delivery.texts import Text
from pipeline.plans.address import Destinations, allowed, is_mail
from pipeline.plans.plan import Channel as PlanChannel
from schemas.alert import Alert

_PERMANENT_FROM = 500


class Security(StrEnum):
    """How the connection is protected. `plain_on_loopback` is refused for any other host."""

    STARTTLS = "starttls"
    TLS = "tls"
    PLAIN_ON_LOOPBACK = "plain_on_loopback"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The mail server. `domain` makes Message-IDs; `ca_file` adds a trusted root to the system's, and takes none away.

    Raises ValueError for a plain connection to anything but loopback, and for a sender that is no mail address.
    """

    host: str
    port: int
    sender: str
    domain: str
    security: Security = Security.STARTTLS
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    budget_s: float = 30.0  # for the whole attempt; the delivery's timer waits this and a margin
    destinations: Destinations = Destinations.EXAMPLE_ONLY

    def __post_init__(self) -> None:
        if self.security is Security.PLAIN_ON_LOOPBACK and not is_loopback(self.host):
            raise ValueError(f"mail to {self.host} must be encrypted; set the security to starttls or tls")
        if not is_mail(self.sender):
            raise ValueError("the sender is no mail address; write one address, such as brudvagt@by.example")


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by name or number."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class SmtpChannel:
    """Sends one mail per alert. Holds no connection between alerts: three a day do not need one."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._tls = ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.ca_file is not None:
            self._tls.load_verify_locations(settings.ca_file)

    async def send(self, alert: Alert, to: PlanChannel, text: Text, at: datetime) -> Outcome:
        """Attempts delivery once within the budget."""
        if not is_mail(to.address) or not allowed(to.address, self._settings.destinations):
            return Outcome(Error.FORBIDDEN, permanent=True)
        message = compose(alert, to.address, text, at, self._settings)
        try:
            async with asyncio.timeout(self._settings.budget_s):
                return await self._attempt(message, to.address)
        except TimeoutError:
            return Outcome(Error.TIMEOUT)

    async def _attempt(self, message: EmailMessage, address: str) -> Outcome:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.budget_s,
            use_tls=settings.security is Security.TLS,
            start_tls=settings.security is Security.STARTTLS,
            tls_context=None if settings.security is Security.PLAIN_ON_LOOPBACK else self._tls,
            username=settings.username,
            password=settings.password,
        )
        try:
            await client.connect()
            await client.send_message(message, sender=settings.sender, recipients=[address])
        except (aiosmtplib.SMTPException, OSError) as error:
            return classified(error)
        finally:
            client.close()
        return SENT


def classified(error: Exception) -> Outcome:
    """Returns the outcome for what the mail client raised: RFC 5321's 4xx passes, 5xx about recipient or content stays.

    A refused login, greeting or sender is this installation's fault: transient, so that nobody is written off for it.
    """
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return Outcome(Error.TLS)
    if isinstance(error, aiosmtplib.SMTPNotSupported) or "STARTTLS" in str(error):
        return Outcome(Error.TLS, answer="STARTTLS is not offered")
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        return classified(error.recipients[0])
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return Outcome(Error.TIMEOUT)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPHeloError | aiosmtplib.SMTPSenderRefused):
        return Outcome(Error.MISCONFIGURED, answer=_answer(error))
    if isinstance(error, aiosmtplib.SMTPResponseException):
        permanent = error.code >= _PERMANENT_FROM and not isinstance(error, aiosmtplib.SMTPConnectResponseError)
        return Outcome(Error.REJECTED if permanent else Error.BUSY, permanent, _answer(error))
    if isinstance(error, aiosmtplib.SMTPServerDisconnected | ConnectionResetError | BrokenPipeError):
        return Outcome(Error.CUT)
    return Outcome(Error.REFUSED)


def compose(alert: Alert, address: str, text: Text, at: datetime, settings: SmtpSettings) -> EmailMessage:
    """Returns the mail: stable Message-ID per alert, References per case, marked as automatic (RFC 3834)."""
    message = EmailMessage()
    message["Subject"] = text.subject
    message["From"] = Address("Brudvagt", addr_spec=settings.sender)
    message["To"] = Address(addr_spec=address)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{alert.alert_id}@{settings.domain}>"
    if alert.reference is not None:
        message["References"] = message["In-Reply-To"] = f"<{alert.reference}@{settings.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text.plain)
    message.add_alternative(text.html, subtype="html")
    return message


def _answer(error: aiosmtplib.SMTPResponseException) -> str:
    return cleaned(f"{error.code} {error.message}")
