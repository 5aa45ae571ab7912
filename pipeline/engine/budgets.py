"""Time budgets: every wait of the engine has one, and they are checked against one another at start.

All are real seconds, whatever the shown clock does.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

BROKER_TRANSACTION_MAX_S: Final = 60.0
"""`transaction.max.timeout.ms` of the design; a longer transaction time-out is refused by the broker."""

CANCEL_S: Final = 1.0
"""A cancelled task may take so long to notice: one that swallows its cancellation must not hold up a take-over."""

_CLOSED: Final = 4
"""What a partition's close waits for with `close_s` each, once its batch has ended: see `Partition.close`."""

_BELOW: Final = (
    ("transient_s", "rebalance_s", "a retry would outlive a rebalance"),
    ("transient_s", "work_s", "the watchdog would end a retry that may succeed"),
    ("commit_s", "work_s", "the watchdog would end a commit that may succeed"),
    ("rebalance_s", "held_s", "the watchdog would end a worker in every slow rebalance"),
    ("session_s", "blocked_s", "the watchdog would end a worker that its group still counts on"),
    ("farewell_s", "session_s", "whoever waits for a goodbye would be quicker without it"),
    ("rebalance_s", "start_s", "a worker that joins would end before the others have finished their batches"),
    ("agents_s", "start_s", "a start that asks nobody would be waited for longer than one that waits for Kafka"),
    ("close_s", "grace_s", "one client that does not close would spend the grace of a clean stop"),
)
"""What else must stand in which order, and the failure when it does not."""


class BudgetError(ValueError):
    """The budgets contradict one another; the message names the pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """How long the engine waits for what. `session < rebalance < commit < transaction`, or BudgetError."""

    heartbeat_s: float = 0.5
    """Three may be lost in a session, so that one late packet does not cost a rebalance. A member learns of a rebalance
    with its next heartbeat, and so long do the partitions of one that left stand still: at 1 s a rolling restart stopped
    a partition for up to 1.7 s."""

    session_s: float = 8.0
    """A dead worker's partitions stand still this long, and its open transaction holds back their readers."""

    rebalance_s: float = 20.0
    """How long the others wait for a member that is finishing its batch; above the session, or the wait never ends
    by the member's death but by this."""

    commit_s: float = 25.0
    """A commit that takes longer ends the process. Above `rebalance_s`: a broker frozen for 20 s must pass without
    an exit; below `transaction_s`: we must give up before the broker aborts what we believe open."""

    transaction_s: float = 30.0
    """The broker aborts a transaction that nobody ends after this; `read_committed` readers wait so long at most."""

    work_s: float = 60.0
    """An agent that holds a batch longer is stuck (a handler does no I/O): exit, so that another owner may try."""

    held_s: float = 60.0
    """A partition held for a rebalance that never ends would stop its clocks in silence: exit."""

    overdue_s: float = 60.0
    """Overdue timers wait at most so long for the inputs to be read after a take-over: a late alarm beats a
    needless one, but only so far."""

    transient_s: float = 15.0
    """Retries of one batch in place; below `rebalance_s`, so that a retry never outlives a rebalance."""

    effect_s: float = 60.0
    """One side effect after a commit; then it is cancelled and comes back as a TimeoutError."""

    grace_s: float = 10.0
    """TERM to exit: work in flight ends, side effects may finish for half of it; then exit 70. Kubernetes kills
    after 30 s."""

    close_s: float = 5.0
    """Closing one Kafka client. It only says goodbye, the fence does not depend on it."""

    closing_s: float = 60.0
    """A partition that comes back waits so long for its own close; longer means that the close hangs, and the clocks of
    the partition with it: exit. Above what a close may take: the batch under way (`commit_s`), side effects that swallow
    their cancellation (1 s), its task, the question to the stages before, the reader and the producer (`close_s` each)."""

    farewell_s: float = 2.0
    """The fatal path leaves the group if that is quick; it never waits on a producer, which may be what hangs."""

    blocked_s: float = 45.0
    """The event loop did not turn for so long: a handler computes without end, or the process was suspended."""

    start_s: float = 60.0
    """Joining the group and opening the first clients; longer means that Kafka is not there. Above `rebalance_s`: so long the
    group may wait for a member that finishes its batch."""

    agents_s: float = 20.0
    """Starting Faust's agents and the health server: 0.1 s, and nothing of it asks Kafka or another machine. One that
    waits waits for what is switched off, and without an end it would be a worker that runs and owns nothing."""

    def __post_init__(self) -> None:
        """Checks the order of the budgets; raises BudgetError."""
        chain = [
            ("3 x heartbeat_s", 3 * self.heartbeat_s),
            ("session_s", self.session_s),
            ("rebalance_s", self.rebalance_s),
            ("commit_s", self.commit_s),
            ("transaction_s", self.transaction_s),
        ]
        for (low_name, low), (high_name, high) in pairwise(chain):
            if not low < high:
                raise BudgetError(f"{low_name} ({low:g} s) must be below {high_name} ({high:g} s)")
        if self.transaction_s > BROKER_TRANSACTION_MAX_S:
            raise BudgetError(f"transaction_s ({self.transaction_s:g} s) is above the broker's maximum of 60 s")
        if not (closed_s := self.commit_s + CANCEL_S + _CLOSED * self.close_s) < self.closing_s:
            raise BudgetError(
                f"closing_s ({self.closing_s:g} s) must be above commit_s + {CANCEL_S:g} s + {_CLOSED} x close_s "
                f"({closed_s:g} s): who waits for a close would give it up before its own budgets do"
            )
        for low_name, high_name, otherwise in _BELOW:
            if not getattr(self, low_name) < getattr(self, high_name):
                raise BudgetError(f"{low_name} must be below {high_name}: {otherwise}")
