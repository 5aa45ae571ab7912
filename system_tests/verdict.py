"""The verdict on a drill: exactly what fired, whether in its stated time, and who was told."""

import email
import email.policy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from system_tests.drill import LAST_SUCCESS, Drill
from system_tests.prometheus import LOOK_S, Sample
from system_tests.quickened import BEAT_S, looks_back, waits
from system_tests.rules import SWITCH
from system_tests.timeline import Episode, episodes, first

FAILING: Final = "BrudvagtDeliveryFailing"
DOWN: Final = "BrudvagtWorkerDown"
MISSING: Final = "BrudvagtWorkerMissing"
RESTARTING: Final = "BrudvagtWorkerRestarting"
INTERNAL: Final = "BrudvagtInternalError"
SILENT: Final = "BrudvagtHeartbeatMissing"

MINUTE_S, HOUR_S = 60.0, 3600.0
STATED_S: Final = {DOWN: MINUTE_S, MISSING: 2 * MINUTE_S, SILENT: MINUTE_S}
"""What each waits, in real life, as `docs/heartbeat.md` says it."""

STARTS: Final = 3
FAILURES: Final = 3

Fired = tuple[str, str]
"""An alert, and the worker or channel that it is about."""


@dataclass(slots=True)
class Verdict:
    """Judges a drill by what Prometheus, Alertmanager and the mail server have seen."""

    drill: Drill
    explained: list[Episode] = field(default_factory=list)

    def exactly(self, since: float, expected: set[Fired]) -> None:
        """Checks that `expected` and nothing else began to fire since a moment.

        Beside them, whatever the fault was, a process that Prometheus did not find for as long as a rule waits is rightly
        down, and one that it saw starting three times is rightly told of: a start takes its real time, and the drill's times
        are a part of life's. Where it was a close thing either is right.
        """
        slack_s, must, may = self.drill.slack(since), set(expected), set(expected)
        for role, unfound_s in self.drill.unfound(since).items():
            for alert in (DOWN, MISSING):
                if unfound_s > waits(STATED_S[alert]) - 2 * LOOK_S:
                    may.add((alert, role))
                if unfound_s > waits(STATED_S[alert]) + slack_s:
                    must.add((alert, role))
            window_s = looks_back(15 * MINUTE_S)
            spans_s = [third - before for before, third in self._thirds(role, since)]
            if min(spans_s, default=window_s + LOOK_S) <= window_s:
                may.add((RESTARTING, role))
            if min(spans_s, default=window_s) < window_s - slack_s:
                must.add((RESTARTING, role))
        fired = self.drill.fired(since)
        found = {(one.alert, _about(one)) for one in fired}
        missing, needless = must - found, found - may
        self._hold(not missing, f"should have fired: {sorted(missing)}", missing)
        self._hold(not needless, f"should not have fired: {sorted(needless)}", needless)
        self.explained += fired

    def firing(self) -> set[str]:
        """Returns what fires now."""
        return self.drill.prometheus.alerts("firing") - {SWITCH}

    def nothing_unexplained(self) -> None:
        """Checks that nothing fired between two faults either."""
        known = {(one.alert, _about(one), one.firing_at) for one in self.explained}
        rest = [
            one
            for one in episodes(self.drill.prometheus, self.drill.began)
            if (one.alert, _about(one), one.firing_at) not in known
        ]
        self._hold(not rest, f"fired without a fault: {rest}", {(one.alert, "") for one in rest})

    def delivery_failing_in_time(self, since: float) -> None:
        """Checks: at the third failed attempt."""
        third = first(self._failures(since), lambda value: value >= FAILURES)
        assert third is not None
        self._within(self._one(since, FAILING).firing_at, third, 0.0, since, FAILING)

    def internal_error_in_time(self, since: float) -> None:
        """Checks: when a worker counts it, or the audit finds its dead letter, whichever is first."""
        counts = ("brudvagt_stage_internal_errors_total", 'brudvagt_audit_findings{code="internal_error_open"}')
        found = [series for count in counts for series in self.drill.prometheus.ask(count, since)]
        told = [at for one in found if (at := first(one.samples, lambda value: value > 0)) is not None]
        assert told
        self._within(self._one(since, INTERNAL).firing_at, min(told), 0.0, since, INTERNAL)

    def a_crash_loop_in_time(self, since: float, role: str) -> None:
        """Checks: at the third start that Prometheus sees in its window; or a minute after it last found the process, where
        no scrape met it between two starts.
        """
        fired = [one for one in self.explained if one.firing_at >= since and one.alert in (RESTARTING, DOWN)]
        self._hold(bool(fired), "nobody was told of a crash loop", {(RESTARTING, role), (DOWN, role)})
        window_s = looks_back(15 * MINUTE_S)
        for one in fired:
            if one.alert == RESTARTING:
                third = next(third for before, third in self._thirds(role, since) if third - before <= window_s)
                self._within(one.firing_at, third, 0.0, since, RESTARTING)

    def heartbeat_missing_in_time(self, since: float) -> None:
        """Checks: three missed intervals and a minute after the last beat that came back."""
        fired = self._one(since, SILENT).firing_at
        last = max(sample.value for sample in self._beats() if sample.at <= fired)
        self._within(fired, last, 3 * BEAT_S + waits(STATED_S[SILENT]), since, SILENT)

    def down_and_missing_in_time(self, killed: float, role: str) -> None:
        """Checks: one and two minutes after the death, not earlier."""
        for alert in (DOWN, MISSING):
            fired = self._one(killed, alert).firing_at
            self._within(fired, killed, waits(STATED_S[alert]), killed, alert)
            self._hold(fired >= killed + waits(STATED_S[alert]), f"{alert} came too early", {(alert, role)})

    def ended_in_time(self) -> None:
        """Checks when each alarm ended: with the first scrape that finds the process, or the first beat that came back; what
        looks back, when its window has passed over what it counts; an internal error, when its dead letter is settled too; a
        worker's restarts not before it is missing no more, which keeps them quiet.
        """
        drill, began = self.drill, self.drill.began
        drill.until("all ends are seen", lambda: all(one.ended_at is not None for one in drill.fired(began)))
        ends: Mapping[str, Callable[[Episode], float | None]] = {
            DOWN: lambda one: _from(drill.seen("up", "worker", began)[one.worker], one, lambda value: value == 1),
            MISSING: lambda one: _from(drill.seen("up", "worker", began)[one.worker], one, lambda value: value == 1),
            SILENT: lambda one: _from(self._beats(), one, lambda value: value > one.firing_at),
            FAILING: lambda _: _changes(self._failures(began))[-1] + looks_back(15 * MINUTE_S),
            RESTARTING: self._restarted,
            INTERNAL: self._settled,
        }
        for one in drill.fired(began):
            due, ended = ends[one.alert](one), one.ended_at
            self._hold(due is not None, f"{one} should not have ended", {(one.alert, "")})
            assert due is not None
            assert ended is not None
            late_s, slack_s = ended - due, drill.slack(began)
            self._hold(late_s <= slack_s, f"{one}: {late_s:.1f} s too long, {slack_s:.1f} may be", {(one.alert, "")})

    def until_fired(self, since: float, wanted: set[Fired]) -> None:
        """Waits until each of `wanted` has begun to fire since a moment."""
        self.drill.until(
            f"fired: {sorted(wanted)}",
            lambda: wanted <= {(one.alert, _about(one)) for one in self.drill.fired(since)},
            about={name for name, _ in wanted},
        )

    def until_failed(self, since: float, attempts: int) -> None:
        """Waits until so many attempts at delivery have failed."""
        self.drill.until(
            f"{attempts} attempts failed",
            lambda: first(self._failures(since), lambda value: value >= attempts) is not None,
            about=[FAILING],
        )

    def until_paged(self, since: float, *alerts: str) -> None:
        """Waits until the paging service was told of `alerts`."""
        pager = self.drill.alertmanager.pager
        self.drill.until(
            f"paged: {', '.join(alerts)}",
            lambda: all(pager.told(alert, "firing", since) for alert in alerts),
            about=alerts,
        )

    def until_quiet(self, alert: str, role: str) -> None:
        """Waits until another alarm keeps this one quiet; the heartbeat's is kept quiet by nothing."""
        manager = self.drill.alertmanager
        self.drill.until(f"{alert} is inhibited", lambda: (alert, role) in manager.inhibited(), about=[alert])
        assert SILENT not in {name for name, _ in manager.inhibited()}

    def until_called_off(self) -> None:
        """Waits until whoever was paged about something has been told that it is over."""
        pager = self.drill.alertmanager.pager
        out = {one[:2]: page.at for page in pager.pages for one in page.alerts if one[2] == "firing"}
        out.pop((SWITCH, ""))
        assert {name for name, _ in out} >= {FAILING, INTERNAL, SILENT, DOWN, MISSING}
        self.drill.until(
            "all is called off",
            lambda: all(pager.told(name, "resolved", at, about) for (name, about), at in out.items()),
            about={name for name, _ in out},
        )

    def pages_are_as_configured(self) -> None:
        """Checks every call: its secret, its receiver, and that it is about one alarm that a fault explains."""
        explained = {one.alert for one in self.explained}
        for page in self.drill.alertmanager.pager.pages:
            (name,) = {one[0] for one in page.alerts}
            assert page.authorized
            assert len(page.alerts) == 1
            ((_, about, _),) = page.alerts
            by_worker = {"worker": about} if name in (DOWN, MISSING, RESTARTING) else {}
            assert page.grouped_by == {"alertname": name, **by_worker}
            wanted = {SWITCH: ("/switch", "dead-mans-switch"), SILENT: ("/page", "heartbeat")}
            assert (page.path, page.receiver) == wanted.get(name, ("/page", "operations-critical"))
            assert name in explained | {SWITCH}

    def only_operations_were_written_to(self) -> None:
        """Checks every mail that was taken: Alertmanager's go to operations, and the pipeline's name no alarm of theirs."""
        theirs = []
        for path in self.drill.running.mails:
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if str(mail["From"]) == "alertmanager@drift.example":
                theirs.append(str(mail["To"]))
                continue
            body = mail.get_body(("plain", "html"))
            text = f"{mail['Subject']}\n{'' if body is None else body.get_content()}"
            assert not re.search(r"Brudvagt[A-Z]", text), text
        assert set(theirs) == {"vagt@drift.example"}

    def _failures(self, since: float) -> Sequence[Sample]:
        selector = 'brudvagt_deliveries_total{channel="mail",status="failed"}'
        return self.drill.seen(selector, "status", since)["failed"]

    def _beats(self) -> Sequence[Sample]:
        return self.drill.seen(LAST_SUCCESS, "worker", self.drill.began)["heartbeat"]

    def _starts(self, role: str) -> list[tuple[float, float]]:
        """Returns, for each start of a role that Prometheus saw, when it last saw the process before, and first this one."""
        seen = self.drill.seen("process_start_time_seconds", "worker", self.drill.began)[role]
        return [(one.at, later.at) for one, later in pairwise(seen) if later.value != one.value]

    def _thirds(self, role: str, since: float) -> list[tuple[float, float]]:
        """Returns, for each start since a moment that is the third of three, when the three began to be seen, and it was."""
        starts = self._starts(role)
        return [
            (one[0], third[1]) for one, third in zip(starts, starts[STARTS - 1 :], strict=False) if third[1] >= since
        ]

    def _restarted(self, one: Episode) -> float:
        assert one.ended_at is not None
        counted_until = _last_before(one, self._starts(one.worker)) + looks_back(15 * MINUTE_S)
        missing = [
            two for two in self.drill.fired(self.drill.began) if (two.alert, two.worker) == (MISSING, one.worker)
        ]
        quiet_until = [two.ended_at for two in missing if two.ended_at is not None and two.firing_at < one.ended_at]
        return max([counted_until, *quiet_until])

    def _settled(self, one: Episode) -> float | None:
        drill = self.drill
        found = drill.seen('brudvagt_audit_findings{code="internal_error_open"}', "worker", drill.began)["auditor"]
        settled = _from(found, one, lambda value: value == 0)
        counted = [
            sample.at
            for series in drill.prometheus.ask("brudvagt_stage_internal_errors_total", drill.began)
            for sample in series.samples
            if sample.value > 0
        ]
        counted_until = max(counted, default=0.0) + looks_back(HOUR_S)
        return None if settled is None else max(settled, counted_until)

    def _one(self, since: float, alert: str) -> Episode:
        return next(one for one in self.explained if one.alert == alert and one.firing_at >= since)

    def _within(self, fired: float, of: float, stated_s: float, since: float, alert: str) -> None:
        late_s, slack_s = fired - of - stated_s, self.drill.slack(since)
        self._hold(late_s <= slack_s, f"{alert}: {late_s:.1f} s late, {slack_s:.1f} may be", {(alert, "")})

    def _hold(self, holds: bool, what: str, about: Iterable[Fired]) -> None:
        assert holds, f"{what}\n{self.drill.diagnosis({name for name, _ in about})}"


def _about(one: Episode) -> str:
    return one.worker or one.labels.get("channel", "")


def _changes(samples: Sequence[Sample]) -> list[float]:
    return [later.at for one, later in pairwise(samples) if later.value != one.value]


def _from(samples: Sequence[Sample], one: Episode, holds: Callable[[float], bool]) -> float | None:
    """Returns when a value first held after an alarm began."""
    return first([sample for sample in samples if sample.at >= one.firing_at], holds)


def _last_before(one: Episode, starts: Sequence[tuple[float, float]]) -> float:
    assert one.ended_at is not None
    return max(at for _, at in starts if at <= one.ended_at)
