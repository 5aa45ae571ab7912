"""deploy/kubernetes: whole, valid against Kubernetes' and the operators' schemas, and in step with the code."""

import copy
import hashlib
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from pipeline.kubernetes.manifests import files
from tests.deploy.manifests import (
    CRDS,
    MANIFESTS,
    ROOT,
    Manifest,
    custom_schemas,
    kustomizations,
    listed,
    objects,
    reached,
)

KUBERNETES = ("1.30", "1.37")
"""Oldest and newest minor version that the objects are held against."""


def _id(one: Manifest) -> str:
    return f"{one['kind']}/{one['metadata']['name']}"


CORE = [one for one in objects() if (one["apiVersion"], one["kind"]) not in custom_schemas()]
CUSTOM = [one for one in objects() if (one["apiVersion"], one["kind"]) in custom_schemas()]


def test_generated_files_are_what_the_code_says() -> None:
    """`python -m pipeline.kubernetes write` was run after the last change of topics, rights or rules."""
    for name, content in files(ROOT / "deploy").items():
        assert (MANIFESTS / name).read_text(encoding="utf-8") == content, name


def test_every_listed_file_exists_and_every_file_is_listed() -> None:
    """No kustomization points at nothing, and no manifest lies about unused."""
    for kustomization in kustomizations():
        for path in listed(kustomization):
            assert path.is_file() or (path / "kustomization.yaml").is_file(), path
    used = [*reached(MANIFESTS / "kustomization.yaml"), *kustomizations()]
    assert len(used) == len(set(used))
    assert set(used) == set(MANIFESTS.rglob("*.yaml"))


def test_kustomizations_need_no_tool() -> None:
    """They list resources and nothing else: reading the files is reading what is installed."""
    for kustomization in kustomizations():
        assert yaml.safe_load(kustomization.read_text()).keys() == {"apiVersion", "kind", "resources"}, kustomization


def test_names_are_unique() -> None:
    """Kustomize refuses two objects of one kind and name."""
    names = [_id(one) for one in objects()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("one", CORE, ids=_id)
def test_core_objects_are_valid(one: Manifest, version: str) -> None:
    """Kubernetes' own schemas accept each, unknown fields refused."""
    kubernetes_validate.validate(one, version, strict=True)


@pytest.mark.parametrize("one", CUSTOM, ids=_id)
def test_custom_objects_are_valid(one: Manifest) -> None:
    """The operators' own schemas accept each, unknown fields refused."""
    jsonschema.Draft202012Validator(custom_schemas()[one["apiVersion"], one["kind"]]).validate(one)


def test_every_kind_of_the_operators_is_checked() -> None:
    """Topics, users, scraping and rules: none slips through as a core kind."""
    assert {one["kind"] for one in CUSTOM} == {"KafkaTopic", "KafkaUser", "ServiceMonitor", "PrometheusRule"}


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        pytest.param("KafkaTopic", ["partition"], 6, id="misspelt-field"),
        pytest.param("KafkaTopic", ["partitions"], "6", id="text-for-a-number"),
        pytest.param("KafkaUser", ["authorization", "acls", 0, "operations", 0], "Reed", id="unknown-operation"),
        pytest.param("ServiceMonitor", ["endpoints", 0, "intervall"], "15s", id="misspelt-endpoint"),
        pytest.param("PrometheusRule", ["groups", 0, "rules", 0, "exp"], "1", id="misspelt-rule"),
    ],
)
def test_schemas_refuse_what_is_wrong(kind: str, path: list[Any], value: object) -> None:
    """The check above can fail."""
    one = copy.deepcopy(next(one for one in CUSTOM if one["kind"] == kind))
    at = one["spec"]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(custom_schemas()[one["apiVersion"], kind]).validate(one)


def test_core_schemas_refuse_a_misspelt_field() -> None:
    """The check of core objects can fail."""
    one = copy.deepcopy(next(one for one in CORE if one["kind"] == "Deployment"))
    one["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(one, KUBERNETES[-1], strict=True)


def test_schemas_are_the_ones_that_their_note_names() -> None:
    """The checked-in schemas are unchanged."""
    note = (CRDS / "README.md").read_text(encoding="utf-8")
    for file in CRDS.glob("*.json"):
        assert f"| {file.name} |" in note
        assert hashlib.sha256(file.read_bytes()).hexdigest() in note, file.name
