"""`brudvagt cases` and `brudvagt case REF`: what is open, ranked by time left; one case with its whole history."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import click
import orjson

from pipeline.cases.due import asks_nothing, next_due
from pipeline.cases.identity import NotAReference, read
from pipeline.cases.projection import open_obligations
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, left, local, print_json, print_table
from pipeline.delivery.ready import asked_for
from pipeline.engine.partitioner import partition_of
from pipeline.kafka.reading import read_table
from schemas.case import CaseRecord, Status
from schemas.delivery import INDEXES, Delivery
from schemas.heartbeat import is_beat
from schemas.row_version import must_be_read

RISK_DA = {"unlikely_risk": "næppe risiko", "risk": "risiko", "high_risk": "høj risiko"}
STATUS_DA = {Status.OPEN: "åben", Status.CLOSED: "lukket", Status.ABSORBED: "optaget i anden sag"}
LAST = datetime.max.replace(tzinfo=UTC)


def records(rows: Mapping[bytes, bytes]) -> list[CaseRecord]:
    """Returns the reported cases among a table's rows, ranked by time left; tallies, awaited acts and beats are none.

    Raises UnreadVersion if a newer Brudvagt wrote one of them: a list without it would look whole.
    """
    for key, row in rows.items():
        must_be_read(key, row)
    found = [
        CaseRecord.model_validate_json(row)
        for row in rows.values()
        if orjson.loads(row).get("kind") not in ("producer", "awaited")
    ]
    found = [case for case in found if not is_beat(case.municipality)]
    return sorted(found, key=by_time_left)


def by_time_left(case: CaseRecord) -> tuple[datetime, str]:
    """Returns what cases are ranked by: the deadline that comes first, those without one last; then the reference."""
    due = next_due(case)
    return LAST if due is None else due.at, case.reference


def deadline_cells(case: CaseRecord, now: datetime) -> tuple[str, str, str]:
    """Returns the deadline that comes first as a table says it: when, by which law, how much time is left."""
    due = next_due(case)
    return ("–", "–", "–") if due is None else (local(due.at), " og ".join(due.laws), left(due.at, now))


def owed_cell(case: CaseRecord) -> str:
    """Returns what is owed on the case as a table says it."""
    if asks_nothing(case):
        return "intet; kan lukkes"
    return ", ".join(one.name for one in open_obligations(case)) or "–"


@click.command()
@click.option("--municipality", "-m", help="Only this kommunekode, such as 657.")
@click.option("--all", "everything", is_flag=True, help="Closed and absorbed cases too.")
@click.option("--settled", is_flag=True, help="Only open cases on which nothing is owed: they wait to be closed.")
@as_json
@pass_installation
def cases(installation: Installation, municipality: str | None, everything: bool, settled: bool, as_json: bool) -> None:
    """List the cases, those with the least time left first, and by which law that deadline runs."""
    rows = asyncio.run(read_table(installation.connection, installation.topics.cases))
    found = [
        case
        for case in records(rows)
        if (asks_nothing(case) if settled else everything or case.status is Status.OPEN)
        and municipality in (None, case.municipality)
    ]
    if as_json:
        print_json([case.model_dump(mode="json", exclude={"facts"}) for case in found])
        return
    now = installation.clock.datetime()
    print_table(
        "Sager",
        ["sag", "risiko", "frist", "efter", "tid tilbage", "skyldes", "status"],
        [
            (
                case.reference,
                RISK_DA.get(str(case.outcome), "uvurderet"),
                *deadline_cells(case, now),
                owed_cell(case),
                STATUS_DA[case.status],
            )
            for case in found
        ],
        empty="Ingen åbne sager, hvor alt er gjort." if settled else "Ingen åbne sager.",
    )


@click.command()
@click.argument("ref")
@as_json
@pass_installation
def case(installation: Installation, ref: str, as_json: bool) -> None:
    """Show one case: clock, risk, obligations, every fact, every delivery."""
    try:
        reference = read(ref)
    except NotAReference as e:
        raise click.ClickException(str(e)) from None
    record, deliveries = asyncio.run(_load(installation, reference))
    if record is None or record.status is Status.AWAITED:  # an act that waits for its report is no case yet
        raise click.ClickException(f"there is no case {reference}; `brudvagt cases --all` lists what there is")
    if as_json:
        print_json({**record.model_dump(mode="json"), "deliveries": [d.model_dump(mode="json") for d in deliveries]})
        return
    _show(installation, record, deliveries)


async def _load(installation: Installation, reference: str) -> tuple[CaseRecord | None, list[Delivery]]:
    topics, key = installation.topics, reference.encode()
    partition = partition_of(key, topics.partitions)
    row = (await read_table(installation.connection, topics.cases, partition=partition)).get(key)
    log = await read_table(installation.connection, topics.deliveries)
    for its_key, its_row in log.items():
        must_be_read(its_key, its_row)
    deliveries = [Delivery.model_validate_json(row) for key, row in log.items() if not key.startswith(INDEXES)]
    mine = sorted((one for one in deliveries if one.alert.reference == reference), key=lambda d: d.alert.created_at)
    if row is None:
        return None, mine
    must_be_read(key, row)
    return CaseRecord.model_validate_json(row), mine


def _show(installation: Installation, record: CaseRecord, deliveries: list[Delivery]) -> None:
    now, assessment = installation.clock.datetime(), record.assessment
    click.echo(f"Sag {record.reference} – {STATUS_DA.get(record.status, record.status)}")
    for clock in record.clocks:
        running = "løber" if clock.stopped_by is None else "standset"
        click.echo(
            f"  Frist {local(clock.deadline_at)} ({running}, {left(clock.deadline_at, now)}) efter {clock.policy}"
        )
    if record.reopened_at is not None:
        click.echo(f"  Åbnet igen {local(record.reopened_at)}: noget er at gøre, som afslutningen ikke tog højde for")
    if record.settled is not None:
        click.echo(f"  Intet mangler siden {local(record.settled.since)}: sagen kan lukkes")
    if record.awareness is not None:
        click.echo(f"  Første signal {local(record.awareness.signal_at)}, kendskab {local(record.awareness.aware_at)}")
    if assessment is not None:
        fired = ", ".join(rule.rule for rule in assessment.rules if rule.blocked_by is None) or "ingen"
        click.echo(f"  Risiko {RISK_DA[assessment.outcome]} (score {assessment.score:.2f}, regler: {fired})")
        for missing in assessment.missing[:3]:
            click.echo(f"  Spørg: {missing.question_da}")
    print_table(
        "Forpligtelser",
        ["hvad", "hvem", "siden", "opfyldt"],
        [(o.name, o.role, local(o.since), "ja" if o.settled_by else "nej") for o in record.obligations],
        empty="Ingen forpligtelser.",
    )
    for kind in asked_for(record):
        click.echo(f"  Tekst, der ligger klar: brudvagt letter {record.reference} --kind {kind}")
    print_table(
        "Historik",
        ["tid", "hændelse", "af"],
        [
            (local(f.recorded_at), f"{f.kind} {f.body.get('rung', '')}".strip(), f"{f.by.role}:{f.by.local_id}")
            for f in record.facts
        ],
        empty="Ingen historik.",
    )
    print_table(
        "Alarmer",
        ["tid", "niveau", "til", "kanal", "forpligtelse", "trin", "status"],
        [
            (
                local(d.alert.created_at),
                d.alert.level,
                f"{d.alert.role}:{d.alert.recipient}",
                d.alert.channel,
                d.alert.obligation,
                d.alert.rung,
                d.status,
            )
            for d in deliveries
        ],
        empty="Ingen alarmer endnu.",
    )
