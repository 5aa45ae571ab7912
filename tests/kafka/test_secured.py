"""A secured Kafka is used through its address alone, and every refusal is one sentence within seconds."""

import asyncio
import logging
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline.kafka import admin
from pipeline.kafka.connection import Connection
from pipeline.kafka.errors import BrokerError, TopicsError
from pipeline.kafka.reading import read_topics
from pipeline.kafka.records import Outgoing
from pipeline.kafka.sending import send
from pipeline.kafka.topics import Topics
from tests.kafka.secured import CA, CLIENT, PASSWORD, STRANGER, STRANGER_CA, USER, SecuredPorts

pytestmark = pytest.mark.usefixtures("all_closed")

REFUSED_WITHIN_S = 14.0  # each; measured: 0.4 s at most; a client that hangs takes aiokafka's 15 or 40 s
WRONG_PASSWORD = "forkert-kodeord"

TLS = "kafka+ssl://localhost:{tls}?ca={ca}"
CLIENT_CERTIFICATE = "kafka+ssl://localhost:{client_certificate}?ca={ca}&cert={cert}&key={key}"
SCRAM = "kafka+sasl_ssl://{user}@localhost:{scram}?mechanism=SCRAM-SHA-512&password_file={right}&ca={ca}"

VERIFY_FAILED = "CERTIFICATE_VERIFY_FAILED"
NO_AUTHORITY = "unable to get local issuer certificate"  # OpenSSL's words
CLOSED = "closed"  # all that Kafka tells a client whose first bytes, or whose certificate, it cannot accept


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Certificates, keys, and a right and a wrong password in files, by their names in the addresses here."""
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text(f"{PASSWORD}\n", encoding="utf-8")
    wrong.write_text(f"{WRONG_PASSWORD}\n", encoding="utf-8")
    own = {"ca": CA, "cert": CLIENT[0], "key": CLIENT[1]}
    stranger = {"stranger_ca": STRANGER_CA, "stranger_cert": STRANGER[0], "stranger_key": STRANGER[1]}
    return {"right": right, "wrong": wrong, **own, **stranger}


@pytest.mark.parametrize(
    ("address", "door"),
    [
        pytest.param(TLS, "tls", id="tls"),
        pytest.param(CLIENT_CERTIFICATE, "client_certificate", id="client-certificate"),
        pytest.param(SCRAM, "scram", id="scram"),
    ],
)
async def test_topics_and_records_pass_a_secured_door(
    doors: SecuredPorts, files: dict[str, Path], address: str, door: str
) -> None:
    """The twelve topics are created as designed and records come back as they were sent, all through one door."""
    connection = _connection(address, doors, files)
    topics = Topics(prefix=door, partitions=2)
    assert len(await admin.create(connection, topics.specs())) == 12
    assert await admin.verify(connection, topics.specs()) == []
    assert await admin.brokers(connection) == (f"localhost:{asdict(doors)[door]}",)

    sent = await send(
        connection,
        [
            Outgoing(topics.reports, "første".encode(), partition=1),
            Outgoing(topics.reports, b"second", partition=1, headers=[("origin", b"form")]),
        ],
    )
    assert sent == [(topics.reports, 1, 0), (topics.reports, 1, 1)]
    seen = await read_topics(connection, [topics.reports])
    assert [(one.partition, one.offset, one.value, tuple(one.headers)) for one in seen] == [
        (1, 0, "første".encode(), ()),
        (1, 1, b"second", (("origin", b"form"),)),
    ]


@pytest.mark.parametrize(
    ("address", "reasons"),
    [
        pytest.param(SCRAM.replace("right", "wrong"), ["SaslAuthenticationFailed"], id="wrong-password"),
        pytest.param(SCRAM.replace("{user}", "nobody"), ["SaslAuthenticationFailed"], id="unknown-user"),
        pytest.param(SCRAM.replace("SCRAM-SHA-512", "PLAIN"), ["UnsupportedSaslMechanism"], id="mechanism-not-offered"),
        pytest.param(TLS.replace("{ca}", "{stranger_ca}"), [VERIFY_FAILED, NO_AUTHORITY], id="unknown-authority"),
        pytest.param(
            SCRAM.replace("{ca}", "{stranger_ca}"), [VERIFY_FAILED, NO_AUTHORITY], id="sasl-unknown-authority"
        ),
        pytest.param("kafka+ssl://localhost:{tls}", [VERIFY_FAILED, NO_AUTHORITY], id="only-system-authorities"),
        pytest.param(TLS.replace("localhost", "127.0.0.1"), [VERIFY_FAILED, "not valid for '127.0.0.1'"], id="name"),
        pytest.param("kafka+ssl://localhost:{client_certificate}?ca={ca}", [CLOSED], id="no-client-certificate"),
        pytest.param(
            CLIENT_CERTIFICATE.replace("{cert}", "{stranger_cert}").replace("{key}", "{stranger_key}"),
            [CLOSED],
            id="client-certificate-of-another-authority",
        ),
        pytest.param("kafka://localhost:{tls}", [CLOSED], id="plaintext-to-tls"),
        pytest.param("kafka://localhost:{scram}", [CLOSED], id="plaintext-to-scram"),
        pytest.param("kafka+ssl://localhost:{scram}?ca={ca}", [CLOSED], id="no-user"),
        pytest.param("kafka+ssl://localhost:{plain}?ca={ca}", [], id="tls-to-plaintext"),
    ],
)
async def test_refusal_is_one_sentence(
    doors: SecuredPorts,
    files: dict[str, Path],
    address: str,
    reasons: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Commands about topics, sending and reading each end in one sentence that says why, in time."""
    caplog.set_level(logging.WARNING, logger="aiokafka")
    connection = _connection(address, doors, files)
    server = connection.servers[0]
    with pytest.raises(TopicsError, match=rf"^Kafka at {server} cannot be used ") as refused:
        await asyncio.wait_for(admin.brokers(connection), REFUSED_WITHIN_S)
    with pytest.raises(BrokerError, match=rf"^Kafka at {server} ") as unsent:
        await asyncio.wait_for(send(connection, [Outgoing("any", b"x")]), REFUSED_WITHIN_S)
    with pytest.raises(BrokerError, match=rf"^Kafka at {server} ") as unread:
        await asyncio.wait_for(read_topics(connection, ["any"]), REFUSED_WITHIN_S)
    said = [str(refused.value), str(unsent.value), str(unread.value)]

    # The first cause is in aiokafka's log line: a broker that is merely down must not pass for a refusal.
    logged = [record.getMessage() for record in caplog.records if record.name == "aiokafka"]
    assert len(logged) == 3
    for line, sentence in zip(logged, said, strict=True):
        assert server in line
        assert [reason for reason in reasons if reason not in sentence] == []
        assert "\n" not in sentence
        assert "Traceback" not in sentence
        assert PASSWORD not in line + sentence
        assert WRONG_PASSWORD not in line + sentence


def _connection(address: str, doors: SecuredPorts, files: dict[str, Path]) -> Connection:
    """The address with ports, user and files filled in, read as `BRUDVAGT_KAFKA_URL` is."""
    paths = {name: quote(str(path)) for name, path in files.items()}
    return Connection.parse(address.format(user=USER, **asdict(doors), **paths))
