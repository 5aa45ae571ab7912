"""`brudvagt deadline`: by when, if the controller became aware at that time."""

import json
from datetime import datetime
from pathlib import Path

import click
from pydantic import TypeAdapter, ValidationError

from pipeline.clock.awareness import first_start
from pipeline.clock.deadline import Readings, readings
from pipeline.clock.durations import add
from pipeline.clock.localtime import deadline_form, long_form, period_form
from pipeline.clock.policy import NoPolicy, Policy, PolicyError, choose, load_policies, named
from pipeline.clock.rules import PolicyStatus, Step
from schemas.times import COPENHAGEN, ReportedTime

POLICIES = Path(__file__).parents[2] / "deploy" / "policies"
_TIME: TypeAdapter[datetime] = TypeAdapter(ReportedTime)
_LABELS = {
    "strict": "Frist (løbende timer)",
    "hour_rule": "Timereglen, art. 3, stk. 1",
    "extended_full": "Forlænget, hele arbejdsdage",
    "extended_part": "Forlænget, dele af arbejdsdage",
}
_STAGES = {
    "early_warning": "Tidlig varsling",
    "notification": "Underretning",
    "interim": "Statusrapport",
    "final": "Endelig rapport",
}
_NOTE = "De øvrige læsninger af forordning 1182/71 er til oplysning; de forlængede er omstridte."


@click.command()
@click.argument("time")
@click.option(
    "--policy", "policy_name", help="Policy to count by, such as gdpr33-dk; default: the one in force at TIME."
)
@click.option("--json", "output", flag_value="json", default=None, help="Print the readings as JSON.")
@click.option(
    "--policies",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=POLICIES,
    help="Folder of policy files.",
)
def deadline(time: str, policy_name: str | None, output: str | None, policies: Path) -> None:
    """Show every reading of the deadline that runs from TIME, when the controller became aware.

    TIME is ISO 8601, such as 2026-11-20T15:45; without an offset it is Danish local time.
    """
    aware_at = _aware_at(time)
    try:
        known = load_policies(policies)
        policy = named(known, policy_name) if policy_name else choose(known, aware_at)
    except NoPolicy as e:
        begins = "" if policy_name else f"; is the year right? the law begins on {_day(first_start(known))}"
        raise click.ClickException(f"{e}{begins}") from None
    except PolicyError as e:
        raise click.ClickException(str(e)) from None
    counted = readings(aware_at, policy)
    for note in _notes(time, aware_at, policy):
        click.echo(note, err=True)
    if output == "json":
        told: dict[str, object] = {name: at.astimezone(COPENHAGEN).isoformat() for name, at in _each(counted)}
        if policy.steps:
            told["steps"] = {name: at.astimezone(COPENHAGEN).isoformat() for name, at in _dated(policy, aware_at)}
        click.echo(json.dumps(told))
        return
    click.echo(f"Kendskab:  {long_form(aware_at)}")
    click.echo(f"Regel:     {policy.legal_basis} ({policy.name}), {policy.hours:g} timer")
    for name, at in _each(counted):
        click.echo(f"{_LABELS[name]:<31} {deadline_form(at)}")
    for step in policy.steps:
        click.echo(f"{_stage(step.name):<31} {_due(step, aware_at)}")
    click.echo(f"Alarmer følger {'det trin, der mangler først' if policy.steps else 'den første'}. {_NOTE}")


def _aware_at(text: str) -> datetime:
    try:
        return _TIME.validate_python(text)
    except ValidationError as e:
        raise click.BadParameter(e.errors()[0]["msg"], param_hint="TIME") from None


def _each(counted: Readings) -> list[tuple[str, datetime]]:
    return [(name, getattr(counted, name)) for name in _LABELS]


def _dated(policy: Policy, aware_at: datetime) -> list[tuple[str, datetime]]:
    """Returns the stages of a notification that count from awareness, and when each is due."""
    counted = (one for one in policy.steps if one.after == "trigger")
    return [(one.name, add(aware_at, one.period)) for one in counted if one.period is not None]


def _due(step: Step, aware_at: datetime) -> str:
    if step.period is None:
        return "når myndigheden beder om den"
    if step.after == "trigger":
        return deadline_form(add(aware_at, step.period))
    return f"{period_form(step.period)} efter {_stage(step.after).lower()}"


def _stage(name: str) -> str:
    return _STAGES.get(name, name)


def _day(at: datetime) -> str:
    return f"{at.astimezone(COPENHAGEN):%Y-%m-%d}"


def _notes(text: str, aware_at: datetime, policy: Policy) -> list[str]:
    notes = []
    if datetime.fromisoformat(text).tzinfo is None:
        local = aware_at.astimezone(COPENHAGEN)
        twice = local.utcoffset() != local.replace(fold=1).utcoffset()
        notes.append(
            f"note: TIME has no offset; read as Danish local time, {local.isoformat()}"
            + ("; that hour came twice, the earlier one counts unless you give the offset" if twice else "")
        )
    if policy.status is not PolicyStatus.IN_FORCE:
        notes.append(f"note: {policy.name} is a {policy.status}; it applies to no case")
    return notes
