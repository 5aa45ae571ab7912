"""SMTP: verified TLS, STARTTLS required except on loopback; signed and encrypted where that is configured."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import aiosmtplib
import structlog

from pipeline.delivery.channels.certificates import Unusable, in_its_time, of_recipient
from pipeline.delivery.channels.channel import Fault, Kind, Misconfigured, Site
from pipeline.delivery.channels.mail import compose, parts
from pipeline.delivery.channels.secretfile import lines
from pipeline.delivery.channels.smime import enveloped, signed, signer
from pipeline.delivery.channels.smtp_answers import classified
from pipeline.delivery.outcome import SENT, Error, Outcome
from pipeline.delivery.texts import Text
from pipeline.plans.address import Destinations, allowed, is_mail
from pipeline.plans.plan import Channel as PlanChannel
from schemas.alert import Alert

log = structlog.get_logger("pipeline.delivery")


class Security(StrEnum):
    """How the connection is protected. `plain_on_loopback` is refused for any other host."""

    STARTTLS = "starttls"
    TLS = "tls"
    PLAIN_ON_LOOPBACK = "plain_on_loopback"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The mail server. `ca_file` adds a trusted root to the system's, and takes none away. `smime` are the files with
    certificate and key that sign; `certificates` is where recipients' lie. Secrets are read at each use.

    Raises ValueError for a plain connection to anything but loopback, and for a sender that is no mail address.
    """

    host: str
    port: int
    sender: str
    security: Security = Security.STARTTLS
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    smime: tuple[Path, Path] | None = None
    certificates: Path = Path("certificates")
    budget_s: float = 30.0  # for the whole attempt; the delivery's timer waits this and a margin
    destinations: Destinations = Destinations.EXAMPLE_ONLY

    def __post_init__(self) -> None:
        if self.security is Security.PLAIN_ON_LOOPBACK and not is_loopback(self.host):
            raise Misconfigured(f"mail to {self.host} must be encrypted; set the security to starttls or tls")
        if not is_mail(self.sender):
            raise Misconfigured("BRUDVAGT_SMTP_SENDER is no mail address; write one, such as brudvagt@by.example")

    def password(self) -> str | None:
        """Returns the password, read anew. Raises Misconfigured."""
        return None if self.password_file is None else lines(self.password_file, "smtp_password_file")[0]


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

    def check(self) -> None:
        """Reads every file once. Raises Misconfigured."""
        self._settings.password()
        if self._settings.smime is not None:
            signer(*self._settings.smime)

    async def send(self, alert: Alert, to: PlanChannel, text: Text, at: datetime) -> Outcome:
        """Attempts delivery once within the budget. What the plan wants encrypted goes out encrypted or not at all."""
        if not is_mail(to.address) or not allowed(to.address, self._settings.destinations):
            return Outcome(Error.FORBIDDEN, permanent=True)
        try:
            mail = self._mail(alert, to, text, at)
            password = self._settings.password()
        except Unusable as error:
            return Outcome(Error.CERTIFICATE, permanent=True, answer=str(error))
        except Misconfigured as error:
            log.error("mail cannot go out", reason=str(error))
            return Outcome(Error.MISCONFIGURED)
        try:
            async with asyncio.timeout(self._settings.budget_s):
                return await self._attempt(mail, to.address, password)
        except TimeoutError:
            return Outcome(Error.TIMEOUT)

    def _mail(self, alert: Alert, to: PlanChannel, text: Text, at: datetime) -> bytes:
        """Returns the mail with CRLF. Raises Unusable for the recipient's certificate."""
        settings = self._settings
        message = compose(alert, to.address, settings.sender, text, at)
        if settings.smime is None and to.certificate is None:
            return message.as_bytes()
        headers, content = parts(message)
        content = self._signed(content, at)
        if to.certificate is not None:
            content = enveloped(content, of_recipient(settings.certificates, to.certificate, to.address, at))
        return headers + content

    def _signed(self, content: bytes, at: datetime) -> bytes:
        """Returns the content signed. An alert does not wait for a signature: without a usable one it goes out plain."""
        if self._settings.smime is None:
            return content
        try:
            by = signer(*self._settings.smime)
            in_its_time(by.certificate, "til underskrift", at)
        except (Misconfigured, Unusable) as error:
            log.error("a mail goes out without its signature", reason=str(error))
            return content
        return signed(content, by)

    async def _attempt(self, mail: bytes, address: str, password: str | None) -> Outcome:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=settings.sender.rpartition("@")[2],  # else it asks DNS, and waits, for this machine's name
            timeout=settings.budget_s,
            use_tls=settings.security is Security.TLS,
            start_tls=settings.security is Security.STARTTLS,
            tls_context=None if settings.security is Security.PLAIN_ON_LOOPBACK else self._tls,
            username=settings.username,
            password=password,
        )
        try:
            await client.connect()
            await client.sendmail(settings.sender, [address], mail)
        except (aiosmtplib.SMTPException, OSError) as error:
            return classified(error)
        finally:
            client.close()
        return SENT


def configured(site: Site) -> SmtpChannel | None:
    """Returns the channel of `smtps://host:port` (TLS) or `smtp://host:port`: STARTTLS, except on loopback without login.

    Raises Misconfigured.
    """
    wanted = site.settings
    if wanted.smtp_url is None:
        return None
    parts = urlsplit(wanted.smtp_url)
    host, port = parts.hostname or "", parts.port or 0
    if parts.scheme == "smtps":
        security = Security.TLS
    else:
        open_door = is_loopback(host) and wanted.smtp_user is None  # a password never travels in the clear
        security = Security.PLAIN_ON_LOOPBACK if open_door else Security.STARTTLS
    try:
        channel = SmtpChannel(
            SmtpSettings(
                host=host,
                port=port,
                sender=wanted.smtp_sender,
                security=security,
                username=wanted.smtp_user,
                password_file=wanted.smtp_password_file,
                ca_file=wanted.ca_file,
                smime=_smime(wanted.smime_certificate_file, wanted.smime_key_file),
                certificates=site.certificates,
                budget_s=wanted.attempt_s,
                destinations=site.destinations,
            )
        )
    except OSError as error:
        raise Misconfigured(f"BRUDVAGT_CA_FILE: {wanted.ca_file} cannot be used ({type(error).__name__})") from None
    channel.check()
    return channel


def _smime(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    return None if certificate is None or key is None else (certificate, key)


def _fault(to: PlanChannel, site: Site, at: datetime) -> Fault | None:
    if to.certificate is None:
        return None
    try:
        of_recipient(site.certificates, to.certificate, to.address, at)
    except Unusable as error:
        remedy = f"Læg et gyldigt til adressen i {site.certificates}, eller fjern `certificate`. Indtil da sendes ingen mail."
        return Fault(str(error), remedy)
    return None


KIND = Kind("smtp", "smtp_url", configured, _fault)
