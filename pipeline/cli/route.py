"""`brudvagt route`: whom a report would reach, by which channel, when, and which rule decided."""

import click

from pipeline.cases.catalogue import Catalogue
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, print_json
from pipeline.cli.plan import at_option, received_at, say_if_old
from pipeline.clock.localtime import short_form
from pipeline.foresight.danish import level, obligation, person, sentence
from pipeline.foresight.explain import Reach, explain
from pipeline.foresight.happenings import Alerted, ClockStopped, Refused
from pipeline.foresight.timeline import deadlines, outcome, shown
from pipeline.plans.load import load_plans


@click.command()
@click.argument("file", type=click.File("rb"))
@at_option
@as_json
@pass_installation
def route(installation: Installation, file: click.utils.LazyFile, at: str | None, as_json: bool) -> None:
    """Explain whom the report in FILE would reach if nobody acts: who, how, when, and why.

    FILE is a structured CloudEvent. Each person stands once for each thing that is asked, at the first time.
    """
    deploy = installation.settings.deploy_dir
    plans = load_plans(deploy / "municipalities", production=installation.settings.production)
    start = received_at(installation, at)
    foreseen, reached = explain(file.read(), start, Catalogue.load(deploy), plans)
    if at is None:
        say_if_old(foreseen)
    if as_json:
        print_json([_data(one) for one in reached])
        return
    for one in foreseen.happenings:
        if isinstance(one, Refused):
            click.echo(sentence(one))
    for reference in foreseen.references:
        found = shown(foreseen.happenings, reference)
        click.echo(f"Sag {reference} · {foreseen.world.plan(reference[:3]).name}")
        stopped = {one.law: one for one in found if isinstance(one, ClockStopped)}
        if (held := outcome(found)) is not None:
            click.echo(sentence(held))
        for clock in deadlines(found):
            click.echo(sentence(stopped.get(clock.law, clock)))
        for reach in reached:
            if reach.alert.reference in (reference, None):
                click.echo(_line(reach))


def _line(reach: Reach) -> str:
    alert = reach.alert
    head = f"{short_form(alert.at)}  {level(alert.level)}  {person(alert.role, alert.local_id)}  {reach.address}"
    return "\n".join([head, f"    {obligation(alert.obligation)}", *(f"    – {rule}" for rule in reach.rules)])


def _data(reach: Reach) -> dict[str, object]:
    alert: Alerted = reach.alert
    return {
        "at": alert.at.isoformat(),
        "reference": alert.reference,
        "level": str(alert.level),
        "obligation": alert.obligation,
        "rung": alert.rung,
        "role": alert.role,
        "local_id": alert.local_id,
        "channel": alert.channel,
        "address": reach.address,
        "round": alert.round,
        "step": alert.step,
        "why": list(alert.why),
        "rules": list(reach.rules),
    }
