"""The engine's own lines say what they are about: the trace of one record, or the id of a batch of several."""

from collections.abc import Iterator

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict

from pipeline.engine import Tx
from pipeline.engine.about import about_committed, about_error, about_failed
from pipeline.engine.batch import Batch
from pipeline.engine.errors import CommitFailed, EngineError, Poisoned
from pipeline.engine.fatal import FatalExit
from pipeline.engine.record import Headers, Record, Row
from tests.engine.bench import Life, MemoryCluster, until
from tests.engine.memory_kafka import Entry
from tests.engine.staging import due_of, lives_until_done, position, stage_on

ONE, TWO = "4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"


def carrying(trace_id: str) -> Headers:
    """Returns the header of a record that belongs to a trace."""
    return (("traceparent", f"00-{trace_id}-00f067aa0ba902b7-01".encode()),)


def record(offset: int, headers: Headers = ()) -> Record:
    """Returns a record at an offset."""
    return Record("in", 0, offset, b"k", b"v", headers, 0)


def put(cluster: MemoryCluster, value: bytes, headers: Headers) -> None:
    """Appends a record with headers to the stage's input."""
    cluster.kafka.logs[f"{cluster.prefix}-in", 0].append(Entry(Row(b"k", value, headers), "committed"))


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    """Every line, with what was bound to it."""
    with capture_logs(processors=[merge_contextvars]) as found:
        yield found


@pytest.mark.parametrize(
    ("headers", "mentions", "due", "trace"),
    [
        pytest.param([carrying(ONE)], [], [], ONE, id="one-record"),
        pytest.param([()], [ONE], [], ONE, id="one-record-whose-event-has-it"),
        pytest.param([()], [ONE, TWO], [], TWO, id="one-record-tried-again"),
        pytest.param([()], [], [], None, id="one-record-of-no-trace"),
        pytest.param([(("traceparent", b"nonsense"),)], [], [], None, id="malformed"),
        pytest.param([carrying(ONE) * 2], [], [], None, id="twice"),
        pytest.param([carrying(ONE)] * 3, [ONE], [], ONE, id="several-of-one-trace"),
        pytest.param([carrying(ONE), carrying(TWO)], [ONE], [], None, id="two-traces-the-second-not-reached"),
        pytest.param([carrying(ONE), ()], [ONE], [], None, id="the-second-unknown"),
        pytest.param([carrying(ONE)], [ONE], [b"k"], None, id="with-a-timer"),
        pytest.param([], [ONE], [b"k"], ONE, id="one-timer"),
    ],
)
def test_a_failed_batch_is_named_by_a_trace_only_if_it_is_of_that_trace_alone(
    headers: list[Headers], mentions: list[str], due: list[bytes], trace: str | None
) -> None:
    """What the agent did not come to counts too; where anything is unknown the batch has its own id."""
    batch = Batch([record(number, one) for number, one in enumerate(headers)], due, mentions=mentions)
    assert about_failed(batch) == ({"batch_id": batch.id} if trace is None else {"trace_id": trace})


def test_a_committed_batch_is_what_its_agent_named() -> None:
    """No record is looked at: it would cost each of them at each commit."""
    for mentions, trace in (([ONE], ONE), ([ONE, TWO], None), ([], None)):
        batch = Batch([record(0, carrying(ONE))], mentions=list(mentions))
        assert about_committed(batch) == ({"batch_id": batch.id} if trace is None else {"trace_id": trace})


def test_batches_have_ids_of_their_own_too_short_for_a_cpr_number() -> None:
    """Halves are batches; a line about one of them is not about the whole."""
    whole = Batch([record(0), record(1)])
    ids = {whole.id, *(half.id for half in whole.halves()), *(Batch().id for _ in range(100))}
    assert len(ids) == 103
    assert {len(one) for one in ids} == {8}


async def test_the_way_of_a_poisonous_record_can_be_followed_by_its_trace(lines: list[EventDict]) -> None:
    """Among others it is a batch's; alone, given up, and in the last line of each process that it ended, its own."""
    cluster = MemoryCluster()

    def handle(tx: Tx) -> None:
        if any(one.value == b"bad" for one in tx.records):
            raise RuntimeError("bad")

    stage = await stage_on(cluster, handle)
    for number in range(4):
        put(cluster, b"%d" % number, carrying(TWO))
    put(cluster, b"bad", carrying(ONE))
    ends = await lives_until_done(cluster, stage, lambda life: position(life, cluster) == 5)
    assert ends == ["Poisoned", "Poisoned"]
    failed = [line for line in lines if line["event"] == "handler failed"]
    assert "trace_id" not in failed[0]
    assert len(failed[0]["batch_id"]) == 8
    assert failed[-1]["trace_id"] == ONE
    (given_up,) = [line for line in lines if line["event"] == "given up as poison"]
    assert given_up["trace_id"] == ONE


async def test_the_last_line_of_a_process_says_what_it_was_about(lines: list[EventDict]) -> None:
    """A handler's failure and a commit's, by way of whatever the engine raised because of it."""
    cluster = MemoryCluster()

    def handle(tx: Tx) -> None:
        tx.mentions.append(ONE)
        if broken:
            raise RuntimeError("bad")
        tx.send(f"{cluster.prefix}-out", b"x")

    broken = [True]
    stage = await stage_on(cluster, handle)
    put(cluster, b"1", ())
    error = await Life(stage, cluster.port()).failure()
    assert type(error) is Poisoned

    broken.clear()
    first = Life(stage, cluster.port())
    await until(lambda: position(first, cluster) == 1)
    second = Life(stage, cluster.port())  # fences the first
    await until(lambda: second.partition.state.value == "working")
    put(cluster, b"2", ())
    fenced = await first.failure()
    await second.close()
    assert type(fenced) is CommitFailed

    for ending in (error, fenced):
        ended: list[int] = []
        FatalExit(0.01, ended.append)("the partition ended", ending)
        await until(lambda ended=ended: bool(ended))  # type: ignore[misc]
    told = [line for line in lines if line["event"] == "worker ends with exit status 70"]
    assert [line["trace_id"] for line in told] == [ONE, ONE]
    assert about_error(EngineError("of nothing")) == about_error(None) == {}


@pytest.mark.parametrize(("rows", "traces"), [([b"k"], [ONE]), ([b"k", b"l"], [ONE, TWO])], ids=["one", "two"])
async def test_what_the_engine_says_at_a_commit_is_about_its_batch(
    lines: list[EventDict], rows: list[bytes], traces: list[str]
) -> None:
    """Timers that their handler leaves where they were: of one trace, and of two that came due together."""
    cluster, said = MemoryCluster(), "timers not moved by their handler"

    def handle(tx: Tx) -> None:
        for one in tx.records:
            tx.table[one.value or b""] = b"1"  # due since 1970
        if tx.due:
            tx.mentions += traces

    stage = await stage_on(cluster, handle, due_of)
    for row in rows:
        put(cluster, row, ())
    life = Life(stage, cluster.port())
    await until(lambda: any(line["event"] == said for line in lines))
    await life.close()
    line = next(line for line in lines if line["event"] == said)
    assert line.get("trace_id") == (ONE if len(traces) == 1 else None)
    assert ("batch_id" in line) is (len(traces) == 2)
