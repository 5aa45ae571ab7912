"""`brudvagt plans`: checks contact plans and writes a starting file."""

from pathlib import Path

import click

from pipeline.cli.installation import Installation, pass_installation
from pipeline.delivery.channels.channel import CERTIFICATES, Site
from pipeline.delivery.channels.readiness import unready
from pipeline.municipalities import file_name, municipalities
from pipeline.plans.address import Destinations
from pipeline.plans.load import inspect
from pipeline.plans.plan import BLANK
from pipeline.plans.starter import starting_file

_SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "municipalities"
_directory = click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=_SHIPPED,
    show_default="deploy/municipalities",
    help="Where the plans lie.",
)


@click.group()
def plans() -> None:
    """Contact plans: who is told in which municipality, and how."""


@plans.command()
@_directory
@click.option(
    "--destinations",
    type=click.Choice([str(one) for one in Destinations]),
    default=str(Destinations.EXAMPLE_ONLY),
    show_default=True,
    help="Which addresses may be delivered to.",
)
@pass_installation
def check(installation: Installation, directory: Path, destinations: str) -> None:
    """Check every plan; exit status 1 if any has a fault. What the plans ask for and this installation is not set up for is
    noted: a channel that is not configured, a service without a URL, a certificate that has expired.
    """
    found = inspect(directory, destinations=Destinations(destinations))
    for problem in found.problems:
        click.echo(f"FEJL     {problem}")
    site = Site(installation.settings, directory / CERTIFICATES)
    warnings = [*found.warnings, *unready(found.plans, site, installation.clock.datetime())]
    for warning in warnings:
        click.echo(f"bemærk   {warning}")
    click.echo(
        f"{len(found.plans)} planer læst, {len(found.problems)} fejl, {len(warnings)} bemærkninger"
        f" ({', '.join(sorted(found.plans))})"
    )
    if found.problems:
        raise SystemExit(1)


@plans.command()
@click.argument("kode")
@_directory
def new(kode: str, directory: Path) -> None:
    """Write a commented starting file for the municipality KODE, such as 751."""
    if kode not in municipalities():
        raise click.BadParameter(
            "skriv kommunekoden med tre cifre, f.eks. 751; de 98 koder står i deploy/municipalities/kommuner.csv",
            param_hint="KODE",
        )
    taken = sorted(directory.glob(f"{kode}-*.yaml"))
    if taken:
        raise click.ClickException(f"{taken[0].name} findes allerede; ret i den")
    path = directory / file_name(kode)
    path.write_text(starting_file(kode), encoding="utf-8")
    click.echo(f"{path} er skrevet; udfyld, hvor der står {BLANK}, og kør: brudvagt plans check")
