"""How long closed cases are kept, by municipality: `deploy/retention.yaml`."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.cases.retention import REPLAYABLE_FOR
from pipeline.clock.yamlfile import NotYaml, read_mapping
from schemas.shape import Kommunekode

FILE = "retention.yaml"
SHORTEST = REPLAYABLE_FOR.days


UNCLOSED_EVERY: Final = timedelta(days=30)
"""So often a case on which nothing is owed asks to be closed, where the file has no other number."""

Days = Annotated[int, Field(ge=SHORTEST, le=36_525)]
"""Not shorter than an event can be replayed, not longer than a century."""
Interval = Annotated[int, Field(ge=1, le=3_653)]


class RetentionError(ValueError):
    """The file cannot be used; the message names file, field, reason and remedy."""


class Keeping(BaseModel):
    """Days that a closed case is kept: for all, and where a municipality has its own number. And after how many days a
    case on which nothing is owed asks to be closed, again and again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep_closed_days: Days
    remind_unclosed_days: Interval = UNCLOSED_EVERY.days
    municipalities: Mapping[Kommunekode, Days] = Field(default_factory=dict)

    @property
    def unclosed_every(self) -> timedelta:
        """How long a settled case waits for somebody to close it before it asks, each time."""
        return timedelta(days=self.remind_unclosed_days)

    def time(self, municipality: str) -> timedelta:
        """Returns how long a case of the municipality is kept after its end."""
        return timedelta(days=self.municipalities.get(municipality, self.keep_closed_days))


def load_keeping(deploy: Path) -> Keeping:
    """Reads the file below `deploy`. Raises RetentionError."""
    path = deploy / FILE
    try:
        return Keeping.model_validate(read_mapping(path.read_bytes()))
    except FileNotFoundError:
        raise RetentionError(f"{path} is missing; copy the one of the release") from None
    except NotYaml as error:
        raise RetentionError(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        least = 1 if field == "remind_unclosed_days" else SHORTEST
        raise RetentionError(
            f"{path}: {field}: {first['msg']}; write a whole number of days, {least} or more"
        ) from None
