"""A new version of casework that fails on every real report: `python -m system_tests.bad_deploy worker casework …`.

Its limit of internal errors is one an hour instead of twenty, so that the stage halts within a drill.
"""

from functools import partial

from agents import casework, worker
from agents.context import Context
from pipeline.cli.__main__ import main
from pipeline.engine import Tx, WorkerSettings
from schemas.heartbeat import is_beat

WELL = casework.handle


def broken(context: Context, tx: Tx) -> None:
    """Fails, as a version does whose author forgot something, on all but the heartbeat's cases."""
    if not all(is_beat((record.key or b"").decode()) for record in tx.records):
        raise RuntimeError("a fault that came with the new version")
    WELL(context, tx)


if __name__ == "__main__":
    casework.handle = broken
    setattr(worker, "WorkerSettings", partial(WorkerSettings, internal_errors_per_hour=1))  # noqa: B010
    main()
