"""A connection to a TLS peer that says no farewell is closed at once, as by each partition that has read its table."""

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from pathlib import Path

from pipeline.engine.loop import new_event_loop

BROKER = Path(__file__).resolve().parents[1] / "kafka" / "tls" / "broker.pem"
PATIENCE_S = 10.0
"""Far above what closing takes on any machine, far below uvloop's own 30 s."""


def _silent(listening: socket.socket, done: threading.Event) -> None:
    """Shakes hands with one client and never says another word, as a broker whose client leaves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(BROKER)
    accepted, _ = listening.accept()
    with context.wrap_socket(accepted, server_side=True):
        done.wait(4 * PATIENCE_S)


async def _closed_in(port: int) -> float:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    began = time.monotonic()
    writer.close()
    with contextlib.suppress(TimeoutError):  # so the end without a farewell is called; how soon is the question
        await asyncio.wait_for(writer.wait_closed(), 4 * PATIENCE_S)
    return time.monotonic() - began


def test_nobody_waits_for_the_farewell_of_a_tls_peer() -> None:
    """With uvloop's own limit it is 30 s."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        peer = threading.Thread(target=_silent, args=(listening, done), daemon=True)
        peer.start()
        try:
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                took_s = runner.run(_closed_in(listening.getsockname()[1]))
        finally:
            done.set()
            peer.join()
    assert took_s < PATIENCE_S
