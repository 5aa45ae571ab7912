"""The address of a Kafka: parsed from one URL, given to clients as keyword arguments."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypedDict
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pipeline.kafka.errors import ConnectionUrlError
from pipeline.kafka.oauth.credentials import ClientCredentials, token_address

if TYPE_CHECKING:
    from pipeline.kafka.oauth.provider import TokenProvider

EXAMPLE = "kafka+sasl_ssl://user@broker-1.example:9093,broker-2.example:9093?mechanism=SCRAM-SHA-512&password_file=/run/secrets/kafka"


class Security(StrEnum):
    """How clients speak with the brokers, in Kafka's words for `security.protocol`."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_SSL = "SASL_SSL"


class Mechanism(StrEnum):
    """How a user proves who it is."""

    SCRAM_SHA_512 = "SCRAM-SHA-512"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    PLAIN = "PLAIN"
    OAUTHBEARER = "OAUTHBEARER"


SCHEMES = {"kafka": Security.PLAINTEXT, "kafka+ssl": Security.SSL, "kafka+sasl_ssl": Security.SASL_SSL}
TLS_OPTIONS = frozenset({"ca", "cert", "key"})
SASL_OPTIONS = frozenset({"mechanism", "password_file"})
TOKEN_OPTIONS = frozenset({"token_url", "token_ca", "scope"})
OPTIONS = {
    Security.PLAINTEXT: frozenset[str](),
    Security.SSL: TLS_OPTIONS,
    Security.SASL_SSL: TLS_OPTIONS | SASL_OPTIONS | TOKEN_OPTIONS,
}


class ClientKwargs(TypedDict, total=False):
    """Keyword arguments that every aiokafka client takes."""

    bootstrap_servers: list[str]
    security_protocol: str
    ssl_context: ssl.SSLContext
    sasl_mechanism: str
    sasl_plain_username: str
    sasl_plain_password: str
    sasl_oauth_token_provider: "TokenProvider"


@dataclass(frozen=True)
class Connection:
    """Where the brokers are and how to be let in. The password never shows in `repr`."""

    servers: tuple[str, ...]
    security: Security = Security.PLAINTEXT
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    username: str | None = None
    mechanism: Mechanism = Mechanism.SCRAM_SHA_512
    password: str = field(default="", repr=False)
    tokens: ClientCredentials | None = None
    """Where tokens come from; with the mechanism OAUTHBEARER, and with no other."""

    @classmethod
    def parse(cls, url: str) -> "Connection":
        """Read `kafka://h1:9092,h2:9092`, `kafka+ssl://…?ca=…&cert=…&key=…` or
        `kafka+sasl_ssl://user@…?mechanism=SCRAM-SHA-512&password_file=…`; with `mechanism=OAUTHBEARER` user and
        password are those of a client at the authorization server behind `token_url=…`, with `scope` and `token_ca`.

        Raises `ConnectionUrlError`, which names the part that is wrong and how to put it right.
        """
        # Split by hand: urlsplit knows no underscore in a scheme, and Kafka's own name for it has one.
        scheme, colon, rest = url.partition("://")
        security = SCHEMES.get(scheme.lower()) if colon else None
        if security is None:
            _refuse("scheme", f"the address must begin with one of {', '.join(f'{s}://' for s in SCHEMES)}")
        parts = urlsplit(f"//{rest}", scheme=scheme.lower())
        if parts.path not in ("", "/") or parts.fragment:
            _refuse("path", "nothing but options after ? may follow the brokers")
        options = _options(parts, security)
        username, servers = _authority(parts, security)
        mechanism, password = _mechanism(options), _password(options, security)
        connection = cls(
            servers=servers,
            security=security,
            ca=_file(options, "ca"),
            cert=_file(options, "cert"),
            key=_file(options, "key"),
            username=username,
            mechanism=mechanism,
            password="" if mechanism is Mechanism.OAUTHBEARER else password,
            tokens=_tokens(options, mechanism, username),
        )
        if (connection.cert is None) != (connection.key is None):
            _refuse("options cert and key", "a client certificate needs both files; give both or neither")
        return connection

    def client_kwargs(self) -> ClientKwargs:
        """Keyword arguments for any aiokafka client. Raises `ConnectionUrlError` for unusable certificate files."""
        kwargs: ClientKwargs = {
            "bootstrap_servers": list(self.servers),
            "security_protocol": self.security.value,
        }
        if self.security is not Security.PLAINTEXT:
            kwargs["ssl_context"] = self._ssl_context()
        if self.username is not None:
            kwargs["sasl_mechanism"] = self.mechanism.value
        if self.tokens is not None:
            from pipeline.kafka.oauth.provider import provider_for  # with an HTTP client, which few need
            from pipeline.kafka.oauth.refusal import look_at_answers

            look_at_answers()
            kwargs["sasl_oauth_token_provider"] = provider_for(self.tokens)
        elif self.username is not None:
            kwargs["sasl_plain_username"] = self.username
            kwargs["sasl_plain_password"] = self.password
        return kwargs

    def _ssl_context(self) -> ssl.SSLContext:
        # Verifies the broker's certificate and name; there is deliberately no option that turns it off.
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            _refuse("option ca", f"{self.ca} holds no certificates in PEM form ({error})")
        if self.cert is not None and self.key is not None:
            try:
                context.load_cert_chain(self.cert, self.key)
            except (OSError, ssl.SSLError) as error:
                _refuse(
                    "options cert and key", f"{self.cert} and {self.key} are no matching pair in PEM form ({error})"
                )
        return context


