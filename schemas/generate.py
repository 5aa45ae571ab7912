"""`python -m schemas.generate` writes everything made from the models; `--check` compares, `--release` freezes.

The released snapshot is what the compatibility test holds later models to. It is renewed only when a version is
released, after the refusals have been read.
"""

import argparse
import json
import sys
from pathlib import Path

import yaml

from schemas.asyncapi import document
from schemas.contract_page import page
from schemas.json_schemas import Schema, envelope_schema, event_schemas, record_schemas

ROOT = Path(__file__).parent.parent
GENERATED = ROOT / "schemas" / "generated"
RELEASED = GENERATED / "released"
CONTRACT_PAGE = ROOT / "docs" / "contract.md"


def schemas() -> dict[str, Schema]:
    """Returns every JSON Schema by its file name under `schemas/generated`."""
    return {"envelope.json": envelope_schema(), **event_schemas(), **record_schemas()}


def files() -> dict[Path, str]:
    """Returns every generated file with its text."""
    made = {GENERATED / name: _json(schema) for name, schema in schemas().items()}
    made[GENERATED / "asyncapi.yaml"] = yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=120)
    made[CONTRACT_PAGE] = page()
    return made


def differing() -> list[Path]:
    """Returns the files whose text on disk is not what the models say, and leftovers that nothing makes."""
    made = files()
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text("utf-8") != text]
    return stale + [path for path in _on_disk() if path not in made]


def write() -> None:
    """Writes every generated file and removes leftovers."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for path in differing():
        path.unlink()


def release() -> None:
    """Makes the schemas as they are now the ones that later models are held to."""
    for name, schema in schemas().items():
        path = RELEASED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_json(schema), "utf-8")


def _on_disk() -> list[Path]:
    found = [path for path in GENERATED.rglob("*") if path.is_file()]
    return [path for path in found if not path.is_relative_to(RELEASED)]


def _json(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Writes, or with `--check` ends with status 1 and the names of files that are not up to date."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=main.__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="compare instead of writing")
    what.add_argument("--release", action="store_true", help="write, and freeze as the released snapshot")
    asked = parser.parse_args()
    if asked.check:
        stale = differing()
        for path in stale:
            sys.stderr.write(f"not up to date: {path.relative_to(ROOT)}\n")
        sys.exit(1 if stale else 0)
    write()
    if asked.release:
        release()


if __name__ == "__main__":
    main()
