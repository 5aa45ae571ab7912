"""A real Alertmanager with the shipped configuration, and the paging service that it tells."""

import contextlib
import json
import threading
import time
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from pipeline.kafka.ports import free_port
from system_tests.prometheus import server
from system_tests.rules import HOUSE

CONFIG: Final = HOUSE / "deploy" / "alertmanager" / "alertmanager.yml"
SECRET: Final = "made-up-token"
QUICK: Final = {"group_wait": "400ms", "group_interval": "2s", "repeat_interval": "5s"}
"""Instead of seconds, minutes and hours; how it groups, inhibits and routes stays as it is shipped."""


class Page(NamedTuple):
    """One call of a webhook: which one, whether it showed its secret, and what it said."""

    at: float
    path: str
    authorized: bool
    receiver: str
    status: str
    grouped_by: Mapping[str, str]
    alerts: frozenset[tuple[str, str, str]]  # name, worker or channel, firing or resolved


@dataclass(slots=True)
class Pager:
    """The far end of operations' webhooks: keeps every call."""

    pages: list[Page] = field(default_factory=list)

    def told(self, alert: str, status: str, since: float, about: str = "") -> list[Page]:
        """Returns the calls since a moment that name an alert in a status; `about` is its worker or channel."""
        return [
            page
            for page in list(self.pages)
            if page.at >= since
            and any(one[0] == alert and one[2] == status and about in ("", one[1]) for one in page.alerts)
        ]


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """An Alertmanager that runs, and its pager."""

    port: int
    pager: Pager

    def get(self, path: str) -> str | None:
        """Returns a page, None while nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return str(answer.read().decode())
        except OSError:
            return None

    def tell(self, *alerts: Mapping[str, str], ended: bool = False) -> None:
        """Sends alerts by their labels, as Prometheus does: together, in this order, with their end."""
        at = datetime.now(UTC) + timedelta(hours=0 if ended else 1)
        body = json.dumps([{"labels": one, "endsAt": at.isoformat()} for one in alerts]).encode()
        url, head = f"http://127.0.0.1:{self.port}/api/v2/alerts", {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, body, head), timeout=30):
            """Taken."""

    def inhibited(self) -> set[tuple[str, str]]:
        """Returns the alerts that another keeps quiet now, each with its worker."""
        found = json.loads(self.get("/api/v2/alerts?inhibited=true") or "[]")
        return {
            (one["labels"]["alertname"], one["labels"].get("worker", ""))
            for one in found
            if one["status"]["inhibitedBy"]
        }


@contextlib.contextmanager
def alertmanager(directory: Path, smtp_port: int, paged: Collection[str] = ()) -> Iterator[Alertmanager]:
    """Yields an Alertmanager as it is shipped but for its addresses, its secrets and its patience.

    Receivers named in `paged` tell the pager too.
    """
    directory.mkdir()
    pager, port = Pager(), free_port()
    hooks = ThreadingHTTPServer(("127.0.0.1", 0), _handler(pager))
    threading.Thread(target=hooks.serve_forever, daemon=True).start()
    config = json.loads(json.dumps(yaml.safe_load(CONFIG.read_text())))  # each receiver its own copy of what they share
    for receiver in _list(config["receivers"]):
        if _mapping(receiver)["name"] in paged:
            _mapping(receiver)["webhook_configs"] = [{"url": f"http://127.0.0.1:{hooks.server_address[1]}/page"}]
    _here(config, directory, smtp_port, hooks.server_address[1])
    (directory / "alertmanager.yml").write_text(yaml.safe_dump(config))
    made = Alertmanager(port, pager)
    options = [
        f"--config.file={directory / 'alertmanager.yml'}",
        f"--storage.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    try:
        with server("prometheus-alertmanager", options, directory / "alertmanager.log", made.get):
            yield made
    finally:
        hooks.shutdown()
        hooks.server_close()


def _here(config: dict[str, object], directory: Path, smtp_port: int, hook_port: int) -> None:
    """Puts this machine's addresses and quick times into a configuration."""
    config["global"] = {
        **_mapping(config["global"]),
        "smtp_smarthost": f"127.0.0.1:{smtp_port}",
        "smtp_require_tls": False,
    }
    root = _mapping(config["route"])
    for route in [root, *_list(root["routes"])]:
        _mapping(route).update({name: value for name, value in QUICK.items() if name in _mapping(route)})
    secret = directory / "secret"
    secret.write_text(SECRET)
    for receiver in _list(config["receivers"]):
        for hook in _list(_mapping(receiver).get("webhook_configs", [])):
            if "http_config" not in _mapping(hook):
                continue
            name = str(_mapping(hook)["url"]).split("//")[1].split(".")[0]
            _mapping(hook)["url"] = f"http://127.0.0.1:{hook_port}/{name}"
            _mapping(_mapping(_mapping(hook)["http_config"])["authorization"])["credentials_file"] = str(secret)


def _handler(pager: Pager) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            alerts = frozenset(
                (
                    one["labels"]["alertname"],
                    one["labels"].get("worker") or one["labels"].get("channel", ""),
                    one["status"],
                )
                for one in told["alerts"]
            )
            authorized = self.headers.get("Authorization") == f"Bearer {SECRET}"
            pager.pages.append(
                Page(time.time(), self.path, authorized, told["receiver"], told["status"], told["groupLabels"], alerts)
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing: the calls are kept."""

    return Handler


def _mapping(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value
