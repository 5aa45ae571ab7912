"""Own topics of municipalities that the setting does not name: nobody would read them, nor erase from them."""

from collections import defaultdict
from dataclasses import dataclass

from pipeline.kafka.admin import admin_client
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import TopicsError
from pipeline.kafka.topics import Topics
from pipeline.tenants.unhandled import unhandled


@dataclass(frozen=True, slots=True)
class Left:
    """A municipality that has topics and is not named, with the number of records on them that intake has not handled."""

    kommunekode: str
    topics: tuple[str, ...]
    unhandled: int

    def __str__(self) -> str:
        return (
            f"BRUDVAGT_TENANTS does not name {self.kommunekode}, and the cluster has {', '.join(self.topics)}: what is "
            f"sent there would be read by nobody ({self.unhandled} records are not handled yet), and what is erased would "
            f"stay there. Put {self.kommunekode} back: a municipality leaves by its rights, see docs/tenants.md."
        )


async def left(connection: Connection, topics: Topics) -> list[Left]:
    """Returns them by kommunekode; only topics that this user may know of. Raises TopicsError."""
    async with admin_client(connection) as client:
        there = sorted(await client.list_topics())
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in there:
        if (kommunekode := topics.tenant(name)) is not None and kommunekode not in topics.tenants:
            found[kommunekode].append(name)
    return [
        Left(kommunekode, tuple(names), await _waiting(connection, topics, kommunekode, names))
        for kommunekode, names in sorted(found.items())
    ]


async def _waiting(connection: Connection, topics: Topics, kommunekode: str, names: list[str]) -> int:
    own = topics.of(kommunekode)
    ingress = [name for name in (own.reports, own.actions) if name in names]
    return await unhandled(connection, topics, ingress) if ingress else 0


async def refuse_left(connection: Connection, topics: Topics) -> None:
    """Raises TopicsError, with a sentence for each municipality that has topics and is not named."""
    if found := await left(connection, topics):
        raise TopicsError("\n".join(map(str, found)))
