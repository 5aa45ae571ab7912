"""One Kubernetes object as plain data, and how several are written into one file."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import yaml

CLUSTER: Final = "kafka"
"""Name of Strimzi's Kafka resource; an overlay may set another in the label `strimzi.io/cluster`."""

WRITTEN: Final = "# Written by `python -m pipeline.kubernetes write`; changes here are lost, and a test sees them.\n"

Document = dict[str, Any]


def custom(
    api: str, kind: str, name: str, spec: Mapping[str, Any], *, labels: Mapping[str, str] | None = None
) -> Document:
    """Returns an object of a custom kind, labelled as part of Brudvagt."""
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "brudvagt", **(labels or {})}},
        "spec": dict(spec),
    }


def text(documents: Iterable[Document]) -> str:
    """Returns the documents as one YAML file in their order, with its head line."""
    return WRITTEN + yaml.safe_dump_all(
        documents, sort_keys=False, allow_unicode=True, width=120, explicit_start=True, default_flow_style=False
    )
