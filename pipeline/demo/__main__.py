"""`make demo`: starts everything, tells the story, checks it, shows where to look. Status 0 only if all of it held."""

import asyncio
import contextlib
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
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
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.ports import free_port
from pipeline.kafka.reading import Tail
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import send
from pipeline.roles import HEALTH_PORTS, PAGE
from pipeline.settings import Settings
from pipeline.timebase import Clock
from schemas.values import Role

OUT = Path("out/demo")
SPEED = timedelta(days=3) / timedelta(seconds=100)
LEAD = timedelta(hours=6)  # shown time that passes while the workers start
LAST_HOUR = 76.5
READY_BUDGET_S = 60.0
SETTLE_BUDGET_S = 30.0
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
        clock = Clock(time.time(), (BEGINNING - LEAD).timestamp(), SPEED)
        installation = Installation(settings.model_copy(update={"demo_clock": str(clock)}))
        supervisor = Supervisor(_environment(settings, clock, sink.url))
        stack.callback(supervisor.stop)
        print("starting the workers …", flush=True)
        ports = {role: free_port() for role in HEALTH_PORTS if role != PAGE}
        for role, port in ports.items():
            supervisor.add(role, ["worker", role, "--health-port", str(port)], logs / f"{role}.log")
        _write_targets(ports)
        _await_ready(list(ports.values()), supervisor)
        board, comparison = asyncio.run(_tell(installation, supervisor, mails))
    return _close(board, comparison, mails, began)


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


async def _tell(installation: Installation, supervisor: Supervisor, mails: Path) -> tuple[Board, Comparison]:
    topics, clock, context = installation.topics, installation.clock, installation.context
    board = Board(topics)
    watched = [spec.name for spec in topics.specs() if spec.name != topics.deadletters_raw]
    start = max(BEGINNING, clock.datetime())
    end = start + timedelta(hours=LAST_HOUR)
    compare = partial(told, clock=clock, until=end, catalogue=context.catalogue, plans=context.plans)
    todo = moments(lambda code, role: _holder(context, code, role), start)
    settled_by = None
    with Screen() as screen:
        async with Tail(installation.connection, watched, from_start=True) as tail:
            while True:
                now = clock.datetime()
                while todo and start + timedelta(hours=todo[0].hour) <= now:
                    await _do(installation, todo.pop(0), screen, now)
                for seen in await tail.more(wait_s=TICK_S):
                    board.take(seen)
                screen.show(board, now)
                for sentence in supervisor.tick():
                    screen.say(now, sentence)
                if not todo and now >= end:
                    settled_by = settled_by or time.monotonic() + SETTLE_BUDGET_S
                    if time.monotonic() > settled_by or _settled(board, mails, compare):
                        return board, compare(board)


def _settled(board: Board, mails: Path, compare: Callable[[Board], Comparison]) -> bool:
    promised = expectations(mails, lambda seen: compare(seen).holds)
    return balance(board).holds and all(_holds(one.holds, board) for one in promised)


def _holds(check: object, board: Board) -> bool:
    try:
        return bool(check(board))  # type: ignore[operator]
    except (KeyError, IndexError, AttributeError):
        return False  # what the sentence speaks of is not there


async def _do(installation: Installation, moment: Moment, screen: Screen, now: datetime) -> None:
    topic = installation.topics.reports if moment.topic == "reports" else installation.topics.actions
    await send(installation.connection, [Outgoing(topic, moment.value, headers=[CONTENT_TYPE])])
    screen.say(now, f"» {moment.line}")


def _holder(context: Context, municipality: str, role: str) -> str:
    return f"{role}:{context.plans[municipality].holders(Role(role))[0]}"


def _close(board: Board, comparison: Comparison, mails: Path, began: float) -> int:
    print()
    held = True
    for one in expectations(mails, lambda _: comparison.holds):
        ok = _holds(one.holds, board)
        held = held and ok
        print(f"{'✓' if ok else '✗'} {one.sentence}")
    result = balance(board)
    print("\nBalance: " + "; ".join(result.sentences))
    print("\n  ".join((f"Plan:    {comparison.sentence}", *comparison.strayed)))
    page = write_page(OUT / "demo.html", board, comparison, datetime.now(UTC))
    print(f"Mails:   {mails.resolve()} ({sum(1 for _ in mails.glob('*.eml'))} mails)")
    print(f"Picture: {page.resolve()}")
    print(f"Time:    {time.monotonic() - began:.0f} s")
    return 0 if held and result.holds else 1


if __name__ == "__main__":
    os.environ.pop("BRUDVAGT_KAFKA_URL", None)  # the demonstration never touches a cluster
    sys.exit(main())
