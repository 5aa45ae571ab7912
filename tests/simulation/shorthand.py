"""Records by reference instead of as JSON: three quarters of a world's time would go into encoding and decoding.

Under `shorthand()` an encoded record is a short JSON object with a number, its kind and its wake-up, and decoding
looks the number up; records are frozen, so sharing them is safe. One world in twenty runs without it, on real bytes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import orjson

from schemas.shape import Kept
from tests.simulation.memory import remembering


@contextmanager
def shorthand() -> Iterator[None]:
    """Lets every record be written and read in shorthand within the block."""
    written: list[Kept] = []

    def encode(record: Kept) -> bytes:
        written.append(record)
        return orjson.dumps(
            {
                "kind": getattr(record, "kind", None),
                "wake_at": getattr(record, "wake_at", None),
                "case": None,
                "number": len(written) - 1,
            }
        )

    def decode(cls: type[Kept], value: bytes) -> Kept:
        found = written[orjson.loads(value)["number"]]
        assert isinstance(found, cls)
        return found

    with (
        patch.object(Kept, "encode", encode),
        patch.object(Kept, "model_validate_json", classmethod(decode)),
        remembering(),
    ):
        yield
