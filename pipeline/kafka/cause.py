"""Why a client could not connect: aiokafka's error says only that it could not, the reason stands in its log line."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = "aiokafka"
LONGEST = 300


class Cause(logging.Handler):
    """Keeps the last warning or error that aiokafka logged while it was attached."""

    def __init__(self) -> None:
        """Keeps nothing yet."""
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the first line of a record."""
        self.text = (record.getMessage().splitlines() or [""])[0][:LONGEST]

    def or_else(self, error: Exception) -> str:
        """Returns the reason that was logged, else the kind of `error`."""
        return self.text or type(error).__name__


@contextmanager
def cause() -> Iterator[Cause]:
    """Listens to aiokafka for the length of a block."""
    listening, logger = Cause(), logging.getLogger(LOGGER)
    logger.addHandler(listening)
    try:
        yield listening
    finally:
        logger.removeHandler(listening)
