"""Gives commands as a person at a terminal would: arguments, environment, standard input; sees output and status."""

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from pipeline.cli.__main__ import main


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> list[dict[str, object]]:
        """What `--json` printed, as a list of objects; raises ValueError if it is not one JSON document."""
        found = json.loads(self.out)
        return found if isinstance(found, list) else [found]


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs `brudvagt …` in this process; whatever `main` does not handle fails the test as a traceback would."""

    environment: Mapping[str, str]
    patch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[bytes]

    def __call__(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Said:
        """Returns what `brudvagt ARGUMENTS` says; `environment` goes on top of the terminal's own."""
        for name, value in {**self.environment, **environment}.items():
            self.patch.setenv(name, value)
        self.patch.setattr(sys, "argv", ["brudvagt", *arguments])
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        self.captured.readouterr()
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        out, err = self.captured.readouterr()
        return Said(status, out.decode(), err.decode())
