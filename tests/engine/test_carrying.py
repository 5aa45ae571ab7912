"""Headers that a transaction hands on, and the context in which its notes are said."""

import asyncio
from contextvars import ContextVar

from pipeline.engine.batch import Batch
from pipeline.engine.commit import gather_rows, table_rows
from pipeline.engine.record import Headers
from pipeline.engine.table import TableRules, TxTable
from pipeline.engine.timers import Timers
from pipeline.engine.transaction import DueKeys, Outputs, Tx

ONE: Headers = (("traceparent", b"one"),)
TWO: Headers = (("traceparent", b"two"),)
spoken: ContextVar[str] = ContextVar("spoken", default="nothing")


def transaction() -> Tx:
    """Returns a transaction on a table with the rows `a` and `b` whose commit is quick."""
    table = TxTable({b"a": b"0", b"b": b"0"}, TableRules("table", 0, 1, keyed=False, max_record_bytes=100))

    async def commit(tx: Tx) -> None:
        await asyncio.sleep(0)

    return Tx(Batch(), table, DueKeys((), table, Timers(None), 0.0), Outputs({"out": 1}, 0, 100), commit)


async def test_rows_and_sends_carry_the_headers_of_their_moment() -> None:
    """Each has those that were named last before it; its own come first; what was written without has none."""
    tx = transaction()
    tx.send("out", b"0", key=b"k")
    tx.table[b"plain"] = b"1"
    tx.carry(ONE)
    tx.table[b"a"] = b"1"
    tx.send("out", b"1", key=b"k")
    tx.send("out", b"own", key=b"k", headers=[("kind", b"own")])
    tx.carry(TWO)
    del tx.table[b"b"]
    tx.send("out", b"2", key=b"k")
    tx.carry(())
    tx.send("out", b"3", key=b"k")
    written = gather_rows(("table", 0), table_rows(tx.table.changes, tx.table.row_headers), tx.sends)
    assert written["table", 0] == [(b"plain", b"1", ()), (b"a", b"1", ONE), (b"b", None, TWO)]
    assert [(row[1], row[2]) for row in written["out", 0]] == [
        (b"0", ()),
        (b"1", ONE),
        (b"own", (("kind", b"own"),)),
        (b"2", TWO),
        (b"3", ()),
    ]


async def test_a_row_written_again_carries_the_later_headers() -> None:
    """It is one record, and the last writer's."""
    tx = transaction()
    for headers, value in ((ONE, b"1"), (TWO, b"2")):
        tx.carry(headers)
        tx.table[b"a"] = value
    assert table_rows(tx.table.changes, tx.table.row_headers) == [(b"a", b"2", TWO)]


async def test_a_note_is_said_in_the_context_in_which_it_was_made() -> None:
    """After the commit, when the agent is long elsewhere, a log line still has what was bound then."""
    heard: list[str] = []
    async with transaction() as tx:
        for name in ("first", "second"):
            spoken.set(name)
            tx.note(lambda: heard.append(spoken.get()))
        spoken.set("elsewhere")
    assert heard == ["first", "second"]
