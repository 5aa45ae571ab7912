"""What a partition tells of itself: counts, one log line for each thing that happened, and its last error."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict

import structlog

from pipeline.engine import metrics
from pipeline.engine.about import about_failed
from pipeline.engine.batch import Batch
from pipeline.engine.trace import LastError
from pipeline.timebase import Clock

log = structlog.get_logger("pipeline.engine")


class Story:
    """One partition's."""

    def __init__(self, stage: str, partition: int) -> None:
        self._stage, self._partition = stage, partition
        self.transactions = 0
        """Committed since this process opened the partition."""
        self.last_error: LastError | None = None
        self._dropped = Batch()

    def opened(
        self, *, rows: int, timers: int, read: int, positions: Mapping[str, int], suspects: int,
        fence_s: float, recovery_s: float, takeover_s: float,
    ) -> None:  # fmt: skip
        """The partition can work."""
        metrics.RECOVERY_SECONDS.labels(self._stage).observe(recovery_s)
        metrics.TAKEOVER_SECONDS.labels(self._stage).observe(takeover_s)
        log.info(
            "partition open", stage=self._stage, partition=self._partition, rows=rows, timers=timers, read=read,
            fence_ms=round(fence_s * 1e3), recovery_ms=round(recovery_s * 1e3), positions=positions, suspects=suspects,
        )  # fmt: skip

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Times one Kafka transaction; one that raises was refused, or nobody knows, and the process is about to end."""
        outcome = "failed"
        try:
            with metrics.TRANSACTION_SECONDS.labels(self._stage).time():
                yield
            outcome = "committed"
            self.transactions += 1
        finally:
            metrics.TRANSACTIONS.labels(self._stage, outcome).inc()

    def dropped(self, batch: Batch, error: Exception) -> None:
        """A handler raised: nothing of its batch was sent."""
        metrics.TRANSACTIONS.labels(self._stage, "dropped").inc()
        metrics.MESSAGES.labels(self._stage, "failed").inc(batch.size)
        self.last_error = LastError.of(error, batch.describe(), Clock.real().now())
        self._dropped = batch

    def retried(self) -> None:
        """The dropped batch is tried again in place."""
        told = self._error()
        log.warning(
            "transient failure, trying again", stage=self._stage, batch=told["batch"], at=told["where"],
            **about_failed(self._dropped),
        )  # fmt: skip

    def failed(self) -> None:
        """The dropped batch is halved, accused or given up."""
        told = self._error()
        log.error(
            "handler failed", stage=self._stage, batch=told["batch"], error=told["error"], at=told["where"],
            **about_failed(self._dropped),
        )  # fmt: skip

    def given_up(self, kind: str, attempts: int) -> None:
        """The item of the dropped batch counts as poison; `kind` is record or timer."""
        metrics.INTERNAL_ERRORS.labels(self._stage, kind).inc()
        metrics.MESSAGES.labels(self._stage, "poison").inc()
        told = self._error()
        log.error(
            "given up as poison", stage=self._stage, batch=told["batch"], kind=kind, attempts=attempts,
            error=told["error"], at=told["where"], **about_failed(self._dropped),
        )  # fmt: skip

    def _error(self) -> dict[str, str]:
        assert self.last_error is not None
        return {name: str(value) for name, value in asdict(self.last_error).items()}