def _refuse(part: str, problem: str) -> NoReturn:
    raise ConnectionUrlError(f"BRUDVAGT_KAFKA_URL, {part}: {problem}. A complete one looks like {EXAMPLE}")


def _options(parts: SplitResult, security: Security) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in OPTIONS[security]:
            allowed = ", ".join(sorted(OPTIONS[security])) or "none"
            _refuse(f"option {name}", f"not an option of {parts.scheme}://, which takes {allowed}")
        if name in options or not value:
            _refuse(f"option {name}", "must be given once, with a value")
        options[name] = value
    return options


def _authority(parts: SplitResult, security: Security) -> tuple[str | None, tuple[str, ...]]:
    user, at, brokers = parts.netloc.rpartition("@")
    if ":" in user:  # the text is not repeated: it holds the password
        _refuse(
            "user", "a password in the address ends up in process lists and logs; put it in a file, password_file=…"
        )
    if security is Security.SASL_SSL and not user:
        _refuse("user", "kafka+sasl_ssl:// needs one before the brokers: user@host:port")
    if security is not Security.SASL_SSL and at:
        _refuse("user", f"{parts.scheme}:// takes none; a user signs in with kafka+sasl_ssl://")
    return unquote(user) or None, tuple(_server(server) for server in brokers.split(","))


def _server(text: str) -> str:
    host, colon, port = text.strip().rpartition(":")
    if not colon or not host:
        _refuse(f"broker {text!r}", "must be host:port, several separated by commas")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        _refuse(f"broker {text!r}", "the port must be a number from 1 to 65535")
    return f"{host}:{int(port)}"


def _file(options: dict[str, str], name: str) -> Path | None:
    if name not in options:
        return None
    path = Path(options[name])
    if not path.is_file():
        _refuse(f"option {name}", f"there is no file {path}")
    return path


def _mechanism(options: dict[str, str]) -> Mechanism:
    text = options.get("mechanism", Mechanism.SCRAM_SHA_512.value)
    if text not in set(Mechanism):
        _refuse("option mechanism", f"{text!r} is none of {', '.join(Mechanism)}")
    return Mechanism(text)


def _tokens(options: dict[str, str], mechanism: Mechanism, username: str | None) -> ClientCredentials | None:
    if mechanism is not Mechanism.OAUTHBEARER:
        for name in sorted(TOKEN_OPTIONS & options.keys()):
            _refuse(f"option {name}", "only mechanism=OAUTHBEARER takes it")
        return None
    secret = _file(options, "password_file")
    assert username is not None
    assert secret is not None  # both were looked for above
    if "token_url" not in options:
        _refuse("option token_url", "mechanism=OAUTHBEARER needs the address that tokens are asked for at")
    try:
        url = token_address(options["token_url"])
    except ValueError as error:
        _refuse("option token_url", str(error))
    return ClientCredentials(url, username, secret, options.get("scope"), _file(options, "token_ca"))


def _password(options: dict[str, str], security: Security) -> str:
    if security is not Security.SASL_SSL:
        return ""
    path = _file(options, "password_file")
    if path is None:
        _refuse("option password_file", "kafka+sasl_ssl:// needs a file that holds the password")
    try:
        password = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        _refuse("option password_file", f"{path} cannot be read ({type(error).__name__})")
    if not password:
        _refuse("option password_file", f"{path} is empty")
    return password
