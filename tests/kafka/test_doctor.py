"""The doctor: what this machine lacks for Kafka, and how to get it."""

import socket
from pathlib import Path

from pipeline.kafka import doctor
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.settings import Settings


def named(checks: list[doctor.Check]) -> dict[str, doctor.Check]:
    """The checks by name."""
    return {check.name: check for check in checks}


def test_all_well_on_a_machine_that_can_run_kafka(broker: EmbeddedKafka, tmp_path: Path) -> None:
    """Where a broker runs, everything it needs is found."""
    found = named(doctor.checks(Settings(data_dir=tmp_path / "new", kafka_port=0)))
    assert {"python", "java runtime", "kafka jars", "disk space", "data directory", "instance"} <= set(found)
    assert [check for check in found.values() if not check.ok] == []
    assert not (tmp_path / "new").exists()


def test_directory_in_use_is_reported_and_left_alone(broker: EmbeddedKafka) -> None:
    """A running Kafka is named, and looking does not disturb its lock."""
    path = broker.directory.path
    for _ in range(2):
        check = doctor.instance(path)
        assert not check.ok
        assert str(broker.pid) in check.detail
    assert broker.directory.recorded() is not None


def test_taken_port_is_reported(tmp_path: Path) -> None:
    """The port, and the setting that chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = named(doctor.port_checks(Settings(data_dir=tmp_path, kafka_port=port)))
    assert not found[f"port {port}"].ok
    assert "BRUDVAGT_KAFKA_PORT" in found[f"port {port}"].remedy


def test_old_python_missing_jars_and_a_file_for_a_directory_are_reported(tmp_path: Path) -> None:
    """Each has a remedy."""
    (tmp_path / "file").write_text("", encoding="ascii")
    for check in (
        doctor.python_version((3, 10)),
        doctor.kafka_jars(tmp_path),
        doctor.data_directory(tmp_path / "file"),
    ):
        assert not check.ok
        assert check.remedy


def test_cluster_is_asked_when_one_is_set(broker: EmbeddedKafka) -> None:
    """A cluster that answers is listed; one that does not is an error with a remedy."""
    assert named(doctor.checks(Settings(kafka_url=f"kafka://{broker.bootstrap}")))["kafka cluster"].ok
    lost = named(doctor.checks(Settings(kafka_url="kafka://127.0.0.1:9")))["kafka cluster"]
    assert not lost.ok
    assert "127.0.0.1:9" in lost.remedy
