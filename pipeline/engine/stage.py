"""A stage: one agent, its input topics, its table, its outputs. A declaration; the worker brings it to life."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from pipeline.engine.ahead import Prepare
from pipeline.engine.poison import Poison
from pipeline.engine.timers import DueOf
from pipeline.engine.transaction import Tx
from pipeline.engine.upstream import Upstream

Agent = Callable[[AsyncIterator[Tx]], Awaitable[None]]
OnPoison = Callable[[Tx, Poison], None]


class Follower(Protocol):
    """Somebody who keeps figures of a stage's table: told when a partition's rows come into this process and leave it."""

    def opened(self, partition: int, table: Mapping[bytes, bytes]) -> None:
        """A partition is open with these rows."""
        ...

    def changed(self, partition: int, changes: Mapping[bytes, bytes | None]) -> None:
        """A transaction was committed; None is a row that is gone."""
        ...

    def closed(self, partition: int) -> None:
        """A partition was lost, or the process ends."""
        ...


class Stage:
    """One step of the pipeline, with a consumer group and transactional ids of its own."""

    def __init__(
        self,
        name: str,
        *,
        inputs: Sequence[str],
        table: str,
        outputs: Sequence[str] = (),
        due: DueOf | None = None,
        on_poison: OnPoison | None = None,
        keyed: bool = True,
        group: str | None = None,
        max_record_bytes: int = 1_000_000,
        packed: bool = False,
        upstream: Sequence[Upstream] = (),
        prepare: Prepare | None = None,
    ) -> None:
        """Declares a stage.

        `inputs` and `table` have equal partition counts; `table` is compacted and written by this stage alone.
        `due(key, value)` returns when a row wants attention (shown unix seconds) or None; it is pure.
        `on_poison(tx, poison)` replaces the handling of an item that failed the set number of times: it writes
        into an ordinary transaction (a dead letter, a row). Without it a poisonous record stops the stage.
        `keyed=False` is for tables whose rows do not live where their key hashes.
        `group` names the consumer group and the transactional ids, default `name`: two deployments on one cluster
        must differ in it, or they fence each other.
        `upstream` are the stages before this one, the first one first: after a take-over timers wait for them too.
        `prepare(key, value, due)` does ahead, while nothing else waits, what can be done for a timer of the next minute;
        the agent finds it with `Tx.prepared`. Pure: nothing of it is kept or committed.
        `packed` keeps the rows compressed in memory: for rows of some KB that resemble each other.
        `max_record_bytes` limits key and value of every row and every record sent; below the topics' `max.message.bytes`.
        """
        self.name = name
        self.inputs = tuple(inputs)
        self.table = table
        self.outputs = tuple(outputs)
        self.due = due
        self.on_poison = on_poison
        self.keyed = keyed
        self.group = group or name
        self.max_record_bytes = max_record_bytes
        self.packed = packed
        self.upstream = tuple(upstream)
        self.prepare = prepare
        self._agent: Agent | None = None
        self._tables: dict[int, Mapping[bytes, bytes]] = {}
        self._followers: list[Follower] = []
        if not self.inputs or len(set(self.inputs)) != len(self.inputs):
            raise ValueError(f"stage {name}: inputs must be there, each once")
        if table in self.inputs or table in self.outputs:
            raise ValueError(f"stage {name}: its table {table} can be neither its input nor a plain output")

    def agent(self, fun: Agent) -> Agent:
        """Declares the stage's agent: `async def work(batches)`, which loops for as long as the worker lives."""
        if self._agent is not None:
            raise ValueError(f"stage {self.name} has an agent already")
        self._agent = fun
        return fun

    @property
    def handler(self) -> Agent:
        """The declared agent; raises ValueError if there is none."""
        if self._agent is None:
            raise ValueError(f"stage {self.name} has no agent: decorate one with @{self.name}.agent")
        return self._agent

    @property
    def tables(self) -> Mapping[int, Mapping[bytes, bytes]]:
        """The committed tables of the partitions open in this process, read-only and live, by partition number."""
        return MappingProxyType(self._tables)

    def snapshot(self) -> dict[bytes, bytes]:
        """Returns a copy of every committed row open in this process; keys and values are shared, not copied."""
        rows: dict[bytes, bytes] = {}
        for table in self._tables.values():
            rows.update(table)
        return rows

    def opened(self, partition: int, table: Mapping[bytes, bytes]) -> None:
        """Shows a partition's table; called by the partition once it is rebuilt."""
        self._tables[partition] = MappingProxyType(table)
        for follower in self._followers:
            follower.opened(partition, self._tables[partition])

    def changed(self, partition: int, changes: Mapping[bytes, bytes | None]) -> None:
        """Passes on what a transaction changed; called once it is committed."""
        for follower in self._followers:
            follower.changed(partition, changes)

    def closed(self, partition: int) -> None:
        """Hides a partition's table; called when it is lost."""
        self._tables.pop(partition, None)
        for follower in self._followers:
            follower.closed(partition)

    def follow(self, follower: Follower) -> None:
        """Tells `follower` from now on. What it does with it must not fail and must not wait."""
        self._followers.append(follower)
