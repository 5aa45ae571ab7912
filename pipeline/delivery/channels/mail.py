"""The mail of an alert: stable Message-ID, one thread per case, marked as automatic, 7 bits wide."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from pipeline.delivery.texts import Text
from schemas.alert import Alert, Level

_CTE = "quoted-printable"
"""Survives servers without 8BITMIME, and leaves a signature over the text as it was."""


def compose(alert: Alert, address: str, sender: str, text: Text, at: datetime) -> EmailMessage:
    """Returns the mail of an alert at `at`: the same Message-ID at every attempt, References per case (RFC 5322),
    marked as automatic (RFC 3834). The domain of both is the sender's.
    """
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["Subject"] = text.subject
    message["From"] = Address("Brudvagt", addr_spec=sender)
    message["To"] = Address(addr_spec=address)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{alert.alert_id}@{domain}>"
    if alert.reference is not None:
        message["References"] = message["In-Reply-To"] = f"<{alert.reference}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if alert.level is Level.PAGE:
        message["Importance"] = "high"  # a phone's rule for the night can go by it
    message.set_content(text.plain, cte=_CTE)
    message.add_alternative(text.html, subtype="html", cte=_CTE)
    return message


def parts(message: EmailMessage) -> tuple[bytes, bytes]:
    """Returns the headers that stay readable for mail servers, and the content with its own headers, with CRLF.

    Joined by nothing they are the mail again; what protects the content puts something else in its place.
    """
    outer, inner = EmailMessage(policy=SMTP), EmailMessage(policy=SMTP)
    for name, value in message.items():
        if name.lower().startswith("content-"):
            inner[name] = value
        else:
            outer[name] = value
    inner.set_payload(message.get_payload())
    return outer.as_bytes().removesuffix(b"\r\n"), inner.as_bytes()
