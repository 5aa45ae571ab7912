"""Ports of the embedded broker: is this one free, and which ones are."""

import secrets
import socket

from pipeline.kafka.server_properties import HOST

SEARCHED = range(20_000, 32_000)
"""Below the ports that systems hand to outgoing connections (32768 up on Linux, 49152 up elsewhere): a free
port found here stays free until the broker takes it, and is free again for its restart."""

ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does: closed connections don't count
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(*, other_than: int = 0) -> int:
    """Return a loopback port that nothing listens on; raises `OSError` when none is found."""
    for _ in range(ATTEMPTS):
        port = SEARCHED.start + secrets.randbelow(len(SEARCHED))
        if port != other_than and is_free(port):
            return port
    raise OSError(f"no free port found on {HOST} between {SEARCHED.start} and {SEARCHED.stop - 1}")
