"""What Kafka needs on this machine, checked one by one: what is missing and how to get it."""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.kafka import admin, jars, java, ports
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import KafkaSetupError
from pipeline.kafka.instance import DataDirectory
from pipeline.settings import Settings

WANTED_PYTHON = (3, 11)
WANTED_DISK_BYTES = 2 * 1024**3  # segments of 64 MB, 12 topics, 4 partitions, half of them in use, and room to act


@dataclass(frozen=True)
class Check:
    """One thing looked at; `remedy` says what to do and is empty when `ok`."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def checks(settings: Settings) -> list[Check]:
    """Look at everything that Kafka needs, without starting or changing anything.

    With a cluster configured that is Python, a token where it wants one, and the cluster; else Java, jars, disk, data
    directory and ports.
    """
    if settings.kafka_url is not None:
        connection = settings.connection()
        token = [] if connection.tokens is None else [_attempt("kafka token", lambda: _token(connection))]
        return [python_version(), *token, _attempt("kafka cluster", lambda: _cluster(connection))]
    return [
        python_version(),
        _attempt("java runtime", lambda: java.version(java.executable())),
        kafka_jars(jars.default_directory()),
        disk_space(settings.data_dir),
        data_directory(settings.data_dir),
        instance(settings.data_dir),
        *port_checks(settings),
    ]


def python_version(version: tuple[int, int] = sys.version_info[:2]) -> Check:
    """Whether Python is new enough."""
    wanted = ".".join(map(str, WANTED_PYTHON))
    return _check(
        "python",
        version >= WANTED_PYTHON,
        ".".join(map(str, version)),
        f"Install Python {wanted} or newer, remove the folder .venv and run `make`.",
    )


def kafka_jars(directory: Path) -> Check:
    """Whether all jars are in the cache, with the locked content."""
    wanted = jars.locked()
    lacking = jars.missing(directory, wanted)
    return _check(
        "kafka jars",
        not lacking,
        f"{len(wanted) - len(lacking)} of {len(wanted)} in {directory}",
        "Run `python -m pipeline.kafka fetch` with a network (45 MB).",
    )


def disk_space(path: Path) -> Check:
    """Whether there is room for Kafka's data where `path` is or will be."""
    free = shutil.disk_usage(_existing(path)).free
    return _check(
        "disk space",
        free >= WANTED_DISK_BYTES,
        f"{free / 1024**3:.1f} GB free at {path}",
        f"Make {WANTED_DISK_BYTES / 1024**3:.0f} GB free there, or choose another place with BRUDVAGT_DATA_DIR.",
    )


def data_directory(path: Path) -> Check:
    """Whether the data directory can be written, or made."""
    there = _existing(path)
    return _check(
        "data directory",
        there.is_dir() and os.access(there, os.W_OK | os.X_OK),
        str(path),
        f"{there} must be a folder that this user may write; or choose another with BRUDVAGT_DATA_DIR.",
    )


def instance(path: Path) -> Check:
    """Whether the data directory is free: nobody holds its lock and no Kafka works in it."""
    directory = DataDirectory(path)
    if not path.is_dir():
        return Check("instance", True, "not used yet")
    try:
        directory.lock()
    except KafkaSetupError as error:
        return Check("instance", False, str(error), "Nothing to do if that is the Brudvagt you want.")
    except OSError as error:
        return Check("instance", False, str(error), "Make the data directory writable.")
    try:
        if directory.has_live_broker():
            return Check("instance", False, str(directory.orphaned()), "Stop that process.")
    finally:
        directory.release()
    return Check("instance", True, "free")


def port_checks(settings: Settings) -> list[Check]:
    """Whether the two ports of Brudvagt's own Kafka are free."""
    if settings.kafka_port == 0:
        return [Check("ports", True, "free ones are picked")]
    return [
        _check(
            f"port {port}",
            ports.is_free(port),
            "free" if ports.is_free(port) else "taken",
            "Stop what listens there (it may be a running Brudvagt), or set BRUDVAGT_KAFKA_PORT.",
        )
        for port in (settings.kafka_port, settings.kafka_port + 1)
    ]


def _token(connection: Connection) -> str:
    from pipeline.kafka.oauth.claims import described
    from pipeline.kafka.oauth.provider import provider_for

    assert connection.tokens is not None
    return f"{connection.username} has one: {described(asyncio.run(provider_for(connection.tokens).token()))}"


def _cluster(connection: Connection) -> str:
    # `checks` belongs to a command line, which has no event loop running.
    brokers = asyncio.run(admin.brokers(connection))
    return f"{len(brokers)} brokers: {', '.join(brokers)}"


def _attempt(name: str, action: Callable[[], str]) -> Check:
    try:
        return Check(name, True, action())
    except KafkaSetupError as error:
        return Check(name, False, "not usable", str(error))


def _check(name: str, ok: bool, detail: str, remedy: str) -> Check:
    return Check(name, ok, detail, "" if ok else remedy)


def _existing(path: Path) -> Path:
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path
