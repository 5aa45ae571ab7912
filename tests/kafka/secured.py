"""A real Kafka as a municipality's platform runs it: TLS under a private authority, client certificates, SCRAM, tokens."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.kafka import jars, java, ports, startup_cache
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.server_properties import HOST
from tests.kafka.issuer import AUDIENCE, ISSUER, Key

TLS = Path(__file__).parent / "tls"
CA, STRANGER_CA = TLS / "ca.pem", TLS / "stranger-ca.pem"
BROKER = TLS / "broker.pem"
CLIENT = TLS / "client.pem", TLS / "client.key"
STRANGER = TLS / "stranger.pem", TLS / "stranger.key"

NAME = "localhost"  # the only name in the broker's certificate
USER = "casework"
PASSWORD = "kun-til-proever"
ALTER_BUDGET_S = 60.0
SESSION_S = 3
"""So long a connection signed in with a token may be used."""


@dataclass(frozen=True)
class SecuredPorts:
    """Where the broker listens, by what it demands of clients. `plain` is the unsecured door for its start-up."""

    plain: int
    controller: int
    tls: int
    client_certificate: int
    scram: int
    oauth: int


@contextmanager
def secured_broker(directory: Path, key: Key) -> Iterator[SecuredPorts]:
    """Run one broker on loopback with a listener for each kind of security, the user `USER` in it, and tokens of `key`.

    Only `overrides` make it so: a cluster needs no more than these settings for `BRUDVAGT_KAFKA_URL` to work. That
    keys of tokens may come from this file is a property of Java's: https://kafka.apache.org/43/security/.
    """
    at = free_ports()
    keys = directory / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.jwk()]}), encoding="utf-8")
    allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={keys.as_uri()}"
    options = (*startup_cache.jvm_options(), allowed)
    settings = door_settings(at, tokens=True) | _tokens(keys)
    with EmbeddedKafka(directory / "kafka", port=at.plain, overrides=settings, jvm_options=options) as kafka:
        _add_user(kafka.bootstrap)
        yield at


def free_ports() -> SecuredPorts:
    """Returns six ports that nothing listens on."""
    plain = ports.free_port()
    while not ports.is_free(plain + 1):  # the controller's, by the rule of `EmbeddedKafka`
        plain = ports.free_port()
    chosen = [plain, plain + 1]
    while len(chosen) < 6:
        port = ports.free_port()
        if port not in chosen:
            chosen.append(port)
    return SecuredPorts(*chosen)


def door_settings(at: SecuredPorts, *, tokens: bool = False) -> dict[str, str]:
    """Returns what a broker needs to listen at each door; at that for `tokens` it also needs to know their keys."""
    doors = {"TLS": at.tls, "MTLS": at.client_certificate, "SCRAM": at.scram} | ({"OAUTH": at.oauth} if tokens else {})
    plain = f"PLAINTEXT://{HOST}:{at.plain}"
    return {
        "listeners": ",".join(
            [plain, f"CONTROLLER://{HOST}:{at.controller}", *(f"{d}://{HOST}:{port}" for d, port in doors.items())]
        ),
        "advertised.listeners": ",".join([plain, *(f"{door}://{NAME}:{port}" for door, port in doors.items())]),
        "listener.security.protocol.map": (
            "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,TLS:SSL,MTLS:SSL,SCRAM:SASL_SSL,OAUTH:SASL_SSL"
        ),
        "inter.broker.listener.name": "PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(BROKER),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(CA),
        "listener.name.mtls.ssl.client.auth": "required",
        "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.scram.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "log.flush.interval.messages": str(2**63 - 1),  # nobody cuts the power here
    }


def _tokens(keys: Path) -> dict[str, str]:
    """Kafka's own check of signed tokens: signature, issuer, audience, end."""
    package = "org.apache.kafka.common.security.oauthbearer"
    door = "listener.name.oauth"
    return {
        f"{door}.sasl.enabled.mechanisms": "OAUTHBEARER",
        f"{door}.oauthbearer.sasl.jaas.config": f"{package}.OAuthBearerLoginModule required;",
        f"{door}.oauthbearer.sasl.server.callback.handler.class": f"{package}.OAuthBearerValidatorCallbackHandler",
        f"{door}.sasl.oauthbearer.jwks.endpoint.url": keys.as_uri(),
        f"{door}.sasl.oauthbearer.expected.issuer": ISSUER,
        f"{door}.sasl.oauthbearer.expected.audience": AUDIENCE,
        f"{door}.sasl.oauthbearer.clock.skew.seconds": "1",
        f"{door}.oauthbearer.connections.max.reauth.ms": str(SESSION_S * 1000),
    }


def _add_user(bootstrap: str) -> None:
    """Enter `USER` as an administrator would, with Kafka's own kafka-configs."""
    java_command = [str(java.executable()), *startup_cache.jvm_options()]
    class_path = os.pathsep.join(map(str, jars.ensure()))
    credential = f"SCRAM-SHA-512=[password={PASSWORD}]"
    change = ["--alter", "--entity-type", "users", "--entity-name", USER, "--add-config"]
    done = subprocess.run(
        [
            *java_command,
            "-cp",
            class_path,
            "kafka.admin.ConfigCommand",
            "--bootstrap-server",
            bootstrap,
            *change,
            credential,
        ],
        capture_output=True,
        text=True,
        timeout=ALTER_BUDGET_S,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"kafka-configs did not enter the user {USER}: {done.stderr or done.stdout}")
