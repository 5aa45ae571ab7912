"""What can be set about channels: where mail goes out, who signs webhooks, which services there are, how long an attempt
takes. No secret is a setting: a setting names the file that holds it, and the file is read at each use.
"""

import re
from pathlib import Path

from pydantic import BaseModel, Field, field_validator, model_validator

SENDER = "alarm@brudvagt.example"
_SMTP_URL = re.compile(r"smtps?://(?:\[[0-9A-Fa-f:.]+\]|[^\s/@:\[\]]+):\d{1,5}/?")


class ChannelSettings(BaseModel):
    """The part of the settings that delivery reads."""

    smtp_url: str | None = Field(
        default=None,
        description=(
            "Mail server for alerts, e.g. smtp://mail.kommunen.example:587 (STARTTLS, required except on loopback "
            "without login) or smtps://… (TLS from the start); without it an alerting worker does not start where a "
            "contact plan has mail, and `brudvagt up` keeps mails as files."
        ),
    )
    smtp_user: str | None = Field(
        default=None, min_length=1, description="Name to log in to the mail server with; needs the password's file."
    )
    smtp_password_file: Path | None = Field(
        default=None, description="File with the password for the mail server, on one line."
    )
    smtp_sender: str = Field(
        default=SENDER,
        description="Address that alerts come from; its domain makes Message-IDs. Required where delivery is real.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="PEM file with a root that mail servers and webhooks may be signed by, beside the system's own.",
    )
    webhook_secrets_file: Path | None = Field(
        default=None,
        description=(
            "File with the secrets that sign webhooks, whsec_ and base64, one a line; each signs, so that two serve "
            "while receivers change over. Without it there are no webhooks."
        ),
    )
    webhook_private: bool = Field(
        default=False, description="Allow webhooks to loopback and private addresses; refused unless set."
    )
    apprise_file: Path | None = Field(
        default=None,
        description=(
            "YAML file with a line `name: URL` for each service of Apprise (SMS, Teams and others); contact plans use "
            "the name. Without it there are none."
        ),
    )
    smime_certificate_file: Path | None = Field(
        default=None, description="PEM file with the certificate, and its chain, that mails are signed with (S/MIME)."
    )
    smime_key_file: Path | None = Field(
        default=None, description="PEM file with the unencrypted private key of that certificate."
    )
    attempt_s: float = Field(
        default=30.0,
        ge=1,
        le=45,
        description="How many real seconds one attempt to deliver may take; half as long again and it counts as lost.",
    )
    production: bool = Field(
        default=False,
        description="Allow delivery to addresses outside .example; without it every such address is refused.",
    )

    @field_validator("smtp_url")
    @classmethod
    def _smtp_is_understood(cls, value: str | None) -> str | None:
        if value is not None and _SMTP_URL.fullmatch(value) is None:
            raise ValueError("must look like smtp://host:port or smtps://host:port, without user and password")
        return value

    @model_validator(mode="after")
    def _pairs_are_whole(self) -> "ChannelSettings":
        for one, other in (("smtp_user", "smtp_password_file"), ("smime_certificate_file", "smime_key_file")):
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                raise ValueError(f"BRUDVAGT_{one.upper()} and BRUDVAGT_{other.upper()} go together: set both or none")
        if self.production and self.smtp_url is not None and self.smtp_sender == SENDER:
            raise ValueError(
                "BRUDVAGT_SMTP_SENDER is not set, and no real mail server takes mail from brudvagt.example: name the "
                "address that alerts come from, such as brudvagt@kommunen.dk"
            )
        return self
