"""Acts on their way in: the page sends the event that a DPO's own tool would send, and waits a little for its receipt."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Protocol

from pydantic import JsonValue

from pipeline.kafka.connection import Connection
from pipeline.kafka.reading import Tail
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import Position, send
from pipeline.kafka.topics import Topics
from pipeline.tracing.context import Trace
from pipeline.web.caselog import OUTAGES, KafkaUnreachable
from schemas.actions import PREFIX
from schemas.receipt import Receipt
from schemas.reports import VERSION

SOURCE = "/brudvagt/page"
CONTENT_TYPE = ("content-type", b"application/cloudevents+json")
SEND_BUDGET_S = 10.0
RECEIPT_BUDGET_S = 4.0
"""A receipt comes within tens of milliseconds; a person with a phone waits a few seconds, not more."""


class ActIntake(Protocol):
    """Where acts go."""

    async def submit(self, event: bytes, trace: Trace) -> Receipt | None:
        """Sends the act as the beginning of `trace`.

        Returns the receipt, or None if the broker has the event and no receipt came within a few seconds.
        Raises KafkaUnreachable when the broker has not acknowledged it: then nothing may be claimed.
        """


def event(act: str, reference: str, municipality: str, data: Mapping[str, JsonValue], form_id: str) -> bytes:
    """Returns an act as a structured CloudEvent. `form_id` is the filled-in form's own: the same form sent twice with
    the same content has the same id, so that the second is a duplicate and not another act.
    """
    kind = PREFIX + act
    body: dict[str, JsonValue] = {"reference": reference, **{k: v for k, v in data.items() if v is not None}}
    identity = json.dumps([form_id, kind, body], ensure_ascii=False, sort_keys=True)
    envelope: dict[str, JsonValue] = {
        "specversion": "1.0",
        "id": hashlib.sha256(identity.encode()).hexdigest()[:32],
        "source": SOURCE,
        "type": kind,
        "dataschema": f"urn:brudvagt:schema:{kind}:{VERSION}",
        "municipality": municipality,
        "data": body,
    }
    return json.dumps(envelope, ensure_ascii=False).encode()


class KafkaIntake:
    """The real ActIntake: one producer and one reader for each act, since a page sees a few acts a day."""

    def __init__(
        self,
        connection: Connection,
        topics: Topics,
        *,
        send_budget_s: float = SEND_BUDGET_S,
        receipt_budget_s: float = RECEIPT_BUDGET_S,
    ) -> None:
        """Names the cluster and the topics; the budgets are real seconds."""
        self._connection, self._topics = connection, topics
        self._send_budget_s, self._receipt_budget_s = send_budget_s, receipt_budget_s
        self._late: set[asyncio.Task[Receipt | None]] = set()

    async def submit(self, event: bytes, trace: Trace) -> Receipt | None:
        """Sends the act and waits for its receipt. Raises KafkaUnreachable."""
        task = asyncio.create_task(self._submit(event, trace))
        # Clients of a broker that is gone take up to their request time-out to close: the reader is not made to wait.
        self._late.add(task)
        task.add_done_callback(self._forget)
        try:
            return await asyncio.wait_for(asyncio.shield(task), self._send_budget_s + self._receipt_budget_s)
        except OUTAGES as error:
            raise KafkaUnreachable from error

    def _forget(self, task: asyncio.Task[Receipt | None]) -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()  # told to the reader already, or too late to tell

    async def _submit(self, event: bytes, trace: Trace) -> Receipt | None:
        topics = self._topics
        async with Tail(self._connection, [topics.receipts]) as tail:
            async with asyncio.timeout(self._send_budget_s):
                act = Outgoing(topics.actions, event, headers=[CONTENT_TYPE, *trace.headers])
                (position,) = await send(self._connection, [act])
            try:
                async with asyncio.timeout(self._receipt_budget_s):
                    return await _receipt(tail, position)
            except OUTAGES:
                return None  # the broker has it: that much is true whatever became of the reader


async def _receipt(tail: Tail, position: Position) -> Receipt:
    while True:
        for seen in await tail.more():
            receipt = Receipt.model_validate_json(seen.value or b"")
            if (receipt.topic, receipt.partition, receipt.offset) == position:
                return receipt
