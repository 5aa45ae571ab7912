"""The small parts: budgets, timers, table, poison's memory, fairness of names and order."""

import ast
import logging
import random
import re
from pathlib import Path

import aiokafka
import faust
import pytest
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata
from hypothesis import given
from hypothesis import strategies as st
from mode.utils.queues import FlowControlEvent

from pipeline.engine import BudgetError, Budgets, Record
from pipeline.engine.batch import Batch
from pipeline.engine.clockskew import ClockOffset
from pipeline.engine.errors import WrongPartition
from pipeline.engine.logs import RateLimit
from pipeline.engine.partitioner import partition_of
from pipeline.engine.poison import Suspects
from pipeline.engine.table import TableRules, TxTable
from pipeline.engine.timers import Timers

ENGINE = Path(__file__).parents[2] / "pipeline" / "engine"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"session_s": 25.0}, "session_s"),
        ({"rebalance_s": 26.0}, "rebalance_s"),
        ({"commit_s": 31.0}, "commit_s"),
        ({"transaction_s": 61.0}, "60 s"),
        ({"heartbeat_s": 3.0}, "heartbeat_s"),
        ({"transient_s": 21.0}, "transient_s"),
        ({"work_s": 24.0}, "commit_s must be below work_s"),
        ({"held_s": 20.0}, "rebalance_s must be below held_s"),
        ({"blocked_s": 8.0}, "session_s must be below blocked_s"),
        ({"farewell_s": 9.0}, "farewell_s"),
        ({"grace_s": 5.0}, "close_s must be below grace_s"),
        ({"start_s": 20.0, "agents_s": 19.0}, "rebalance_s must be below start_s"),
        ({"agents_s": 60.0}, "agents_s must be below start_s"),
        ({"closing_s": 45.0}, "closing_s .* commit_s"),
    ],
)
def test_budgets_that_contradict_one_another_are_refused_by_name(wrong: dict[str, float], named: str) -> None:
    """session < rebalance < commit < transaction <= the broker's 60 s."""
    with pytest.raises(BudgetError, match=named):
        Budgets(**wrong)


@pytest.mark.parametrize(("key", "partition"), [(b"21", 5), (b"foobar", 6), (b"", 0)])
def test_keys_hash_like_the_java_client(key: bytes, partition: int) -> None:
    """Kafka's own vectors for murmur2 (UtilsTest.testMurmur2), positive, modulo 7."""
    vectors = {b"21": -973932308, b"foobar": -790332482, b"": 275646681}
    assert partition_of(key, 7) == (vectors[key] & 0x7FFFFFFF) % 7


def table(*, keyed: bool = True) -> TxTable:
    """Returns a table of partition 0 of 2 with a committed row."""
    return TxTable({b"old": b"1"}, TableRules("rows", 0, 2, keyed, 100))


def test_a_key_that_does_not_hash_here_is_refused_unless_declared() -> None:
    """A row that nobody would look for here must not be written here."""
    foreign = next(b"%d" % number for number in range(99) if partition_of(b"%d" % number, 2) == 1)
    with pytest.raises(WrongPartition):
        table()[foreign] = b"x"
    loose = table(keyed=False)
    loose[foreign] = b"x"
    assert loose[foreign] == b"x"


def test_a_table_shows_its_own_writes_and_leaves_the_committed_ones_alone() -> None:
    """Set, delete, read and iterate over both layers."""
    committed = {b"old": b"1", b"gone": b"2"}
    rows = TxTable(committed, TableRules("rows", 0, 1, True, 100))
    rows[b"new"] = b"3"
    del rows[b"gone"]
    assert dict(rows) == {b"old": b"1", b"new": b"3"}
    assert b"gone" not in rows
    assert committed == {b"old": b"1", b"gone": b"2"}
    with pytest.raises(KeyError):
        del rows[b"gone"]


def test_reserved_keys_and_oversized_rows_are_refused() -> None:
    """Byte 0 is the engine's; a row above the limit fails in the handler, where it has a name."""
    with pytest.raises(ValueError, match="engine's own"):
        table(keyed=False)[b"\x00mine"] = b""
    with pytest.raises(ValueError, match="above 100"):
        table()[b"old"] = b"x" * 100


def test_a_timer_that_moved_away_and_back_is_taken_once() -> None:
    """It stands twice in the heap with the same time."""
    timers = Timers(lambda key, value: float(value))
    for due in (b"5", b"9", b"5"):
        timers.committed(b"k", due)
    assert timers.take(10, 10) == [b"k"]
    assert timers.take(10, 10) == []


@pytest.mark.parametrize("changes", [{}, {b"k": b"5"}])
def test_a_timer_that_its_handler_does_not_move_comes_again(changes: dict[bytes, bytes | None]) -> None:
    """Whether the row was left alone or rewritten with the same time: once more later, not never and not at once."""
    timers = Timers(lambda key, value: float(value))
    timers.committed(b"k", b"5")
    taken = timers.take(10, 10)
    assert timers.after_commit(changes, taken, lambda key: False, again_at=11) == 1
    assert timers.take(10, 10) == []
    assert timers.take(11, 10) == [b"k"]


