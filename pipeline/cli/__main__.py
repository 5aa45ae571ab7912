"""`brudvagt`: the one entry point. Errors that a person can mend come out as one sentence, without a traceback."""

import importlib
import sys

import click
from pydantic import ValidationError

from pipeline.backup.file import BackupError
from pipeline.cases.keeping import RetentionError
from pipeline.clock.policy import PolicyError
from pipeline.kafka.errors import KafkaSetupError
from pipeline.plans.problems import PlanErrors
from pipeline.settings import SettingsError
from pipeline.severity.ruleset import RuleSetError
from pipeline.web.link_keys import LinkKeysError
from schemas.row_version import UnreadVersion

COMMANDS = {
    "up": "up",
    "worker": "worker",
    "report": "report",
    "act": "act",
    "cases": "cases",
    "case": "cases",
    "letter": "letter",
    "watch": "watch",
    "validate": "validate",
    "deadletters": "deadletters",
    "topics": "topics",
    "tenants": "tenants",
    "plans": "plans",
    "deadline": "deadline",
    "assess": "assess",
    "evaluate": "evaluate",
    "reassess": "reassess",
    "plan": "plan",
    "route": "route",
    "web": "web",
    "retention": "retention",
    "audit": "audit",
    "stages": "stages",
    "doctor": "doctor",
    "export": "export",
    "import": "import_",
}
"""Each command and the module that holds it; a module is imported only when its command is used."""

_NAMES = {"import": "import_"}
"""Commands that cannot have their own name in Python."""

MENDABLE = (
    BackupError,
    KafkaSetupError,
    LinkKeysError,
    LookupError,
    PlanErrors,
    PolicyError,
    RetentionError,
    RuleSetError,
    SettingsError,
    UnreadVersion,
    ValidationError,
)
"""Errors whose message says what is wrong, where, and what to do."""


class Commands(click.Group):
    """The commands in the order above, each imported when it is needed: help and workers start quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the commands' names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Returns a command, or None for a word that is none."""
        if cmd_name not in COMMANDS:
            return None
        found = getattr(importlib.import_module(f"pipeline.cli.{COMMANDS[cmd_name]}"), _NAMES.get(cmd_name, cmd_name))
        assert isinstance(found, click.Command)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="brudvagt")
def brudvagt() -> None:
    """Watch over personal-data breaches: reports in, the clock started, the right people told in time."""


def main() -> None:
    """Runs the command line; status 0 is done, 1 an error told in words, 2 wrong usage, 70 a worker that gave up."""
    try:
        brudvagt(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as e:
        e.show()
        sys.exit(e.exit_code)
    except MENDABLE as e:
        click.echo(f"brudvagt: {e}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
