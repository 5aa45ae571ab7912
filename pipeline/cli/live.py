"""A running installation, judged by what its own processes say of themselves: the alert rules, asked once and by hand."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from pipeline.kafka.doctor import Check
from pipeline.roles import HEALTH_PORTS, PAGE
from pipeline.settings import Settings

ANSWER_BUDGET_S: Final = 5.0
STALLED_S: Final = 300.0  # as the rule for a stalled stage: work waits no five minutes
AUDIT_AGE_S: Final = 3600.0
CLOCK_OFF_S: Final = 30.0
DISK_FREE: Final = 0.10
RETENTION_SHARE: Final = 0.8
SWITCH: Final = "BrudvagtDeadMansSwitch"
RUNBOOKS: Final = "docs/runbooks"


@dataclass(frozen=True, slots=True)
class Process:
    """What one process answered: whether it is ready, and its samples as (name, labels, value)."""

    ready: bool
    samples: tuple[tuple[str, Mapping[str, str], float], ...]

    def values(self, name: str, **labels: str) -> list[float]:
        """Returns the values of a metric's series that have these labels."""
        wanted = labels.items()
        return [value for known, given, value in self.samples if known == name and wanted <= dict(given).items()]


def urls(settings: Settings) -> dict[str, str]:
    """Returns where each process of this machine serves its health pages."""
    host = "127.0.0.1" if settings.health_host in ("0.0.0.0", "::") else settings.health_host  # noqa: S104
    first = settings.health_port
    return {role: f"http://{host}:{first + n if first else own}" for n, (role, own) in enumerate(HEALTH_PORTS.items())}


