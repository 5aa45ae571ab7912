"""`brudvagt worker ROLE`: one process: two of the four stages, the heartbeat, or the auditor."""

import asyncio
import sys

import click

from pipeline import logging
from pipeline.cli.installation import Installation, pass_installation
from pipeline.delivery.channels.channel import Misconfigured
from pipeline.delivery.channels.readiness import absent
from pipeline.roles import BYSTANDERS, HEALTH_PORTS, PAGE
from pipeline.settings import SettingsError
from pipeline.tenants.start import make_sure


@click.command()
@click.argument("role", type=click.Choice(sorted(HEALTH_PORTS.keys() - {PAGE})))
@click.option("--health-port", type=int, default=None, help="Port of /healthz, /readyz and /metrics on loopback.")
@pass_installation
def worker(installation: Installation, role: str, health_port: int | None) -> None:
    """Run one process: `casework` (intake, casework), `alerting` (routing, delivery), `heartbeat` or `auditor`.

    Ends with 0 after TERM or INT, and with 70 when something was wrong that a restart may mend: nothing half done is
    ever left behind, so a supervisor simply starts it again.
    """
    settings = installation.settings
    if role == "alerting":
        refuse_silence(installation)
    if role == "casework":
        asyncio.run(make_sure(installation.connection, installation.topics))
    logging.configure(settings.log_format, settings.log_level)
    if role in BYSTANDERS:
        port = health_port if health_port is not None else settings.health_port or HEALTH_PORTS[role]
        sys.exit(_bystander(installation, role, port))
    from agents.worker import run  # the stages come with Faust, which a bystander neither needs nor waits for

    sys.exit(run(role, installation.context, installation.plans, installation.connection, settings, health_port))


def refuse_silence(installation: Installation) -> None:
    """Refuses, in words, to alert where a contact plan has mail and there is no mail server, or a channel is badly set.

    A mail server is what most people are reached by; a further channel that is missing is logged by the worker, since
    the mail beside it still goes out.
    """
    from agents.carriers import site_of

    try:
        lacking = absent(installation.context.plans, site_of(installation.context, installation.settings))
    except Misconfigured as error:
        raise SettingsError(str(error)) from None
    if any(kind.name == "smtp" for kind in lacking):
        raise SettingsError(
            "BRUDVAGT_SMTP_URL is not set, so no alert could reach anybody. Name the mail server, such as "
            "smtp://mail.example:587; `brudvagt up` keeps mails as files instead."
        )


def _bystander(installation: Installation, role: str, port: int) -> int:
    from pipeline.bystander import run

    settings, connection, topics, clock = (
        installation.settings,
        installation.connection,
        installation.topics,
        installation.clock,
    )
    if role == "heartbeat":
        from pipeline.heartbeat.heart import Heart

        beat = Heart(connection, topics, clock, settings.heartbeat_interval_s).beat
        return run(role, beat, settings.health_host, port)
    from pipeline.audit.standing import Auditor

    policies = settings.deploy_dir / "policies"
    audit = Auditor(connection, topics, clock, policies, settings.audit_interval_s).watch
    return run(role, audit, settings.health_host, port)
