"""Mails as the sink kept them."""

import email
import email.policy
from collections.abc import Iterable
from email.message import EmailMessage
from pathlib import Path


def read_mail(path: Path) -> tuple[EmailMessage, str]:
    """Returns a mail and its plain text."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return message, str(body.get_content()).replace("\r\n", "\n")


def mail_ids(paths: Iterable[Path]) -> set[str]:
    """Returns the alerts that mails are about, by their Message-ID."""
    found = (email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths)
    return {str(one["Message-ID"]).strip("<>").partition("@")[0] for one in found}
