"""What a command needs to know of this installation: where Kafka is, the topics' names, what the clock shows."""

import logging
import secrets
from functools import cached_property
from pathlib import Path

import click

from agents.context import Context
from pipeline.cases.catalogue import Catalogue
from pipeline.heartbeat.tenant import WithHeartbeat
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from pipeline.plans.reload import PlanBook
from pipeline.secret_file import make_once
from pipeline.settings import Settings
from pipeline.settings import load as load_settings
from pipeline.timebase import Clock

logging.getLogger("aiokafka").addHandler(logging.NullHandler())
"""Without it a command's one sentence about an absent broker stands among aiokafka's own lines; workers log as ever."""


class Installation:
    """Settings, read once, and what follows from them."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Reads `BRUDVAGT_*` from the environment unless given settings. Raises SettingsError, in words."""
        self.settings = settings or load_settings()

    @property
    def embedded(self) -> bool:
        """Whether Brudvagt runs its own Kafka here."""
        return self.settings.kafka_url is None

    @cached_property
    def connection(self) -> Connection:
        """How clients reach Kafka: the cluster that was named, else the embedded broker's port."""
        return self.settings.connection()

    @property
    def topics(self) -> Topics:
        """The topics' names and settings."""
        return self.settings.topics

    @property
    def clock(self) -> Clock:
        """Real time, unless this is the demonstration."""
        return self.settings.clock

    @cached_property
    def plans(self) -> PlanBook:
        """The contact plans in use. Raises PlanErrors, in words."""
        return PlanBook(self.settings.deploy_dir / "municipalities", production=self.settings.production)

    @cached_property
    def context(self) -> Context:
        """What every stage is given."""
        deploy = self.settings.deploy_dir
        return Context(
            topics=self.topics,
            clock=self.clock,
            catalogue=Catalogue.load(deploy),
            plans=WithHeartbeat(self.plans),
            deploy=deploy,
            digest_key=self.digest_key(),
        )

    def digest_key(self) -> bytes:
        """Returns the key of digests of unreadable records: a kept secret, made at first use below the data directory.

        Workers on several machines must share it: copy the file, or repeats of one record open a case per machine.
        """
        path = Path(self.settings.data_dir) / "digest.key"
        make_once(path, secrets.token_bytes(32))
        return path.read_bytes()


pass_installation = click.make_pass_decorator(Installation, ensure=True)
"""Hands the installation to a command."""
