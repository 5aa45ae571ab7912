"""Does a broker answer Kafka's protocol? An open port alone says little."""

import socket
import struct

METADATA_KEY = 3
METADATA_VERSION = 1
CORRELATION_ID = 7
NO_CONTROLLER = -1
ANSWER_BUDGET_S = 2.0


def answers(host: str, port: int, *, budget_s: float = ANSWER_BUDGET_S) -> bool:
    """Ask the broker for its cluster (Metadata v1, no topics): true when it names a broker and a controller.

    Written by hand because it must work without an event loop, inside a running one, and while the broker
    still refuses connections. Layout: https://kafka.apache.org/protocol#The_Messages_Metadata
    """
    try:
        with socket.create_connection((host, port), timeout=budget_s) as connection:
            connection.settimeout(budget_s)
            connection.sendall(_request())
            (size,) = struct.unpack(">i", _read(connection, 4))
            return _names_a_cluster(_read(connection, size))
    except (OSError, struct.error, UnicodeDecodeError):
        return False


def _request() -> bytes:
    client = b"brudvagt-readiness"
    header = struct.pack(">hhih", METADATA_KEY, METADATA_VERSION, CORRELATION_ID, len(client)) + client
    body = struct.pack(">i", 0)  # an empty list of topics: the cluster only
    return struct.pack(">i", len(header) + len(body)) + header + body


def _names_a_cluster(answer: bytes) -> bool:
    correlation_id, brokers = struct.unpack_from(">ii", answer, 0)
    at = 8
    for _ in range(brokers):
        at = _after_string(answer, at + 4)  # node id, host
        at = _after_string(answer, at + 4)  # port, rack
    (controller,) = struct.unpack_from(">i", answer, at)
    return bool(correlation_id == CORRELATION_ID and brokers > 0 and controller != NO_CONTROLLER)


def _after_string(answer: bytes, at: int) -> int:
    length: int = struct.unpack_from(">h", answer, at)[0]
    return at + 2 + max(0, length)  # -1 stands for null


def _read(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionResetError("closed in the middle of an answer")
        received += part
    return received
