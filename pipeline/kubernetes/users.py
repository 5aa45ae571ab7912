"""Every user of an installation with its rights, and the KafkaUsers that Strimzi makes them from."""

from pathlib import Path
from typing import Final

from agents.casework import casework
from agents.context import Context
from agents.delivery import delivery
from agents.intake import intake
from agents.routing import routing
from pipeline.cases.catalogue import Catalogue
from pipeline.kafka.topics import Topics
from pipeline.kubernetes import rights
from pipeline.kubernetes.document import CLUSTER, Document, custom
from pipeline.kubernetes.rights import Right, Users
from pipeline.settings import Settings

VENDOR: Final = "form-vendor-example"
"""A pattern for a user per form vendor."""


def tenant_user(topics: Topics, kommunekode: str) -> str:
    """Returns the name of a municipality's own user."""
    return f"{topics.prefix}-tenant-{kommunekode}"


def vendor_of(kommunekode: str) -> str:
    """Returns the name of the pattern for a form vendor of one municipality."""
    return f"form-vendor-{kommunekode}-example"


def users(topics: Topics, deploy: Path) -> Users:
    """Returns each user's rights: the five processes, the operator's commands, a restore, and one form vendor as an
    example; then, of each municipality with topics of its own, its user and a form vendor as an example.
    """
    context = Context(topics, Settings().clock, Catalogue.load(deploy), {}, deploy, b"")
    early = (intake(context), casework(context))
    late = (routing(context), delivery(context, Settings()))
    return {
        f"{topics.prefix}-casework": rights.merged([*rights.of_stages(early), *rights.of_keeper(topics)]),
        f"{topics.prefix}-alerting": rights.of_stages(late),
        f"{topics.prefix}-web": rights.of_web(topics),
        f"{topics.prefix}-heartbeat": rights.of_heartbeat(topics),
        f"{topics.prefix}-auditor": rights.of_auditor(topics),
        f"{topics.prefix}-operator": rights.of_operator(topics, (*early, *late)),
        f"{topics.prefix}-restore": rights.of_restore(topics, (*early, *late)),
        VENDOR: rights.of_form_vendor(topics.reports),
        **_of_tenants(topics),
    }


def _of_tenants(topics: Topics) -> dict[str, tuple[Right, ...]]:
    found = {}
    for own in topics.own:
        user = tenant_user(topics, own.kommunekode)
        found[user] = rights.of_tenant(own, user)
        found[vendor_of(own.kommunekode)] = rights.of_form_vendor(own.reports)
    return found


def kafka_user(name: str, allowed: tuple[Right, ...]) -> Document:
    """Returns the KafkaUser: a client certificate, and the rights as Kafka's simple authorisation."""
    return custom(
        "kafka.strimzi.io/v1",
        "KafkaUser",
        name,
        {
            "authentication": {"type": "tls"},
            "authorization": {"type": "simple", "acls": [_acl(right) for right in allowed]},
        },
        labels={"strimzi.io/cluster": CLUSTER},
    )


def _acl(right: Right) -> Document:
    named: Document = {"type": right.resource.value}
    if right.resource is not rights.Resource.CLUSTER:
        named |= {"name": right.name, "patternType": "prefix" if right.prefixed else "literal"}
    return {"resource": named, "operations": [one.value for one in right.operations]}
