"""Every requirement of the municipalities' pages is either named by a test or listed with its reason, never both."""

import re
import tomllib
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
COUNTS = {"ALL": 11, "HVI": 8, "HER": 8, "BIL": 8, "NOR": 12, "GLO": 10}
"""How many each page gave."""


def test_every_requirement_is_tested_or_listed_with_its_reason() -> None:
    """57 ids; a test's name carries the id with an underscore."""
    wanted = {f"{page}-{number}" for page, count in COUNTS.items() for number in range(1, count + 1)}
    source = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    tested = {f"{page}-{number}" for page, number in re.findall(r"def test_([A-Z]{3})_(\d+)_", source)}
    listed = tomllib.loads((TESTS / "requirements.toml").read_text(encoding="utf-8"))["pending"]
    assert tested | set(listed) == wanted
    assert tested & set(listed) == set()
    assert all(len(reason) > len("not done yet, sorry") for reason in listed.values())
