"""Workers that exchange partitions on a Kafka in memory, steered by a seed: `told(seed).wrong()` says what went wrong.

A worker is a real `Ownership` with real partitions and two agents. The group moves partitions between any two steps of
anybody: after everybody has come to rest or over a batch under way, away from a worker that is suspended, dead, or
has woken up and does not know yet that it has lost them. Records come in all the while, each with a timer that may be
due already.
"""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

from pipeline.engine import Stage, Tx
from pipeline.engine.errors import CommitFailed, EngineError
from pipeline.engine.ownership import Ownership
from pipeline.engine.settings import WorkerSettings
from pipeline.engine.surroundings import Surroundings
from tests.engine.memory_kafka import Crash, Fenced, MemoryKafka, MemoryPort, Process
from tests.engine.virtual_loop import LoopClock, VirtualLoop

PARTITIONS = 2
REPORTS = 16
DEEDS = 8
SETTINGS = WorkerSettings(max_batch=3, save_idle_s=0.0)
PATIENCE_S = 1.5


class Steered(Process):
    """A process that a story suspends, wakes and kills, and that tells the story of each step."""

    def __init__(self, story: "Story", name: str) -> None:
        super().__init__(story.kafka, random.Random(story.chance.getrandbits(32)))
        self.story, self.name, self.awake = story, name, asyncio.Event()
        self.awake.set()

    async def step(self, name: str) -> None:
        """Passes, unless the process is suspended or dead."""
        await super().step(name)
        self.story.stepped(f"{self.name} {name}")
        while not self.awake.is_set():
            await self.awake.wait()
        if self.dead:
            raise Crash(name)


class Worker:
    """One worker process: its partitions, its agents, and how it ended."""

    def __init__(self, story: "Story", name: str) -> None:
        self.process = Steered(story, name)
        self.queue: asyncio.Queue[Tx] = asyncio.Queue()
        self.stage = Stage("s", inputs=["in"], table="rows", outputs=["out"], due=due, keyed=False)
        around = Surroundings(
            self.stage, MemoryPort(self.process), LoopClock(), SETTINGS, PARTITIONS, {"out": PARTITIONS}, self.queue.put
        )
        self.ownership = Ownership(around, self._fatal)
        self.end: BaseException | None = None
        self.agents = [asyncio.create_task(self._agent()) for _ in range(2)]

    @property
    def alive(self) -> bool:
        """Whether the process is there, suspended or not."""
        return not self.process.dead

    @property
    def suspended(self) -> bool:
        """Whether it stands still."""
        return not self.process.awake.is_set()

    def kill(self, error: BaseException | None = None) -> None:
        """Ends the process where it is."""
        self.end = self.end or error
        self.process.dead = True
        self.process.awake.set()

    def _fatal(self, reason: str, error: BaseException | None) -> None:
        if self.alive:
            self.kill(error)

    async def _agent(self) -> None:
        while True:
            async with await self.queue.get() as tx:
                for record in tx.records:
                    await self.process.step("handle")
                    assert record.key is not None
                    assert record.value is not None
                    number, delay_s = record.value.split()
                    tx.table[record.key] = tx.table.get(record.key, b"") + number + b" "
                    due_at = asyncio.get_running_loop().time() + float(delay_s)
                    tx.table[b"timer" + number] = f"{due_at}".encode()
                    tx.send("out", number, key=record.key)
                for key in tx.due:
                    await self.process.step("handle")
                    del tx.table[key]
                    tx.send("out", key, key=key)


def due(key: bytes, value: bytes) -> float | None:
    """Returns when a timer's row is due."""
    return float(value) if key.startswith(b"timer") else None


