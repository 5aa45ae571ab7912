"""An authorization server on loopback: gives signed JWTs to one client, or whatever a test tells it to answer."""

import base64
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT_ID = "brudvagt-casework"
SECRET = "kun til prøver & intet andet"  # a space, a sign and a letter that the form encoding must carry
ISSUER, AUDIENCE, SCOPE = "https://login.example", "kafka", "kafka.use"

Answer = tuple[int, object]


class Key:
    """A signing key, and what brokers are told of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwk(self) -> dict[str, str]:
        """The public half, as RFC 7517 writes it."""
        public = self._private.public_key().public_numbers()
        numbers = {"n": _base64(public.n.to_bytes(256, "big")), "e": _base64(public.e.to_bytes(3, "big"))}
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.name, **numbers}

    def sign(self, claims: dict[str, object]) -> str:
        """Returns the claims as a JWT, signed with RS256."""
        head = {"alg": "RS256", "typ": "at+jwt", "kid": self.name}
        text = ".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
        return f"{text}.{_base64(self._private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class Issuer:
    """What the server does, for tests to change, and what it was asked: the tokens given, in their order."""

    key: Key
    url: str = ""
    lives_s: int = 300
    signed_by: Key | None = None
    claims: dict[str, object] = field(default_factory=dict)
    answer: Callable[[], Answer] | None = None
    given: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    """The form's fields of every request, and the header `Authorization`."""

    def again(self) -> None:
        """Forgets what a test changed and saw."""
        self.lives_s, self.signed_by, self.claims, self.answer = 300, None, {}, None
        self.given, self.asked = [], []

    def token(self, **claims: object) -> str:
        """Returns a token as the brokers want it, but for the `claims` named."""
        now = int(time.time())
        usual = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": CLIENT_ID,
            "scope": SCOPE,
            "iat": now,
            "exp": now + self.lives_s,
        }
        return (self.signed_by or self.key).sign({**usual, **self.claims, **claims})

    def respond(self, fields: dict[str, str]) -> Answer:
        """Returns status and JSON for one request."""
        self.asked.append(fields)
        if self.answer is not None:
            return self.answer()
        wanted = base64.b64encode(f"{CLIENT_ID}:kun+til+pr%C3%B8ver+%26+intet+andet".encode()).decode()
        if fields.get("Authorization") != f"Basic {wanted}":
            return 401, {"error": "invalid_client", "error_description": "who is Anna?"}
        if fields.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        self.given.append(self.token())
        return 200, {"access_token": self.given[-1], "token_type": "Bearer", "expires_in": self.lives_s}


@contextlib.contextmanager
def issuer() -> Iterator[Issuer]:
    """Runs the server in a thread of its own: for tests on event loops and without."""
    made = Issuer(Key("first"))

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            fields = {name: values[0] for name, values in form.items()}
            status, said = made.respond({**fields, "Authorization": self.headers.get("Authorization", "")})
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            with contextlib.suppress(OSError):  # whoever asked has lost patience
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}/token"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
