"""Every policy that a case runs under must be there: a stage whose installation lacks one does not open its partition.

Without it a due rung could not be told, and a new fact would have the case worked out under another law.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from agents.newer import RefusedRow
from pipeline.clock.policy import Policy
from pipeline.engine.timers import DueOf

_CLOCKS: Final = b'"clocks":['
_HASH: Final = b'"policy_hash":"'
"""Stands before the hash of each clock; a text cannot hold these characters unescaped, and a clock holds no list."""
_LENGTH: Final = 64


class LacksPolicy(RefusedRow):
    """A row names a policy that is in no file of this installation; the message says whose, which, and what to do."""


def governed(due: DueOf, policies: Sequence[Policy]) -> DueOf:
    """Returns `due` with a look at the row's policies; it raises LacksPolicy. Every row passes here, in bytes."""
    known = {policy.hash.encode() for policy in policies}

    def checked(key: bytes, value: bytes) -> float | None:
        at = due(key, value)
        for found in _hashes(value):
            if found not in known:
                raise LacksPolicy(
                    f"the row of {key.decode('utf-8', 'replace')} runs under the policy with hash "
                    f"{found[:12].decode('ascii', 'replace')}, which no file in policies/ has: put the released file back "
                    "(a release is added to, never changed or removed); nothing was changed"
                )
        return at

    return checked


def _hashes(row: bytes) -> Iterator[bytes]:
    begin = row.find(_CLOCKS)
    end = row.find(b"]", begin) if begin >= 0 else 0  # the clocks stand near the head: the long rest is not looked at
    at = row.find(_HASH, begin, end)
    while at >= 0:
        at += len(_HASH)
        yield row[at : at + _LENGTH]
        at = row.find(_HASH, at, end)