@dataclass
class Story:
    """One seeded run. `members` are who the group counts on, `unaware` who has lost its partitions and not heard of it."""

    seed: int
    kafka: MemoryKafka
    chance: random.Random = field(init=False)
    members: list[Worker] = field(default_factory=list)
    unaware: list[Worker] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    reports: int = 0
    surprises: list[str] = field(default_factory=list)
    due_meanwhile: int = 0
    """Timers that were due while their partition went from hand to hand."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._moment = asyncio.Event()
        self._act_at = 0

    def stepped(self, what: str) -> None:
        """Somebody has passed a step; it may be the one at which the group acts."""
        self.trace.append(what)
        if len(self.trace) >= self._act_at:
            self._moment.set()

    def left_behind(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """Takes an error that nobody has asked for; only those of a process's end may be."""
        error = context.get("exception")
        if not isinstance(error, Crash | EngineError | Fenced):
            self.surprises.append(f"{context['message']}: {error!r}")

    async def run(self) -> None:
        """Lets the workers live through some deeds of the group, then lets them finish."""
        self.report(4)
        for _ in range(2):
            self.join()
        await self.rebalance()
        for _ in range(DEEDS):
            self._act_at = len(self.trace) + self.chance.randrange(1, 25)
            self._moment.clear()
            await asyncio.wait({asyncio.create_task(self._moment.wait())}, timeout=0.05)
            self.report(self.chance.randrange(3))
            await self.deed()
        self.report(REPORTS - self.reports)
        await self.finish()

    def report(self, count: int) -> None:
        """Puts reports on the input, with timers that are overdue, due now or due soon."""
        for number in range(self.reports, min(REPORTS, self.reports + count)):
            case, delay_s = number % 4, self.chance.choice((-60.0, 0.0, self.chance.random() / 100))
            self.kafka.put("in", case % PARTITIONS, b"case%d" % case, f"{number} {delay_s}".encode())
            self.reports = number + 1

    def join(self) -> None:
        """Starts a worker."""
        worker = Worker(self, f"w{len(self.workers)}")
        self.workers.append(worker)
        self.members.append(worker)

    async def deed(self) -> None:
        """Does one thing to the group or to one of its workers."""
        self.bury()
        what = self.chance.choice(("rebalance", "rebalance", "suspend", "wake", "tell", "kill", "join"))
        self.trace.append(what)
        if what == "suspend" and self.members:
            zombie = self.members.pop(self.chance.randrange(len(self.members)))
            zombie.process.awake.clear()
            self.unaware.append(zombie)
        elif what == "kill" and self.members:
            self.members.pop(self.chance.randrange(len(self.members))).kill()
        elif what == "wake" and self.unaware:
            self.chance.choice(self.unaware).process.awake.set()
            return  # it goes on with what it had, and nobody tells it
        elif what == "tell" and (awake := [one for one in self.unaware if not one.suspended]):
            self.unaware.remove(awake[0])
            self.members.append(awake[0])
        elif what == "join" and len(self.members) < 3:
            self.join()
        await self.rebalance()

    def bury(self) -> None:
        """Forgets the dead; there is always somebody."""
        self.members = [one for one in self.members if one.alive]
        self.unaware = [one for one in self.unaware if one.alive]
        if not self.members:
            self.join()

    async def rebalance(self) -> None:
        """Gives every partition to somebody among the members: all come to rest first, or not for as long as it takes."""
        self.bury()
        hold_s = self.chance.choice((10.0, 10.0, 0.0))
        await asyncio.gather(*(self._hold(one, hold_s) for one in self.members))
        now = asyncio.get_running_loop().time()
        rows = [row for number in range(PARTITIONS) for row in self.replayed(number).items()]
        self.due_meanwhile += sum(at is not None and at <= now for at in (due(*row) for row in rows))
        owners = [self.chance.choice(self.members) for _ in range(PARTITIONS)]
        for worker in self.chance.sample(self.members, len(self.members)):
            await self._turns()
            mine = {number for number, owner in enumerate(owners) if owner is worker}
            self.trace.append(f"{worker.process.name} owns {sorted(mine)}")
            worker.ownership.assign(mine)

    async def _hold(self, worker: Worker, hold_s: float) -> None:
        await self._turns()
        await worker.ownership.hold(hold_s)

    async def _turns(self) -> None:
        for _ in range(self.chance.randrange(6)):
            await asyncio.sleep(0)

    async def finish(self) -> None:
        """Wakes everybody, tells everybody, and waits until everything is done or nothing moves."""
        for worker in self.unaware:
            worker.process.awake.set()
        for _ in range(10):
            self.bury()
            self.members, self.unaware = [*self.members, *self.unaware], []
            await self.rebalance()
            began = asyncio.get_running_loop().time()
            while not self.done() and all(one.alive for one in self.members):
                if asyncio.get_running_loop().time() - began > PATIENCE_S:
                    return
                await asyncio.sleep(0.005)
            if self.done():
                return

    def done(self) -> bool:
        """Whether each report and each timer was announced at least once, and nothing is under way."""
        open_rows = any(entry.state == "open" for log in self.kafka.logs.values() for entry in log)
        return not open_rows and {str(one) for one in range(REPORTS)} | {
            f"timer{one}" for one in range(REPORTS)
        } <= set(self.announced())

    def announced(self) -> Counter[str]:
        """Returns how often each report and timer was announced."""
        rows = [row for number in range(PARTITIONS) for row in self.kafka.committed("out", number)]
        return Counter(row.value.decode() for row in rows if row.value is not None)

    def replayed(self, number: int) -> dict[bytes, bytes]:
        """Returns the table's partition as its topic has it."""
        rows: dict[bytes, bytes | None] = {row.key or b"": row.value for row in self.kafka.committed("rows", number)}
        return {key: value for key, value in rows.items() if value is not None and key[:1] != b"\0"}

    def wrong(self) -> list[str]:
        """Returns which rules do not hold."""
        everything = Counter([*(str(one) for one in range(REPORTS)), *(f"timer{one}" for one in range(REPORTS))])
        tables = {number: self.replayed(number) for number in range(PARTITIONS)}
        counted = [each.decode() for table in tables.values() for key, value in table.items()
                   if key.startswith(b"case") for each in value.split()]  # fmt: skip
        found = [
            *(f"{what} announced {self.announced()[what]} times" for what in everything if self.announced()[what] != 1),
            *(
                f"{what} counted {counted.count(what)} times"
                for what in map(str, range(REPORTS))
                if counted.count(what) != 1
            ),
            *(f"{key.decode()} never came" for table in tables.values() for key in table if key.startswith(b"timer")),
        ]
        found += [
            f"{worker.process.name} believes something else of partition {number} than its topic"
            for worker in self.members if worker.alive
            for number, table in worker.stage.tables.items() if dict(table) != tables[number]
        ]  # fmt: skip
        for (topic, number), log in self.kafka.logs.items():
            lives = [entry.life for entry in log if entry.state == "committed" and entry.life]
            if topic == "rows" and lives != sorted(lives):
                found.append(f"a fenced owner wrote into rows[{number}]")
        found += [f"{worker.process.name} ended with {worker.end!r}" for worker in self.workers if not fair(worker.end)]
        return found + self.surprises


def fair(end: BaseException | None) -> bool:
    """Tells whether a worker may end so: told by Kafka at a commit, or killed by the story."""
    return (
        end is None or isinstance(end, Crash) or (isinstance(end, CommitFailed) and isinstance(end.__cause__, Fenced))
    )


def told(seed: int, *, fencing: bool = True) -> Story:
    """Runs one story to its end."""

    async def run() -> Story:
        story = Story(seed, MemoryKafka(fencing=fencing))
        # Who died has nobody who asks for its error; told of by the collector it would be told in the middle of any later test.
        asyncio.get_running_loop().set_exception_handler(story.left_behind)
        await story.run()
        return story

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(run())
