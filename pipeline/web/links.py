"""The link in an alert: minted when the alert is sent, read by the page. It stands in no topic, log or table.

A link lets one person act on one case until it expires, and nothing else: its salt is its purpose, its content the case
and the person as the contact plan names them. It proves who was written to, not more; whether that person still may
act is asked anew at each use. `docs/decisions/008-links-in-alerts.md` has the reasons.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from pipeline.settings import Settings
from pipeline.timebase import Clock
from pipeline.web.link_keys import keys_in
from schemas.shape import Kommunekode, LocalId, Reference, Short
from schemas.values import Role

PURPOSE = "brudvagt.act-on-one-case.v1"
PATH = "/sag/"
LONGEST_TOKEN = 2_000  # characters; ours have about 200


class LinkRefused(Exception):
    """This is no link of ours, or not one for this purpose: cut off, changed, or signed with a key no longer held."""


class LinkExpired(Exception):
    """The link was ours and its time is over."""


class Claim(BaseModel):
    """What a link says: who may act on which case. `channel` is the contact plan's name of the way it was sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: Reference
    municipality: Kommunekode
    role: Role
    local_id: LocalId
    channel: Short | None = None


_Content = TypeAdapter(tuple[Literal[1], Reference, Kommunekode, Role, LocalId, Short | None, int])


def own_url(port: int) -> str:
    """Returns the page's address on this machine."""
    return f"http://127.0.0.1:{port}"


@dataclass(frozen=True, slots=True)
class Links:
    """Mints and reads links. `base_url` is where people reach the page, without a slash at its end."""

    keys_file: Path
    clock: Clock
    base_url: str
    life: timedelta

    @classmethod
    def of(cls, settings: Settings, base_url: str) -> Self:
        """Returns the links of this installation, to a page that people reach at `base_url`."""
        return cls(settings.link_keys, settings.clock, base_url, timedelta(days=settings.link_days))

    @property
    def action(self) -> str:
        """The path that forms are sent to, as the reader's browser sees it: behind a proxy it may begin with the proxy's."""
        return urlsplit(self.base_url).path + PATH.rstrip("/")

    def check(self) -> None:
        """Makes the keys if there are none. Raises LinkKeysError for a file that cannot be used."""
        keys_in(self.keys_file)

    def mint(self, claim: Claim) -> str:
        """Returns the link for `claim`, valid for `life` from now on the shown clock. Raises LinkKeysError."""
        return f"{self.base_url}{PATH}{self.token(claim)}"

    def token(self, claim: Claim) -> str:
        """Returns the link's last part: URL-safe, signed with the first key. Raises LinkKeysError."""
        expires = int(self.clock.now() + self.life.total_seconds())
        said = [1, claim.reference, claim.municipality, str(claim.role), claim.local_id, claim.channel, expires]
        token = self._serializer().dumps(said)
        return token if isinstance(token, str) else token.decode()

    def read(self, token: str) -> Claim:
        """Returns what a token says. Raises LinkRefused, LinkExpired (at its last second and later), LinkKeysError."""
        serializer = self._serializer()
        if len(token) > LONGEST_TOKEN:
            raise LinkRefused
        try:
            content = _Content.validate_python(serializer.loads(token))
        except (BadData, ValidationError):  # signed by us and yet of another form: an older version's
            raise LinkRefused from None
        _, reference, municipality, role, local_id, channel, expires = content
        if self.clock.now() >= expires:
            raise LinkExpired
        return Claim(reference=reference, municipality=municipality, role=role, local_id=local_id, channel=channel)

    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(
            list(reversed(keys_in(self.keys_file))),  # it signs with the last and believes all
            salt=PURPOSE,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
