"""The page as a process: what it shows of itself and where, and that it ends loudly when it can never show a case again."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.bystander import EXIT_FATAL
from pipeline.kafka.connection import Connection
from pipeline.kafka.ports import free_port
from pipeline.kafka.topics import Topics
from tests.cases import scene as cases
from tests.web.scene import grave
from tests.web.test_kafka import put

BUDGET_S = 90.0


def ask(port: int, path: str) -> tuple[int, str]:
    """Returns status and text of a page; status 0 while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def until(holds: Callable[[], bool]) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + BUDGET_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # between two looks at the condition; the deadline above bounds them


@pytest.mark.timeout(300)
async def test_it_shows_itself_on_a_port_of_its_own_and_ends_when_its_reader_did(
    connection: Connection, topics: Topics, tmp_path: Path
) -> None:
    """Ready once it sees the cases; nothing of that where people are. A row that is no case ends the reader: the process
    ends with 70 and a line that says why, instead of an answer 500 to everybody for ever.
    """
    await put(connection, topics.cases, grave().encode())
    port, health = free_port(), free_port()
    environment = {
        "BRUDVAGT_KAFKA_URL": f"kafka://{','.join(connection.servers)}",
        "BRUDVAGT_TOPIC_PREFIX": topics.prefix,
        "BRUDVAGT_PARTITIONS": str(topics.partitions),
        "BRUDVAGT_DATA_DIR": str(tmp_path),
        "BRUDVAGT_LOG_FORMAT": "json",
    }
    command = [sys.executable, "-m", "pipeline.cli", "web", "--port", str(port), "--health-port", str(health)]
    log = tmp_path / "web.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: ASYNC220 - nothing else goes on here
            command, env={**os.environ, **environment}, stdout=out, stderr=out
        )
    try:
        until(lambda: ask(health, "/readyz")[0] == 200 or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        metrics = ask(health, "/metrics")[1]
        assert "\nbrudvagt_page_sees_cases 1.0\n" in metrics
        assert '\nbrudvagt_page_answers_total{kind="act",status="5xx"} 0.0\n' in metrics
        assert "\nprocess_start_time_seconds " in metrics
        assert ask(port, "/healthz")[0] == 200
        assert [ask(port, path)[0] for path in ("/metrics", "/readyz")] == [404, 404]
        await put(connection, topics.cases, b'{"status": "en hemmelighed"}', cases.REFERENCE)
        until(lambda: process.poll() is not None)
        assert process.returncode == EXIT_FATAL
    finally:
        process.kill()
        process.wait()
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (last,) = [line for line in lines if line["level"] == "critical"]
    assert last["event"] == "the cases cannot be followed any more"
    assert str(last["error"]).startswith(f"the row of {cases.REFERENCE} is no case: ")
    assert "status" in last["error"]
    assert "hemmelighed" not in log.read_text()
