"""SMTP against real servers: taken, refused, 4xx, 5xx, hanging, cut in the middle, and TLS that must be trusted."""

import asyncio
import email
import email.policy
import socket
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.delivery.channels.smtp import Security, SmtpChannel, SmtpSettings
from pipeline.delivery.outcome import SENT, Error, Outcome
from pipeline.delivery.texts import render
from pipeline.plans.address import Destinations
from pipeline.plans.plan import Channel
from pipeline.timebase import Clock
from pipeline.web.alert_link import link_in
from pipeline.web.links import Links
from tests.delivery.scene import NOW, REFERENCE, alert
from tests.delivery.servers import (
    CA,
    Mailbox,
    cut_after_data,
    cut_before_data,
    greet_without_end,
    hang,
    raw_server,
    server_tls,
    smtp_server,
    take_slowly,
)
from tests.routing.scene import plan


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Where the keys of links will lie."""
    return tmp_path / "link.keys"


TO = Channel(name="mail", kind="smtp", address="dpo@herning.example")
BUDGET_S = 30.0
SHORT_S = 0.3


async def _send(
    port: int,
    security: Security = Security.PLAIN_ON_LOOPBACK,
    *,
    to: Channel = TO,
    ca_file: Path | None = CA,
    budget_s: float = BUDGET_S,
    host: str = "localhost",
    destinations: Destinations = Destinations.EXAMPLE_ONLY,
) -> Outcome:
    settings = SmtpSettings(
        host=host,
        port=port,
        sender="alarm@brudvagt.example",
        security=security,
        ca_file=ca_file,
        budget_s=budget_s,
        destinations=destinations,
    )
    return await SmtpChannel(settings).send(alert(), to, render(alert(), plan(), NOW), NOW)


async def test_a_mail_arrives_with_its_headers() -> None:
    """Stable Message-ID per alert, References per case, marked automatic, plain and HTML in Danish letters."""
    mailbox = Mailbox()
    async with smtp_server(mailbox) as port:
        assert await _send(port) == SENT
        assert await _send(port) == SENT
    assert [one.rcpt_tos for one in mailbox.taken] == [["dpo@herning.example"]] * 2
    content = mailbox.taken[0].content
    assert isinstance(content, bytes)
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(mail, email.message.EmailMessage)
    assert mail["Message-ID"] == f"<{1:032x}@brudvagt.example>"
    assert mail["References"] == f"<{REFERENCE}@brudvagt.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Importance"] == "high"
    assert mail["Subject"] == f"[HASTER] {REFERENCE}: Rådgivning mangler – 47 t 12 min tilbage"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "Giv ledelsen dit råd" in plain.get_content()
    assert "Giv ledelsen dit råd" in html.get_content()


async def test_starttls_is_used_and_verified() -> None:
    """With the root that signed the server the mail goes out over TLS."""
    mailbox = Mailbox()
    async with smtp_server(mailbox, starttls=server_tls()) as port:
        assert await _send(port, Security.STARTTLS) == SENT
    assert len(mailbox.taken) == 1


async def test_tls_from_the_start_works() -> None:
    """Implicit TLS as on port 465."""
    mailbox = Mailbox()
    async with smtp_server(mailbox, tls=server_tls()) as port:
        assert await _send(port, Security.TLS) == SENT
    assert len(mailbox.taken) == 1


async def test_a_server_without_starttls_gets_nothing() -> None:
    """No downgrade: nothing is sent in the clear."""
    mailbox = Mailbox()
    async with smtp_server(mailbox) as port:
        outcome = await _send(port, Security.STARTTLS)
    assert (outcome.error, outcome.permanent) == (Error.TLS, False)
    assert mailbox.taken == []


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
async def test_an_untrusted_certificate_gets_nothing(security: Security) -> None:
    """A certificate under an unknown root is refused, both ways of TLS."""
    mailbox, tls = Mailbox(), server_tls()
    at_once = security is Security.TLS
    async with smtp_server(mailbox, starttls=None if at_once else tls, tls=tls if at_once else None) as port:
        outcome = await _send(port, security, ca_file=None)
    assert (outcome.error, outcome.permanent) == (Error.TLS, False)
    assert mailbox.taken == []


async def test_a_certificate_for_another_name_gets_nothing() -> None:
    """The root is trusted, the name is not the server's."""
    mailbox = Mailbox()
    async with smtp_server(mailbox, starttls=server_tls()) as port:
        outcome = await _send(port, Security.STARTTLS, host="127.0.0.1")
    assert outcome.error is Error.TLS
    assert mailbox.taken == []


@pytest.mark.parametrize(
    ("mailbox", "error", "permanent"),
    [
        (Mailbox(rcpt="450 4.2.1 mailbox busy"), Error.BUSY, False),
        (Mailbox(rcpt="550 5.1.1 no such user"), Error.REJECTED, True),
        (Mailbox(data="451 4.3.0 try later"), Error.BUSY, False),
        (Mailbox(data="554 5.7.1 not wanted"), Error.REJECTED, True),
        (Mailbox(mail="550 5.7.1 sender not allowed"), Error.MISCONFIGURED, False),
    ],
)
async def test_answers_are_classified(mailbox: Mailbox, error: Error, permanent: bool) -> None:
    """4xx comes again, 5xx about recipient or content is permanent, a refused sender is our own fault."""
    async with smtp_server(mailbox) as port:
        outcome = await _send(port)
    assert (outcome.error, outcome.permanent) == (error, permanent)


