"""Which partition a key belongs to: Kafka's own rule, so that every client agrees."""

from functools import lru_cache

from aiokafka.partitioner import DefaultPartitioner

_partition = DefaultPartitioner()  # murmur2, as in the Java client


@lru_cache(maxsize=200_000)  # pure Python costs about 10 us a key; a case's key comes back with each of its facts
def partition_of(key: bytes, count: int) -> int:
    """Returns the partition of `key` among `count`: positive murmur2 modulo count, as Kafka's Java client does."""
    everyone = list(range(count))
    return int(_partition(key, everyone, everyone))
