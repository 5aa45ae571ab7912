"""What each process and person may do on Kafka: no more than it does, taken from the stages' own declarations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pipeline.engine.stage import Stage
from pipeline.kafka.tenants import OWN, TenantTopics
from pipeline.kafka.topics import Topics


class Resource(StrEnum):
    """What a right is about, in Strimzi's words."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTION = "transactionalId"
    CLUSTER = "cluster"


class Operation(StrEnum):
    """What may be done, in Kafka's words. Read and Write include Describe."""

    READ = "Read"
    WRITE = "Write"
    CREATE = "Create"
    DELETE = "Delete"
    DESCRIBE = "Describe"
    DESCRIBE_CONFIGS = "DescribeConfigs"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One resource and what may be done with it; with `prefixed` every resource whose name begins so."""

    resource: Resource
    name: str
    operations: tuple[Operation, ...]
    prefixed: bool = False


READ: Final = (Operation.READ,)
WRITE: Final = (Operation.WRITE,)
DESCRIBE: Final = (Operation.DESCRIBE,)


def of_stages(stages: Sequence[Stage]) -> tuple[Right, ...]:
    """Returns what a worker with these stages needs.

    Of each: its inputs to read, its table to read and write, its outputs to write, its group to be in, and its
    transactional ids (`<group>-<partition>`). Of the stages before it: their groups' positions and their inputs' ends.
    """
    return merged(right for stage in stages for right in _of_stage(stage))


def _of_stage(stage: Stage) -> Iterator[Right]:
    yield from (Right(Resource.TOPIC, name, READ) for name in stage.inputs)
    yield Right(Resource.TOPIC, stage.table, (*READ, *WRITE))
    yield from (Right(Resource.TOPIC, name, WRITE) for name in stage.outputs)
    yield Right(Resource.GROUP, stage.group, READ)
    yield Right(Resource.TRANSACTION, f"{stage.group}-", WRITE, prefixed=True)
    for before in stage.upstream:
        yield Right(Resource.GROUP, before.group, DESCRIBE)
        yield from (Right(Resource.TOPIC, name, DESCRIBE) for name in before.inputs)


def of_keeper(topics: Topics) -> tuple[Right, ...]:
    """Returns what casework needs beyond its stages' declarations where municipalities have topics of their own: to read
    their copies of the cases, which it completes before its first work, and to see every own topic that there is.
    """
    return (*_reads(*(own.cases for own in topics.own)), *_sees_own(topics))


def _sees_own(topics: Topics) -> tuple[Right, ...]:
    """Returns the right to know of topics of municipalities that the setting does not name: they are refused at start."""
    if not topics.tenants:
        return ()
    return tuple(Right(Resource.TOPIC, f"{topics.prefix}.{name}.", DESCRIBE, prefixed=True) for name in OWN)


def of_web(topics: Topics) -> tuple[Right, ...]:
    """Returns what the page for acting needs: to show a case, to send an act, to read its receipt."""
    return merged([*_reads(topics.cases, topics.receipts), *_writes(topics.actions)])


def of_heartbeat(topics: Topics) -> tuple[Right, ...]:
    """Returns what the heartbeat needs: it sends and acknowledges like a stranger, and sees its case and its alert."""
    return merged([*_reads(topics.cases, topics.deliveries), *_writes(topics.reports, topics.actions)])


def of_auditor(topics: Topics) -> tuple[Right, ...]:
    """Returns what the auditor needs: to read all but the restricted half of dead letters, with how long each topic
    keeps them, and to ask of the disks."""
    names = [spec.name for spec in topics.specs() if spec.name != topics.deadletters_raw]
    asks = [Right(Resource.TOPIC, name, (Operation.DESCRIBE_CONFIGS,)) for name in names]
    return merged([*_reads(*names), *asks, Right(Resource.CLUSTER, "kafka-cluster", DESCRIBE)])


def of_operator(topics: Topics, stages: Sequence[Stage]) -> tuple[Right, ...]:
    """Returns what the commands need: `topics`, `report`, `act`, `deadletters`, `cases`, `retention`, `stages`, `doctor`,
    `audit`, `export`; all but `import`, which writes what casework alone may write.
    """
    names = [spec.name for spec in topics.specs()]
    looked_after = (Operation.CREATE, Operation.DESCRIBE_CONFIGS)
    return merged(
        [
            *_reads(*names),
            *(Right(Resource.TOPIC, name, looked_after) for name in names),
            *_writes(topics.reports, topics.actions, topics.replays),
            *(Right(Resource.GROUP, stage.group, DESCRIBE) for stage in stages),
            Right(Resource.CLUSTER, "kafka-cluster", DESCRIBE),
            *_sees_own(topics),
        ]
    )


def of_restore(topics: Topics, stages: Sequence[Stage]) -> tuple[Right, ...]:
    """Returns what `import` needs, and only it: to see that no worker runs, to make topics, to fill the tables and read
    them back, and to send on what was on its way, in one transaction. Where municipalities have topics of their own it
    completes their copies as casework does, under casework's transactional ids, and lets theirs that were made anew go on
    where the old ones ended.
    """
    names = [spec.name for spec in topics.specs()]
    tables = [*(stage.table for stage in stages), *(own.cases for own in topics.own)]
    ingress = [name for own in topics.own for name in (own.reports, own.actions)]
    completes = [
        Right(Resource.TRANSACTION, f"{topics.prefix}.casework-", WRITE, prefixed=True),
        Right(Resource.TRANSACTION, f"{topics.prefix}.rejoin", WRITE),
    ]
    looks = (Operation.CREATE, Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS)
    return merged(
        [
            *(Right(Resource.TOPIC, name, looks) for name in names),
            *_reads(*tables),
            *_writes(*tables, topics.facts, topics.alerts, topics.replays),
            *_reads(topics.intake, *ingress),
            *_writes(*ingress),
            *(Right(Resource.TOPIC, name, (Operation.DELETE,)) for name in ingress),
            *(Right(Resource.GROUP, stage.group, DESCRIBE) for stage in stages),
            Right(Resource.TRANSACTION, f"{topics.prefix}.import", WRITE),
            *(completes if topics.own else []),
            *_sees_own(topics),
        ]
    )


def of_form_vendor(reports: str) -> tuple[Right, ...]:
    """Returns what a form vendor gets: to write to one reports topic. No reading, no transactions, no groups."""
    return merged(_writes(reports))


def of_tenant(own: TenantTopics, user: str) -> tuple[Right, ...]:
    """Returns what a municipality with topics of its own gets: to write to its two and to read its two, in one consumer
    group, named as its user. No transactions, nothing of the platform's, nothing of another's.
    """
    group = Right(Resource.GROUP, user, READ)
    return merged([*_writes(own.reports, own.actions), *_reads(own.cases, own.receipts), group])


def merged(rights: Iterator[Right] | Sequence[Right]) -> tuple[Right, ...]:
    """Returns one right per resource, sorted; Describe is left out where reading or writing includes it."""
    found: dict[tuple[Resource, str, bool], set[Operation]] = {}
    for right in rights:
        found.setdefault((right.resource, right.name, right.prefixed), set()).update(right.operations)
    for operations in found.values():
        if operations & {Operation.READ, Operation.WRITE}:
            operations.discard(Operation.DESCRIBE)
    return tuple(
        sorted(
            Right(resource, name, tuple(one for one in Operation if one in operations), prefixed)
            for (resource, name, prefixed), operations in found.items()
        )
    )


def _reads(*names: str) -> list[Right]:
    return [Right(Resource.TOPIC, name, READ) for name in names]


def _writes(*names: str) -> list[Right]:
    return [Right(Resource.TOPIC, name, WRITE) for name in names]


Users = Mapping[str, tuple[Right, ...]]
"""Rights by the user's name."""
