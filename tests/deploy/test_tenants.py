"""Topics and users of an installation with municipalities' own topics: valid, whole, and without them as checked in."""

from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from pipeline.kafka.topics import Topics
from pipeline.kubernetes.__main__ import main
from pipeline.kubernetes.manifests import kafka_files
from tests.deploy.manifests import MANIFESTS, ROOT, Manifest, custom_schemas

TENANTS = ("657", "740")
WRITES = {"brudvagt.actions.657", "brudvagt.reports.657"}
READS = {"brudvagt.cases.657", "brudvagt.receipts.657"}


def made() -> list[Manifest]:
    """Every object of both files."""
    return [one for text in kafka_files(ROOT / "deploy", TENANTS).values() for one in yaml.safe_load_all(text)]


def rights(user: str) -> dict[str, set[str]]:
    """What a user may do, by kind and name of the resource."""
    (one,) = (one for one in made() if (one["kind"], one["metadata"]["name"]) == ("KafkaUser", user))
    return {
        f"{acl['resource']['type']} {acl['resource'].get('name', '')}": set(acl["operations"])
        for acl in one["spec"]["authorization"]["acls"]
    }


def test_objects_are_valid_and_their_names_unique() -> None:
    """By the operator's own schemas, unknown fields refused."""
    for one in made():
        jsonschema.Draft202012Validator(custom_schemas()[one["apiVersion"], one["kind"]]).validate(one)
    names = [(one["kind"], one["metadata"]["name"]) for one in made()]
    assert len(names) == len(set(names))
    topics = {name for kind, name in names if kind == "KafkaTopic"}
    assert topics == {spec.name for spec in Topics(tenants=TENANTS).specs()}


def test_a_municipalitys_user_has_its_own_four_topics_and_its_group() -> None:
    """Two to write, two to read, and one group named as itself."""
    expected = {f"topic {name}": {"Write"} for name in WRITES} | {f"topic {name}": {"Read"} for name in READS}
    assert rights("brudvagt-tenant-657") == {**expected, "group brudvagt-tenant-657": {"Read"}}
    assert rights("form-vendor-657-example") == {"topic brudvagt.reports.657": {"Write"}}


@pytest.mark.parametrize("user", ["alerting", "web", "heartbeat", "auditor", "operator"])
def test_nobody_else_writes_own_topics(user: str) -> None:
    """Casework's user alone writes what a municipality reads; nobody of the platform's writes its ingress."""
    found = {name: operations for name, operations in rights(f"brudvagt-{user}").items() if name.endswith(".657")}
    assert not [name for name, operations in found.items() if "Write" in operations]
    assert {name for name, may in rights("brudvagt-casework").items() if "Write" in may and name.endswith(".657")} == {
        f"topic {name}" for name in READS
    }


def test_without_municipalities_the_files_are_those_that_are_checked_in() -> None:
    """Byte for byte."""
    for name, text in kafka_files(ROOT / "deploy", ()).items():
        assert (MANIFESTS / "kafka" / name).read_text(encoding="utf-8") == text


def test_the_command_writes_them_for_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To a folder of the operator's; a wrong setting is told in words."""
    monkeypatch.setenv("BRUDVAGT_TENANTS", "740,657")
    assert CliRunner().invoke(main, ["tenants", str(tmp_path)]).exit_code == 0
    assert {file.name: file.read_text("utf-8") for file in tmp_path.iterdir()} == kafka_files(ROOT / "deploy", TENANTS)
    monkeypatch.setenv("BRUDVAGT_TENANTS", "999")
    refused = CliRunner().invoke(main, ["tenants", str(tmp_path)])
    assert refused.exit_code == 1
    assert "'999' is no kommunekode" in refused.output
