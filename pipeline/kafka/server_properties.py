"""The configuration of the embedded broker: one KRaft node on loopback, durable on disk."""

from collections.abc import Mapping
from pathlib import Path

HOST = "127.0.0.1"
NODE_ID = 1
TRANSACTION_MAX_TIMEOUT_MS = 60_000  # a reader of committed records waits this long for a lost writer at most


def server_properties(log_directory: Path, port: int, controller_port: int, overrides: Mapping[str, str]) -> str:
    """Return `server.properties` as text; `overrides` win over the settings here."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": str(NODE_ID),
        # A static voter: its port may change between starts, which a stored dynamic voter would not allow.
        "controller.quorum.voters": f"{NODE_ID}@{HOST}:{controller_port}",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": str(log_directory),
        "auto.create.topics.enable": "false",
        "num.partitions": "4",
        # A power cut must not take back what was acknowledged: there is no replica that has it.
        "log.flush.interval.messages": "1",
        "transaction.max.timeout.ms": str(TRANSACTION_MAX_TIMEOUT_MS),
        # One node: nothing can be replicated, and fewer internal partitions start faster.
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # The first worker of a group need not wait for others, and a dead one is noticed in seconds.
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        # A killed broker may register again only when its old session is over: 9 s by default, and the whole
        # start takes 4. Shorter would fence a broker that a busy machine merely delays.
        "broker.heartbeat.interval.ms": "500",
        "broker.session.timeout.ms": "3000",
        # A municipality's load: small buffers and few threads, 200 MB instead of 500.
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
    }
    lines = [f"{name}={value}" for name, value in (settings | dict(overrides)).items()]
    return "\n".join(["# Written at every start of the embedded Kafka; changes here are lost.", *lines, ""])


def log4j_properties(log_file: Path) -> str:
    """Return the broker's own logging configuration: one readable file, three old ones of 10 MB kept."""
    return "\n".join(
        [
            "# Written at every start of the embedded Kafka; changes here are lost.",
            "log4j.rootLogger=INFO, file",
            "log4j.appender.file=org.apache.log4j.RollingFileAppender",
            f"log4j.appender.file.File={log_file}",
            "log4j.appender.file.MaxFileSize=10MB",
            "log4j.appender.file.MaxBackupIndex=3",
            "log4j.appender.file.layout=org.apache.log4j.PatternLayout",
            "log4j.appender.file.layout.ConversionPattern=%d{ISO8601} %-5p %c{1}: %m%n",
            # Every start prints a few hundred settings, every topic another forty: noise in a file for people.
            "log4j.logger.org.apache.kafka.common.config=WARN",
            "log4j.logger.kafka.server.KafkaConfig=WARN",
            # Four lines for every partition at every start.
            "log4j.logger.state.change.logger=WARN",
            "log4j.logger.kafka.cluster.Partition=WARN",
            "log4j.logger.org.apache.kafka.storage.internals.log.UnifiedLog=WARN",
            "log4j.logger.org.apache.kafka.storage.internals.log.LogLoader=WARN",
            "",
        ]
    )
