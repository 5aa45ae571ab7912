"""`brudvagt up`: Kafka, topics and both workers on this machine, watched and restarted, until it is told to stop."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterator

import click

from pipeline import logging
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.supervision import Supervisor
from pipeline.delivery.sink import MailSink
from pipeline.kafka import admin
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.errors import PortTaken, TopicsError
from pipeline.kafka.ports import is_free
from pipeline.roles import COMMANDS, HEALTH_PORTS
from pipeline.settings import Settings
from pipeline.tenants.left import refuse_left
from pipeline.web.links import Links, own_url

TICK_S = 0.2


@click.command()
@pass_installation
def up(installation: Installation) -> None:
    """Run Brudvagt on this machine until Ctrl-C: its own Kafka (or BRUDVAGT_KAFKA_URL), topics, both
    workers, the heartbeat, the auditor, and the page that alerts link to.

    Without BRUDVAGT_SMTP_URL mails are kept as files below the data directory and delivered nowhere.
    BRUDVAGT_HEALTH_PORT names the first of five neighbouring ports, one for each of these processes.
    """
    settings = installation.settings
    logging.configure(settings.log_format, settings.log_level)
    stop = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stop.set())
    installation.context  # noqa: B018 - plans, policies and rule sets are read, and refused in words, before anything starts
    with contextlib.ExitStack() as stack:
        broker, url = stack.enter_context(kafka(installation))
        ports = health_ports(settings)  # after Kafka: a second `up` on one data directory is told about that
        environment = {
            "BRUDVAGT_KAFKA_URL": url,
            "BRUDVAGT_PARTITIONS": str(installation.topics.partitions),
            "BRUDVAGT_REPLICATION": str(installation.topics.replication),
        }
        prepare_topics(Installation(settings.model_copy(update={"kafka_url": url})))
        if settings.smtp_url is None:
            sink = stack.enter_context(MailSink(settings.data_dir / "mail"))
            environment["BRUDVAGT_SMTP_URL"] = sink.url
            click.echo(f"mail: none is delivered, each is kept in {sink.directory}")
        web_url = settings.web_url or own_url(settings.web_port)
        environment["BRUDVAGT_WEB_URL"] = web_url
        Links.of(settings, web_url).check()  # the keys exist before an alert needs them
        supervisor = Supervisor(environment)
        stack.callback(supervisor.stop)
        for role, port in ports.items():
            worker = supervisor.add(role, [*COMMANDS[role], "--health-port", str(port)])
            pid = "?" if worker.process is None else worker.process.pid
            click.echo(f"{role}: process {pid}, health and metrics on http://{settings.health_host}:{port}")
        click.echo(f"the page that alerts link to: {web_url}")
        click.echo("Brudvagt is up; Ctrl-C stops it.")
        while not stop.wait(TICK_S):
            for sentence in supervisor.tick():
                click.echo(sentence, err=True)
            if broker is not None and (status := broker.poll()) is not None:
                click.echo(f"Kafka ended with status {status}; starting it again", err=True)
                broker.restart()
        click.echo("stopping: work in flight ends first")
    click.echo("stopped")


def health_ports(settings: Settings) -> dict[str, int]:
    """Returns the health port of each process: its own, or neighbours from the one that is set. Raises PortTaken if one of
    them, or the page's, is taken.
    """
    first = settings.health_port
    ports = {role: first + number if first else own for number, (role, own) in enumerate(HEALTH_PORTS.items())}
    for port in ports.values():
        if not is_free(port):
            raise PortTaken(
                f"Port {port} is taken by another program, and a process's health pages belong there. Stop that "
                "program, or choose other ports: BRUDVAGT_HEALTH_PORT names the first of five neighbouring ones."
            )
    if not is_free(settings.web_port):
        raise PortTaken(
            f"Port {settings.web_port} is taken by another program, and the page that alerts link to belongs there. "
            "Stop that program, or choose another port: BRUDVAGT_WEB_PORT."
        )
    return ports


@contextlib.contextmanager
def kafka(installation: Installation) -> Iterator[tuple[EmbeddedKafka | None, str]]:
    """Yields the embedded broker, or None where a cluster is named, and the URL for clients."""
    settings = installation.settings
    if settings.kafka_url is not None:
        yield None, settings.kafka_url
        return
    data = settings.data_dir / "kafka"
    with EmbeddedKafka(data, port=settings.kafka_port, progress=lambda line: click.echo(line, err=True)) as broker:
        click.echo(f"Kafka: {broker.bootstrap}, data in {data}, log in {broker.log_file}")
        yield broker, f"kafka://{broker.bootstrap}"


def prepare_topics(installation: Installation) -> None:
    """Creates what is missing and refuses, in words, a topic that does not match, and one of a municipality that is not
    named any more. Raises TopicsError.
    """
    specs = installation.topics.specs()
    asyncio.run(refuse_left(installation.connection, installation.topics))
    asyncio.run(admin.create(installation.connection, specs))
    found = asyncio.run(admin.verify(installation.connection, specs))
    if found:
        raise TopicsError("\n".join(str(mismatch) for mismatch in found))
