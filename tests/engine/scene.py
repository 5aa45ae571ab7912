"""One scene on a real Kafka: a prefix of its own, workers, reports, and the count at the end."""

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from aiokafka.errors import KafkaError

from tests.engine import kafka_tools
from tests.engine.account import Account
from tests.engine.toy import ToyConfig
from tests.engine.workers import ToyWorker


@dataclass(frozen=True)
class Contestant:
    """Whose workers are on the scene: the program of a worker, and where its table is, behind the prefix."""

    name: str
    program: str
    table: str


OURS = Contestant("this engine", "tests.engine.toy", "cases")
STOCK_FAUST = Contestant("stock Faust agent", "tests.engine.stock_faust", "toy-cases-changelog")


class Scene:
    """A prefix of its own on a broker, and the workers of one test."""

    def __init__(self, bootstrap: str, directory: Path, contestant: Contestant = OURS) -> None:
        self.bootstrap, self.directory, self.prefix = bootstrap, directory, f"w{secrets.token_hex(4)}"
        self.contestant = contestant
        self.workers: list[ToyWorker] = []

    def start(self, name: str = "A", **settings: Any) -> ToyWorker:
        """Starts a worker."""
        config = ToyConfig(
            bootstrap=self.bootstrap, prefix=self.prefix, name=name, fail_directory=str(self.directory), **settings
        )
        self.workers.append(ToyWorker(config, self.directory, self.contestant.program))
        return self.workers[-1]

    async def report(self, ids: Iterator[int] | range, **more: object) -> None:
        """Sends reports, every fifth urgent, ten per case."""
        reports = ({"id": number, "case": f"c{number // 10}", "urgent": number % 5 == 0, **more} for number in ids)
        await kafka_tools.send_reports(self.bootstrap, f"{self.prefix}-reports", reports)

    async def lag(self) -> int:
        """Returns how many reports the group has not acknowledged."""
        return await kafka_tools.lag(self.bootstrap, f"{self.prefix}-toy", f"{self.prefix}-reports")

    async def drained(self, timeout_s: float = 120) -> None:
        """Waits until nothing is left to handle, by the group's copied offsets."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while await self.lag():
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError("\n".join(worker.text()[-2000:] for worker in self.workers))
            await asyncio.sleep(0.1)

    async def acknowledged_at_least(self, count: int, timeout_s: float = 120) -> int:
        """Waits until the group has acknowledged so many reports; returns how many it has."""
        group, topic = f"{self.prefix}-toy", f"{self.prefix}-reports"
        async with asyncio.timeout(timeout_s):
            while True:
                with contextlib.suppress(KafkaError):  # a broker that was just broken: asked again
                    found = sum((await kafka_tools.group_offsets(self.bootstrap, group, topic)).values())
                    if found >= count:
                        return found
                await asyncio.sleep(0.1)

    async def settled(self, still_s: float) -> None:
        """Waits until nothing is left to handle, or until the lag has not moved for `still_s`: it may never drain."""
        loop = asyncio.get_running_loop()
        known, moved_at = await self.lag(), loop.time()
        while known and loop.time() - moved_at < still_s:
            await asyncio.sleep(0.5)
            if (now := await self.lag()) != known:
                known, moved_at = now, loop.time()

    async def ids(self) -> Counter[int]:
        """Returns how often each report counts in the rows."""
        topic = f"{self.prefix}-{self.contestant.table}"
        rows = {one.key: one.value for one in await kafka_tools.read_all(self.bootstrap, topic)}
        return Counter(
            number
            for key, value in rows.items()
            if key and key[:1] != b"\0" and value
            for number in orjson.loads(value)["ids"]
        )

    async def alerts(self) -> list[dict[str, Any]]:
        """Returns the committed alerts."""
        seen = await kafka_tools.read_all(self.bootstrap, f"{self.prefix}-alerts")
        return [orjson.loads(one.value or b"") for one in seen]

    def failed_once(self) -> set[int]:
        """Returns the reports whose handler has raised, see `FailsOnce`."""
        return {int(path.name.removeprefix("failed-")) for path in self.directory.glob("failed-*")}

    async def account(self) -> Account:
        """Counts what became of every report that was sent."""
        group, topic = f"{self.prefix}-toy", f"{self.prefix}-reports"
        acknowledged = await kafka_tools.group_offsets(self.bootstrap, group, topic)
        sent = {
            orjson.loads(one.value or b"")["id"]: one.offset < acknowledged[one.partition]
            for one in await kafka_tools.read_all(self.bootstrap, topic)
        }
        return Account.of(sent, await self.ids(), Counter(alert["id"] for alert in await self.alerts()))

    async def exactly_once(self, count: int) -> None:
        """Every report once in the rows, every urgent one once on the alerts topic."""
        assert await self.ids() == Counter(range(count))
        assert Counter(alert["id"] for alert in await self.alerts()) == Counter(range(0, count, 5))
