"""`brudvagt retention`: which closed cases ought to be erased by now; with `--erase` a person orders it."""

import asyncio
import sys
from collections.abc import Iterable
from datetime import datetime

import click
from pydantic import JsonValue

from pipeline.cases.keeping import Keeping, load_keeping
from pipeline.cases.retention import ended_at, forget_from
from pipeline.cli.act import event
from pipeline.cli.cases import RISK_DA, STATUS_DA, records
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, local, print_json, print_table
from pipeline.cli.receipts import deliver
from pipeline.kafka.reading import read_table
from schemas.actions import PREFIX
from schemas.case import CaseRecord
from schemas.values import Role

REASON = "Opbevaringstiden er udløbet."
ORDERED_BY = (Role.DECISION_MAKER, Role.OPERATIONS)


@click.command()
@click.option("--municipality", "-m", help="Only this kommunekode, such as 657.")
@click.option("--erase", is_flag=True, help="Order the erasure of what is listed.")
@click.option("--by", "by", metavar="ROLE:ID", help="Who orders it, such as decision_maker:direktion.")
@as_json
@pass_installation
def retention(installation: Installation, municipality: str | None, erase: bool, by: str | None, as_json: bool) -> None:
    """List the closed cases that are past their retention (deploy/retention.yaml), the oldest first.

    Nothing is erased by itself: --erase with --by sends the act `erase` for each of them.
    """
    due = asyncio.run(_due(installation, municipality))
    if erase:
        sys.exit(_order(installation, due, by, as_json=as_json))
    if as_json:
        print_json([{"reference": one.reference, "ended_at": ended_at(one)} for one in due])
        return
    print_table(
        "Sager, hvis opbevaringstid er udløbet",
        ["sag", "risiko", "tilstand", "afsluttet"],
        [
            (one.reference, RISK_DA.get(str(one.outcome), "uvurderet"), STATUS_DA[one.status], local(ended_at(one)))
            for one in due
        ],
        empty="Ingen sager er over deres opbevaringstid.",
    )


async def _due(installation: Installation, municipality: str | None) -> list[CaseRecord]:
    keeping, now = load_keeping(installation.settings.deploy_dir), installation.clock.datetime()
    found = records((await read_table(installation.connection, installation.topics.cases)).values())
    return past_retention([one for one in found if municipality in (None, one.municipality)], keeping, now)


def past_retention(cases: Iterable[CaseRecord], keeping: Keeping, now: datetime) -> list[CaseRecord]:
    """Returns those of `cases` that ought to be erased by `now`, the longest overdue first."""
    ripe = [
        (at, one) for one in cases if (at := forget_from(one, keeping.time(one.municipality))) is not None and at <= now
    ]
    return [one for _, one in sorted(ripe, key=lambda pair: (pair[0], pair[1].reference))]


def _order(installation: Installation, due: list[CaseRecord], by: str | None, *, as_json: bool) -> int:
    role, _, local_id = (by or "").partition(":")
    if role not in ORDERED_BY or not local_id:
        roles = " or ".join(ORDERED_BY)
        raise click.BadParameter(f"erasure is ordered by {roles}: write ROLE:ID", param_hint="--by")
    if not due:
        click.echo("Ingen sager er over deres opbevaringstid.")
        return 0
    order: dict[str, JsonValue] = {"by": {"role": role, "local_id": local_id}, "reason": REASON}
    events = [(one.reference, event(PREFIX + "erase", one.reference, order)) for one in due]
    return deliver(installation, installation.topics.actions, events, as_json=as_json)
