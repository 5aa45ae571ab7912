"""SMS, Teams and a hundred more through Apprise. A contact plan names a service; its URL, which holds secrets, stays in a
file of the installation.
"""

import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import apprise
import structlog
from apprise.common import PersistentStoreMode

from pipeline.clock.yamlfile import NotYaml, read_mapping
from pipeline.delivery.channels.channel import Fault, Kind, Misconfigured, Site
from pipeline.delivery.channels.secretfile import content
from pipeline.delivery.channels.smtp import is_loopback
from pipeline.delivery.channels.thread import in_thread
from pipeline.delivery.channels.webhook import judged
from pipeline.delivery.outcome import SENT, Error, Outcome
from pipeline.delivery.texts import Text
from pipeline.plans.address import Destinations
from pipeline.plans.plan import Channel as PlanChannel
from schemas.alert import Alert

log = structlog.get_logger("pipeline.delivery")
_SETTING = "apprise_file"
_TO_ITS_OWN_HOST = frozenset({"json", "jsons", "form", "forms", "xml", "xmls"})
"""Apprise's plain posts, which go to the host in their URL and nowhere else: all that is let out before production."""

_STATUS = re.compile(r"\berror=(\d{3})\b")
_NOT_REACHED = "A Connection error occurred"
_LINK = re.compile(r"^https?://\S+$", re.MULTILINE)
_QUIET = logging.getLogger("apprise")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False  # its lines name hosts and accounts; what is needed of them is read below


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Where the services stand (`name: URL`, read at each use), and how long an attempt may take, in real seconds."""

    file: Path
    budget_s: float = 30.0
    destinations: Destinations = Destinations.EXAMPLE_ONLY

    def urls(self) -> Mapping[str, str]:
        """Returns the URLs by name. Raises Misconfigured, which shows none of them."""
        where = f"BRUDVAGT_{_SETTING.upper()}: {self.file}"
        try:
            found = read_mapping(content(self.file, _SETTING))
        except NotYaml as error:
            raise Misconfigured(f"{where}: {error}") from None
        for name, url in found.items():
            if not isinstance(url, str):
                raise Misconfigured(f'{where}: {name} has no URL; write `{name}: "schema://…"` on one line')
        return {name: str(url) for name, url in found.items()}


class ServiceChannel:
    """Sends through one service of Apprise, in a thread: its calls block."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings

    def check(self) -> None:
        """Reads the file once and looks at each URL. Raises Misconfigured."""
        for name, url in self._settings.urls().items():
            service_of(name, url, self._settings.destinations)

    async def send(self, alert: Alert, to: PlanChannel, text: Text, at: datetime) -> Outcome:
        """Attempts delivery once within the budget."""
        try:
            url = self._settings.urls().get(to.address)
        except Misconfigured as error:
            log.error("a service cannot be used", reason=str(error))
            return Outcome(Error.MISCONFIGURED)
        if url is None:
            return Outcome(Error.NOT_CONFIGURED, permanent=True)
        try:
            return await in_thread(lambda: self._notify(to.address, url, text), self._settings.budget_s)
        except Misconfigured as error:
            log.error("a service cannot be used", reason=str(error))
            return Outcome(Error.FORBIDDEN, permanent=True)
        except TimeoutError:
            return Outcome(Error.TIMEOUT)

    def _notify(self, name: str, url: str, text: Text) -> Outcome:
        service = service_of(name, url, self._settings.destinations)
        service.redirects = False  # whatever the URL says: a token goes where it was meant to go
        short = not _fits(text, service)
        said = brief(text) if short else text.plain
        with _Overheard() as heard:
            try:
                done = service.notify(  # of one service: Apprise's own notify would put it into a pool of threads
                    body=said,
                    title="" if short else text.subject,
                    notify_type=apprise.NotifyType.WARNING,
                    body_format=apprise.NotifyFormat.TEXT,
                )
            except Exception as error:  # noqa: BLE001  # a hundred foreign plugins: an answer they did not expect
                log.error("a service failed in the middle", service=name, error=type(error).__name__)
                return Outcome(Error.CUT)  # it may have arrived
        return SENT if done else heard.outcome()


def service_of(name: str, url: str, destinations: Destinations) -> apprise.NotifyBase:
    """Returns the service behind a URL. Raises Misconfigured for one that Apprise does not understand, or that leads out
    of `.example` and this machine before production.
    """
    where = f"BRUDVAGT_{_SETTING.upper()}: {name}"
    service = apprise.Apprise.instantiate(url, asset=_asset())
    if service is None:
        raise Misconfigured(f"{where} is no URL that Apprise understands; see its list of services for the form")
    schema, host = url.partition("://")[0].lower(), str(service.host or "").lower()
    inside = host == "example" or host.endswith(".example") or is_loopback(host)
    if destinations is not Destinations.PRODUCTION and not (schema in _TO_ITS_OWN_HOST and inside):
        raise Misconfigured(
            f"{where} leads outside .example, and Brudvagt is not set to real destinations; use json:// to a host of "
            ".example or this machine, or set BRUDVAGT_PRODUCTION=true on purpose"
        )
    return service


def _fits(text: Text, service: apprise.NotifyBase) -> bool:
    """Whether a service takes the whole text: by characters and by lines. One that has no titles takes the subject, a
    line end and the text in one; Apprise cuts off what is too many lines, the link at the end with them.
    """
    whole = text.plain if service.title_maxlen > 0 else f"{text.subject}\r\n{text.plain}"
    lines_fit = service.body_max_line_count <= 0 or whole.rstrip().count("\n") < service.body_max_line_count
    return len(whole) <= service.body_maxlen and lines_fit


def brief(text: Text) -> str:
    """Returns what fits into an SMS: the subject, which says how grave, which case and how long, and the link."""
    return "\n".join([text.subject, *_LINK.findall(text.plain)[:1]])


def _asset() -> apprise.AppriseAsset:
    return apprise.AppriseAsset(
        app_id="Brudvagt", async_mode=False, http_redirects=False, storage_mode=PersistentStoreMode.MEMORY
    )


class _Overheard(logging.Handler):
    """What Apprise logs in this thread: it returns yes or no, and says the rest only there."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self._lines: list[str] = []

    def __enter__(self) -> "_Overheard":
        _QUIET.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        _QUIET.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a line of this thread."""
        if record.thread == self._thread:
            self._lines.append(record.getMessage())

    def outcome(self) -> Outcome:
        """Returns what went wrong: an HTTP status as of a webhook, else transient. None of the words are kept."""
        for line in self._lines:
            status = _STATUS.search(line)
            if status is not None and int(status[1]) >= HTTPStatus.MULTIPLE_CHOICES:
                return judged(int(status[1]), b"")
            if line.startswith(_NOT_REACHED):
                return Outcome(Error.REFUSED)
        return Outcome(Error.BUSY)


def configured(site: Site) -> ServiceChannel | None:
    """Returns the channel if there is a file of services. Raises Misconfigured."""
    if site.settings.apprise_file is None:
        return None
    channel = ServiceChannel(ServiceSettings(site.settings.apprise_file, site.settings.attempt_s, site.destinations))
    channel.check()
    return channel


def _fault(to: PlanChannel, site: Site, at: datetime) -> Fault | None:
    file = site.settings.apprise_file
    if file is not None and to.address not in ServiceSettings(file).urls():
        return Fault(f"tjenesten {to.address} findes ikke her", f"Tilføj en linje `{to.address}: URL` i {file}.")
    return None


KIND = Kind("apprise", _SETTING, configured, _fault)
