"""`brudvagt plan`: everything that will happen to a report, and when, without Kafka."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import click
from pydantic import JsonValue, TypeAdapter, ValidationError

from pipeline.cases.catalogue import Catalogue
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, print_json
from pipeline.clock.localtime import short_form
from pipeline.foresight.foresee import Foreseen, foresee
from pipeline.foresight.picture import text
from pipeline.foresight.script import ScriptError, read_script
from pipeline.foresight.svg import svg
from pipeline.plans.load import load_plans
from schemas.times import COPENHAGEN, ReportedTime

_TIME: TypeAdapter[datetime] = TypeAdapter(ReportedTime)
_ONE_DAY = "d"
OLD = timedelta(days=1)
_AT_MOST_DAYS = 366  # a report that nobody answers rings for ever


def received_at(installation: Installation, given: str | None) -> datetime:
    """Returns the time of receipt in UTC: as given, else now. Raises click.BadParameter for text that is no time."""
    if given is None:
        return installation.clock.datetime().replace(microsecond=0)
    try:
        return _TIME.validate_python(given)
    except ValidationError as e:
        raise click.BadParameter(e.errors()[0]["msg"], param_hint="--at") from None


at_option = click.option(
    "--at", "at", metavar="TIME", help="When the report is received: ISO 8601, Danish time without an offset. [now]"
)


def say_if_old(foreseen: Foreseen) -> None:
    """Tells on stderr of a report that is taken as received now and says that it was known long ago: an old example."""
    cases = [foreseen.world.cases.get(reference) for reference in foreseen.references]  # an act may have erased it
    known = [case.awareness.aware_at for case in cases if case is not None and case.awareness is not None]
    aware = min(known, default=foreseen.start)
    if foreseen.start - aware >= OLD:
        example = aware.astimezone(COPENHAGEN).strftime("%Y-%m-%dT%H:%M")
        click.echo(
            f"note: FILE says {short_form(aware)}, and it is received now; to receive it then: --at {example}", err=True
        )


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--acts", type=click.File("r", encoding="utf-8"), help="JSON lines: what people do, and how long after.")
@click.option("--until", "until", default="4d", show_default=True, metavar="LENGTH", help="How far ahead: 100h or 5d.")
@click.option("--svg", "drawing", type=click.Path(path_type=Path, dir_okay=False), help="Write the timeline as SVG.")
@at_option
@as_json
@pass_installation
def plan(
    installation: Installation,
    file: click.utils.LazyFile,
    acts: click.utils.LazyFile | None,
    until: str,
    drawing: Path | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Show what will happen to the report in FILE if nobody acts, or if the acts in a script happen.

    FILE is a structured CloudEvent. A line of the script is such as
    {"after": "PT3H", "act": "acknowledge", "by": "dpo:dpo"}.
    """
    start = received_at(installation, at)
    deploy = installation.settings.deploy_dir
    plans = load_plans(deploy / "municipalities", production=installation.settings.production)
    try:
        lines = read_script("" if acts is None else acts.read())
        foreseen = foresee(file.read(), lines, start, start + _length(until), Catalogue.load(deploy), plans)
    except ScriptError as e:
        raise click.ClickException(str(e)) from None
    if drawing is not None:
        try:
            drawing.write_text(svg(foreseen), encoding="utf-8")
        except OSError as e:
            raise click.BadParameter(f"{e}; name a file in a folder that is there", param_hint="--svg") from None
    if at is None:
        say_if_old(foreseen)
    if as_json:
        print_json(_data(foreseen))
        return
    for line in text(foreseen):
        click.echo(line)


def _length(text: str) -> timedelta:
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in ("h", _ONE_DAY) or not int(number):
        raise click.BadParameter("write a length such as 100h or 5d", param_hint="--until")
    hours = int(number) * (24 if unit == _ONE_DAY else 1)
    if hours > _AT_MOST_DAYS * 24:
        raise click.BadParameter(f"look {_AT_MOST_DAYS}d ahead at most", param_hint="--until")
    return timedelta(hours=hours)


def _data(foreseen: Foreseen) -> dict[str, JsonValue]:
    return {
        "start": foreseen.start.isoformat(),
        "end": foreseen.end.isoformat(),
        "references": list(foreseen.references),
        "happenings": [
            {"what": type(one).__name__, **{name: _json(value) for name, value in asdict(one).items()}}
            for one in foreseen.happenings
        ],
    }


def _json(value: object) -> JsonValue:
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case tuple():
            return [str(one) for one in value]
        case int() | None:
            return value
    return str(value)
