"""The heart: the order in which one Kafka transaction is written."""

import asyncio
import itertools
from collections.abc import Awaitable, Mapping, Sequence

from pipeline.engine.port import Outbox
from pipeline.engine.record import Cells, Headers, Row, Send

Grouped = Mapping[tuple[str, int], Sequence[Cells]]
"""Rows by topic and partition."""


def table_rows(changes: Mapping[bytes, bytes | None], headers: Mapping[bytes, Headers] | None = None) -> list[Cells]:
    """Returns a table's changes as rows, with the headers of those that have any; None is a tombstone."""
    if headers:
        return [(key, value, headers.get(key, ())) for key, value in changes.items()]
    return list(zip(changes.keys(), changes.values(), itertools.repeat(()), strict=False))


def gather_rows(
    table: tuple[str, int], rows: Sequence[Cells], sends: Sequence[Send]
) -> dict[tuple[str, int], list[Cells]]:
    """Groups a transaction's rows by topic and partition, the table's first; order within each is kept."""
    grouped: dict[tuple[str, int], list[Cells]] = {}
    if rows:
        grouped[table] = list(rows)
    for send in sends:
        grouped.setdefault((send.topic, send.partition), []).append(Row(send.key, send.value, send.headers))
    return grouped


async def write_transaction(outbox: Outbox, rows: Grouped) -> None:
    """Writes one transaction: begin, produce, await every acknowledgement, end.

    The end comes only after every acknowledgement has been looked at: aiokafka 0.14 commits a transaction over a
    failed batch without an error. The input positions are one of the table's rows, so nothing is left that could be
    committed beside them.
    """
    await outbox.begin()
    pending: list[Awaitable[object]] = []
    for (topic, partition), batch in rows.items():
        pending.extend(await outbox.produce(topic, partition, batch))
    for outcome in await asyncio.gather(*pending, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
    await outbox.commit()
