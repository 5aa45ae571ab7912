"""How long each topic keeps its records, asked of the brokers: an operator may have set it otherwise than the design."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import structlog

from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import TopicsError
from pipeline.kafka.topics import Cleanup, Topics

log = structlog.get_logger("pipeline.audit")

FOR_EVER: Final = -1


def designed(topics: Topics) -> dict[str, timedelta | None]:
    """Returns each topic's retention as the design has it; None for a compacted one."""
    return {spec.name: spec.retention for spec in topics.specs()}


async def retentions(connection: Connection, topics: Topics) -> Mapping[str, timedelta | None]:
    """Returns each topic's retention as the brokers have it, None where records are kept for ever or compacted.

    Needs the right DescribeConfigs on the topics. Where the brokers do not tell, it is the design's, and a line says so.
    """
    read = [spec for spec in topics.specs() if spec.name != topics.deadletters_raw]
    try:
        states = await admin.describe(connection, read)
    except TopicsError as error:
        log.warning("no word of the topics' retention; the design's is taken", reason=str(error))
        return designed(topics)
    found = {
        name: _kept(int(state.configs["retention.ms"]))
        for name, state in states.items()
        if state.configs["cleanup.policy"] == Cleanup.DELETE
    }
    return {name: found.get(name) for name in states}


def _kept(milliseconds: int) -> timedelta | None:
    return None if milliseconds == FOR_EVER else timedelta(milliseconds=milliseconds)
