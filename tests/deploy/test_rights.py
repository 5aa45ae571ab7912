"""Who may write a topic is who the topic's own definition says, and nobody else."""

import pytest

from pipeline.kafka.topics import Topics, TopicSpec
from tests.deploy.manifests import of_kind

WRITERS = {
    "form systems": {"form-vendor-example", "brudvagt-heartbeat", "brudvagt-operator"},
    "DPO and controller tools": {"brudvagt-web", "brudvagt-heartbeat", "brudvagt-operator"},
    "the operator's command": {"brudvagt-operator"},
    "every stage": {"brudvagt-casework", "brudvagt-alerting"},
    "intake": {"brudvagt-casework"},
    "casework": {"brudvagt-casework"},
    "routing": {"brudvagt-alerting"},
    "delivery": {"brudvagt-alerting"},
    "intake, casework, routing, delivery": {"brudvagt-casework", "brudvagt-alerting"},
}
"""Users by the words of `TopicSpec.writer`. The heartbeat and the operator's `report` and `act` stand for a sender."""

RESTORE = "brudvagt-restore"
RESTORED = {"intake", "cases", "chains", "deliveries", "facts", "alerts", "replays"}
"""What an import writes, in the place of whoever wrote it first: docs/backup.md, How an import goes."""


def _who_may(operation: str, kind: str, name: str) -> set[str]:
    return {
        user
        for user, one in of_kind("KafkaUser").items()
        for acl in one["spec"]["authorization"]["acls"]
        if acl["resource"]["type"] == kind and operation in acl["operations"]
        if acl["resource"]["name"] == name
    }


@pytest.mark.parametrize("spec", Topics().specs(), ids=lambda spec: spec.name)
def test_a_topic_is_written_by_whom_its_definition_names(spec: TopicSpec) -> None:
    """Every user with Write on it, and no other; but for the one of a restore, who runs while nobody else does."""
    who = _who_may("Write", "topic", spec.name)
    assert (RESTORE in who) == (spec.name.removeprefix("brudvagt.") in RESTORED)
    who -= {RESTORE}
    if spec.name == Topics().deadletters or spec.name == Topics().deadletters_raw:
        # The restricted half is intake's and casework's: routing and delivery bury only what they can tell in the open.
        assert "brudvagt-casework" in who <= WRITERS[spec.writer]
    else:
        assert who == WRITERS[spec.writer]


def test_no_right_is_for_a_prefix_of_topics_or_for_all() -> None:
    """Only transactional ids, one for each partition, are named by their beginning; an import has one alone."""
    for user in of_kind("KafkaUser").values():
        for acl in user["spec"]["authorization"]["acls"]:
            prefixed = acl["resource"].get("patternType") == "prefix"
            many = acl["resource"]["type"] == "transactionalId" and acl["resource"]["name"] != "brudvagt.import"
            assert prefixed == many
            assert acl["resource"].get("name", "") != "*"
            assert not {"All", "Alter", "Delete", "ClusterAction", "AlterConfigs"} & set(acl["operations"])


def test_the_restricted_half_of_dead_letters_is_read_by_the_operator_alone() -> None:
    """It holds what was sent, with whatever personal data that had."""
    assert _who_may("Read", "topic", Topics().deadletters_raw) == {"brudvagt-operator"}
