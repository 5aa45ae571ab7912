"""One scene on a real Kafka: a prefix of its own, workers, reports, and the count at the end."""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.engine import kafka_tools
from tests.engine.toy import ToyConfig
from tests.engine.workers import ToyWorker


class Scene:
    """A prefix of its own on the session's broker, and the workers of one test."""

    def __init__(self, bootstrap: str, directory: Path) -> None:
        self.bootstrap, self.directory, self.prefix = bootstrap, directory, f"w{secrets.token_hex(4)}"
        self.workers: list[ToyWorker] = []

    def start(self, name: str = "A", **settings: Any) -> ToyWorker:
        """Starts a worker."""
        config = ToyConfig(bootstrap=self.bootstrap, prefix=self.prefix, name=name, **settings)
        self.workers.append(ToyWorker(config, self.directory))
        return self.workers[-1]

    async def report(self, ids: Iterator[int] | range, **more: object) -> None:
        """Sends reports, every fifth urgent, ten per case."""
        reports = ({"id": number, "case": f"c{number // 10}", "urgent": number % 5 == 0, **more} for number in ids)
        await kafka_tools.send_reports(self.bootstrap, f"{self.prefix}-reports", reports)

    async def drained(self, timeout_s: float = 40) -> None:
        """Waits until nothing is left to handle, by the group's copied offsets."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while await kafka_tools.lag(self.bootstrap, f"{self.prefix}-toy", f"{self.prefix}-reports"):
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError("\n".join(worker.text()[-2000:] for worker in self.workers))
            await asyncio.sleep(0.1)

    async def ids(self) -> Counter[int]:
        """Returns how often each report counts in the rows."""
        rows = {one.key: one.value for one in await kafka_tools.read_all(self.bootstrap, f"{self.prefix}-cases")}
        return Counter(
            number
            for key, value in rows.items()
            if key and key[:1] != b"\0" and value
            for number in json.loads(value)["ids"]
        )

    async def alerts(self) -> list[dict[str, Any]]:
        """Returns the committed alerts."""
        seen = await kafka_tools.read_all(self.bootstrap, f"{self.prefix}-alerts")
        return [json.loads(one.value or b"") for one in seen]

    async def exactly_once(self, count: int) -> None:
        """Every report once in the rows, every urgent one once on the alerts topic."""
        assert await self.ids() == Counter(range(count))
        assert Counter(alert["id"] for alert in await self.alerts()) == Counter(range(0, count, 5))
