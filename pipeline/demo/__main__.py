"""`make demo`: starts everything, tells the story, checks it, shows where to look. Status 0 only if all of it held."""

import asyncio
import contextlib
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import orjson

from agents.context import Context
from pipeline.cli.installation import Installation
from pipeline.cli.screen import Screen
from pipeline.cli.supervision import Supervisor
from pipeline.cli.up import prepare_topics
from pipeline.delivery.sink import MailSink
from pipeline.demo.balance import balance
from pipeline.demo.board import Board
from pipeline.demo.events import BEGINNING, Moment
from pipeline.demo.expectations import expectations
from pipeline.demo.foretold import Comparison, told
from pipeline.demo.page import write_page
from pipeline.demo.story import moments
from pipeline.demo.telling import Telling
from pipeline.demo.tempo import TOLD_IN_S, slowness, speed
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.ports import free_port
from pipeline.kafka.reading import Tail
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import Position, send
from pipeline.roles import HEALTH_PORTS, PAGE
from pipeline.settings import Settings
from pipeline.timebase import Clock
from schemas.values import Role

OUT = Path("out/demo")
LEAD = timedelta(hours=6)  # shown time that passes while the workers start
LAST_HOUR = 76.5
READY_BUDGET_S = 180.0
SETTLE_BUDGET_S = 60.0
"""Both end only a demonstration that fails; on a busy machine workers start several times slower than alone."""

TICK_S = 0.1
CONTENT_TYPE = ("content-type", b"application/cloudevents+json")


def main() -> int:
    """Runs the demonstration; returns the exit status."""
    shutil.rmtree(OUT, ignore_errors=True)
    mails, logs = OUT / "mail", OUT / "log"
    logs.mkdir(parents=True)
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        print("starting Kafka …", flush=True)
        broker = stack.enter_context(EmbeddedKafka(OUT / "kafka", port=0, progress=print))
        sink = stack.enter_context(MailSink(mails))
        settings = Settings(kafka_url=f"kafka://{broker.bootstrap}", partitions=4, replication=1, data_dir=OUT)
        prepare_topics(Installation(settings))
        started_s = time.monotonic() - began
        if slowness(started_s) > 1:
            story_s = TOLD_IN_S * slowness(started_s)
            print(
                f"this machine is busy or slow: the story takes {story_s:.0f} s instead of {TOLD_IN_S:.0f}", flush=True
            )
        clock = Clock(time.time(), (BEGINNING - LEAD).timestamp(), speed(started_s))
        installation = Installation(settings.model_copy(update={"demo_clock": str(clock)}))
        supervisor = Supervisor(_environment(settings, clock, sink.url))
        stack.callback(supervisor.stop)
        print("starting the workers …", flush=True)
        ports = {role: free_port() for role in HEALTH_PORTS if role != PAGE}
        for role, port in ports.items():
            supervisor.add(role, ["worker", role, "--health-port", str(port)], logs / f"{role}.log")
        _write_targets(ports)
        _await_ready(list(ports.values()), supervisor)
        board, comparison, untold = asyncio.run(_tell(installation, supervisor, mails))
    return _close(board, comparison, untold, mails, began)


def _environment(settings: Settings, clock: Clock, smtp_url: str) -> dict[str, str]:
    return {
        "BRUDVAGT_KAFKA_URL": str(settings.kafka_url),
        "BRUDVAGT_PARTITIONS": str(settings.partitions),
        "BRUDVAGT_REPLICATION": str(settings.replication),
        "BRUDVAGT_DATA_DIR": str(settings.data_dir.resolve()),
        "BRUDVAGT_DEMO_CLOCK": str(clock),
        "BRUDVAGT_SMTP_URL": smtp_url,
        "BRUDVAGT_LOG_FORMAT": "json",
        "BRUDVAGT_HEARTBEAT_INTERVAL_S": "10",  # real seconds: the whole story is two minutes
        "BRUDVAGT_AUDIT_INTERVAL_S": "15",
    }


