"""What a worker can be told: budgets, batch limits, poison limits, health address."""

from dataclasses import dataclass, field

from pipeline.engine.budgets import Budgets


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Settings of one worker process; the defaults are the measured ones of `docs/engine.md`."""

    budgets: Budgets = field(default_factory=Budgets)

    max_batch: int = 500
    """Records, due timers and completions in one transaction. 2,000 gains some throughput and costs latency."""

    concurrency: int = 8
    """Partitions of one stage that can be inside their agent at the same time: commits overlap, handlers do not."""

    effects: int = 32
    """Side effects of one partition that run at the same time; more wait their turn."""

    save_idle_s: float = 1.0
    """The position of batches without any effect is saved this often: it costs a transaction and gains little."""

    attempts: int = 3
    """How often an item may fail before it becomes poison: in its batch, alone, alone in a fresh process."""

    park_s: float = 300.0
    """A poisonous timer tries again after this long, real seconds: its clock must not be forgotten."""

    internal_errors_per_hour: int = 20
    """Poisonous records of one partition; more halt the stage, because a bad deploy would drain the topic."""

    health_host: str = "127.0.0.1"
    health_port: int | None = 0
    """0: a free port, which the log names. None: no health server (tests that run many workers)."""

    instance_id: str | None = None
    """Static membership: a restart within the session gets the same partitions without a rebalance."""

    def __post_init__(self) -> None:
        """Checks the ranges; raises ValueError."""
        if self.max_batch < 2:
            raise ValueError("max_batch must be at least 2: halving needs something to halve")
        if self.attempts < 1:
            raise ValueError("attempts must be at least 1")