def test_a_stale_heap_entry_fires_nothing() -> None:
    """A timer that was moved later or disarmed does not fire at its old time."""
    timers = Timers(lambda key, value: float(value))
    timers.committed(b"moved", b"1")
    timers.committed(b"moved", b"9")
    timers.committed(b"deleted", b"1")
    timers.committed(b"deleted", None)
    assert timers.take(5, 10) == []
    assert timers.next_due() == 9


@given(st.integers(0, 12), st.integers(0, 12), st.booleans())
def test_halving_keeps_every_item_and_its_order_until_one_is_alone(records: int, due: int, first: bool) -> None:
    """Down to single items nothing is lost, doubled or overtaken, whichever half is looked at."""
    batch = Batch(
        [Record("t", 0, number, None, None, (), 0) for number in range(records)],
        [b"%d" % number for number in range(due)],
    )
    while batch.size > 1:
        left, right = batch.halves()
        assert [*left.records, *right.records] == list(batch.records)
        assert [*left.due, *right.due] == list(batch.due)
        assert left.size
        assert right.size
        batch = left if first else right


@given(st.integers(0, 10_000))
def test_the_memory_of_suspects_survives_being_written_down(seed: int) -> None:
    """encode and decode are inverse, whatever was accused, cleared, parked."""
    chance, suspects = random.Random(seed), Suspects()
    for _ in range(6):
        records = [Record("t", 0, number, None, None, (), 0) for number in range(chance.randrange(4))]
        batch = Batch(records, [b"k%d" % number for number in range(chance.randrange(3))])
        suspects = chance.choice([suspects.accuse, suspects.clear])(batch)
        suspects = suspects.erred(float(chance.randrange(9000)))
        suspects = suspects.park(b"p", 5.0) if chance.random() < 0.3 else suspects
    assert Suspects.decode(suspects.encode()) == suspects
    assert Suspects.decode(Suspects().encode()) == Suspects()


def test_the_clock_offset_is_the_smallest_of_the_last_samples() -> None:
    """Records of a slow transaction arrive late; only what all samples share is the clock."""
    offset = ClockOffset()
    for seconds in (31.0, 42.0, 33.0, 40.0, 60.0):
        offset.sample(seconds)
    assert offset.seconds == 31.0


def test_a_thousand_equal_log_lines_are_held_back_and_counted() -> None:
    """Three pass in a window; the first of the next one names the rest; another place is not touched."""
    now = [0.0]
    limit = RateLimit(3, 10.0, lambda: now[0])

    def line(number: int) -> logging.LogRecord:
        return logging.LogRecord("aiokafka", logging.ERROR, "conn.py", number, "no %s", ("broker",), None)

    assert sum(limit.filter(line(1)) for _ in range(1000)) == 3
    assert limit.filter(line(2))
    now[0] = 10.0
    told = line(1)
    assert limit.filter(told)
    assert told.getMessage() == "no broker [997 more like this held back]"


def private_names(path: Path) -> set[str]:
    """Returns names with an underscore that a file reads from objects not its own, or imports; named tuples' are public."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and not (
            isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        ):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found |= {part for one in node.names for part in (*(node.module or "").split("."), one.name)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr"):
            found |= {one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return {name for name in found if name.startswith("_") and not name.startswith("__")}


def test_no_private_name_of_faust_or_aiokafka_is_used_but_the_two_that_are_listed() -> None:
    """In every file that imports either; `docs/engine.md` has the two with their reason."""
    root = ENGINE.parents[1]
    files = [path for place in ("pipeline", "agents") for path in (root / place).rglob("*.py")]
    users = [
        path
        for path in files
        if re.search(r"^\s*(from|import) (aiokafka|faust|mode)\b", path.read_text(), re.MULTILINE)
    ]
    assert len(users) > 10
    pythons_own = {"_exit"}
    found = {
        str(path.relative_to(root)): names
        for path in {*users, *ENGINE.glob("*.py")}
        if (names := private_names(path) - pythons_own)
    }
    assert found == {"pipeline/kafka/log_dirs.py": {"_client", "_send_request_to_node"}}


def test_what_is_public_but_not_promised_is_still_there() -> None:
    """The names of `docs/engine.md` that a new version of Faust or aiokafka may change: shape by shape."""
    assert AbstractPartitionAssignor.__abstractmethods__ == {"name", "assign", "metadata", "on_assignment"}
    shared = ConsumerProtocolMemberAssignment(0, [("t", [1, 2])], b"")
    assert ConsumerProtocolMemberAssignment.decode(shared.encode()).partitions() == [("t", 1), ("t", 2)]
    assert ConsumerProtocolMemberMetadata(0, ["t"], b"[1]").user_data == b"[1]"
    assert faust.App.BootStrategy.enable_kafka is True
    assert faust.App.BootStrategy.enable_web is None
    assert callable(FlowControlEvent.resume)


def test_the_measured_version_of_faust_is_installed() -> None:
    """Its agents, channels and supervision were read and measured at 0.15."""
    assert faust.__version__.startswith("0.15.")


def test_the_measured_version_of_aiokafka_is_installed() -> None:
    """The engine's rules were measured on 0.14; a new version means measuring `docs/engine.md` again."""
    assert aiokafka.__version__.startswith("0.14.")