def _write_targets(ports: Mapping[str, int]) -> None:
    """Names the workers' metrics pages to a Prometheus that likes to watch (its `file_sd_configs`)."""
    targets = [{"targets": [f"127.0.0.1:{port}"], "labels": {"worker": role}} for role, port in ports.items()]
    written = OUT / "targets.new"
    written.write_bytes(orjson.dumps(targets))
    written.rename(OUT / "targets.json")


def _await_ready(ports: list[int], supervisor: Supervisor) -> None:
    deadline = time.monotonic() + READY_BUDGET_S
    for port in ports:
        while not _ready(port):
            for sentence in supervisor.tick():
                print(sentence, flush=True)
            if time.monotonic() > deadline:
                raise SystemExit(f"the workers were not ready within {READY_BUDGET_S:g} s; their logs are in {OUT}/log")
            time.sleep(TICK_S)  # readiness is a page to ask, not an event; the deadline above bounds the asking


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


async def _tell(
    installation: Installation, supervisor: Supervisor, mails: Path
) -> tuple[Board, Comparison, Sequence[Moment]]:
    topics, clock, context = installation.topics, installation.clock, installation.context
    board = Board(topics)
    watched = [spec.name for spec in topics.specs() if spec.name != topics.deadletters_raw]
    start = max(BEGINNING, clock.datetime())
    end = start + timedelta(hours=LAST_HOUR)
    compare = partial(told, clock=clock, until=end, catalogue=context.catalogue, plans=context.plans)
    telling = Telling(moments(lambda code, role: _holder(context, code, role), start), start)
    settled_by = None
    with Screen() as screen:
        async with Tail(installation.connection, watched, from_start=True) as tail:
            while True:
                now = clock.datetime()
                while (moment := telling.due(board, now)) is not None:
                    telling.told(moment, await _do(installation, moment, screen, now))
                for seen in await tail.more(wait_s=TICK_S):
                    board.take(seen)
                screen.show(board, now)
                for sentence in supervisor.tick():
                    screen.say(now, sentence)
                if now >= end:
                    settled_by = settled_by or time.monotonic() + SETTLE_BUDGET_S
                    settled = not telling.untold and _settled(board, mails, compare)
                    if settled or time.monotonic() > settled_by:
                        return board, compare(board), telling.untold


def _settled(board: Board, mails: Path, compare: Callable[[Board], Comparison]) -> bool:
    return balance(board).holds and all(one.is_met(board) for one in expectations(mails, compare))


async def _do(installation: Installation, moment: Moment, screen: Screen, now: datetime) -> Position:
    topic = installation.topics.reports if moment.topic == "reports" else installation.topics.actions
    (position,) = await send(installation.connection, [Outgoing(topic, moment.value, headers=[CONTENT_TYPE])])
    screen.say(now, f"» {moment.line}")
    return position


def _holder(context: Context, municipality: str, role: str) -> str:
    return f"{role}:{context.plans[municipality].holders(Role(role))[0]}"


def _close(board: Board, comparison: Comparison, untold: Sequence[Moment], mails: Path, began: float) -> int:
    promised, result = expectations(mails, lambda _: comparison), balance(board)
    held = all(one.is_met(board) for one in promised) and result.holds and not untold
    print()
    for one in promised:
        print("\n".join(one.told(board)))
    for moment in untold:
        print(f"✗ never told, for what it builds on was not seen: {moment.line}")
    print("\nBalance: " + "; ".join(result.sentences))
    if not result.holds:
        print(
            f"    expected: a receipt for each record, and a case for each report\n    look at:  {OUT}/log/casework.log"
        )
    print("\n  ".join((f"Plan:    {comparison.sentence}", *comparison.strayed)))
    page = write_page(OUT / "demo.html", board, comparison, datetime.now(UTC))
    print(f"Mails:   {mails.resolve()} ({sum(1 for _ in mails.glob('*.eml'))} mails)")
    print(f"Picture: {page.resolve()}")
    print(f"Time:    {time.monotonic() - began:.0f} s")
    return 0 if held else 1


if __name__ == "__main__":
    os.environ.pop("BRUDVAGT_KAFKA_URL", None)  # the demonstration never touches a cluster
    sys.exit(main())
