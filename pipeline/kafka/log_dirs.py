"""How full the brokers' disks are, asked of the brokers themselves (DescribeLogDirs v4, KIP-827).

aiokafka's admin client has no call for it, so the request is written out here, with aiokafka's own building blocks.
"""

from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import BrokerError

_DESCRIBE_LOG_DIRS: Final = 35
_VERSION: Final = 4


class _Answer(Response):  # type: ignore[misc]  # aiokafka is not followed by the type checker
    API_KEY = _DESCRIBE_LOG_DIRS
    API_VERSION = _VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        (
            "results",
            CompactArray(
                ("error_code", Int16),
                ("log_dir", CompactString("utf-8")),
                (
                    "topics",
                    CompactArray(
                        ("name", CompactString("utf-8")),
                        (
                            "partitions",
                            CompactArray(
                                ("partition_index", Int32),
                                ("partition_size", Int64),
                                ("offset_lag", Int64),
                                ("is_future_key", Int16),
                                ("tags", TaggedFields),
                            ),
                        ),
                        ("tags", TaggedFields),
                    ),
                ),
                ("total_bytes", Int64),
                ("usable_bytes", Int64),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _Question(RequestStruct):  # type: ignore[misc]
    API_KEY = _DESCRIBE_LOG_DIRS
    API_VERSION = _VERSION
    RESPONSE_TYPE = _Answer
    FLEXIBLE_VERSION = True
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("topic", CompactString("utf-8")), ("partitions", CompactArray(Int32)), ("tags", TaggedFields)
            ),
        ),
        ("tags", TaggedFields),
    )


class _DescribeLogDirs(Request[_Question]):  # type: ignore[misc]
    API_KEY = _DESCRIBE_LOG_DIRS

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class([], {})  # of no topic: only the directories and their disks


@dataclass(frozen=True, slots=True)
class Disk:
    """One log directory of one broker; two directories on one disk both tell of that disk."""

    broker: int
    total_bytes: int
    usable_bytes: int

    @property
    def free_share(self) -> float:
        """What is free, from 0 to 1."""
        return self.usable_bytes / self.total_bytes


async def disks(connection: Connection) -> list[Disk]:
    """Returns the log directories of every broker that can be asked. Needs the right Describe on the cluster.

    Raises BrokerError when no broker answers, PermissionError when the brokers refuse to tell.
    """
    admin = AIOKafkaAdminClient(**connection.client_kwargs())
    try:
        await admin.start()
        found = []
        for broker in admin._client.cluster.brokers():
            answer = await admin._send_request_to_node(broker.nodeId, _DescribeLogDirs())
            if answer.error_code:
                raise PermissionError(f"broker {broker.nodeId} does not tell of its disks (error {answer.error_code})")
            found += [
                Disk(broker.nodeId, total, usable)
                for _error, _directory, _topics, total, usable, _tags in answer.results
                if total > 0
            ]
        return found
    except KafkaError as error:
        raise BrokerError(f"the brokers do not tell of their disks: {type(error).__name__}") from error
    finally:
        await admin.close()
