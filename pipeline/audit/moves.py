"""Deadlines that came to lie later from one version of a case to the next."""

from collections.abc import Iterator

from schemas.case import CaseRecord, LegalClock

Move = tuple[LegalClock, LegalClock]
"""A clock before and after."""


def moves_later(before: CaseRecord, after: CaseRecord) -> Iterator[Move]:
    """Yields the clocks whose deadline is later in `after`. The one towards Datatilsynet is known by its first place, for its
    policy may be chosen anew; any other by its policy.
    """
    others = {clock.policy: clock for clock in before.clocks[1:]}
    pairs = [*zip(before.clocks[:1], after.clocks[:1], strict=False)]
    pairs += [(others[clock.policy], clock) for clock in after.clocks[1:] if clock.policy in others]
    yield from (pair for pair in pairs if pair[1].deadline_at > pair[0].deadline_at)
