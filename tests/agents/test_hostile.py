"""200 malformed events: one outcome and one receipt each, every clock runs, one alert per producer, workers unmoved."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from schemas.alert import Alert, AlertKind
from schemas.case import CaseRecord
from schemas.facts import FactKind
from schemas.receipt import IngressOutcome, Receipt
from tests.agents.events import case, report
from tests.agents.mails import read_mail
from tests.agents.quiet import until_quiet
from tests.agents.running import STRUCTURED, Running
from tests.agents.watch import Watch
from tests.gate.hostile import malformed

SEED, MANY = 20261122, 200
BROKEN_FORM, BROKEN_EVENTS = "/forms/657/broken", 37
TOLERATED_PER_HOUR = 5  # more than this in an hour, and people are told the number
HOUR = timedelta(hours=1)

Named = tuple[tuple[str, str], int]
"""Municipality and source of a producer, and how many of its events in an hour could not be read."""


def broken(number: int) -> bytes:
    """Returns an event of a form whose vendor forgot the contract: legible source and id, an unknown channel."""
    return report(
        f"broken-{number}", {"report_channel": f"pigeon-{number}"}, number=f"broken-{number}", source=BROKEN_FORM
    )


async def test_each_of_200_malformed_events_ends_well(running: Running) -> None:
    """Everything that the promise says, on one burst, counted when nothing is left to do."""
    before = {role: worker.process.pid for role, worker in running.workers.items()}
    hostile = [(running.topics.reports, value, headers) for value, headers in malformed(SEED, MANY)]
    form = [(running.topics.reports, broken(number), STRUCTURED) for number in range(BROKEN_EVENTS)]
    async with Watch(running) as watch:
        positions = await running.send([*hostile, *form])
        await watch.answers(*positions)
        loud = numbers_to_name(watch.receipts)
        await watch.until(lambda: named(watch.alerts) == loud)
        (sound,) = await running.report(report("after-the-storm"))
        await watch.until(lambda: bool(watch.sent(case("after-the-storm"))))
        await until_quiet(running)
        await watch.until(lambda: len(told_in_mails(running)) >= len(loud))
        await watch.answers(sound)

    values = dict(zip(positions, [value or b"" for _, value, _ in [*hostile, *form]], strict=True))
    assert len(values) == len(positions) == MANY + BROKEN_EVENTS
    assert [len(watch.answered(position)) for position in positions] == [1] * len(positions)
    assert {watch.answered(position)[0].outcome for position in positions} == {IngressOutcome.REJECTED}

    for position in positions:
        (receipt,) = watch.answered(position)
        (reference,) = receipt.references
        record = watch.cases[reference]
        assert record.clocks[0].stopped_by is None
        assert record.clocks[0].deadline_at <= receipt.received_at + record.clocks[0].hours * HOUR
        assert any(values[other] == values[position] for other in told_at(record))  # the same bytes again join it
    buried = Counter((letter.topic, letter.partition, letter.offset) for letter in watch.letters)
    assert {buried[position] for position in positions} == {1}

    assert sum(number for who, number in loud if who == ("657", BROKEN_FORM)) == BROKEN_EVENTS
    assert named(watch.alerts) == loud
    assert told_in_mails(running) == sorted(number for _, number in loud)

    assert {role: worker.process.pid for role, worker in running.workers.items()} == before
    assert all(worker.process.poll() is None and worker.ready for worker in running.workers.values())


def numbers_to_name(receipts: Iterable[Receipt]) -> list[Named]:
    """Returns which producer must be named with which number, counted off the receipts by hour and municipality."""
    rejected = [one for one in receipts if one.outcome is IngressOutcome.REJECTED and one.topic.endswith(".reports")]
    hourly = Counter(
        ((one.municipality or "000", one.source or "unknown"), one.received_at.strftime("%Y-%m-%dT%H"))
        for one in rejected
    )
    return sorted((who, number) for (who, _), number in hourly.items() if number > TOLERATED_PER_HOUR)


def named(alerts: Iterable[Alert]) -> list[Named]:
    """Returns which producers the alerts name, with the number; one that is told twice is here twice."""
    told = [alert for alert in alerts if alert.kind is AlertKind.PRODUCER]
    return sorted(((alert.municipality, alert.producer or ""), alert.count or 0) for alert in told)


def told_in_mails(running: Running) -> list[int]:
    """Returns the numbers that the mails about unreadable reports name in their subjects."""
    subjects = [str(read_mail(path)[0]["Subject"]) for path in running.mails]
    matches = [re.search(r"(\d+) ulæselige indberetninger fra en formular", subject) for subject in subjects]
    return sorted(int(match[1]) for match in matches if match is not None)


def told_at(record: CaseRecord) -> set[tuple[str, int, int]]:
    """Returns the ingress positions that a case's facts of unreadable reports came from."""
    origins = [fact.origin for fact in record.facts if fact.kind == FactKind.REPORT_UNREADABLE]
    return {(one.topic, one.partition, one.offset) for one in origins if one is not None}
