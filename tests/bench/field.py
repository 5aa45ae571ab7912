"""Who runs: one entry for each contender, with what its guarantee is worth and how its state lies in Kafka."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from tests.bench.work import Row

Decode = Callable[[bytes, bytes], tuple[bytes, Row] | None]
"""From a changelog record's key and value to the case's key and row; None for records that are no rows."""


def plain(key: bytes, value: bytes) -> tuple[bytes, Row] | None:
    """Reads a row stored as it is; keys that start with byte 0 are the engine's own."""
    return None if key[:1] == b"\0" else (key, orjson.loads(value))


def of_quix(key: bytes, value: bytes) -> tuple[bytes, Row] | None:
    """Reads a row of Quix Streams' store: the record's key, a bar, the name of the value."""
    case, _, _ = key.partition(b"|")
    return case, orjson.loads(value)


@dataclass(frozen=True)
class Contender:
    """One contender: its module below `tests.bench.contenders`, its environment, its changelog's name and its share."""

    name: str
    title: str
    module: str
    promise: str
    environment: str | None = None
    packages: tuple[str, ...] = ("aiokafka",)
    changelog: str = "{prefix}-cases"
    makes_changelog: bool = False
    decode: Decode = plain
    share: float = 1.0
    """Of the round's reports: a contender that needs a minute for all of them gets fewer."""
    edge: str = ""
    """What it has that explains a figure better than the engine's, where it has one."""

    def changelog_of(self, prefix: str, reports: str) -> str:
        """Returns the topic that holds its state."""
        return self.changelog.format(prefix=prefix, reports=reports)


ENGINE = Contender(
    "engine", "Brudvagt's engine", "engine", "exactly once, fenced, state read back, timers",
    packages=("faust-streaming", "aiokafka"),
)  # fmt: skip
PLAIN_LOOP = Contender(
    "aiokafka", "aiokafka loop", "aiokafka_loop", "at least once, state lost at restart",
    edge="it has no transaction to begin and end, checks no key and keeps no position of its own",
)  # fmt: skip

FIELD = (
    ENGINE,
    Contender(
        "faust", "stock Faust agent", "faust_agent", "loses records when a handler fails",
        packages=("faust-streaming", "aiokafka"), changelog="{prefix}-cases-changelog", share=0.2,
        edge="it sends each alert at once and commits the offsets seconds later: no transaction to wait for",
    ),
    PLAIN_LOOP,
    Contender(
        "aiokafka-tx", "aiokafka loop, transactions", "aiokafka_transactions",
        "exactly once while nobody else joins, state lost at restart",
        edge="one transaction for all four partitions, no check of keys, no position of its own, no tables to look after",
    ),
    Contender(
        "confluent-tx", "confluent-kafka, transactions", "confluent_transactions", "exactly once, state lost at restart",
        environment="confluent", packages=("confluent-kafka",),
        edge="librdkafka fetches, batches and checks sums in C on threads of its own, beside the Python thread",
    ),
    Contender(
        "quix", "Quix Streams, exactly once", "quix", "exactly once, state read back",
        environment="quixstreams", packages=("quixstreams", "confluent-kafka"),
        changelog="changelog__{prefix}--{reports}--default", makes_changelog=True, decode=of_quix, share=0.4,
        edge="librdkafka does the network in C; one checkpoint holds a second's work",
    ),
)  # fmt: skip
"""In the order of the tables; every round runs all of them in it."""
