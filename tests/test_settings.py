"""Settings: defaults that fit the Kafka in use, and errors that read like sentences."""

from pathlib import Path

import pytest

from pipeline import settings
from pipeline.settings import Settings, SettingsError


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"BRUDVAGT_{name.upper()}", raising=False)


def test_without_anything_set_brudvagt_runs_its_own_kafka() -> None:
    """Own Kafka: 4 partitions, 1 replica, loopback; delivery to .example only; Danish."""
    loaded = settings.load()
    assert loaded.kafka_url is None
    assert (loaded.partitions, loaded.replication) == (4, 1)
    assert loaded.connection().servers == ("127.0.0.1:19092",)
    assert loaded.health_host == "127.0.0.1"
    assert loaded.production is False
    assert loaded.language == "da"
    assert loaded.topics.reports == "brudvagt.reports"


def test_with_a_cluster_topics_get_the_designs_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster: 6 partitions and 3 replicas unless set otherwise."""
    monkeypatch.setenv("BRUDVAGT_KAFKA_URL", "kafka://h1:9092,h2:9092")
    assert (settings.load().partitions, settings.load().replication) == (6, 3)
    monkeypatch.setenv("BRUDVAGT_REPLICATION", "1")
    monkeypatch.setenv("BRUDVAGT_PARTITIONS", "12")
    assert (settings.load().partitions, settings.load().replication) == (12, 1)
    assert settings.load().connection().servers == ("h1:9092", "h2:9092")


def test_municipalities_with_topics_of_their_own_are_named_by_kommunekode(monkeypatch: pytest.MonkeyPatch) -> None:
    """In any order, with or without spaces; without the setting nobody has any."""
    assert settings.load().topics.tenants == ()
    monkeypatch.setenv("BRUDVAGT_TENANTS", "740, 657")
    assert settings.load().topics.tenants == ("657", "740")


def test_plans_and_policies_lie_beside_the_packages() -> None:
    """The default deploy directory is the repository's own."""
    assert settings.load().deploy_dir == Path(__file__).resolve().parent.parent / "deploy"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PARTITIONS", "many", "BRUDVAGT_PARTITIONS is 'many': input should be a valid integer"),
        ("LOG_LEVEL", "loud", "BRUDVAGT_LOG_LEVEL is 'loud': input should be 'debug', 'info'"),
        ("DEMO_CLOCK", "1/2", "write real_origin/shown_origin/speed"),
        ("TOPIC_PREFIX", "a.b", "BRUDVAGT_TOPIC_PREFIX is 'a.b'"),
        ("SMTP_URL", "mailto:x", "must look like smtp://host:port"),
        ("KAFKA_URL", "kafka://h", "BRUDVAGT_KAFKA_URL, broker 'h'"),
        ("REPLICATION", "3", "must be 1 without BRUDVAGT_KAFKA_URL"),
        ("PRODUCTION", "perhaps", "BRUDVAGT_PRODUCTION is 'perhaps'"),
        ("TENANTS", "657,999", "BRUDVAGT_TENANTS is '657,999': '999' is no kommunekode; "),
        ("TENANTS", "Herning", "'Herning' is no kommunekode; deploy/municipalities/kommuner.csv lists all 98"),
        ("TENANTS", "657,740,657", "657 stands there twice; name each municipality once"),
    ],
)
def test_wrong_value_is_a_sentence(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    """The message names the setting as the operator wrote it, the value, and what is meant."""
    monkeypatch.setenv(f"BRUDVAGT_{name}", value)
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert said in str(refused.value)
    assert str(refused.value).endswith(".")


def test_secrets_in_addresses_are_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that somebody put into an address does not reach the message."""
    monkeypatch.setenv("BRUDVAGT_KAFKA_URL", "kafka://u:hemmeligt@h:9092")
    monkeypatch.setenv("BRUDVAGT_SMTP_URL", "smtp://u:hemmeligt@h:25")
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert "hemmeligt" not in str(refused.value)
    assert len(str(refused.value).splitlines()) == 2


def test_every_setting_is_described() -> None:
    """Descriptions feed the documentation: each is a sentence."""
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
