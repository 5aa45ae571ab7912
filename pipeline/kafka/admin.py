"""Creates the topics that are missing and says, in words, where a cluster differs from the design."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from pipeline.kafka.cause import cause
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import TopicsError
from pipeline.kafka.ruler import Ruler
from pipeline.kafka.topics import TopicSpec

REQUEST_BUDGET_MS = 15_000
VISIBLE_BUDGET_S = 45.0  # from "created" to "every partition has a leader"
VISIBLE_PER_PARTITION_S = (
    0.05  # 98 municipalities' own topics are 2,352 partitions: 15 s were too few for one busy broker
)
POLL_INTERVAL_S = 0.02


@dataclass(frozen=True)
class Mismatch:
    """One difference between a topic on the cluster and the design."""

    topic: str
    setting: str
    wanted: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.setting} is {self.found}, must be {self.wanted}. {self.remedy}"


@dataclass(frozen=True)
class TopicState:
    """One topic as the cluster has it."""

    name: str
    partitions: int
    replication: int
    without_leader: int
    configs: Mapping[str, str]


async def create(connection: Connection, specs: Sequence[TopicSpec]) -> tuple[str, ...]:
    """Create the topics that do not exist and wait until they can be used; returns their names.

    Topics that exist are left as they are, right or wrong: `verify` judges them. Raises `TopicsError` when
    the cluster refuses.
    """
    async with admin_client(connection) as client:
        existing = set(await client.list_topics())
        lacking = [spec for spec in specs if spec.name not in existing]
        if not lacking:
            return ()
        answer = await client.create_topics(
            [
                NewTopic(spec.name, spec.partitions, spec.replication, topic_configs=dict(spec.configs))
                for spec in lacking
            ]
        )
        for name, code, message in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:  # another process was a moment quicker
                raise TopicsError(f"The cluster refuses to create {name}: {message or error.__name__}.")
        await _await_leaders(client, lacking)
    await _await_logs(connection, lacking)
    return tuple(spec.name for spec in lacking)


async def brokers(connection: Connection) -> tuple[str, ...]:
    """`host:port` of every broker of the cluster. Raises `TopicsError` when it cannot be reached."""
    async with admin_client(connection) as client:
        cluster = await client.describe_cluster()
        return tuple(f"{broker['host']}:{broker['port']}" for broker in cluster["brokers"])


async def describe(connection: Connection, specs: Sequence[TopicSpec]) -> dict[str, TopicState]:
    """The state of those topics of `specs` that exist, by name. Raises `TopicsError` on refusal."""
    async with admin_client(connection) as client:
        return await _describe(client, [spec.name for spec in specs])


async def verify(connection: Connection, specs: Sequence[TopicSpec]) -> list[Mismatch]:
    """Everything in which the cluster's topics differ from `specs`; empty means all is as designed.

    Never alters anything: partition counts are part of where a case lives, and the rest is the decision of
    whoever runs the cluster.
    """
    states = await describe(connection, specs)
    return [mismatch for spec in specs for mismatch in _compare(spec, states.get(spec.name))]


def _compare(spec: TopicSpec, state: TopicState | None) -> Iterable[Mismatch]:
    if state is None:
        yield Mismatch(spec.name, "topic", "there", "missing", "Create it with `brudvagt topics create`.")
        return
    if state.partitions != spec.partitions:
        yield Mismatch(
            spec.name,
            "number of partitions",
            str(spec.partitions),
            str(state.partitions),
            "A case's partition follows from this number, so it cannot be altered in place: set "
            f"BRUDVAGT_PARTITIONS={state.partitions} if all topics have it, or move by export and import.",
        )
    if state.replication != spec.replication:
        yield Mismatch(
            spec.name,
            "replication factor",
            str(spec.replication),
            str(state.replication),
            "Move its replicas with kafka-reassign-partitions, or set "
            f"BRUDVAGT_REPLICATION={state.replication} if that is what the cluster has.",
        )
    for setting, wanted in spec.configs.items():
        found = state.configs.get(setting, "not reported")
        if found != wanted:
            yield Mismatch(
                spec.name,
                setting,
                wanted,
                found,
                f"Set it: kafka-configs --bootstrap-server … --alter --topic {spec.name} "
                f"--add-config {setting}={wanted}",
            )


async def _describe(client: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, TopicState]:
    found = {}
    for topic in await client.describe_topics(list(names)):
        error = for_code(topic["error_code"])
        if error is UnknownTopicOrPartitionError:
            continue
        if topic["error_code"] and error.__name__ != "LeaderNotAvailableError":
            raise TopicsError(f"The cluster does not describe {topic['topic']}: {error.__name__}.")
        found[topic["topic"]] = topic["partitions"]
    configs = await _configs(client, list(found))
    return {
        name: TopicState(
            name=name,
            partitions=len(partitions),
            replication=min((len(partition["replicas"]) for partition in partitions), default=0),
            without_leader=sum(partition["leader"] < 0 for partition in partitions),
            configs=configs[name],
        )
        for name, partitions in found.items()
    }


async def _configs(client: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    (answer,) = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, n) for n in names])
    configs = {}
    for code, message, _, name, entries in answer.resources:
        if code:
            raise TopicsError(
                f"The cluster does not show the settings of {name}: {message or for_code(code).__name__}. "
                "The user needs the right DescribeConfigs on it."
            )
        configs[name] = {entry[0]: entry[1] for entry in entries}
    return configs


async def _await_leaders(client: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> None:
    deadline = time.monotonic() + VISIBLE_BUDGET_S
    wanted = {spec.name: spec.partitions for spec in specs}
    while True:
        topics = await client.describe_topics(list(wanted))
        led = {t["topic"]: sum(p["leader"] >= 0 for p in t["partitions"]) for t in topics}
        if all(led.get(name, 0) >= count for name, count in wanted.items()):
            return
        if time.monotonic() > deadline:
            waiting = sorted(name for name, count in wanted.items() if led.get(name, 0) < count)
            raise TopicsError(f"{', '.join(waiting)}: created, but without leaders after {VISIBLE_BUDGET_S:g} s.")
        await asyncio.sleep(POLL_INTERVAL_S)


async def _await_logs(connection: Connection, specs: Sequence[TopicSpec]) -> None:
    """Ask each partition's leader for its end, which it can tell only once it has opened the log.

    The controller names leaders before they know: for up to a second they answer NOT_LEADER, and producers
    that start at once log dozens of errors.
    """
    partitions = [TopicPartition(spec.name, number) for spec in specs for number in range(spec.partitions)]
    consumer = Ruler(connection, (spec.name for spec in specs), retry_backoff_ms=20)
    try:
        await consumer.start()
        async with asyncio.timeout(VISIBLE_BUDGET_S + VISIBLE_PER_PARTITION_S * len(partitions)):
            await consumer.end_offsets(partitions)
    except (KafkaError, TimeoutError) as error:
        raise TopicsError(
            f"The topics were created, but their leaders do not answer ({type(error).__name__}: {error}). "
            "Look at the brokers' logs, then run this again."
        ) from error
    finally:
        await consumer.stop()


@asynccontextmanager
async def admin_client(connection: Connection) -> AsyncIterator[AIOKafkaAdminClient]:
    """Yields a started client; what goes wrong inside the block becomes a `TopicsError` in words."""
    client = AIOKafkaAdminClient(request_timeout_ms=REQUEST_BUDGET_MS, **connection.client_kwargs())
    servers = ", ".join(connection.servers)
    try:
        with cause() as why:  # of connecting only: a warning that was overcome explains no later error
            try:
                await client.start()
            except KafkaError as error:
                raise TopicsError(
                    f"Kafka at {servers} cannot be used ({why.or_else(error)}). Check that it runs, and that address, "
                    "certificates, user and password in BRUDVAGT_KAFKA_URL are right."
                ) from error
        yield client
    except KafkaError as error:
        raise TopicsError(
            f"Kafka at {servers} cannot be used ({type(error).__name__}: {error}). "
            "Check that the user may describe and create topics."
        ) from error
    finally:
        await client.close()
