"""`brudvagt assess`: the advice on an incident from its event files, without Kafka."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from pipeline.cases.minting import kind_of
from pipeline.cli.output import as_json, print_json, print_table
from pipeline.severity.assess import assess as assessed
from pipeline.severity.explain import explain
from pipeline.severity.ruleset import RuleSet, RuleSetError, load_ruleset, load_rulesets
from schemas.actions import By
from schemas.assessment import Assessment
from schemas.facts import Fact, FactKind
from schemas.times import COPENHAGEN
from schemas.values import Role

ROOT = Path(__file__).parents[2]
RULESETS = ROOT / "deploy" / "rulesets"
ruleset_option = click.option(
    "--ruleset", "ruleset_name", help="Rule set to judge by, such as dk-severity.v1, or a file; default: the newest."
)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@as_json
@click.option("--explain", "language", type=click.Choice(["da", "en"]), help="Print the register's paragraph.")
@ruleset_option
def assess(
    files: tuple[Path, ...], as_json: bool, language: Literal["da", "en"] | None, ruleset_name: str | None
) -> None:
    """Assess the events in FILES (CloudEvents as JSON; bare report data works too) as one incident."""
    facts = [_fact(path, place) for place, path in enumerate(files)]
    found = assessed(facts, the_ruleset(ruleset_name), facts[0].municipality)
    if as_json:
        print_json(found.model_dump(mode="json"))
    elif language is not None:
        click.echo(explain(found, language))
    else:
        _show(found)


def the_ruleset(name: str | None, directory: Path = RULESETS) -> RuleSet:
    """Returns the rule set called `name` (version or id), the one in the file `name` (*.yaml), or the newest.

    Raises ClickException that lists the names, or says what is wrong with the file.
    """
    try:
        if name is not None and name.endswith(".yaml"):
            return load_ruleset(Path(name))
        rulesets = load_rulesets(directory)
    except (RuleSetError, OSError) as e:
        raise click.ClickException(str(e)) from None
    fitting = [r for r in rulesets if name in (None, r.name, r.id)]
    if not fitting:
        raise click.ClickException(f"no rule set {name!r}; there are {', '.join(r.name for r in rulesets)}")
    return max(fitting, key=lambda r: r.valid_from)


def _fact(path: Path, place: int) -> Fact:
    try:
        event = json.loads(path.read_bytes())
    except (ValueError, UnicodeDecodeError) as e:
        raise click.ClickException(f"{path}: not JSON: {e}") from None
    if not isinstance(event, dict):
        raise click.ClickException(f"{path}: holds no event; a CloudEvent is a JSON object")
    data = event.get("data", event)
    body = data if isinstance(data, dict) else {}
    event_type = event.get("type")
    try:
        kind = kind_of(event_type, body) if isinstance(event_type, str) else FactKind.REPORT_RECEIVED
    except KeyError:
        raise click.ClickException(f"{path}: type: {event_type!r} is no event of this contract") from None
    at = datetime(2000, 1, 1, 0, 0, place % 60, tzinfo=COPENHAGEN)  # the files' order is the order of receipt
    municipality = str(event.get("municipality", "000"))
    return Fact(
        fact_id=hashlib.sha256(f"{place}:{path}".encode()).hexdigest()[:32],
        kind=kind,
        case_id=f"{municipality}-00000-00000-0",
        municipality=municipality,
        occurred_at=at,
        recorded_at=at,
        by=_by(body),
        sender=str(event.get("source", path.name)),
        body=body,
    )


def _by(body: dict[str, object]) -> By:
    by = body.get("by")
    return By.model_validate(by) if isinstance(by, dict) else By(role=Role.SENDER, local_id="file")


def _show(found: Assessment) -> None:
    click.echo(f"Outcome:  {found.outcome} ({found.band}); at worst {found.worst} ({found.worst_band})")
    click.echo(f"Score:    {found.dpc:g} x {found.ei:g} + {found.cb:g} = {found.score:g}  ({found.ruleset})")
    click.echo(f"Notify Datatilsynet: {'yes' if found.notify_authority else 'no'}")
    click.echo(f"Tell the persons:    {'yes' if found.inform_subjects else 'no'}")
    if found.safety:
        click.echo("A protected address or a person's safety is involved or hinted at: act now.")
    print_table(
        "Rules",
        ("rule", "effect", "because", "blocked by"),
        [(r.rule, r.effect, r.because, r.blocked_by or "") for r in found.rules],
        empty="No rule applied.",
    )
    print_table(
        "Ask next",
        ("question", "leads to"),
        [(m.question_en, ", ".join(f"{a}: {b}" for a, b in m.leads_to.items())) for m in found.missing],
        empty="Nothing that could change this is missing.",
    )
