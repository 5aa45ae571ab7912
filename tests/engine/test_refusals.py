"""What the author of a stage is told: what would lose or misplace a record is refused in words, where the mistake is made."""

import pytest

from pipeline.engine import Stage, Tx, WorkerSettings
from pipeline.engine.errors import EngineError, Poisoned
from pipeline.engine.ledger import Ledger
from tests.engine.bench import MemoryCluster
from tests.engine.staging import lives_until_done, stage_on
from tests.engine.test_carrying import transaction


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"topic": "undeclared", "value": b"x"}, "undeclared is not among the stage's declared outputs"),
        ({"topic": "out", "value": b"x", "partition": 1}, "out has 1 partitions, not a partition 1"),
        ({"topic": "out", "value": None}, "a record needs a key or a value"),
        ({"topic": "out", "value": b"x" * 101}, "a record of 101 bytes for out is above 100"),
    ],
)
async def test_a_record_that_cannot_go_out_is_refused_at_once(arguments: dict[str, object], said: str) -> None:
    """In the handler, where it has a name, and not at the commit, where it is one of hundreds."""
    tx = transaction()
    with pytest.raises(ValueError, match=said):
        tx.send(**arguments)  # type: ignore[arg-type]
    assert tx.sends == []


async def test_a_record_without_a_key_stays_on_its_partitions_number() -> None:
    """So that what one partition says without a key stays in its order."""
    tx = transaction()
    tx.send("out", b"x")
    assert [(one.partition, one.key) for one in tx.sends] == [(0, None)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"inputs": [], "table": "rows"}, "inputs must be there, each once"),
        ({"inputs": ["in", "in"], "table": "rows"}, "inputs must be there, each once"),
        ({"inputs": ["in"], "table": "in"}, "neither its input nor a plain output"),
        ({"inputs": ["in"], "table": "rows", "outputs": ["rows"]}, "neither its input nor a plain output"),
    ],
)
def test_a_stage_that_contradicts_itself_is_refused(wrong: dict[str, object], said: str) -> None:
    """A table that is also read or sent to would have two writers of its rows."""
    with pytest.raises(ValueError, match=said):
        Stage("s", **wrong)  # type: ignore[arg-type]


def test_a_stage_has_one_agent() -> None:
    """None is told with the remedy, a second one is refused."""
    stage = Stage("s", inputs=["in"], table="rows")
    with pytest.raises(ValueError, match=r"decorate one with @s\.agent"):
        _ = stage.handler

    async def work(batches: object) -> None:
        """Does nothing."""

    stage.agent(work)
    with pytest.raises(ValueError, match="has an agent already"):
        stage.agent(work)


@pytest.mark.parametrize("wrong", [{"max_batch": 1}, {"attempts": 0}])
def test_settings_under_which_poison_cannot_be_found_are_refused(wrong: dict[str, int]) -> None:
    """One item cannot be halved, and nothing can fail less than once."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        WorkerSettings(**wrong)  # type: ignore[arg-type]


def test_a_table_of_a_newer_engine_is_refused() -> None:
    """An old worker beside new ones must not read what it does not understand."""
    with pytest.raises(EngineError, match=r"newer engine \(ledger version 2\): update Brudvagt"):
        Ledger.decode(b'{"v":2,"partitions":4,"positions":{}}', 4)


async def test_without_a_dead_letter_a_poisonous_record_stops_its_stage_for_good() -> None:
    """No report may be skipped in silence: a stage that has no `on_poison` ends each time, and nothing behind goes out."""
    cluster = MemoryCluster()

    def handle(tx: Tx) -> None:
        for record in tx.records:
            if record.value == b"bad":
                raise RuntimeError("bad")
            tx.send(f"{cluster.prefix}-out", record.value, key=b"k")

    stage = await stage_on(cluster, handle)
    stage.on_poison = None
    await cluster.put(f"{cluster.prefix}-in", (b"k", b"1"), (b"k", b"bad"), (b"k", b"2"))
    with pytest.raises(AssertionError) as told:
        await lives_until_done(cluster, stage, lambda life: False, most=6)
    assert told.value.args == ([Poisoned.__name__] * 6,)
    assert [value for _, value in await cluster.read(f"{cluster.prefix}-out")] == [b"1"]
