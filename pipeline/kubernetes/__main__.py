"""`python -m pipeline.kubernetes write|tenants`: the manifests that follow from the code."""

from pathlib import Path

import click

from pipeline.kubernetes.manifests import files, kafka_files, write
from pipeline.settings import SettingsError, load

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


@click.group()
def main() -> None:
    """Kubernetes manifests of topics, users and alert rules, from their one definition."""


@main.command(name="write")
def write_files() -> None:
    """Write them below deploy/kubernetes."""
    for file in write(DEPLOY / "kubernetes", files(DEPLOY)):
        click.echo(str(file.relative_to(DEPLOY.parent)))


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def tenants(folder: Path) -> None:
    """Write topics and users for the municipalities of BRUDVAGT_TENANTS to FOLDER, in the place of kafka/."""
    try:
        wanted = load().tenants
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    for file in write(folder, kafka_files(DEPLOY, wanted)):
        click.echo(str(file))


if __name__ == "__main__":
    main()