async def ask(where: Mapping[str, str]) -> dict[str, Process | None]:
    """Returns what each process answers; None for one that does not."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_BUDGET_S)) as session:
        found = await asyncio.gather(*(_ask(session, url) for url in where.values()))
    return dict(zip(where, found, strict=True))


async def _ask(session: aiohttp.ClientSession, url: str) -> Process | None:
    try:
        async with session.get(f"{url}/readyz") as ready, session.get(f"{url}/metrics") as page:
            text = await page.text()
            families = list(text_string_to_metric_families(text))
            samples = tuple((one.name, one.labels, one.value) for family in families for one in family.samples)
            return Process(ready.status == 200, samples)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None


def judge(found: Mapping[str, Process | None], now: float) -> Iterator[Check]:
    """Yields a check for each thing that an alert watches and one look can tell; `now` in real unix seconds.

    What takes two looks (a rate, a restart, a position that stands still) Prometheus tells: `firing`.
    """
    for role, process in found.items():
        state = (
            "does not answer" if process is None else "ready" if process.ready else "not ready: see /readyz and its log"
        )
        if role != PAGE:
            yield _check(role, process is not None and process.ready, state, "worker-down")
        elif process is not None:
            yield _check("page", process.ready, "sees the cases" if process.ready else "sees no case", "page-blind")
        elif not _unlinked(found["alerting"]):
            yield _check("page", False, f"{state}, and alerts link to it", "page-missing")
    workers = [found[role] for role in ("casework", "alerting")]
    known = [process for process in workers if process is not None]
    if known:
        yield from _stages(known)
        faults = max((one for worker in known for one in worker.values("brudvagt_plan_faults")), default=0.0)
        yield _check("contact plans", faults == 0, f"{faults:.0f} faults in changed files", "plan-faulty")
    if (casework := found["casework"]) is not None:
        yield from _deadlines(casework)
    if (heart := found["heartbeat"]) is not None:
        yield _heartbeat(heart, now)
    if (auditor := found["auditor"]) is not None:
        yield from _audit(auditor, now)


def _unlinked(alerting: Process | None) -> bool:
    """Whether no alert leads to a page: an installation may be without one."""
    return alerting is not None and alerting.values("brudvagt_page_linked") == [0.0]


def _stages(workers: list[Process]) -> Iterator[Check]:
    lag = sum(number for one in workers for number in one.values("brudvagt_stage_lag_records"))
    oldest = max((age for one in workers for age in one.values("brudvagt_stage_oldest_unhandled_seconds")), default=0.0)
    yield _check(
        "work that waits", oldest < STALLED_S, f"{lag:.0f} records, the oldest for {oldest:.0f} s", "stage-stalled"
    )
    parked = sum(number for one in workers for number in one.values("brudvagt_stage_timers_parked"))
    yield _check("timers", parked == 0, f"{parked:.0f} parked", "timer-parked")
    off = max((abs(one) for worker in workers for one in worker.values("brudvagt_clock_offset_seconds")), default=0.0)
    yield _check("clock", off <= CLOCK_OFF_S, f"{off:.1f} s off the broker's", "clock-off")


def _deadlines(casework: Process) -> Iterator[Check]:
    for band, runbook in (("overdue", "deadline-missed"), ("under_4h", "deadline-near")):
        number = sum(casework.values("brudvagt_cases_open", band=band))
        yield _check(f"cases {band.replace('_', ' ')}", number == 0, f"{number:.0f}", runbook)


def _heartbeat(heart: Process, now: float) -> Check:
    last = max(heart.values("brudvagt_heartbeat_last_success_timestamp_seconds"), default=0.0)
    interval = max(heart.values("brudvagt_heartbeat_interval_seconds"), default=0.0)
    said = f"{now - last:.0f} s ago" if last else "none has come all the way yet"
    return _check("heartbeat", bool(last) and now - last <= 3 * interval, said, "heartbeat-missing")


def _audit(auditor: Process, now: float) -> Iterator[Check]:
    last = max(auditor.values("brudvagt_audit_last_run_timestamp_seconds"), default=0.0)
    said = f"{now - last:.0f} s ago" if last else "none was done yet"
    yield _check("audit", bool(last) and now - last <= AUDIT_AGE_S, said, "auditor-silent")
    critical = sum(auditor.values("brudvagt_audit_findings", severity="critical"))
    yield _check("audit findings", critical == 0, f"{critical:.0f} critical", "audit-finding")
    letters = sum(auditor.values("brudvagt_dead_letters_open"))
    yield _check("dead letters", letters == 0, f"{letters:.0f} open", "dead-letter-open")
    kept = {
        labels["topic"]: value for name, labels, value in auditor.samples if name == "brudvagt_topic_retention_seconds"
    }
    used = max((_waited(auditor, topic) / kept_s for topic, kept_s in kept.items()), default=0.0)
    yield _check("retention", used <= RETENTION_SHARE, f"{used:.0%} used by an unread record", "retention-near")
    shares = auditor.values("brudvagt_broker_disk_free_ratio")
    least = min(shares, default=0.0)
    detail = f"{least:.0%} free" if shares else "the brokers do not tell"
    yield _check("broker disk", least >= DISK_FREE, detail, "broker-disk")


def _waited(auditor: Process, topic: str) -> float:
    return max(auditor.values("brudvagt_topic_oldest_unread_seconds", topic=topic), default=0.0)


async def rules(prometheus: str, wanted: set[str]) -> Check:
    """Returns whether a Prometheus has all alert rules named `wanted`, each of them evaluated without error."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_BUDGET_S)) as session,
            session.get(f"{prometheus.rstrip('/')}/api/v1/rules?type=alert") as answer,
        ):
            groups = json.loads(await answer.text())["data"]["groups"]
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
        return Check(
            "alert rules", False, f"{prometheus} does not answer ({type(error).__name__})", "Start Prometheus."
        )
    there = {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}
    missing, ill = wanted - there.keys(), {name for name in wanted & there.keys() if there[name] == "err"}
    if missing or ill:
        said = ", ".join(sorted(missing | ill))
        return Check("alert rules", False, f"not evaluated: {said}", "Load deploy/prometheus/rules/, and read /rules.")
    return Check("alert rules", True, f"all {len(wanted)} are evaluated")


async def firing(prometheus: str) -> list[Check]:
    """Returns what `alarms` says of the alerts at a Prometheus; nothing of one that does not answer, which `rules` tells."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_BUDGET_S)) as session,
            session.get(f"{prometheus.rstrip('/')}/api/v1/alerts") as answer,
        ):
            alerts = json.loads(await answer.text())["data"]["alerts"]
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
        return []
    return alarms(alerts)


def alarms(alerts: Sequence[Mapping[str, Any]]) -> list[Check]:
    """Returns a check for each alert that fires, as Prometheus tells of it, with its summary and its runbook; one that says so
    where none does. The dead man's switch is to fire always.
    """
    loud = {one["labels"]["alertname"]: one["annotations"] for one in alerts if one["state"] == "firing"}
    alive = loud.pop(SWITCH, None) is not None
    switch = _check("dead man's switch", alive, "fires, as always" if alive else "does not fire", "dead-mans-switch")
    found = [
        Check(name, False, said.get("summary", ""), f"See {said.get('runbook_url', RUNBOOKS)}.")
        for name, said in sorted(loud.items())
    ]
    return [switch, *(found or [Check("alerts", True, "none fires")])]


def _check(name: str, ok: bool, detail: str, runbook: str) -> Check:
    return Check(name, ok, detail, "" if ok else f"See {RUNBOOKS}/{runbook}.md.")
