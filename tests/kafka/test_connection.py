"""The Kafka address: what each form means to the clients, and errors that name the part."""

import ssl
import subprocess
from pathlib import Path

import pytest

from pipeline.kafka import java
from pipeline.kafka.connection import Connection, Mechanism, Security
from pipeline.kafka.errors import ConnectionUrlError
from pipeline.kafka.oauth.credentials import ClientCredentials

SECRET = "hemmeligt-kodeord"


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """A secret as container platforms mount it, with a newline at its end."""
    path = tmp_path / "password"
    path.write_text(f"{SECRET}\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate in PEM form, and the key store it came from, which is no PEM file."""
    folder = tmp_path_factory.mktemp("tls")
    keytool = java.executable().with_name("keytool")
    store = folder / "store.p12"
    stored = ["-alias", "b", "-storetype", "PKCS12", "-keystore", str(store), "-storepass", "changeit"]
    subprocess.run(
        [keytool, "-genkeypair", "-keyalg", "EC", "-dname", "CN=broker.example", *stored],
        check=True,
        capture_output=True,
    )
    cert = folder / "cert.pem"
    done = subprocess.run(
        [keytool, "-exportcert", "-rfc", *stored],
        check=True,
        capture_output=True,
    )
    cert.write_bytes(done.stdout)
    return cert, store


def test_several_brokers_without_encryption() -> None:
    """The plain form gives servers and protocol and nothing else."""
    connection = Connection.parse("kafka://h1:9092,h2.example:9093")
    assert connection.client_kwargs() == {
        "bootstrap_servers": ["h1:9092", "h2.example:9093"],
        "security_protocol": "PLAINTEXT",
    }


def test_ipv6_brokers_keep_their_brackets() -> None:
    """An IPv6 address has colons of its own."""
    assert Connection.parse("kafka://[::1]:9092").servers == ("[::1]:9092",)


def test_tls_verifies_certificate_and_name(pair: tuple[Path, Path]) -> None:
    """With or without an own authority, the broker's certificate and name are checked."""
    for url in ("kafka+ssl://h:9093", f"kafka+ssl://h:9093?ca={pair[0]}"):
        kwargs = Connection.parse(url).client_kwargs()
        assert kwargs["security_protocol"] == "SSL"
        assert kwargs["ssl_context"].verify_mode is ssl.CERT_REQUIRED
        assert kwargs["ssl_context"].check_hostname


def test_tls_trusts_only_the_given_authority(pair: tuple[Path, Path]) -> None:
    """`ca` replaces the system's authorities: exactly one certificate is trusted."""
    context = Connection.parse(f"kafka+ssl://h:9093?ca={pair[0]}").client_kwargs()["ssl_context"]
    assert context.cert_store_stats()["x509"] == 1


def test_scram_over_tls(password_file: Path) -> None:
    """User from the address, password from the file without its newline, mechanism by default SCRAM-SHA-512."""
    connection = Connection.parse(f"kafka+sasl_ssl://casework@h:9093?password_file={password_file}")
    kwargs = connection.client_kwargs()
    assert kwargs["security_protocol"] == "SASL_SSL"
    assert kwargs["sasl_mechanism"] == "SCRAM-SHA-512"
    assert kwargs["sasl_plain_username"] == "casework"
    assert kwargs["sasl_plain_password"] == SECRET
    assert isinstance(kwargs["ssl_context"], ssl.SSLContext)


def test_mechanism_and_encoded_user(password_file: Path) -> None:
    """Another mechanism is taken as said; a user name may be percent-encoded."""
    connection = Connection.parse(
        f"kafka+sasl_ssl://by%40vagt@h:9093?mechanism=SCRAM-SHA-256&password_file={password_file}"
    )
    assert connection.mechanism is Mechanism.SCRAM_SHA_256
    assert connection.username == "by@vagt"
    assert connection.security is Security.SASL_SSL


def test_tokens_instead_of_a_password(password_file: Path) -> None:
    """With OAUTHBEARER user and file are the client's at the authorization server; no password goes to a broker."""
    url = "https%3A%2F%2Flogin.example%2Ftoken%3Ftenant%3D1"
    connection = Connection.parse(
        f"kafka+sasl_ssl://casework@h:9093?mechanism=OAUTHBEARER&password_file={password_file}&token_url={url}&scope=kafka"
    )
    assert connection.tokens == ClientCredentials(
        "https://login.example/token?tenant=1", "casework", password_file, "kafka"
    )
    assert connection.tokens.place == "https://login.example/token"
    kwargs = connection.client_kwargs()
    assert kwargs["sasl_mechanism"] == "OAUTHBEARER"
    assert "sasl_plain_password" not in kwargs
    assert kwargs["sasl_oauth_token_provider"] is connection.client_kwargs()["sasl_oauth_token_provider"]
    assert SECRET not in repr(connection)


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ("mechanism=OAUTHBEARER", "option token_url"),
        ("mechanism=OAUTHBEARER&token_url=http://login.example/token", "option token_url: must begin with https://"),
        ("mechanism=OAUTHBEARER&token_url=https://login.example&token_ca=/nowhere.pem", "option token_ca"),
        ("token_url=https://login.example", "option token_url: only mechanism=OAUTHBEARER"),
        ("mechanism=PLAIN&scope=kafka", "option scope: only mechanism=OAUTHBEARER"),
    ],
)
def test_tokens_that_cannot_be_asked_for(password_file: Path, more: str, part: str) -> None:
    """A part that is missing, would give the secret away, or belongs to another mechanism is named."""
    with pytest.raises(ConnectionUrlError) as refused:
        Connection.parse(f"kafka+sasl_ssl://u@h:9092?password_file={password_file}&{more}")
    assert str(refused.value).startswith(f"BRUDVAGT_KAFKA_URL, {part}")


