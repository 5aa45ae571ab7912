"""docker-compose.yml: valid, pinned, healthy, without secrets, and in step with the settings."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import jsonschema
import pytest
import yaml

from pipeline.roles import COMMANDS, HEALTH_PORTS
from pipeline.settings import Settings
from pipeline.tracing.export import ENDPOINTS, wanted

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SCHEMA = Path(__file__).with_name("compose-spec.json")

Service = dict[str, object]


def compose() -> dict[str, object]:
    """The compose file as Docker would read it."""
    return cast("dict[str, object]", yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))


def services() -> dict[str, Service]:
    """Its services by name."""
    return cast("dict[str, Service]", compose()["services"])


def environments() -> Iterator[tuple[str, str, str]]:
    """Service, name and value of every environment entry."""
    for service, definition in services().items():
        for name, value in cast("dict[str, str]", definition.get("environment", {})).items():
            yield service, name, value


def images() -> list[str]:
    """Every image that is pulled: the services' and what the Dockerfile builds on."""
    pulled = [str(s["image"]) for s in services().values()]
    dockerfile = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    return pulled + re.findall(r"^FROM\s+(\S+)", dockerfile, re.MULTILINE)


def test_file_is_valid_against_the_compose_schema() -> None:
    """The official JSON Schema of the Compose Specification accepts it."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(compose())


def test_schema_is_the_one_that_its_note_names() -> None:
    """The vendored schema is unchanged."""
    note = SCHEMA.with_suffix(".md").read_text(encoding="utf-8")
    assert hashlib.sha256(SCHEMA.read_bytes()).hexdigest() in note


def test_schema_refuses_a_misspelt_key() -> None:
    """The check above can fail."""
    broken = compose()
    cast("dict[str, Service]", broken["services"])["kafka"]["enviroment"] = {}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_all_parts_are_there() -> None:
    """Kafka, both workers, heartbeat, auditor, the page, Prometheus and a mail catcher."""
    assert {"kafka", *HEALTH_PORTS, "prometheus", "mail"} <= services().keys()


@pytest.mark.parametrize("image", images())
def test_every_image_is_pinned_to_a_full_version(image: str) -> None:
    """A tag with major, minor and patch, or a digest; never a moving one."""
    assert re.search(r":v?\d+\.\d+\.\d+[\w.-]*$|@sha256:[0-9a-f]{64}$", image)


def test_every_environment_name_is_a_setting() -> None:
    """A renamed setting cannot be forgotten here: every BRUDVAGT_ name exists."""
    names = {name for _, name, _ in environments() if name.startswith("BRUDVAGT_")}
    assert names
    assert names <= {f"BRUDVAGT_{field.upper()}" for field in Settings.model_fields}


@pytest.mark.parametrize("worker", HEALTH_PORTS)
def test_workers_environment_is_accepted_by_the_settings(worker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only the names: the values are ones that a worker starts with."""
    for service, name, value in environments():
        if service == worker:
            monkeypatch.setenv(name, value)
    loaded = Settings()
    assert loaded.kafka_url == "kafka://kafka:9092"
    assert loaded.production is False
    assert services()[worker]["command"] == list(COMMANDS[worker])


def test_links_in_mails_open_the_page() -> None:
    """Alerting mints links to where the page is published."""
    found = services()
    given = {role: {name: value for one, name, value in environments() if one == role} for role in ("alerting", "web")}
    assert given["alerting"]["BRUDVAGT_WEB_URL"] == given["web"]["BRUDVAGT_WEB_URL"]
    address = given["web"]["BRUDVAGT_WEB_URL"].removeprefix("http://")
    assert f"{address}:{given['web']['BRUDVAGT_WEB_PORT']}" in cast("list[str]", found["web"]["ports"])


@pytest.mark.parametrize("role", ["casework", "alerting", "web"])
def test_keys_are_made_where_something_can_be_written_and_all_have_the_same(role: str) -> None:
    """Of links and of digests: the root file system is read-only, and the volume's folder is the user's in the image."""
    definition = services()[role]
    assert definition["read_only"] is True
    data = cast("dict[str, str]", definition["environment"])["BRUDVAGT_DATA_DIR"]
    assert cast("list[str]", definition["volumes"]) == [f"keys:{data}"]
    dockerfile = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    assert f"install --directory --owner 10001 --mode 0700 {data}" in dockerfile


def test_spans_leave_only_where_the_machine_names_a_collector() -> None:
    """The two workers that record spans take its address from outside; without one the value is empty, which is off."""
    name, named = "OTEL_EXPORTER_OTLP_ENDPOINT", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318"}
    assert name in ENDPOINTS
    given = {service: value for service, entry, value in environments() if entry == name}
    assert given.keys() == {"casework", "alerting"}
    for value in given.values():
        assert wanted({name: interpolated(value, {})}) is False
        assert interpolated(value, named) == named[name]


def interpolated(value: str, environment: dict[str, str]) -> str:
    """Returns a value as Docker Compose gives it to a container: `${NAME:-default}` is all that the file uses."""
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: environment.get(found[1]) or found[2], value)


def test_every_mounted_file_exists() -> None:
    """Bind mounts point at files of the repository; everything else is a declared volume."""
    declared = cast("dict[str, object]", compose()["volumes"])
    for definition in services().values():
        for mount in cast("list[str]", definition.get("volumes", [])):
            source = mount.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in declared


def test_everything_that_the_image_copies_exists() -> None:
    """COPY sources are in the repository and not hidden from the builder."""
    dockerfile = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / "deploy/Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    sources = [
        name for line in re.findall(r"^COPY (?!--from=)(.+) \S+$", dockerfile, re.MULTILINE) for name in line.split()
    ]
    assert len(sources) >= 6
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored


def test_every_lasting_service_says_when_it_is_healthy() -> None:
    """All but the one-shot that creates topics have a health check, and nobody waits for less."""
    found = services()
    assert [name for name, s in found.items() if "healthcheck" not in s] == ["topics"]
    for name, definition in found.items():
        for needed, how in cast("dict[str, dict[str, str]]", definition.get("depends_on", {})).items():
            wanted = "service_completed_successfully" if needed == "topics" else "service_healthy"
            assert how["condition"] == wanted, f"{name} waits for {needed}"


def test_nothing_is_published_beyond_loopback() -> None:
    """Kafka without encryption and unprotected pages stay on this machine."""
    published = [p for s in services().values() for p in cast("list[str]", s.get("ports", []))]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_no_secrets() -> None:
    """No value is, or names, a password or a token."""
    for service, name, value in environments():
        assert not re.search(r"password|secret|token|credential", f"{name} {value}", re.IGNORECASE), service


def test_prometheus_scrapes_every_process_where_it_listens() -> None:
    """Targets are the services' names with the health ports that they are given."""
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    targets = {
        target for job in config["scrape_configs"] for group in job["static_configs"] for target in group["targets"]
    }
    assert targets == {f"{s}:{port}" for s, name, port in environments() if name == "BRUDVAGT_HEALTH_PORT"}
    assert targets == {f"{role}:{port}" for role, port in HEALTH_PORTS.items()}
