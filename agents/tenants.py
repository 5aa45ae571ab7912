"""What a municipality with topics of its own gets there, in the transaction of the platform's: its rows, its receipts.

Same transaction, same partition, same bytes, same headers: either both topics have it, or neither.
"""

from pipeline.engine import Tx
from pipeline.kafka.topics import Topics
from schemas.receipt import Receipt


def case_topics(topics: Topics) -> tuple[str, ...]:
    """Returns the topics that rows are copied to."""
    return tuple(own.cases for own in topics.own)


def receipt_topics(topics: Topics) -> tuple[str, ...]:
    """Returns every topic that receipts are written to, the platform's first."""
    return (topics.receipts, *(own.receipts for own in topics.own))


def answer(topics: Topics, tx: Tx, receipt: Receipt, key: bytes) -> None:
    """Sends a receipt; the municipality by whose own topic the record came gets a copy on its own."""
    value = receipt.encode()
    tx.send(topics.receipts, value, key=key)
    if receipt.tenant is not None and receipt.tenant in topics.tenants:
        tx.send(topics.of(receipt.tenant).receipts, value, key=key)


def copy_rows(topics: Topics, tx: Tx) -> None:
    """Sends every row of casework's table that this transaction changes to its municipality's own topic, deletions too.

    By the key, which begins with the kommunekode, and once at the end: no way of changing a row can forget it.
    """
    if not topics.tenants:
        return
    wanted = {kommunekode.encode(): topics.of(kommunekode).cases for kommunekode in topics.tenants}
    for key, value in tx.table.changes.items():
        if (topic := wanted.get(key[:3])) is not None:
            tx.send(topic, value, key=key, partition=tx.partition, headers=tx.table.row_headers.get(key, ()))
