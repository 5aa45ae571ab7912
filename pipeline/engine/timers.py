"""Timers: a heap of due times that is a function of the table's values, so that it survives any restart.

A timer is never set by hand: `due(key, value)` says when a row wants attention. Times are shown unix seconds.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence

DueOf = Callable[[bytes, bytes], float | None]


class Timers:
    """The armed timers of one partition."""

    __slots__ = ("_armed", "_due_of", "_heap", "_near")

    def __init__(self, due_of: DueOf | None) -> None:
        self._due_of = due_of
        self._armed: dict[bytes, float] = {}
        self._heap: list[tuple[float, bytes]] = []
        self._near: list[tuple[float, bytes]] = []  # a heap too: what `approaching` has given out

    def __len__(self) -> int:
        return len(self._armed)

    def due_of(self, key: bytes, value: bytes | None) -> float | None:
        """Returns when a row is due; None for never, for a deleted row and for a stage without timers."""
        if value is None or self._due_of is None:
            return None
        return self._due_of(key, value)

    def load(self, armed: dict[bytes, float]) -> None:
        """Arms keys with their due times, and no others."""
        self._armed = armed
        self._heap, self._near = [(due, key) for key, due in armed.items()], []
        heapq.heapify(self._heap)

    def committed(self, key: bytes, value: bytes | None) -> None:
        """Arms, moves or disarms the timer of a row that was just committed."""
        self.arm(key, self.due_of(key, value))

    def arm(self, key: bytes, due: float | None) -> None:
        """Sets the time of one key; None disarms. The old entry stays in the heap and is skipped when it comes up."""
        if due is None:
            self._armed.pop(key, None)
        elif self._armed.get(key) != due:
            self._armed[key] = due
            heapq.heappush(self._heap, (due, key))

    def due_at(self, key: bytes) -> float | None:
        """Returns when the key's timer is due, None if it has none."""
        return self._armed.get(key)

    def next_due(self) -> float | None:
        """Returns the time of the earliest live timer; drops dead entries on the way."""
        while heap := self._earliest():
            due, key = heap[0]
            if self._armed.get(key) == due:
                return due
            heapq.heappop(heap)
        return None

    def approaching(self, until: float, limit: int) -> list[bytes]:
        """Returns at most `limit` keys that are due at `until` or before and that it has not given out yet.

        They stay where they are: armed, and taken when they are due.
        """
        found: list[bytes] = []
        while self._heap and self._heap[0][0] <= until and len(found) < limit:
            one = heapq.heappop(self._heap)
            if self._armed.get(one[1]) == one[0]:
                heapq.heappush(self._near, one)
                found.append(one[1])
        return found

    def take(self, now: float, limit: int) -> list[bytes]:
        """Returns at most `limit` keys that are due at `now`, each once, earliest first.

        A taken key leaves the heap but stays armed until its handling is committed: see `put_back` and `committed`.
        A timer that moved away and back stands twice in the heap; it is taken once.
        """
        taken: dict[bytes, None] = {}
        while len(taken) < limit and (heap := self._earliest()) and heap[0][0] <= now:
            due, key = heapq.heappop(heap)
            if self._armed.get(key) == due:
                taken[key] = None
        return list(taken)

    def _earliest(self) -> list[tuple[float, bytes]]:
        """Returns the heap whose first entry comes first; an empty one when both are."""
        if self._near and (not self._heap or self._near[0] <= self._heap[0]):
            return self._near
        return self._heap

    def put_back(self, key: bytes, at: float) -> None:
        """Arms a taken key again at `at`, even if that is the time it had."""
        self._armed[key] = at
        heapq.heappush(self._heap, (at, key))

    def after_commit(
        self,
        changes: Mapping[bytes, bytes | None],
        taken: Sequence[bytes],
        parked: Callable[[bytes], bool],
        again_at: float,
    ) -> int:
        """Takes committed changes; returns how many taken timers their handler left unmoved.

        Those come again at `again_at`, a real second later: at once would be a loop without end. Parked ones keep
        the time that their parking gives them.
        """
        if self._due_of is None:
            return 0  # no row of such a stage is ever due: nothing was taken, nothing is to be armed
        before = {key: self._armed.get(key) for key in taken}
        for key, value in changes.items():
            self.committed(key, value)
        # Also a row that was rewritten with the time it had: its heap entry is gone, nobody would wake it again.
        unmoved = [key for key in taken if key in self._armed and self._armed[key] == before[key] and not parked(key)]
        for key in unmoved:
            self.put_back(key, again_at)
        return len(unmoved)
