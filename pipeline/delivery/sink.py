"""A local mail sink for the demonstration and for development: keeps each mail as a file, delivers nothing."""

import email
import email.policy
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from weakref import WeakSet

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

OnMail = Callable[[Path], None]


class MailSink:
    """`with MailSink(directory) as sink: deliver to sink.url`. Listens on loopback only."""

    def __init__(self, directory: Path, *, port: int = 0, on_mail: OnMail | None = None) -> None:
        """Chooses directory and port, 0 for a free one; `on_mail` is called with each file, from another thread."""
        self.directory = directory
        self._number = 0
        self._on_mail = on_mail
        self._controller = _Controller(self, hostname="127.0.0.1", port=port or _free_port())

    @property
    def url(self) -> str:
        """Where mails are taken, as `BRUDVAGT_SMTP_URL` wants it."""
        return f"smtp://127.0.0.1:{self._controller.server.sockets[0].getsockname()[1]}"

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._number = sum(1 for _ in self.directory.glob("*.eml"))
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keeps one mail and tells whoever wants to know."""
        self._number += 1
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        word = "".join(c if c.isalnum() or c == "-" else "_" for c in str(message["To"]).split("@")[0])
        path = self.directory / f"{self._number:04d}-{word[:40]}.eml"
        path.write_bytes(envelope.content)
        if self._on_mail is not None:
            self._on_mail(path)
        return "250 kept"


class _Controller(Controller):  # type: ignore[misc]  # aiosmtpd is untyped
    """Closes the sessions that are open when it stops; aiosmtpd's own leaves their sockets to the garbage collector."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._sessions: WeakSet[SMTP] = WeakSet()

    def factory(self) -> SMTP:
        session = super().factory()
        self._sessions.add(session)
        return session

    def cancel_tasks(self, stop_loop: bool = True) -> None:
        for session in self._sessions:
            if session.transport is not None:
                session.transport.abort()
        super().cancel_tasks(stop_loop)


def _free_port() -> int:
    """Returns a loopback port that nothing listens on; aiosmtpd must know it before it binds."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
