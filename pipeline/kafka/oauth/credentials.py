"""Who asks for tokens, and where: the part of `BRUDVAGT_KAFKA_URL` that OAUTHBEARER needs."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class ClientCredentials:
    """A client of an authorization server. The secret stays in its file and is read at each use, so it can be changed
    without a restart.
    """

    token_url: str
    client_id: str
    secret_file: Path
    scope: str | None = None
    ca: Path | None = None
    """PEM file with the authorities that the server's certificate may come from; None for the system's."""

    @property
    def place(self) -> str:
        """The endpoint as it may be shown: without its query."""
        return self.token_url.partition("?")[0]


def token_address(text: str) -> str:
    """Returns the address of a token endpoint. Raises ValueError, in words, if a secret must not be sent there.

    Source: RFC 6749, sections 3.2 (TLS, no fragment) and 10.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("must be the https:// address of a token endpoint")
    if "@" in parts.netloc or "#" in text:
        raise ValueError("must hold neither a user nor a part after #")
    if parts.scheme == "http" and not _on_this_machine(parts.hostname):
        raise ValueError("must begin with https://; the client's secret goes there. http:// only for 127.0.0.1")
    return text


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
