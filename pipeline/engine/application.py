"""The Faust application: agents, streams and supervision, with no Kafka of its own.

Faust's Kafka path acknowledges records that failed and can commit offsets without their table changes
(`docs/engine.md`); what is kept of Faust is what it does well.
"""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import faust
from mode.supervisors import CrashingSupervisor

from pipeline.engine.ownership import Fatal
from pipeline.engine.stage import Stage
from pipeline.engine.transaction import Tx

Deliver = Callable[[Tx], Awaitable[None]]


class Application(faust.App):  # type: ignore[misc]  # Faust is not followed by the type checker
    """A Faust app whose boot strategy starts neither Faust's Kafka nor its web server."""

    class BootStrategy(faust.App.BootStrategy):  # type: ignore[misc]
        """Sensors and agents only."""

        enable_kafka = False
        enable_web = False


def build_application(name: str, data: Path) -> Application:
    """Returns the application; `data` is a directory that Faust may create and that stays empty."""
    for noisy in ("faust", "mode", "aiokafka"):
        # Faust builds a record for every DEBUG call that is enabled: 20 % of the CPU. INFO tells of its own Kafka.
        if logging.getLogger(noisy).level < logging.WARNING:
            logging.getLogger(noisy).setLevel(logging.WARNING)
    return Application(
        name,
        datadir=str(data),
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        agent_supervisor=CrashingSupervisor,
    )


def attach(app: Application, stage: Stage, concurrency: int, fatal: Fatal) -> Deliver:
    """Makes the stage's agent a Faust agent over an in-memory channel; returns how to hand it a transaction.

    However the agent ends, by exception or by return, is the end of the process: Faust would restart it or idle, and
    its CrashingSupervisor alone sat in "Stopping" until a time-out.
    """
    channel = app.channel()
    handler = stage.handler

    @functools.wraps(handler)
    async def guarded(stream: AsyncIterator[Tx]) -> None:
        try:
            await handler(stream)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  # whatever it was
            fatal(f"agent of stage {stage.name} ended", error)
        else:
            if not app.should_stop:
                fatal(f"agent of stage {stage.name} returned", None)
        await asyncio.Event().wait()  # the process is about to end; Faust must not start a second agent meanwhile

    app.agent(channel, name=stage.name, concurrency=concurrency)(guarded)

    async def deliver(tx: Tx) -> None:
        await channel.send(value=tx)

    return deliver
