"""The generated files of deploy/kubernetes, and those of an installation with municipalities' own topics."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
        **{f"kafka/{name}": content for name, content in kafka_files(deploy, ()).items()},
        "monitoring/rules.yaml": text([prometheus_rule(deploy / "prometheus" / "rules" / "brudvagt.yaml")]),
    }


def kafka_files(deploy: Path, tenants: Sequence[str]) -> dict[str, str]:
    """Returns topics and users by file name, where the municipalities `tenants` (kommunekoder) have topics of their own.

    Whole files in the place of `kafka`'s: the workers' rights are others too.
    """
    topics = replace(TOPICS, tenants=tuple(tenants))
    return {
        "topics.yaml": text(kafka_topic(spec) for spec in topics.specs()),
        "users.yaml": text(kafka_user(name, allowed) for name, allowed in users(topics, deploy).items()),
    }


def write(folder: Path, contents: Mapping[str, str]) -> list[Path]:
    """Writes files below `folder`; returns their paths."""
    written = []
    for name, content in contents.items():
        file = folder / name
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
