"""The 98 municipalities of Denmark: kommunekode and name as data, for the file that a new one starts from."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_LIST = Path(__file__).resolve().parents[1] / "deploy" / "municipalities" / "kommuner.csv"


@cache
def municipalities() -> Mapping[str, str]:
    """Returns each municipality's name by its kommunekode, as Danmarks Statistik numbers them since 2007."""
    with _LIST.open(encoding="utf-8", newline="") as rows:
        return {row["kode"]: row["navn"] for row in csv.DictReader(rows, delimiter=";")}


def file_name(kommunekode: str) -> str:
    """Returns the file name of a municipality's plan, such as `756-ikast-brande.yaml`. Raises KeyError for no such code."""
    word = municipalities()[kommunekode].removesuffix(" Kommune").removesuffix(" Regionskommune").lower()
    for letter, plain in (("æ", "ae"), ("ø", "oe"), ("å", "aa")):
        word = word.replace(letter, plain)
    return f"{kommunekode}-{word}.yaml"
