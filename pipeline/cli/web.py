"""`brudvagt web`: the page behind the links in alerts."""

import signal
import sys

import click

from pipeline import logging
from pipeline.cli.installation import Installation, pass_installation
from pipeline.roles import HEALTH_PORTS, PAGE
from pipeline.web.link_keys import LinkKeysError
from pipeline.web.links import own_url
from pipeline.web.serving import serve


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the page; 9203 unless BRUDVAGT_WEB_PORT is set.")
@click.option("--health-port", type=int, default=None, help="Port of /healthz, /readyz and /metrics on loopback; 9206.")
@pass_installation
def web(installation: Installation, port: int | None, health_port: int | None) -> None:
    """Serve the page on which people acknowledge and act, until Ctrl-C. It opens only from the link in an alert.

    It listens on loopback unless BRUDVAGT_WEB_HOST is set; beyond this machine put a proxy with TLS before it that keeps
    no log of paths, and name its address in BRUDVAGT_WEB_URL. Ends with 70 when something was wrong that a restart may mend.
    """
    settings = installation.settings
    if port is not None:
        settings = settings.model_copy(update={"web_port": port})
    logging.configure(settings.log_format, settings.log_level)
    signal.signal(signal.SIGTERM, lambda *_: None)  # the server ends in order and then raises TERM again: end with 0
    click.echo(f"The page: {settings.web_url or own_url(settings.web_port)}")
    try:
        sys.exit(serve(settings, health_port or settings.health_port or HEALTH_PORTS[PAGE]))
    except LinkKeysError as error:
        raise click.ClickException(str(error)) from None
