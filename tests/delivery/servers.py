"""Real servers on loopback for the channels: aiosmtpd with every answer, a raw one that hangs or cuts, an HTTPS receiver."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

TLS = Path(__file__).parent / "tls"
CA = TLS / "ca.pem"


def server_tls() -> ssl.SSLContext:
    """Returns the servers' TLS: a certificate for localhost under the test root, good for nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    return context


@dataclass
class Mailbox:
    """An SMTP handler that answers as told and keeps what it took."""

    rcpt: str = "250 OK"
    data: str = "250 kept"
    mail: str = "250 OK"
    unknown: frozenset[str] = frozenset()  # addresses that it has never heard of
    taken: list[Envelope] = field(default_factory=list)

    async def handle_MAIL(self, _s: SMTP, _n: Session, envelope: Envelope, address: str, _o: list[str]) -> str:
        """Answers to the sender."""
        envelope.mail_from = address
        return self.mail

    async def handle_RCPT(self, _s: SMTP, _n: Session, envelope: Envelope, address: str, _o: list[str]) -> str:
        """Answers to the recipient."""
        if address in self.unknown:
            return "550 5.1.1 no such user"
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _s: SMTP, _n: Session, envelope: Envelope) -> str:
        """Answers to the content."""
        if self.data.startswith("250"):
            self.taken.append(envelope)
        return self.data


@asynccontextmanager
async def smtp_server(
    mailbox: Mailbox,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
    port: int = 0,
) -> AsyncIterator[int]:
    """Serves SMTP on loopback, on a free port unless named, and yields the port; takes mail only after `login`, if set."""
    loop = asyncio.get_running_loop()

    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        right = (data.login.decode(), data.password.decode()) == login
        return AuthResult(success=right, handled=False)  # aiosmtpd answers

    def session() -> SMTP:
        more = {} if login is None else {"authenticator": check, "auth_required": True}
        return SMTP(mailbox, hostname="localhost", tls_context=starttls, loop=loop, **more)

    server = await loop.create_server(session, "127.0.0.1", port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(talk: Raw, *, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serves whatever `talk` does on loopback, on a free port unless named, and yields the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def cut_after_data(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the whole mail and goes away before saying so."""
    writer.write(b"220 here\r\n")
    while line := await reader.readline():
        if line.strip() == b".":
            return
        word = line[:4].upper()
        if word == b"EHLO":
            writer.write(b"250 localhost\r\n")
        elif word in (b"MAIL", b"RCPT"):
            writer.write(b"250 OK\r\n")
        elif word == b"DATA":
            writer.write(b"354 go\r\n")


async def cut_before_data(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says hello and goes away."""
    writer.write(b"220 here\r\n")
    await reader.readline()


def take_slowly(pause_s: float) -> Raw:
    """Returns a server that takes a mail, four bytes of an answer at a time with `pause_s` after each."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: bytes) -> None:
            for start in range(0, len(line), 4):
                writer.write(line[start : start + 4])
                await writer.drain()
                await asyncio.sleep(pause_s)  # this is the slowness; nothing waits for it in hope

        await say(b"220 here\r\n")
        inside = False
        while line := await reader.readline():
            if inside:
                if line.strip() != b".":
                    continue
                inside = False
            inside = line[:4].upper() == b"DATA"
            await say(b"354 go\r\n" if inside else b"250 OK\r\n")

    return talk


async def greet_without_end(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends a byte of its greeting now and then, so that no wait for a byte is ever long."""
    while not writer.is_closing():
        writer.write(b"2")
        try:
            await writer.drain()
        except ConnectionError:
            return
        await asyncio.sleep(0.02)  # this is the slowness; nothing waits for it in hope


async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Takes the connection and never says a word."""
    await reader.read()


@dataclass
class Receiver:
    """An HTTP endpoint that answers as told and keeps headers and bodies."""

    status: int = 204
    location: str | None = None
    wait: asyncio.Event | None = None
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """Takes one post."""
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        if self.wait is not None:
            await self.wait.wait()
        headers = {} if self.location is None else {"location": self.location}
        return web.Response(status=self.status, headers=headers)


@asynccontextmanager
async def https_server(receiver: Receiver) -> AsyncIterator[int]:
    """Serves HTTPS on a free loopback port and yields it."""
    async with http_server(receiver, server_tls()) as port:
        yield port


@asynccontextmanager
async def http_server(receiver: Receiver, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serves HTTP, or HTTPS with `tls`, on a free loopback port and yields it."""
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    try:
        assert runner.addresses
        yield runner.addresses[0][1]
    finally:
        if receiver.wait is not None:
            receiver.wait.set()
        await runner.cleanup()
