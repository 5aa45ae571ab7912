"""`brudvagt letter`: the text that lies ready for a person to send. Nothing is sent from here."""

import asyncio

import click

from pipeline.cases.identity import NotAReference, read
from pipeline.cli.installation import Installation, pass_installation
from pipeline.delivery.ready import LetterKind
from pipeline.delivery.ready import letter as ready
from pipeline.engine.partitioner import partition_of
from pipeline.kafka.reading import read_table
from pipeline.plans.load import load_plans
from pipeline.routing.tree import plan_for
from schemas.case import CaseRecord, Status
from schemas.row_version import must_be_read


@click.command()
@click.argument("ref")
@click.option("--kind", type=click.Choice([str(kind) for kind in LetterKind]), required=True, help="Whom it is for.")
@click.option("--language", type=click.Choice(["da", "en"]), default="da", show_default=True)
@click.option("--html", "as_html", is_flag=True, help="As a page, to be opened in a browser or put into a mail.")
@pass_installation
def letter(installation: Installation, ref: str, kind: str, language: str, as_html: bool) -> None:
    """Show the ready text of a kind for the case REF; its first line is the subject. A person sends it."""
    try:
        reference = read(ref)
    except NotAReference as e:
        raise click.ClickException(str(e)) from None
    settings = installation.settings
    plans = load_plans(settings.deploy_dir / "municipalities", production=settings.production)
    record = asyncio.run(_record(installation, reference))
    if record is None or record.status is Status.AWAITED:
        raise click.ClickException(f"there is no case {reference}; `brudvagt cases --all` lists what there is")
    text = ready(LetterKind(kind), record, plan_for(plans, record.municipality), language)
    click.echo(text.html if as_html else f"{text.subject}\n\n{text.plain}", nl=False)


async def _record(installation: Installation, reference: str) -> CaseRecord | None:
    key = reference.encode()
    partition = partition_of(key, installation.topics.partitions)
    row = (await read_table(installation.connection, installation.topics.cases, partition=partition)).get(key)
    if row is None:
        return None
    must_be_read(key, row)
    return CaseRecord.model_validate_json(row)
