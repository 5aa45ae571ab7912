"""The channels of an installation, by the kind that contact plans name. A new channel is one file and one line here."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pipeline.delivery.channels.channel import Channel
from pipeline.delivery.channels.smtp import Security, SmtpChannel, SmtpSettings, is_loopback
from pipeline.plans.address import Destinations

SENDER_DOMAIN = "brudvagt.example"


def channels(smtp_url: str | None, destinations: Destinations) -> Mapping[str, Channel]:
    """Returns the channels that are configured. A plan's channel of another kind is undeliverable, and the chain
    moves on.

    Raises ValueError for a mail server that would get mail unencrypted over a network.
    """
    found: dict[str, Channel] = {}
    if smtp_url is not None:
        found["smtp"] = SmtpChannel(smtp_settings(smtp_url, destinations))
    return found


def smtp_settings(url: str, destinations: Destinations) -> SmtpSettings:
    """Returns the settings behind `smtp://host:port` (STARTTLS, plain on loopback only) or `smtps://host:port` (TLS)."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 0
    if parts.scheme == "smtps":
        security = Security.TLS
    else:
        security = Security.PLAIN_ON_LOOPBACK if is_loopback(host) else Security.STARTTLS
    return SmtpSettings(
        host=host,
        port=port,
        sender=f"alarm@{SENDER_DOMAIN}",
        domain=SENDER_DOMAIN,
        security=security,
        destinations=destinations,
    )
