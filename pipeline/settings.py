"""Everything that can be set from outside: `BRUDVAGT_*` in the environment, typed and checked once at start."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

import platformdirs
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.channel_settings import ChannelSettings
from pipeline.kafka.broker import DEFAULT_PORT
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import ConnectionUrlError
from pipeline.kafka.topics import Topics
from pipeline.municipalities import municipalities
from pipeline.timebase import Clock

PREFIX = "BRUDVAGT_"
EMBEDDED_PARTITIONS = 4
CLUSTER_PARTITIONS = 6
EMBEDDED_REPLICATION = 1
CLUSTER_REPLICATION = 3


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """The least important line that is still written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Language(StrEnum):
    """Language of alerts and mails."""

    DANISH = "da"
    ENGLISH = "en"


class SettingsError(Exception):
    """One or more settings cannot be used; the message has a sentence for each."""


class Settings(ChannelSettings, BaseSettings):
    """Settings from the environment; every field is `BRUDVAGT_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid")

    kafka_url: str | None = Field(
        default=None,
        description=(
            "The Kafka cluster to use, e.g. kafka://host:9092,host2:9092, kafka+ssl://… or kafka+sasl_ssl://… with a "
            "user's password or, with mechanism=OAUTHBEARER, a client's tokens; "
            "without it Brudvagt runs its own Kafka on this machine."
        ),
    )
    kafka_port: int = Field(
        default=DEFAULT_PORT,
        ge=0,
        le=65534,
        description=(
            "First of the two neighbouring loopback ports of Brudvagt's own Kafka; 0 picks free ones. "
            "Not used with a cluster."
        ),
    )
    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("brudvagt"),
        description="Where Brudvagt's own Kafka keeps its data; one running instance per directory.",
    )
    topic_prefix: str = Field(
        default="brudvagt",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,48}$",
        description="First part of every topic's name; keeps installations on one cluster apart.",
    )
    partitions: int = Field(
        default=CLUSTER_PARTITIONS,
        ge=1,
        le=1000,
        description=(
            "Partitions of every topic; 6 on a cluster, 4 on Brudvagt's own Kafka. "
            "Fixed once topics exist: a case's partition follows from it."
        ),
    )
    replication: int = Field(
        default=CLUSTER_REPLICATION,
        ge=1,
        le=7,
        description="Replicas of every topic; 3 on a cluster, always 1 on Brudvagt's own Kafka.",
    )
    tenants: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description=(
            "Municipalities with topics of their own, as kommunekoder with commas between, e.g. 657,740; "
            "see docs/tenants.md before taking one out."
        ),
    )
    deploy_dir: Path = Field(
        default_factory=lambda: Path(__file__).resolve().parent.parent / "deploy",
        description="Where contact plans, policies and rule sets are read from.",
    )
    plans_every_s: float = Field(
        default=60.0,
        ge=0.1,
        le=3600,
        description="How often the contact plans' files are looked at, in seconds; a changed one is read without a restart.",
    )
    demo_clock: str | None = Field(
        default=None,
        description=(
            "Sped-up time of the demonstration: real_origin/shown_origin/speed, unix seconds and a factor; "
            "without it time is real."
        ),
    )
    health_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address that /healthz, /readyz and /metrics listen on; loopback unless set otherwise.",
    )
    health_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port of /healthz, /readyz and /metrics; 0 means the role's own: casework 9201, "
        "alerting 9202, heartbeat 9204, auditor 9205, the page 9206. Under `brudvagt up` it is the first of five neighbouring "
        "ports.",
    )
    heartbeat_interval_s: float = Field(
        default=60.0,
        ge=0.5,
        le=3600.0,
        description="Seconds between the synthetic cases that prove that alarms arrive.",
    )
    audit_interval_s: float = Field(
        default=300.0,
        ge=0.5,
        le=3600.0,
        description="Seconds from one audit to the next of the auditor that runs always.",
    )
    web_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address that the page for acting on a case listens on; loopback unless set otherwise.",
    )
    web_port: int = Field(default=9203, ge=1, le=65535, description="Port of the page for acting on a case.")
    web_url: str | None = Field(
        default=None,
        description=(
            "Where people reach that page, e.g. https://brudvagt.kommunen.example; without it alerts carry no link."
        ),
    )
    link_keys_file: Path | None = Field(
        default=None,
        description=(
            "Keys that sign the links in alerts, one a line, the signing one first; the alerting worker and the page "
            "share it. Without it one is made in the data directory."
        ),
    )
    link_days: int = Field(default=7, ge=1, le=30, description="How many days a link in an alert can be used.")
    log_format: LogFormat = Field(
        default=LogFormat.AUTO,
        description="Form of log lines: json, console, or auto (console on a terminal, json elsewhere).",
    )
    log_level: LogLevel = Field(
        default=LogLevel.INFO, description="Least important log line written: debug, info, warning or error."
    )
    language: Language = Field(default=Language.DANISH, description="Language of alerts and mails: da or en.")

    @field_validator("log_format", "log_level", "language", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("tenants", mode="before")
    @classmethod
    def _one_by_one(cls, value: object) -> object:
        return [code.strip() for code in value.split(",")] if isinstance(value, str) else value

    @field_validator("tenants")
    @classmethod
    def _are_municipalities(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if code not in municipalities():
                raise ValueError(f"{code!r} is no kommunekode; deploy/municipalities/kommuner.csv lists all 98")
            if value.count(code) > 1:
                raise ValueError(f"{code} stands there twice; name each municipality once")
        return tuple(sorted(value))

    @field_validator("kafka_url")
    @classmethod
    def _url_is_understood(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                Connection.parse(value)
            except ConnectionUrlError as error:
                raise ValueError(str(error)) from error
        return value

    @field_validator("demo_clock")
    @classmethod
    def _clock_is_understood(cls, value: str | None) -> str | None:
        if value is not None:
            Clock.parse(value)
        return value

    @field_validator("web_url")
    @classmethod
    def _web_url_is_understood(cls, value: str | None) -> str | None:
        if value is None:
            return None
        # A link is a right to act: in the clear it may travel inside this machine only.
        if re.fullmatch(r"https://[^\s/@?#]+(/[^\s?#]*)?|http://(127\.0\.0\.1|localhost)(:\d{1,5})?/?", value) is None:
            raise ValueError("must look like https://host or https://host/path; http:// only for 127.0.0.1")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _fits_the_kafka(self) -> Self:
        # Six partitions on one node buy nothing; each costs a producer and a consumer per stage.
        if self.kafka_url is None:
            if "partitions" not in self.model_fields_set:
                object.__setattr__(self, "partitions", EMBEDDED_PARTITIONS)
            if "replication" not in self.model_fields_set:
                object.__setattr__(self, "replication", EMBEDDED_REPLICATION)
            elif self.replication != EMBEDDED_REPLICATION:
                raise ValueError(
                    "BRUDVAGT_REPLICATION must be 1 without BRUDVAGT_KAFKA_URL: Brudvagt's own Kafka is one node"
                )
        return self

    @property
    def topics(self) -> Topics:
        """The names and settings of all topics."""
        return Topics(self.topic_prefix, self.partitions, self.replication, self.tenants)

    @property
    def clock(self) -> Clock:
        """The clock that everything takes its time from."""
        return Clock.real() if self.demo_clock is None else Clock.parse(self.demo_clock)

    @property
    def link_keys(self) -> Path:
        """The file with the keys that sign links."""
        return self.link_keys_file or self.data_dir / "link.keys"

    def connection(self) -> Connection:
        """How to reach Kafka: the cluster if one is set, else Brudvagt's own on this machine."""
        if self.kafka_url is None:
            return Connection(servers=(f"127.0.0.1:{self.kafka_port}",))
        return Connection.parse(self.kafka_url)


def load() -> Settings:
    """Read the environment. Raises `SettingsError` with one sentence per setting that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(dict(detail)) for detail in error.errors())) from None


def _sentence(detail: dict[str, object]) -> str:
    location = detail["loc"]
    assert isinstance(location, tuple)
    message = str(detail["msg"]).removeprefix("Value error, ")
    if not location:
        return message if message.endswith(".") else f"{message}."
    name = str(location[0])
    if name == "kafka_url":  # its own message names the part; the value may hold a password
        return f"{message}."
    field = Settings.model_fields.get(name)
    meant = f" {field.description}" if field is not None else ""
    given = "" if name == "smtp_url" else f" is {detail['input']!r}"
    return f"{PREFIX}{name.upper()}{given}: {message[0].lower()}{message[1:]}.{meant}"
