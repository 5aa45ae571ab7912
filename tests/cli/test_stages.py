"""`brudvagt stages`: what an operator sees of running stages, of unanswered workers, and of none at all."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from pipeline.cli.stages import Answer, lines, unsettled
from pipeline.engine.status import PartitionStatus
from pipeline.kafka.groups import Group, Member
from pipeline.kafka.ports import free_port
from tests.agents.running import Running
from tests.cli.terminal import Terminal


def workers_of(running: Running) -> list[str]:
    """Returns the options that name the running workers' pages."""
    urls = [f"http://127.0.0.1:{worker.port}" for worker in running.workers.values()]
    return [part for url in urls for part in ("--worker", url)]


def test_every_partition_of_every_stage_is_shown_with_its_owner_and_what_it_does(
    running: Running, terminal: Terminal
) -> None:
    """Four stages of four partitions; owners by process; nothing is behind, and the workers' own numbers are there."""
    said = terminal("stages", *workers_of(running), "--json")
    assert said.status == 0, said.err
    assert Counter(line["stage"] for line in said.data) == dict.fromkeys(
        ("intake", "casework", "routing", "delivery"), 4
    )
    pids = {role: worker.process.pid for role, worker in running.workers.items()}
    hosts = {"intake": "casework", "casework": "casework", "routing": "alerting", "delivery": "alerting"}
    for line in said.data:
        assert f"-{pids[hosts[str(line['stage'])]]} (127.0.0.1)" in str(line["owner"])
        told = line["worker"]
        assert isinstance(told, dict)
        assert (told["state"], told["partition"]) == ("working", line["partition"])


def test_the_table_names_owners_and_says_which_workers_were_not_asked(running: Running, terminal: Terminal) -> None:
    """Owners and lag come from the cluster even when no page answers; the rest is a dash, and the remedy is named."""
    nobody = f"http://127.0.0.1:{free_port()}"
    said = terminal("stages", "--worker", nobody)
    assert said.status == 0
    assert "NOBODY" not in said.out
    assert nobody in said.err
    assert "--worker http://HOST:PORT" in said.err
    whole = terminal("stages", *workers_of(running), COLUMNS="220")
    assert "working" in whole.out
    assert whole.err == ""


@contextmanager
def page(body: bytes) -> Iterator[str]:
    """Serves one body at every path of a URL on this machine."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_last_error_of_a_handler_and_parked_timers_stand_out(running: Running, terminal: Terminal) -> None:
    """A worker that tells of a failure: when, what kind, which line of code, which record; JSON has it in parts."""
    told = json.loads(running.workers["casework"].get("/stages")[1])
    at = datetime(2026, 11, 25, 15, 30, tzinfo=UTC).timestamp()
    error = {"at": at, "error": "KeyError", "where": "agents/intake.py:9 work", "batch": "reports[0]@7"}
    told["stages"]["intake"][0] |= {"timers": 4, "parked": 2, "last_error": error}
    with page(json.dumps(told).encode()) as url:
        said = terminal("stages", "--worker", url, COLUMNS="260")
        parts = terminal("stages", "--worker", url, "--json")
    assert "25-11-2026 16.30 KeyError at agents/intake.py:9 work on reports[0]@7" in said.out
    assert "4, 2 PARKED" in said.out
    (line,) = (one for one in parts.data if (one["stage"], one["partition"]) == ("intake", 0))
    worker = line["worker"]
    assert isinstance(worker, dict)
    assert worker["last_error"] == error


def test_an_installation_of_which_nothing_runs_is_told_in_one_sentence(terminal: Terminal) -> None:
    """No members and no answer: what was looked at, and how to start it."""
    nobody = f"http://127.0.0.1:{free_port()}"
    said = terminal("stages", "--worker", nobody, BRUDVAGT_TOPIC_PREFIX="nobody")
    assert (said.status, said.out) == (1, "")
    assert "No stage of nobody.* runs" in said.err
    assert nobody in said.err
    assert "brudvagt up" in said.err


def test_an_address_that_is_none_is_refused(terminal: Terminal) -> None:
    """Wrong usage, status 2, with an example."""
    said = terminal("stages", "--worker", "9201")
    assert said.status == 2
    assert "http://host:9201" in said.err


def test_a_worker_is_believed_about_the_partitions_it_owns_only() -> None:
    """A suspended worker may still answer for what the group gave to another; a partition without owner is shown so."""
    status = PartitionStatus(0, "working", 1.0, 5, 0, 2, 1, None, 0, 0, 0, None)
    zombie = Answer("old-1", {"intake": {0: status}})
    owner = Answer("new-2", {"intake": {0: PartitionStatus(**{**asdict(status), "transactions": 9})}})
    group = Group("b.intake", "Stable", (Member("new-2", "10.0.0.2", frozenset({0})),), {0: 3})
    first, second = lines({"intake": group}, [zombie, owner], 2)
    assert first.worker is not None
    assert (first.owner, first.lag, first.worker.transactions) == ("new-2 (10.0.0.2)", 3, 9)
    assert (second.owner, second.lag, second.worker) == (None, None, None)


def test_a_group_in_the_middle_of_a_rebalance_is_named() -> None:
    """Nobody owns anything for a moment then, and that is no outage."""
    members = (Member("a-1", "10.0.0.1", frozenset()), Member("b-2", "10.0.0.2", frozenset()))
    groups = {
        "intake": Group("b.intake", "CompletingRebalance", members, {}),
        "casework": Group("b.casework", "Stable", members, {}),
    }
    (sentence,) = unsettled(groups)
    assert sentence.startswith("intake: its partitions are being shared out among 2 workers")
