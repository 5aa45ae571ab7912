"""A process beside the workers, such as the heartbeat or the auditor: health pages, TERM, and 70 for what is unexpected.

It shares no code with the engine: what watches must not fall with what it watches.
"""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from pipeline.exposition import page

log = structlog.get_logger("pipeline.bystander")

EXIT_FATAL: Final = 70
"""As of a worker: a supervisor starts it again."""

GRACE_S: Final = 10.0


@dataclass(slots=True)
class Watch:
    """What the work is given: it says when it is ready, and ends soon after `stop` is set."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ready: bool = False

    async def pause(self, seconds: float) -> None:
        """Waits so long, or until it is time to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)


Work = Callable[[Watch], Awaitable[None]]


def run(name: str, work: Work, host: str, port: int) -> int:
    """Runs `work` until TERM or INT, with `/healthz`, `/readyz` and `/metrics` on `host:port`.

    Returns 0 after a clean stop, 70 when the work failed or ended by itself; one critical line says why.
    """
    return asyncio.run(_run(name, work, host, port))


async def _run(name: str, work: Work, host: str, port: int) -> int:
    watch = Watch()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, watch.stop.set)
    runner = await health_pages(watch, host, port)
    task = asyncio.ensure_future(work(watch))
    try:
        await asyncio.wait({task, stopping := asyncio.ensure_future(watch.stop.wait())}, return_when="FIRST_COMPLETED")
        stopping.cancel()
        if watch.stop.is_set():
            await asyncio.wait({task}, timeout=GRACE_S)
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE_S)
            log.info("stopped", process=name)
            return 0
        error = task.exception()
        log.critical("ended by itself", process=name, error=str(error), kind=type(error).__name__)
        return EXIT_FATAL
    finally:
        await runner.cleanup()


async def health_pages(watch: Watch, host: str, port: int) -> web.AppRunner:
    """Serves `/healthz`, `/readyz` and `/metrics` on `host:port` until its runner is cleaned up. Raises OSError."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_request: web.Request) -> web.Response:
        return web.json_response({"ready": watch.ready}, status=200 if watch.ready else 503)

    async def metrics(_request: web.Request) -> web.Response:
        text = await asyncio.to_thread(page)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
