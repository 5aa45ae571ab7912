"""Intake: every ingress record gets one outcome. Admitted ones become facts; rejected reports open a case too."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Literal

from agents.batches import told
from agents.context import Context
from agents.deadletters import bury
from agents.following import following, trace_of
from agents.origins import traced
from agents.tenants import answer, receipt_topics
from pipeline import metrics
from pipeline.cases.admission import At, facts_of, rejected_report
from pipeline.cases.tally import tally_reference
from pipeline.engine import Poison, Record, Stage, Tx
from pipeline.gate.codes import ErrorCode, problem
from pipeline.gate.gate import Admitted, Legible, Refused, admit
from pipeline.kafka.replays import original_of, senders_headers
from pipeline.privacy.digest import keyed_digest
from pipeline.tracing.context import Trace, read
from schemas.receipt import IngressOutcome, Problem, Receipt

Accepts = Literal["reports", "actions"]
Headers = Sequence[tuple[str, bytes]]
MAX_RECORD_BYTES = 1_900_000  # an ingress record of 1 MiB with its envelope, on the restricted topic


def intake(context: Context) -> Stage:
    """Returns the stage that reads what form systems and people send."""
    topics = context.topics
    stage = Stage(
        "intake",
        group=f"{topics.prefix}.intake",
        inputs=topics.ingress,
        table=topics.intake,
        outputs=[topics.facts, *receipt_topics(topics), topics.deadletters, topics.deadletters_raw],
        keyed=False,
        on_poison=lambda tx, poison: unprocessable(context, tx, poison),
        max_record_bytes=MAX_RECORD_BYTES,
    )

    @stage.agent
    async def work(batches: AsyncIterator[Tx]) -> None:
        async for batch in told("intake", batches):
            async with batch as tx:
                for record in tx.records:
                    take(context, tx, record)

    return stage


def take(context: Context, tx: Tx, record: Record) -> None:
    """Gives one ingress record its outcome."""
    at, headers, accepts = where(context, record)
    result = admit(record.value, headers, accepts=accepts, tenant=at.tenant)
    with following(tx, "intake", [_trace(result, record)]) as step:
        step.outcome = _settle(context, tx, record, at, result, step.trace, opens_case=accepts == "reports")


def _trace(result: Admitted | Refused, record: Record) -> Trace | None:
    """Returns the trace that a sender began: the event's own, else its Kafka header's."""
    said = result.envelope.traceparent if isinstance(result, Admitted) else result.legible.traceparent
    return read(said) or trace_of(record)


def _settle(
    context: Context, tx: Tx, record: Record, at: At, result: Admitted | Refused, trace: Trace, *, opens_case: bool
) -> Literal["admitted", "rejected"]:
    if isinstance(result, Admitted):
        facts = facts_of(result, at, context.plans)
        if not isinstance(facts, Problem):
            for fact in facts:
                tx.send(context.topics.facts, traced(fact, trace).encode(), key=fact.case_id.encode())
            return "admitted"
        envelope = result.envelope
        legible = Legible(envelope.source, envelope.id, envelope.type, envelope.municipality, envelope.correlationid)
        result = Refused(legible, (facts,))
    reject(context, tx, record, at, result, trace, opens_case=opens_case)
    return "rejected"


def where(context: Context, record: Record) -> tuple[At, Headers, Accepts]:
    """Returns where a record counts as having stood and since when, its sender's headers, and what it may be.

    A replay keeps the time of the original: nothing that an operator mends moves a clock. It keeps its municipality too,
    if the original came by that one's own topic.
    """
    topics, headers = context.topics, senders_headers(record.headers)
    topic, timestamp_ms, reference = record.topic, record.timestamp_ms, None
    if record.topic == topics.replays and (original := original_of(record.headers)) is not None:
        topic, timestamp_ms, reference = original.topic, original.timestamp_ms, original.reference
    received_at, tenant = context.received_at(timestamp_ms), topics.tenant(topic)
    at = At(record.topic, record.partition, record.offset, received_at, reference, tenant)
    return at, headers, "actions" if topics.takes_acts(topic) else "reports"


def reject(
    context: Context, tx: Tx, record: Record, at: At, refused: Refused, trace: Trace, *, opens_case: bool
) -> None:
    """Buries a record, tells its sender why, and, if it was a report, lets its clock run.

    On a municipality's own topic it is that one's, whatever it claims: the right to write there is the better witness.
    """
    digest = keyed_digest(context.digest_key, record.value or b"")
    if at.tenant is not None:
        refused = replace(refused, legible=replace(refused.legible, municipality=at.tenant))
    seen = refused.legible
    references: tuple[str, ...] = ()
    if opens_case:
        fact = traced(rejected_report(refused, at, digest), trace)
        references = (fact.case_id,)
        key = tally_reference(fact.municipality, fact.sender)
        tx.send(context.topics.facts, fact.encode(), key=key.encode())
    bury(context, tx, record, "intake", at.received_at, digest, refused, references)
    receipt = Receipt(
        outcome=IngressOutcome.REJECTED,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        received_at=at.received_at,
        source=seen.source,
        event_id=seen.event_id,
        event_type=seen.event_type,
        municipality=seen.municipality,
        references=references,
        problems=refused.problems,
        tenant=at.tenant,
    )
    tx.note(metrics.OUTCOMES.labels(IngressOutcome.REJECTED).inc)
    key = f"{seen.source}#{seen.event_id}" if seen.source and seen.event_id else record.position
    answer(context.topics, tx, receipt, key.encode())


def unprocessable(context: Context, tx: Tx, poison: Poison) -> None:
    """A record that our own code could not handle: nothing is lost, its case opens, operations see the dead letter."""
    record = poison.record
    if record is None:
        raise poison.error  # intake has no timers
    at, _headers, accepts = where(context, record)
    refused = Refused(Legible(None, None, None, None, None), (problem(ErrorCode.INTERNAL_ERROR, ""),))
    with following(tx, "intake", [trace_of(record)]) as step:
        step.outcome = "unprocessable"
        reject(context, tx, record, at, refused, step.trace, opens_case=accepts == "reports")
