"""The generated files of deploy/kubernetes."""

from pathlib import Path
from typing import Final

import yaml

from pipeline.kafka.topics import Topics, TopicSpec
from pipeline.kubernetes.document import CLUSTER, Document, custom, text
from pipeline.kubernetes.users import kafka_user, users
from pipeline.settings import CLUSTER_PARTITIONS, CLUSTER_REPLICATION

TOPICS: Final = Topics(partitions=CLUSTER_PARTITIONS, replication=CLUSTER_REPLICATION)


def files(deploy: Path) -> dict[str, str]:
    """Returns the content of every generated file by its path below `deploy`/kubernetes."""
    return {
        "kafka/topics.yaml": text(kafka_topic(spec) for spec in TOPICS.specs()),
        "kafka/users.yaml": text(kafka_user(name, allowed) for name, allowed in users(TOPICS, deploy).items()),
        "monitoring/rules.yaml": text([prometheus_rule(deploy / "prometheus" / "rules" / "brudvagt.yaml")]),
    }


def write(deploy: Path) -> list[Path]:
    """Writes the files; returns their paths."""
    written = []
    for name, content in files(deploy).items():
        file = deploy / "kubernetes" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        written.append(file)
    return written


def kafka_topic(spec: TopicSpec) -> Document:
    """Returns the KafkaTopic of one topic, with every setting that `brudvagt topics verify` looks at."""
    return custom(
        "kafka.strimzi.io/v1",
        "KafkaTopic",
        spec.name,
        {"partitions": spec.partitions, "replicas": spec.replication, "config": dict(spec.configs)},
        labels={"strimzi.io/cluster": CLUSTER},
    )


def prometheus_rule(rules: Path) -> Document:
    """Returns the alert rules of `rules` as the Prometheus operator takes them."""
    return custom(
        "monitoring.coreos.com/v1", "PrometheusRule", "brudvagt", yaml.safe_load(rules.read_text(encoding="utf-8"))
    )
