"""What every partition of a stage shares, and where a partition is in its life."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.engine.port import Port
from pipeline.engine.settings import WorkerSettings
from pipeline.engine.stage import Stage
from pipeline.engine.table import TableRules
from pipeline.engine.transaction import Outputs, Tx
from pipeline.timebase import Clock


class State(StrEnum):
    """Where a partition is in its life."""

    OPENING = "opening"
    WORKING = "working"
    HELD = "held"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every partition of a stage shares. `deliver` hands a transaction to the stage's agent."""

    stage: Stage
    port: Port
    clock: Clock
    settings: WorkerSettings
    partitions: int
    output_counts: Mapping[str, int]
    deliver: Callable[[Tx], Awaitable[None]]

    def table_rules(self, partition: int) -> TableRules:
        """Returns what may be written into the table of one partition."""
        stage = self.stage
        return TableRules(stage.table, partition, self.partitions, stage.keyed, stage.max_record_bytes)

    def outputs(self, partition: int) -> Outputs:
        """Returns where one partition may send."""
        return Outputs(self.output_counts, partition, self.stage.max_record_bytes)
