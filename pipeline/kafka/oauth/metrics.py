"""What became of tokens: the one sign that an idle process, which commits nothing and so ends at nothing, is locked out."""

from enum import StrEnum
from typing import Final

from pipeline.measure import Label, Section


class Became(StrEnum):
    """What became of a token."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_GIVEN = "not_given"


TOKENS: Final = Section("Tokens for Kafka")
COUNT: Final = TOKENS.counter(
    "brudvagt_kafka_tokens_total",
    "Tokens, where Kafka asks for them: accepted or refused by a broker, or not given by the server they are asked of.",
    Label("outcome", tuple(Became)),
)


def count(became: Became) -> None:
    """Counts one."""
    COUNT.labels(became).inc()
