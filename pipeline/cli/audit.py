"""`brudvagt audit`: reads every topic as an outsider, once, and says what does not fit."""

import asyncio
import sys
from dataclasses import asdict

import click

from pipeline.audit.audit import Report
from pipeline.audit.audit import audit as look
from pipeline.audit.policies import read_policies
from pipeline.audit.reading import take
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, print_json, print_table


@click.command()
@as_json
@pass_installation
def audit(installation: Installation, as_json: bool) -> None:
    """Check what lies in the topics, trusting no worker: balance, cases, deadlines, alerts, privacy, retention.

    Exit status 0: nothing found. 1: something to look at.
    """
    policies = read_policies(installation.settings.deploy_dir / "policies")
    snapshot = asyncio.run(take(installation.connection, installation.topics, installation.clock, policies))
    report = look(snapshot)
    if as_json:
        print_json(asdict(report))
    else:
        _show(report)
    sys.exit(1 if report.findings else 0)


def _show(report: Report) -> None:
    figures = report.figures
    print_table(
        "Findings",
        ["severity", "what", "where", "found", "what to do"],
        [(one.severity, one.code, one.where, one.sentence, one.remedy) for one in report.findings],
        empty="Nothing found.",
    )
    click.echo(figures.sentence)
    click.echo(
        f"{figures.records} records looked at; {figures.cases} cases, {figures.open_cases} open, "
        f"{figures.awaited} awaited; {figures.alerts} alerts; "
        + (", ".join(f"{number} {status}" for status, number in figures.deliveries.items()) or "no deliveries")
    )
    click.echo(f"{figures.dead_letters} dead letters, {figures.dead_letters_open} of them open")
