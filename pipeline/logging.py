"""Logs: structlog for everything, Faust's and aiokafka's records through the same chain, no personal data in any line.

JSON in production, coloured on a terminal. Every line that passes here has its CPR numbers masked, whoever wrote it.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from pipeline.engine.logs import RateLimit
from pipeline.privacy.cpr import mask

NOISY = {
    "aiokafka": logging.ERROR,
    "faust": logging.WARNING,
    "mode": logging.WARNING,
    "aiohttp": logging.WARNING,
    "opentelemetry": logging.ERROR,  # a full queue is a warning for each span
    "mail.log": logging.WARNING,  # aiosmtpd's, six lines for each mail that the sink takes
}
"""An outage makes aiokafka log about a thousand lines a second; the engine reports what matters of it."""

FOREIGN = tuple(NOISY)

TRACE_ID = "trace_id"
"""Hex that was made by a machine, and read as such before it was bound: one in fifty would be masked by chance."""


def configure(form: str = "auto", level: str = "INFO") -> None:
    """Sets up logging for the process; `auto` is coloured on a terminal and JSON elsewhere. Lines go to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        masked,
        structlog.processors.TimeStamper(
            fmt="iso", utc=True
        ),  # behind the mask: a time of day can look like a CPR number
    ]
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    brake = RateLimit()
    handler.addFilter(lambda record: not record.name.startswith(FOREIGN) or brake.filter(record))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in NOISY.items():
        logging.getLogger(name).setLevel(max(least, root.level))


def masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Masks CPR numbers in every text of a line, also in those that libraries wrote; trace ids are random."""
    return {key: mask(value) if isinstance(value, str) and key != TRACE_ID else value for key, value in event.items()}
