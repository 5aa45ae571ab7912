"""The topics of Brudvagt: names, keys, retention, compaction and who may write them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from pipeline.kafka.tenants import TenantTopics, tenant_of

MIB = 1024 * 1024

INGRESS_MAX_BYTES = MIB
"""Largest record batch a form system may send: the bound on what a hostile event can cost."""

INTERNAL_MAX_BYTES = 2 * MIB
"""Largest batch elsewhere: an ingress record in base64 (4/3) with its envelope must still fit."""

SEGMENT_BYTES = 64 * MIB
THIRTY_DAYS = timedelta(days=30)
ONE_YEAR = timedelta(days=365)


class Cleanup(StrEnum):
    """What Kafka does with old records, in Kafka's own words for `cleanup.policy`."""

    DELETE = "delete"
    COMPACT = "compact"


@dataclass(frozen=True)
class TopicSpec:
    """One topic as the design wants it; `verify` compares the cluster with this."""

    name: str
    key: str
    cleanup: Cleanup
    retention: timedelta | None
    writer: str
    partitions: int
    replication: int
    configs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Topics:
    """Full names of all topics under one prefix, and their settings.

    Every topic has the same number of partitions, because a case keeps its partition number through all
    stages. The prefix keeps several installations (or tests) apart on one cluster. `tenants` are the kommunekoder of
    municipalities with topics of their own.
    """

    prefix: str = "brudvagt"
    partitions: int = 6
    replication: int = 1
    tenants: tuple[str, ...] = ()

    @property
    def reports(self) -> str:
        """Breach reports and misdelivery notices from form systems."""
        return f"{self.prefix}.reports"

    @property
    def actions(self) -> str:
        """Acts of people: acknowledge, advise, decide, submit."""
        return f"{self.prefix}.actions"

    @property
    def replays(self) -> str:
        """Rejected records that an operator hands to intake again."""
        return f"{self.prefix}.replays"

    @property
    def receipts(self) -> str:
        """The outcome of every ingress record, for its sender."""
        return f"{self.prefix}.receipts"

    @property
    def facts(self) -> str:
        """Facts on their way into a case."""
        return f"{self.prefix}.facts"

    @property
    def cases(self) -> str:
        """The cases themselves: casework's table."""
        return f"{self.prefix}.cases"

    @property
    def intake(self) -> str:
        """Intake's table: positions only."""
        return f"{self.prefix}.intake"

    @property
    def chains(self) -> str:
        """Routing's table: running escalations."""
        return f"{self.prefix}.chains"

    @property
    def alerts(self) -> str:
        """One obligation to one person over one channel."""
        return f"{self.prefix}.alerts"

    @property
    def deliveries(self) -> str:
        """Delivery's table: the notification log."""
        return f"{self.prefix}.deliveries"

    @property
    def deadletters(self) -> str:
        """Code, field path, position and digest of what could not be handled; never the value."""
        return f"{self.prefix}.deadletters"

    @property
    def deadletters_raw(self) -> str:
        """The original bytes of dead letters; restricted."""
        return f"{self.prefix}.deadletters.raw"

    def of(self, kommunekode: str) -> TenantTopics:
        """The names of a municipality's own topics."""
        return TenantTopics(self.prefix, kommunekode)

    @property
    def own(self) -> tuple[TenantTopics, ...]:
        """The own topics of every municipality that has some."""
        return tuple(self.of(kommunekode) for kommunekode in self.tenants)

    @property
    def ingress(self) -> tuple[str, ...]:
        """Everything that intake reads."""
        own = tuple(name for tenant in self.own for name in (tenant.reports, tenant.actions))
        return (self.reports, self.actions, self.replays, *own)

    def tenant(self, topic: str) -> str | None:
        """The municipality whose own topic this is by its name; None for the platform's."""
        return tenant_of(self.prefix, topic)

    def takes_acts(self, topic: str) -> bool:
        """Whether acts belong on an ingress topic, the platform's or a municipality's own."""
        tenant = self.tenant(topic)
        return topic in (self.actions, None if tenant is None else self.of(tenant).actions)

    def specs(self) -> tuple[TopicSpec, ...]:
        """Every topic with its settings, in the order of the flow (design: Topics), then the municipalities' own."""
        return (*self._platform(), *(spec for tenant in self.own for spec in self._of_tenant(tenant)))

    def _of_tenant(self, own: TenantTopics) -> tuple[TopicSpec, ...]:
        whose = f"of {own.kommunekode}"
        return (
            self._deleted(own.reports, "any", f"form systems {whose}", max_bytes=INGRESS_MAX_BYTES),
            self._deleted(own.actions, "any", f"DPO and controller tools {whose}", max_bytes=INGRESS_MAX_BYTES),
            self._deleted(own.receipts, "sender's event", "intake, casework"),
            self._compacted(own.cases, "case_id", "casework"),
        )

    def _platform(self) -> tuple[TopicSpec, ...]:
        return (
            self._deleted(self.reports, "any", "form systems", max_bytes=INGRESS_MAX_BYTES),
            self._deleted(self.actions, "any", "DPO and controller tools", max_bytes=INGRESS_MAX_BYTES),
            self._deleted(self.replays, "any", "the operator's command"),
            self._deleted(self.receipts, "sender's event", "intake"),
            self._deleted(self.facts, "case_id", "intake, casework, routing, delivery"),
            self._compacted(self.cases, "case_id", "casework"),
            self._compacted(self.intake, "position only", "intake"),
            self._compacted(self.chains, "case_id", "routing"),
            self._deleted(self.alerts, "case_id; a digest item: municipality", "routing"),
            self._compacted(self.deliveries, "alert_id, on its alert's partition", "delivery"),
            self._deleted(self.deadletters, "original position", "every stage", kept=ONE_YEAR),
            self._deleted(self.deadletters_raw, "original position", "every stage"),
        )

    def _deleted(
        self,
        name: str,
        key: str,
        writer: str,
        *,
        kept: timedelta = THIRTY_DAYS,
        max_bytes: int = INTERNAL_MAX_BYTES,
    ) -> TopicSpec:
        configs = self._shared(Cleanup.DELETE, max_bytes) | {
            "retention.ms": milliseconds(kept),
            "retention.bytes": "-1",
            # Only closed segments are deleted. With three events a day the default of a week would keep
            # personal data a week longer than promised; a day's segment makes it a day.
            "segment.ms": milliseconds(timedelta(days=1)),
        }
        return TopicSpec(name, key, Cleanup.DELETE, kept, writer, self.partitions, self.replication, configs)

    def _compacted(self, name: str, key: str, writer: str) -> TopicSpec:
        configs = self._shared(Cleanup.COMPACT, INTERNAL_MAX_BYTES) | {
            "delete.retention.ms": milliseconds(THIRTY_DAYS),
            "max.compaction.lag.ms": milliseconds(timedelta(days=7)),
            "min.cleanable.dirty.ratio": "0.1",
        }
        return TopicSpec(name, key, Cleanup.COMPACT, None, writer, self.partitions, self.replication, configs)

    def _shared(self, cleanup: Cleanup, max_bytes: int) -> dict[str, str]:
        return {
            "cleanup.policy": cleanup.value,
            "segment.bytes": str(SEGMENT_BYTES),
            "max.message.bytes": str(max_bytes),
            # The broker's time, not the sender's: a form system with a wrong clock must move neither
            # `received_at` nor the retention of anybody's data.
            "message.timestamp.type": "LogAppendTime",
            # One replica may fail and writes go on; with a single replica there is none to wait for.
            "min.insync.replicas": str(max(1, self.replication - 1)),
            "unclean.leader.election.enable": "false",
        }


def milliseconds(span: timedelta) -> str:
    """A time span as Kafka writes it in a setting: whole milliseconds."""
    return str(span // timedelta(milliseconds=1))
