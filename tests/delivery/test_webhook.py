"""Signed webhooks against a real HTTPS receiver that checks the signature by the specification."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.channel_settings import ChannelSettings
from pipeline.delivery.channels.channel import Misconfigured, Site
from pipeline.delivery.channels.network import GuardedResolver, Reach, reachable
from pipeline.delivery.channels.signature import signatures
from pipeline.delivery.channels.webhook import WebhookChannel, WebhookSettings, configured
from pipeline.delivery.outcome import SENT, Error, Outcome
from pipeline.delivery.texts import render
from pipeline.kafka.ports import free_port
from pipeline.plans.plan import Channel
from tests.delivery.scene import NOW, alert
from tests.delivery.servers import CA, Receiver, greet_without_end, https_server, raw_server, server_tls
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
    port: int,
    reach: Reach = Reach.PRIVATE_ALLOWED,
    *,
    address: str | None = None,
    budget_s: float = 30.0,
    ca_file: Path | None = CA,
) -> Outcome:
    """Sends one alert to the receiver on a port of this machine, by a name that leads here."""
    settings = WebhookSettings(
        secrets=lambda: (NEW, OLD), real_now=lambda: float(REAL_NOW), budget_s=budget_s, reach=reach, ca_file=ca_file
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
    """Transient after the budget; the receiver may have taken it. On a busy machine a short budget ends before the post."""
    receiver = Receiver(wait=asyncio.Event())
    async with https_server(receiver) as port:
        for budget_s in (0.3, 1.0, 5.0, 30.0):
            outcome = await sent(port, budget_s=budget_s)
            assert (outcome.error, outcome.permanent) == (Error.TIMEOUT, False)
            if receiver.got:
                break
    assert len(receiver.got) == 1
    assert outcome.may_have_arrived


async def test_nobody_listening_is_transient() -> None:
    """A refused connection is tried again."""
    outcome = await sent(free_port())
    assert (outcome.error, outcome.permanent) == (Error.REFUSED, False)


async def test_an_untrusted_certificate_gets_nothing() -> None:
    """A receiver under an unknown root: no post reaches it."""
    receiver = Receiver()
    async with https_server(receiver) as port:
        outcome = await sent(port, ca_file=None)
    assert (outcome.error, outcome.permanent, receiver.got) == (Error.TLS, False, [])


async def test_a_cut_in_the_middle_may_have_arrived() -> None:
    """The receiver reads the post and goes away: transient, and the next one is marked as a repeat."""

    async def vanish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 20")

    async with raw_server(vanish, tls=server_tls()) as port:
        outcome = await sent(port)
    assert (outcome.error, outcome.permanent, outcome.may_have_arrived) == (Error.CUT, False, True)


async def test_a_receiver_that_trickles_costs_the_budget_and_no_more() -> None:
    """An answer without end, byte by byte."""

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nx: ")
        await greet_without_end(reader, writer)

    async with raw_server(trickle, tls=server_tls()) as port:
        outcome = await sent(port, budget_s=0.5)
    assert (outcome.error, outcome.permanent) == (Error.TIMEOUT, False)


async def test_a_changed_file_of_secrets_signs_the_next_post(tmp_path: Path) -> None:
    """From settings, without a restart; a broken file is our own fault and costs an attempt, not the person."""
    file, receiver = tmp_path / "secrets", Receiver()
    file.write_text(f"{OLD}\n")
    wanted = ChannelSettings(webhook_secrets_file=file, webhook_private=True, ca_file=CA)
    made = configured(Site(wanted, tmp_path, lambda: float(REAL_NOW)))
    assert made is not None
    made = WebhookChannel(made.settings, GuardedResolver(Reach.PRIVATE_ALLOWED, Loopback()))
    text = render(alert(), plan(), NOW)
    async with https_server(receiver) as port:
        to = Channel(name="sms", kind="webhook", address=f"https://sms.example:{port}/vagt")
        assert await made.send(alert(), to, text, NOW) == SENT
        file.write_text(f"{NEW}\n{OLD}\n")
        assert await made.send(alert(), to, text, NOW) == SENT
        file.write_text("whsec_***\n")
        broken = await made.send(alert(), to, text, NOW)
    first, second = (headers["webhook-signature"].split(" ") for headers, _ in receiver.got)
    assert (len(first), len(second), second[1]) == (1, 2, first[0])
    assert (broken.error, broken.permanent) == (Error.MISCONFIGURED, False)


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
