"""`python -m pipeline.kubernetes write`: the manifests that follow from the code."""

from pathlib import Path

import click

from pipeline.kubernetes.manifests import write

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


@click.group()
def main() -> None:
    """Kubernetes manifests of topics, users and alert rules, from their one definition."""


@main.command(name="write")
def write_files() -> None:
    """Write them below deploy/kubernetes."""
    for file in write(DEPLOY):
        click.echo(str(file.relative_to(DEPLOY.parent)))


if __name__ == "__main__":
    main()
