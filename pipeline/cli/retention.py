"""`brudvagt retention`: which closed cases ought to be erased by now; with `--erase` a person orders it."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import click
from pydantic import JsonValue

from pipeline.cases.due import asks_nothing
from pipeline.cases.keeping import Keeping, load_keeping
from pipeline.cases.retention import ended_at, forget_from
from pipeline.cli.act import event
from pipeline.cli.cases import RISK_DA, STATUS_DA, records
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, local, print_json, print_table
from pipeline.cli.receipts import RECEIPT_BUDGET_S, exchange
from pipeline.kafka.reading import read_table
from schemas.actions import PREFIX
from schemas.case import CaseRecord
from schemas.receipt import IngressOutcome, Receipt
from schemas.values import Role

REASON = "Opbevaringstiden er udløbet."
NOTHING_DUE = "Ingen sager er over deres opbevaringstid."
UNANSWERED = "unanswered"
AT_ONCE = 200
"""Orders that are sent together: their receipts come within a second or two, long before the budget for them ends."""

ORDERED_BY = (Role.DECISION_MAKER, Role.OPERATIONS)


@click.command()
@click.option("--municipality", "-m", help="Only this kommunekode, such as 657.")
@click.option("--erase", is_flag=True, help="Order the erasure of what is listed.")
@click.option("--by", "by", metavar="ROLE:ID", help="Who orders it, such as decision_maker:direktion.")
@as_json
@pass_installation
def retention(installation: Installation, municipality: str | None, erase: bool, by: str | None, as_json: bool) -> None:
    """List the closed cases that are past their retention (deploy/retention.yaml), the oldest first.

    Without --erase nothing is ordered: it is the dry run. --erase with --by sends the act `erase` for each of them.
    Broken off, it is given again: what is erased by then is on no list any more.
    """
    due, left_open = asyncio.run(_due(installation, municipality))
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
        empty=NOTHING_DUE,
    )
    if due:
        click.echo(f"{len(due)} i alt. Intet er slettet; --erase --by ROLLE:ID bestiller det.")
    if left_open:
        click.echo(waiting(left_open))


def waiting(number: int) -> str:
    """Returns what to do about cases on which nothing is owed and that nobody has closed: their time never begins."""
    cases = (
        "1 sag er gjort færdig, men ikke lukket. Dens"
        if number == 1
        else (f"{number} sager er gjort færdige, men ikke lukket. Deres")
    )
    return (
        f"{cases} opbevaringstid begynder først, når nogen lukker: brudvagt cases --settled viser, hvad der kan lukkes."
    )


async def _due(installation: Installation, municipality: str | None) -> tuple[list[CaseRecord], int]:
    """Returns what is past its time, and how many cases only wait to be closed."""
    keeping, now = load_keeping(installation.settings.deploy_dir), installation.clock.datetime()
    found = records(await read_table(installation.connection, installation.topics.cases))
    mine = [one for one in found if municipality in (None, one.municipality)]
    return past_retention(mine, keeping, now), sum(map(asks_nothing, mine))


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
    answers: Counter[str] = Counter()
    rows: list[dict[str, JsonValue]] = []
    order: dict[str, JsonValue] = {"by": {"role": role, "local_id": local_id}, "reason": REASON}
    for begin in range(0, len(due), AT_ONCE):
        some = due[begin : begin + AT_ONCE]
        events = [event(PREFIX + "erase", one.reference, order) for one in some]
        receipts = asyncio.run(exchange(installation, installation.topics.actions, events))
        for case, receipt in zip(some, receipts, strict=True):
            answers[UNANSWERED if receipt is None else str(receipt.outcome)] += 1
            rows.append({"event": case.reference, **({} if receipt is None else receipt.model_dump(mode="json"))})
            if not as_json:
                click.echo(f"{len(rows)}/{len(due)} {case.reference}: {_told(receipt)}")
        if answers[UNANSWERED]:
            break  # nobody works there; what was ordered is kept, and more would only wait beside it
    if as_json:
        print_json(rows)
    else:
        click.echo(_summary(answers, len(due)))
    return 0 if answers[IngressOutcome.ACCEPTED] == len(due) else 1


def _told(receipt: Receipt | None) -> str:
    if receipt is None:
        return f"bestilt, uden svar inden {RECEIPT_BUDGET_S:g} s"
    if receipt.outcome is IngressOutcome.ACCEPTED:
        return "slettet"
    return "ikke slettet. " + "; ".join(f"{one.code}: {one.reason}. {one.remedy}" for one in receipt.problems)


def _summary(answers: Counter[str], due: int) -> str:
    """Returns what became of all of them, and what to do about the rest."""
    if not due:
        return NOTHING_DUE
    erased, silent = answers[IngressOutcome.ACCEPTED], answers[UNANSWERED]
    parts = [f"{erased} af {due} slettet"]
    if refused := answers[IngressOutcome.REJECTED]:
        parts.append(f"{refused} afvist")
    if silent:
        parts.append(f"{silent} uden svar: kører en casework-worker? Giv kommandoen igen, når den gør")
    if unordered := due - sum(answers.values()):
        parts.append(f"{unordered} ikke bestilt")
    return "; ".join(parts) + "."
