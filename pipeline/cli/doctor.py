"""`brudvagt doctor`: what this machine has, what is missing, and how to get it."""

import sys

import click

from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, print_json, print_table
from pipeline.kafka.doctor import checks


@click.command()
@as_json
@pass_installation
def doctor(installation: Installation, as_json: bool) -> None:
    """Check Python, Java, Kafka's jars, disk, data directory, ports and, if one is named, the cluster."""
    found = checks(installation.settings)
    if as_json:
        print_json([{"name": c.name, "ok": c.ok, "detail": c.detail, "remedy": c.remedy} for c in found])
    else:
        rows = [(c.name, "ok" if c.ok else "MISSING", c.detail, "" if c.ok else c.remedy or "") for c in found]
        print_table(
            "Brudvagt on this machine", ["what", "state", "found", "what to do"], rows, empty="nothing to check"
        )
    sys.exit(0 if all(c.ok for c in found) else 1)