async def test_the_answer_is_cleaned() -> None:
    """The far end's words are kept without addresses and long numbers."""
    mailbox = Mailbox(rcpt="550 5.1.1 <dpo@herning.example>: 010190-1234 unknown, ticket 12345678")
    async with smtp_server(mailbox) as port:
        outcome = await _send(port)
    assert outcome.answer == "550 5.1.1 <[address]>: [number] unknown, ticket [number]"


async def test_a_short_link_is_not_kept_either() -> None:
    """Whatever its length."""
    async with smtp_server(Mailbox(data="554 5.7.1 see https://x.example/sag/a.b for why")) as port:
        outcome = await _send(port)
    assert outcome.answer == "554 5.7.1 see [link] for why"


async def test_a_link_that_the_far_end_quotes_is_not_kept(keys: Path) -> None:
    """A filter names what it dislikes; a link is a right to act, and the answer stands in the log."""
    links = Links(keys, Clock.real(), "https://brudvagt.example", timedelta(days=7))
    link = link_in(alert(), links) or ""
    token = link.rpartition("/")[2]
    for quoted in (link, token, f"<{link}>", f"({token})."):
        async with smtp_server(Mailbox(data=f"554 5.7.1 blacklisted: {quoted} see rules")) as port:
            outcome = await _send(port)
        assert outcome.answer is not None
        assert outcome.answer.startswith("554 5.7.1 blacklisted: ")
        assert not any(part in outcome.answer for part in token.split(".") if len(part) > 8)


async def test_nobody_listening_is_transient() -> None:
    """A refused connection is tried again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outcome = await _send(port)
    assert (outcome.error, outcome.permanent) == (Error.REFUSED, False)


async def test_a_hanging_server_costs_the_budget_and_no_more() -> None:
    """The attempt ends by itself, as transient."""
    async with raw_server(hang) as port:
        outcome = await _send(port, budget_s=SHORT_S)
    assert (outcome.error, outcome.permanent) == (Error.TIMEOUT, False)


async def test_a_cut_after_the_content_may_have_arrived() -> None:
    """The server took the mail and vanished: transient, and the next attempt is marked as a repeat."""
    async with raw_server(cut_after_data) as port:
        outcome = await _send(port)
    assert (outcome.error, outcome.permanent, outcome.may_have_arrived) == (Error.CUT, False, True)


async def test_a_cut_before_the_content_is_transient() -> None:
    """The server goes away after hello."""
    async with raw_server(cut_before_data) as port:
        outcome = await _send(port)
    assert (outcome.error, outcome.permanent) == (Error.CUT, False)


async def test_a_slow_server_gets_its_mail() -> None:
    """As long as the whole attempt stays within its budget."""
    async with raw_server(take_slowly(0.01)) as port:
        assert await _send(port, budget_s=30.0) == SENT


async def test_a_server_that_is_slow_at_every_turn_costs_the_budget_and_no_more() -> None:
    """Each of its answers comes within the budget, all of them together do not."""
    async with raw_server(take_slowly(0.1)) as port:
        outcome = await _send(port, budget_s=0.6)
    assert (outcome.error, outcome.permanent) == (Error.TIMEOUT, False)


async def test_a_server_that_trickles_costs_the_budget_and_no_more() -> None:
    """The budget is for the attempt, not for each wait in it."""
    async with raw_server(greet_without_end) as port:
        outcome = await _send(port, budget_s=SHORT_S)
    assert (outcome.error, outcome.permanent) == (Error.TIMEOUT, False)


@pytest.mark.parametrize("greeting", [b"421 4.3.2 shutting down\r\n", b"554 5.3.2 no service here\r\n"])
async def test_a_server_that_will_not_begin_is_transient(greeting: bytes) -> None:
    """Whatever it says before it knows of whom: no recipient is written off for it."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.readline()

    async with raw_server(refuse) as port:
        outcome = await _send(port)
    assert (outcome.error, outcome.permanent) == (Error.BUSY, False)


@pytest.mark.parametrize("address", ["dpo@herning.invalid", "a@b.example, c@d.example", "https://herning.example/x"])
async def test_other_addresses_are_never_tried(address: str) -> None:
    """ALL-11 at the last door: whatever a plan says, nothing leaves for an address outside .example."""
    mailbox = Mailbox()
    async with smtp_server(mailbox) as port:
        outcome = await _send(port, to=Channel(name="mail", kind="smtp", address=address))
    assert (outcome.error, outcome.permanent) == (Error.FORBIDDEN, True)
    assert mailbox.taken == []


def test_a_plain_connection_to_another_machine_is_refused() -> None:
    """Unencrypted mail leaves loopback by no setting."""
    with pytest.raises(ValueError, match="must be encrypted"):
        SmtpSettings("mail.example", 25, "a@b.example", Security.PLAIN_ON_LOOPBACK)
