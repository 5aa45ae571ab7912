"""The manifests as a Kustomize without patches would put them together, and the schemas of custom kinds."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "deploy" / "kubernetes"
CRDS = Path(__file__).with_name("crds")

Manifest = dict[str, Any]


def kustomizations() -> list[Path]:
    """Every kustomization there is."""
    return sorted(MANIFESTS.rglob("kustomization.yaml"))


def listed(kustomization: Path) -> list[Path]:
    """The files and folders that one lists, as paths."""
    return [kustomization.parent / name for name in yaml.safe_load(kustomization.read_text())["resources"]]


def reached(kustomization: Path) -> Iterator[Path]:
    """Every file that one leads to."""
    for path in listed(kustomization):
        if path.is_dir():
            yield from reached(path / "kustomization.yaml")
        else:
            yield path


@functools.cache
def objects() -> tuple[Manifest, ...]:
    """Every object that the whole installation has; shared, so copy before changing."""
    return tuple(
        one
        for file in reached(MANIFESTS / "kustomization.yaml")
        for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))
    )


def of_kind(kind: str) -> dict[str, Manifest]:
    """The objects of one kind by name."""
    return {one["metadata"]["name"]: one for one in objects() if one["kind"] == kind}


@functools.cache
def custom_schemas() -> dict[tuple[str, str], Manifest]:
    """The schema of each custom kind by apiVersion and kind, strict as `kubectl --validate=strict` is."""
    found = {}
    for file in CRDS.glob("*.json"):
        crd = json.loads(file.read_text(encoding="utf-8"))
        found[f"{crd['group']}/{crd['version']}", crd["kind"]] = _strict(crd["openAPIV3Schema"], top=True)
    return found


def _strict(schema: Manifest, *, top: bool = False) -> Manifest:
    """Refuses unknown fields, as the API server does where nothing says to keep them."""
    strict = dict(schema)
    if "items" in schema:
        strict["items"] = _strict(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        strict["additionalProperties"] = _strict(schema["additionalProperties"])
    if "properties" in schema:
        strict["properties"] = {
            # The API server knows metadata by itself.
            name: one if top and name == "metadata" else _strict(one)
            for name, one in schema["properties"].items()
        }
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            strict["additionalProperties"] = False
    return strict
