"""The toy stage's work as a stock Faust agent, to see that the counting can find losses.

`python -m tests.engine.stock_faust JSON`, with the same `ToyConfig`. Written as Faust's own guide does it: an agent over
a topic, a table with its changelog, `Topic.send`. Only the sessions are as short as ours, so that take-over compares.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import faust
import orjson

from tests.engine.failing import FailsOnce
from tests.engine.kafka_tools import PARTITIONS
from tests.engine.toy import ToyConfig


def stock_app(config: ToyConfig, data: str) -> faust.App:
    """Returns the app `<prefix>-toy`, which is also its consumer group; its table is `<prefix>-toy-cases-changelog`."""
    prefix, failing = config.prefix, FailsOnce(config.fail_every, Path(config.fail_directory))
    app = faust.App(
        f"{prefix}-toy",
        broker=f"kafka://{config.bootstrap}",
        store="memory://",
        datadir=data,
        web_enabled=False,
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        broker_session_timeout=config.session_s,
        broker_heartbeat_interval=1.0,
    )
    raw = {"key_type": bytes, "value_type": bytes, "value_serializer": "raw", "key_serializer": "raw"}
    reports = app.topic(f"{prefix}-reports", partitions=PARTITIONS, **raw)
    alerts = app.topic(f"{prefix}-alerts", partitions=PARTITIONS, **raw)
    cases = app.Table("cases", key_type=bytes, value_type=bytes, partitions=PARTITIONS)

    @app.agent(reports, name="work")  # type: ignore[untyped-decorator]  # Faust is not followed by the type checker
    async def work(stream: faust.StreamT[bytes]) -> None:
        async for value in stream:
            report = orjson.loads(value)
            if config.delay_s:
                await asyncio.sleep(config.delay_s)
            failing.handle(report["id"])
            key = report["case"].encode()
            known = cases.get(key)
            row = orjson.loads(known) if known else {"ids": [], "due": None, "fired": False}
            row["ids"].append(report["id"])
            cases[key] = orjson.dumps(row)
            if report["urgent"]:
                await alerts.send(key=config.alert_key(report), value=orjson.dumps({"id": report["id"]}))

    return app


def main() -> None:
    """Runs Faust's own worker until it is told to stop."""
    with tempfile.TemporaryDirectory(prefix="stock-faust-") as data:
        app = stock_app(ToyConfig(**orjson.loads(sys.argv[1])), data)
        faust.Worker(app, loglevel="WARNING", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main()
