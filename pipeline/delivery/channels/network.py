"""Which machines a webhook may reach: public ones only, unless an installation allows its own network."""

import socket
from enum import StrEnum
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver


class Reach(StrEnum):
    """`public_only` refuses loopback, private and link-local addresses, so that no plan can aim at inner services."""

    PUBLIC_ONLY = "public_only"
    PRIVATE_ALLOWED = "private_allowed"


class NotAllowed(OSError):
    """The name leads to an address that this installation may not call."""


def reachable(address: str, reach: Reach) -> bool:
    """Whether an IP address may be called."""
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return reach is Reach.PRIVATE_ALLOWED or ((mapped or found).is_global and not (mapped or found).is_multicast)


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses every answer outside the reach: what is checked is what is connected to."""

    def __init__(self, reach: Reach, inner: AbstractResolver | None = None) -> None:
        self._reach = reach
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Returns the addresses of `host`; raises NotAllowed if any of them is out of reach."""
        found = await self._inner.resolve(host, port, family)
        if not all(reachable(one["host"], self._reach) for one in found):
            raise NotAllowed(f"{host} leads to a private address")
        return found

    async def close(self) -> None:
        """Closes the resolver beneath."""
        await self._inner.close()
