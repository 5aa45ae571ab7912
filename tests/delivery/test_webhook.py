"""Signed webhooks against a real HTTPS receiver that checks the signature by the specification."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.delivery.channels.channel import Misconfigured
from pipeline.delivery.channels.network import GuardedResolver, Reach, reachable
from pipeline.delivery.channels.signature import signatures
from pipeline.delivery.channels.webhook import WebhookChannel, WebhookSettings
from pipeline.delivery.outcome import SENT, Error, Outcome
from pipeline.delivery.texts import render
from pipeline.plans.plan import Channel
from tests.delivery.scene import NOW, alert
from tests.delivery.servers import CA, Receiver, https_server
from tests.routing.scene import plan

OLD, NEW = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
REAL_NOW = 1_795_000_000


class Loopback(AbstractResolver):
    """A resolver that leads every name to this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Returns 127.0.0.1."""
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Holds nothing."""


async def sent(
    port: int, reach: Reach = Reach.PRIVATE_ALLOWED, *, address: str | None = None, budget_s: float = 5.0
) -> Outcome:
    settings = WebhookSettings(
        secrets=lambda: (NEW, OLD), real_now=lambda: float(REAL_NOW), budget_s=budget_s, reach=reach, ca_file=CA
    )
    channel = WebhookChannel(settings, GuardedResolver(reach, Loopback()))
    to = Channel(name="sms", kind="webhook", address=address or f"https://sms.example:{port}/vagt")
    return await channel.send(alert(), to, render(alert(), plan(), NOW), NOW)


async def test_a_receiver_can_verify_both_keys() -> None:
    """HMAC-SHA256 over id.timestamp.body with each key, computed here from the specification."""
    receiver = Receiver()
    async with https_server(receiver) as port:
        assert await sent(port) == SENT
    headers, body = receiver.got[0]
    assert headers["webhook-id"] == f"{1:032x}"
    assert headers["webhook-timestamp"] == str(REAL_NOW)
    signed = f"{1:032x}.{REAL_NOW}.".encode() + body
    expected = [
        "v1," + base64.b64encode(hmac.new(bytes([n]) * 32, signed, hashlib.sha256).digest()).decode() for n in (2, 1)
    ]
    assert headers["webhook-signature"].split(" ") == expected
    said = json.loads(body)
    assert said["type"] == "dk.brudvagt.alert"
    assert said["data"]["reference"] == "657-7F3KQ-2M9XB-T"
    assert "recipient" not in said["data"]


def test_the_specifications_own_vector() -> None:
    """The published example of Standard Webhooks gives the published signature."""
    got = signatures(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert got == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("status", "error", "permanent"),
    [
        (429, Error.BUSY, False),
        (408, Error.BUSY, False),
        (503, Error.BUSY, False),
        (404, Error.REJECTED, True),
        (410, Error.REJECTED, True),
    ],
)
async def test_answers_are_classified(status: int, error: Error, permanent: bool) -> None:
    """Too many and server faults come again; the rest of 4xx is permanent."""
    async with https_server(Receiver(status=status)) as port:
        outcome = await sent(port)
    assert (outcome.error, outcome.permanent) == (error, permanent)


async def test_a_redirect_is_not_followed() -> None:
    """The second address never hears of it."""
    other = Receiver()
    async with https_server(other) as elsewhere:
        receiver = Receiver(status=307, location=f"https://sms.example:{elsewhere}/x")
        async with https_server(receiver) as port:
            outcome = await sent(port)
    assert (outcome.error, outcome.permanent) == (Error.REDIRECTED, True)
    assert other.got == []


async def test_a_name_that_leads_to_a_private_address_is_refused() -> None:
    """What the resolver says is what is checked: the receiver hears nothing."""
    receiver = Receiver()
    async with https_server(receiver) as port:
        outcome = await sent(port, Reach.PUBLIC_ONLY)
    assert (outcome.error, outcome.permanent) == (Error.FORBIDDEN, True)
    assert receiver.got == []


@pytest.mark.parametrize("address", ["http://sms.example/x", "https://sms.invalid/x", "https://127.0.0.1/x"])
async def test_other_addresses_are_never_tried(address: str) -> None:
    """No plain HTTP, nothing outside .example, no bare numbers."""
    outcome = await sent(0, address=address)
    assert (outcome.error, outcome.permanent) == (Error.FORBIDDEN, True)


async def test_a_slow_receiver_costs_the_budget_and_no_more() -> None:
    """Transient after the budget; the receiver may have taken it."""
    receiver = Receiver(wait=asyncio.Event())
    async with https_server(receiver) as port:
        outcome = await sent(port, budget_s=0.3)
    assert (outcome.error, outcome.permanent, outcome.may_have_arrived) == (Error.TIMEOUT, False, True)


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "127.0.0.1", "::1", "fd00::1", "::ffff:10.0.0.1"])
def test_private_addresses(address: str) -> None:
    """Loopback, private, link-local and mapped ones are out of reach unless allowed."""
    assert not reachable(address, Reach.PUBLIC_ONLY)
    assert reachable(address, Reach.PRIVATE_ALLOWED)


def test_bad_secrets_are_refused_without_being_shown() -> None:
    """Too short or no base64: refused at start, and the message holds nothing of it."""
    for secret in ("whsec_c2hvcnQ=", "whsec_***", ""):
        wanted = WebhookSettings(secrets=lambda secret=secret: (secret,), real_now=lambda: 0.0)  # type: ignore[misc]
        with pytest.raises(Misconfigured, match="BRUDVAGT_WEBHOOK_SECRETS_FILE") as refused:
            wanted.check()
        assert not secret or secret not in str(refused.value)
