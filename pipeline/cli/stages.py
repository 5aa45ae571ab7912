"""`brudvagt stages`: what each stage is doing, partition by partition: owner, lag, transactions, timers, last error."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
import click

from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, local, print_json, print_table
from pipeline.engine.status import PartitionStatus
from pipeline.engine.trace import LastError
from pipeline.kafka.groups import Group, describe_groups
from pipeline.roles import WORKER_PORTS
from pipeline.settings import Settings

STAGES = ("intake", "casework", "routing", "delivery")
ANSWER_BUDGET_S = 5.0


class NothingRuns(click.ClickException):
    """Neither the cluster nor a worker knows of a running stage."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What one worker says of its stages."""

    worker: str
    stages: Mapping[str, Mapping[int, PartitionStatus]]


@dataclass(frozen=True, slots=True)
class Line:
    """One partition of one stage: what the cluster knows of it, and what its worker says, if that answers."""

    stage: str
    partition: int
    owner: str | None
    lag: int | None
    worker: PartitionStatus | None


def worker_urls(settings: Settings) -> list[str]:
    """Returns where the workers of this machine serve their health pages: their own ports, or two neighbouring ones."""
    host = "127.0.0.1" if settings.health_host in ("0.0.0.0", "::") else settings.health_host  # noqa: S104
    first = settings.health_port
    return [f"http://{host}:{first + n if first else own}" for n, own in enumerate(WORKER_PORTS.values())]


async def ask(session: aiohttp.ClientSession, url: str) -> Answer | None:
    """Returns what the worker at a URL says, None if nobody answers there."""
    try:
        async with session.get(f"{url.rstrip('/')}/stages") as answer:
            answer.raise_for_status()
            told = await answer.json()
    except (aiohttp.ClientError, TimeoutError):
        return None
    stages = {
        name: {one["partition"]: PartitionStatus(**{**one, "last_error": _error(one["last_error"])}) for one in found}
        for name, found in told["stages"].items()
    }
    return Answer(str(told["worker"]), stages)


def _error(told: dict[str, str | float] | None) -> LastError | None:
    return None if told is None else LastError(float(told["at"]), *(str(told[n]) for n in ("error", "where", "batch")))


async def ask_all(urls: Sequence[str]) -> list[Answer | None]:
    """Asks every worker at once."""
    budget = aiohttp.ClientTimeout(total=ANSWER_BUDGET_S)
    async with aiohttp.ClientSession(timeout=budget) as session:
        return list(await asyncio.gather(*(ask(session, url) for url in urls)))


def lines(groups: Mapping[str, Group], answers: Sequence[Answer], partitions: int) -> list[Line]:
    """Joins both sources. The cluster says who owns a partition; a worker is believed about the ones it owns only."""
    found = []
    for stage, group in groups.items():
        for number in range(partitions):
            owner = group.owner(number)
            status = next(
                (
                    one.stages[stage][number]
                    for one in answers
                    if owner is not None and one.worker == owner.name and number in one.stages.get(stage, {})
                ),
                None,
            )
            name = None if owner is None else f"{owner.name} ({owner.address})"
            found.append(Line(stage, number, name, group.lag.get(number), status))
    return found


def unsettled(groups: Mapping[str, Group]) -> list[str]:
    """Returns a sentence for each stage whose group is sharing out its partitions at this moment."""
    return [
        f"{stage}: its partitions are being shared out among {len(group.members)} workers; look again in a moment."
        for stage, group in groups.items()
        if group.state in ("PreparingRebalance", "CompletingRebalance")
    ]


@click.command()
@click.option("--worker", "urls", multiple=True, help="Where a worker serves its health pages; may be repeated.")
@as_json
@pass_installation
def stages(installation: Installation, urls: tuple[str, ...], as_json: bool) -> None:
    """Show each stage's partitions: owner, lag, transactions, timers and the last error of a handler.

    Owners and lag come from Kafka, the rest from the workers themselves: by default those of this machine, on
    ports 9201 and 9202 or from BRUDVAGT_HEALTH_PORT on. Exit status 1 if a partition has no owner.
    """
    for url in urls:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise click.BadParameter(f"{url!r} must look like http://host:9201", param_hint="--worker")
    asked = list(urls) or worker_urls(installation.settings)
    prefix = installation.topics.prefix
    described = asyncio.run(describe_groups(installation.connection, [f"{prefix}.{stage}" for stage in STAGES]))
    groups = dict(zip(STAGES, described, strict=True))
    answers = asyncio.run(ask_all(asked))
    if not any(group.members for group in described) and not any(answers):
        raise NothingRuns(
            f"No stage of {prefix}.* runs: its consumer groups have no members, and no worker answers at "
            f"{' or '.join(asked)}. Start them with `brudvagt up`, or `brudvagt worker casework` and "
            "`brudvagt worker alerting`."
        )
    found = lines(groups, [one for one in answers if one is not None], installation.topics.partitions)
    if as_json:
        print_json([asdict(line) for line in found])
    else:
        _print(found, [url for url, answer in zip(asked, answers, strict=True) if answer is None], installation)
    for sentence in unsettled(groups):
        click.echo(sentence, err=True)
    sys.exit(0 if all(line.owner for line in found) else 1)


def _print(found: Sequence[Line], silent: Sequence[str], installation: Installation) -> None:
    print_table(
        "Stages",
        ["stage", "p", "owner", "state", "lag", "rows", "transactions", "timers", "next", "last error"],
        [(line.stage, str(line.partition), line.owner or "NOBODY", *_cells(line, installation)) for line in found],
        empty="no stages",
    )
    if any(line.owner and line.worker is None for line in found):
        where = f" Nobody answers at {' or '.join(silent)}." if silent else ""
        click.echo(f"– : the owner was not asked.{where} Name its address: --worker http://HOST:PORT", err=True)


def _cells(line: Line, installation: Installation) -> tuple[str, ...]:
    lag = "–" if line.lag is None else str(line.lag)
    status = line.worker
    if status is None:
        return ("–", lag, "–", "–", "–", "–", "–")
    timers = f"{status.timers}, {status.parked} PARKED" if status.parked else str(status.timers)
    due = None if status.next_timer is None else datetime.fromtimestamp(status.next_timer, UTC)
    return (status.state, lag, str(status.rows), str(status.transactions), timers, local(due), _told(status))


def _told(status: PartitionStatus) -> str:
    error = status.last_error
    if error is None:
        return "none"
    return f"{local(datetime.fromtimestamp(error.at, UTC))} {error.error} at {error.where} on {error.batch}"
