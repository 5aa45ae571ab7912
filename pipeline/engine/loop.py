"""The worker's event loop: uvloop where there is one, made not to wait for a farewell that Kafka's brokers never send."""

import asyncio
from typing import Final

TLS_FAREWELL_S: Final = 0.5
"""A broker answers no `close_notify`; uvloop's own limit of 30 s was paid for each partition that opened over TLS, by the
reader of its table."""


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Returns a fresh loop."""
    try:
        import uvloop
    except ImportError:  # Windows: a quarter more CPU per event, nothing else
        return asyncio.new_event_loop()

    class Loop(uvloop.Loop):
        async def create_connection(self, *args, **options):  # type: ignore[no-untyped-def]  # as asyncio's
            if options.get("ssl"):
                options.setdefault("ssl_shutdown_timeout", TLS_FAREWELL_S)
            return await super().create_connection(*args, **options)

    return Loop()
