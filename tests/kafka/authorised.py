"""A real Kafka with authorisation on: who has no right may do nothing. Users sign in by certificate, as under Strimzi."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from aiokafka.protocol.admin import CreateAclsRequest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.kafka import admin, ports
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.connection import Connection
from pipeline.kafka.server_properties import HOST
from tests.kafka.secured import BROKER, CA, NAME

# Kafka's numbers for these words (org.apache.kafka.common.acl and .resource).
RESOURCES: Final = {"topic": 2, "group": 3, "cluster": 4, "transactionalId": 5}
PATTERNS: Final = {"literal": 3, "prefix": 4}
OPERATIONS: Final = {"Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Describe": 8, "DescribeConfigs": 10}
ALLOW: Final = 3
CLUSTER: Final = "kafka-cluster"


class _CreateAcls(CreateAclsRequest):  # type: ignore[misc]  # aiokafka is not followed by the type checker
    """All rights of a KafkaUser in one request; aiokafka's own takes one."""

    def __init__(self, creations: Sequence[tuple[object, ...]]) -> None:
        self._creations = list(creations)

    def build(self, request_struct_class: Any) -> Any:
        assert request_struct_class.API_VERSION >= 1  # the first that knows prefixes
        return request_struct_class(self._creations)


@dataclass(frozen=True)
class Authorised:
    """The running broker. `plain` is the door of the super-user; everybody else comes in with a certificate."""

    plain: str
    port: int
    directory: Path
    authority: "Authority"

    @property
    def above_all(self) -> Connection:
        """The super-user, as who runs the cluster."""
        return Connection(servers=(self.plain,))

    def url(self, user: str) -> str:
        """BRUDVAGT_KAFKA_URL of a user, whose certificate is made at first use."""
        cert, key = self.authority.certificate(user)
        ca, cert_, key_ = (quote(str(path)) for path in (CA, cert, key))
        return f"kafka+ssl://{NAME}:{self.port}?ca={ca}&cert={cert_}&key={key_}"

    def connection(self, user: str) -> Connection:
        """The same, parsed."""
        return Connection.parse(self.url(user))

    def grant(self, kafka_user: Mapping[str, Any]) -> None:
        """Gives the rights of a KafkaUser to its certificate's name, as Strimzi's user operator does."""
        user, spec = kafka_user["metadata"]["name"], kafka_user["spec"]["authorization"]
        assert spec["type"] == "simple"
        creations = [
            (
                RESOURCES[acl["resource"]["type"]],
                acl["resource"].get("name", CLUSTER),
                PATTERNS[acl["resource"].get("patternType", "literal")],
                f"User:CN={user}",
                "*",
                OPERATIONS[operation],
                ALLOW,
            )
            for acl in spec["acls"]
            for operation in acl["operations"]
        ]
        asyncio.run(_create(self.above_all, creations))


async def _create(connection: Connection, creations: Sequence[tuple[object, ...]]) -> None:
    async with admin.admin_client(connection) as client:
        node = client._client.get_random_node()
        answer = await client._send_request_to_node(node, _CreateAcls(creations))
    refused = [one for one in answer.creation_responses if one[0]]
    if refused or len(answer.creation_responses) != len(creations):
        raise RuntimeError(f"the broker did not take these rights: {refused}")


class Authority:
    """A certificate authority of its own: the broker believes its client certificates, as Strimzi's clients CA."""

    def __init__(self, directory: Path) -> None:
        """Makes the authority's key and certificate in `directory`."""
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("clients-ca")
        self.file = directory / "clients-ca.pem"
        self.file.write_bytes(self._signed(self._name, self._key, authority=True))

    def certificate(self, user: str) -> tuple[Path, Path]:
        """Returns certificate and key of CN=`user`."""
        cert, key = self._directory / f"{user}.crt", self._directory / f"{user}.key"
        if not cert.exists():
            own = ec.generate_private_key(ec.SECP256R1())
            key.write_bytes(
                own.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
            cert.write_bytes(self._signed(_named(user), own, authority=False))
        return cert, key

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> bytes:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@contextmanager
def authorised_broker(directory: Path) -> Iterator[Authorised]:
    """Run one broker on loopback that lets nobody but the super-user do anything without a right."""
    made = directory / "certificates"
    made.mkdir()
    authority = Authority(made)
    plain = ports.free_port()
    while not ports.is_free(plain + 1):  # the controller's, by the rule of `EmbeddedKafka`
        plain = ports.free_port()
    while (secured := ports.free_port()) in (plain, plain + 1):
        pass
    with EmbeddedKafka(directory / "kafka", port=plain, overrides=_settings(plain, secured, authority.file)) as kafka:
        yield Authorised(kafka.bootstrap, secured, made, authority)


def _settings(plain: int, secured: int, clients: Path) -> dict[str, str]:
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": "User:ANONYMOUS",  # the unsecured door, and the broker itself; no user of a test comes by it
        "listeners": f"PLAINTEXT://{HOST}:{plain},CONTROLLER://{HOST}:{plain + 1},MTLS://{HOST}:{secured}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{plain},MTLS://{NAME}:{secured}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,MTLS:SSL",
        "inter.broker.listener.name": "PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(BROKER),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(clients),
        "listener.name.mtls.ssl.client.auth": "required",
        "log.flush.interval.messages": str(2**63 - 1),  # nobody cuts the power here
    }
