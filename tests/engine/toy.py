"""A toy stage and its worker process: counts reports per case, sends an alert for each urgent one.

`python -m tests.engine.toy JSON` runs a worker; the JSON holds `ToyConfig`. Report: {"id", "case", "urgent"[, "due"]}.
Row: {"ids": [...], "due", "fired"}.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import structlog

from pipeline.engine import Budgets, Poison, Stage, Transient, Tx, WorkerSettings, application, run_worker
from pipeline.kafka.connection import Connection
from pipeline.timebase import Clock
from tests.engine.failing import FailsOnce


@dataclass(frozen=True)
class ToyConfig:
    """What a toy worker is told."""

    bootstrap: str
    prefix: str
    max_batch: int = 500
    session_s: float = 6.0
    poison_ids: list[int] = field(default_factory=list)
    delay_s: float = 0.0
    port: int | None = None
    internal_errors_per_hour: int = 20
    name: str = "A"
    instance: str | None = None
    agent_ends: str = ""
    effect_s: float = 0.0
    scatter: bool = False
    fail_every: int = 0
    fail_directory: str = ""
    start_hangs: bool = False
    url: str = ""  # of the door through which the worker goes, where it is not the plain one

    def alert_key(self, report: Mapping[str, object]) -> bytes:
        """Returns the key of an alert: its case, or with `scatter` its own id, so that it goes to any partition."""
        return str(report["id" if self.scatter else "case"]).encode()

    def encode(self) -> str:
        """Returns the command-line argument."""
        return orjson.dumps(asdict(self)).decode()


@dataclass(frozen=True)
class PlainConnection:
    """A loopback connection without security."""

    bootstrap: str

    def client_kwargs(self) -> dict[str, object]:
        """Returns aiokafka's arguments."""
        return {"bootstrap_servers": self.bootstrap}


def due(key: bytes, value: bytes) -> float | None:
    """Returns a row's due time until it has fired."""
    row = orjson.loads(value)
    return None if row["fired"] or row["due"] is None else float(row["due"])


def toy_stage(config: ToyConfig) -> Stage:
    """Returns the stage `<prefix>-toy`."""
    prefix = config.prefix
    seen: set[int] = set()
    failing = FailsOnce(config.fail_every, Path(config.fail_directory))

    def give_up(tx: Tx, poison: Poison) -> None:
        what = poison.record.position.encode() if poison.record else b"timer"
        tx.send(f"{prefix}-dead", what, key=b"dead", headers=[("attempts", str(poison.attempts).encode())])

    stage = Stage(
        f"{prefix}-toy",
        inputs=[f"{prefix}-reports"],
        table=f"{prefix}-cases",
        outputs=[f"{prefix}-alerts", f"{prefix}-dead"],
        due=due,
        on_poison=give_up,
    )

    async def effect() -> str:
        structlog.get_logger().info("side effect begins")
        await asyncio.sleep(config.effect_s)
        return "sent"

    @stage.agent
    async def work(batches: AsyncIterator[Tx]) -> None:
        async for batch in batches:
            if config.agent_ends == "raises":
                raise LookupError("a secret text")  # outside of any transaction
            if config.agent_ends == "returns":
                return
            async with batch as tx:
                for record in tx.records:
                    assert record.key is not None
                    assert record.value is not None
                    report = orjson.loads(record.value)
                    if config.delay_s:
                        await asyncio.sleep(config.delay_s)
                    failing.handle(report["id"])
                    if report["id"] in config.poison_ids:
                        raise RuntimeError("a secret text")
                    if report.get("transient") and report["id"] not in seen:
                        seen.add(report["id"])
                        raise Transient
                    known = tx.table.get(record.key)
                    row: dict[str, Any] = orjson.loads(known) if known else {"ids": [], "due": None, "fired": False}
                    row["ids"].append(report["id"])
                    if report.get("due"):
                        row["due"], row["fired"] = report["due"], False
                    tx.table[record.key] = orjson.dumps(row)
                    if config.effect_s:
                        tx.after_commit(record.key, effect)
                    if report["urgent"]:
                        tx.send(f"{prefix}-alerts", orjson.dumps({"id": report["id"]}), key=config.alert_key(report))
                for done in tx.done:
                    told: dict[str, object] = {"effect": done.key.decode(), "brought": done.result}
                    tx.send(f"{prefix}-alerts", orjson.dumps(told), key=done.key)
                for key in tx.due:
                    row = orjson.loads(tx.table[key])
                    if row["ids"][0] < 0:
                        raise RuntimeError("a poisonous timer")
                    tx.table[key] = orjson.dumps({**row, "fired": True})
                    told = {"timer": key.decode(), "due": row["due"], "by": config.name}
                    tx.send(f"{prefix}-alerts", orjson.dumps(told), key=key)

    return stage


async def hang(app: application.Application) -> None:
    """Starts a Faust application that waits for ever, and does not notice that it is cancelled."""
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


def main() -> int:
    """Runs a toy worker until it is told to stop."""
    config = ToyConfig(**orjson.loads(sys.argv[1]))
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt=None, key="unix_s"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    if config.start_hangs:
        application.Application.start = hang
    settings = WorkerSettings(
        budgets=Budgets(session_s=config.session_s, agents_s=0.5 if config.start_hangs else Budgets().agents_s),
        max_batch=config.max_batch,
        health_port=config.port,
        instance_id=config.instance,
        internal_errors_per_hour=config.internal_errors_per_hour,
    )
    connection = Connection.parse(config.url) if config.url else PlainConnection(config.bootstrap)
    return run_worker([toy_stage(config)], connection, Clock.real(), settings)


if __name__ == "__main__":
    sys.exit(main())