def test_password_never_shows(password_file: Path) -> None:
    """Neither repr nor str of a connection holds the password."""
    connection = Connection.parse(f"kafka+sasl_ssl://u@h:1?password_file={password_file}")
    assert connection.password == SECRET
    assert SECRET not in repr(connection) + str(connection)


def test_password_in_the_address_is_refused_without_repeating_it() -> None:
    """The message names the part and the remedy, never the password."""
    with pytest.raises(ConnectionUrlError, match=r"user: .*password_file") as refused:
        Connection.parse(f"kafka+sasl_ssl://u:{SECRET}@h:9093")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://h:9092", "scheme"),
        ("h:9092", "scheme"),
        ("kafka://", "broker"),
        ("kafka://h", "broker 'h'"),
        ("kafka://h:0", "broker 'h:0'"),
        ("kafka://h:70000", "broker 'h:70000'"),
        ("kafka://h:9092,", "broker ''"),
        ("kafka://h:9092/topic", "path"),
        ("kafka://u@h:9092", "user"),
        ("kafka://h:9092?ca=x", "option ca"),
        ("kafka+ssl://h:9092?verify=off", "option verify"),
        ("kafka+ssl://h:9092?ca=/nowhere/ca.pem", "option ca"),
        ("kafka+ssl://h:9092?ca=", "option ca"),
        ("kafka+sasl_ssl://h:9092", "user"),
        ("kafka+sasl_ssl://u@h:9092", "option password_file"),
        ("kafka+sasl_ssl://u@h:9092?mechanism=GSSAPI", "option mechanism"),
        ("kafka+sasl_ssl://u@h:9092?mechanism=OAUTHBEARER", "option password_file"),
    ],
)
def test_bad_address_names_the_part(url: str, part: str) -> None:
    """Every refusal starts with the setting and the part that is wrong, and shows a complete address."""
    with pytest.raises(ConnectionUrlError) as refused:
        Connection.parse(url)
    assert str(refused.value).startswith(f"BRUDVAGT_KAFKA_URL, {part}")
    assert "kafka+sasl_ssl://user@" in str(refused.value)


def test_certificate_without_key_is_refused(pair: tuple[Path, Path]) -> None:
    """A client certificate is of no use without its key."""
    with pytest.raises(ConnectionUrlError, match="options cert and key: a client certificate needs both"):
        Connection.parse(f"kafka+ssl://h:9093?cert={pair[0]}")


def test_files_that_are_no_certificates_are_refused(pair: tuple[Path, Path]) -> None:
    """A wrong file is named when the clients are made, before anything connects."""
    cert, not_pem = pair
    with pytest.raises(ConnectionUrlError, match=r"option ca: .*store\.p12 holds no certificates"):
        Connection.parse(f"kafka+ssl://h:9093?ca={not_pem}").client_kwargs()
    with pytest.raises(ConnectionUrlError, match=r"options cert and key: .*no matching pair"):
        Connection.parse(f"kafka+ssl://h:9093?cert={cert}&key={not_pem}").client_kwargs()


def test_empty_password_file_is_refused(tmp_path: Path) -> None:
    """An empty secret is a deployment mistake, not a password."""
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    with pytest.raises(ConnectionUrlError, match=r"option password_file: .* is empty"):
        Connection.parse(f"kafka+sasl_ssl://u@h:9092?password_file={tmp_path / 'empty'}")
