"""Dead letters: position, code and digest on the open topic; the original bytes on the restricted one."""

import base64
from datetime import datetime
from functools import partial

import orjson
import structlog

from agents.context import Context
from pipeline import metrics
from pipeline.cases.identity import NotAReference, read
from pipeline.engine import Record, Tx
from pipeline.gate.codes import ErrorCode, problem
from pipeline.gate.gate import Refused
from pipeline.privacy.digest import keyed_digest
from schemas.deadletter import DeadLetter

log = structlog.get_logger("agents")


def bury_internal(context: Context, tx: Tx, record: Record, stage: str, error: Exception) -> None:
    """Writes the open half for one of our own records that our own code cannot handle; its bytes stay on its topic."""
    letter = DeadLetter(
        stage=stage,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        received_at=context.received_at(record.timestamp_ms),
        digest=keyed_digest(context.digest_key, record.value or b""),
        bytes=len(record.value or b""),
        problems=(problem(ErrorCode.INTERNAL_ERROR),),
        reference=_case_of(record),
    )
    tx.send(context.topics.deadletters, letter.encode(), key=record.position.encode())
    tx.note(partial(_told, stage, record.position, type(error).__name__))


def _case_of(record: Record) -> str | None:
    """Returns the case that one of our own records is about: its key, unless that is a producer's tally."""
    try:
        return read((record.key or b"").decode("ascii", "replace"))
    except NotAReference:
        return None


def _told(stage: str, position: str, error: str) -> None:
    metrics.DEAD_LETTERS.labels(stage, ErrorCode.INTERNAL_ERROR).inc()
    log.critical("a record could not be handled", stage=stage, position=position, error=error)


def bury(
    context: Context,
    tx: Tx,
    record: Record,
    stage: str,
    received_at: datetime,
    digest: str,
    refused: Refused,
    references: tuple[str, ...] = (),
) -> None:
    """Writes both halves of a dead letter. The restricted half keeps bytes and headers so that a replay is possible."""
    seen, position = refused.legible, record.position.encode()
    letter = DeadLetter(
        stage=stage,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        received_at=received_at,
        digest=digest,
        bytes=len(record.value or b""),
        problems=refused.problems,
        source=seen.source,
        event_type=seen.event_type,
        municipality=seen.municipality,
        reference=references[0] if references else None,
    )
    raw = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "headers": [[name, base64.b64encode(value).decode()] for name, value in record.headers],
        "value": None if record.value is None else base64.b64encode(record.value).decode(),
        "reference": letter.reference,
    }
    tx.send(context.topics.deadletters, letter.encode(), key=position)
    tx.send(context.topics.deadletters_raw, orjson.dumps(raw), key=position)
    for found in refused.problems[:1]:
        tx.note(metrics.DEAD_LETTERS.labels(stage, found.code).inc)
    tx.note(partial(metrics.rejected, seen.source, [(found.code, found.path) for found in refused.problems]))
