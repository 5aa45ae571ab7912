"""Tokens: how they are asked for, what of an answer counts, how long one is kept. No broker here."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError
from structlog.testing import capture_logs
from structlog.typing import EventDict

from pipeline.kafka.errors import KafkaSetupError
from pipeline.kafka.oauth import endpoint
from pipeline.kafka.oauth.claims import described
from pipeline.kafka.oauth.credentials import ClientCredentials, token_address
from pipeline.kafka.oauth.endpoint import Token, ask
from pipeline.kafka.oauth.errors import TokenError
from pipeline.kafka.oauth.provider import PAUSE_S, TokenProvider
from tests.delivery.servers import CA, server_tls
from tests.kafka.issuer import CLIENT_ID, SECRET, Answer, Issuer


@pytest.fixture
def credentials(issuing: Issuer, tmp_path: Path) -> ClientCredentials:
    """Those of the one client that the authorization server knows."""
    issuing.again()
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    return ClientCredentials(issuing.url, CLIENT_ID, secret)


async def test_a_token_and_its_life(credentials: ClientCredentials, issuing: Issuer) -> None:
    """The client is known by HTTP Basic, form-encoded; without a scope none is asked for."""
    token = await ask(credentials)
    assert (token.text, token.lives_s) == (issuing.given[0], 300.0)
    assert "scope" not in issuing.asked[0]
    assert token.text not in repr(token)


@pytest.mark.parametrize(
    ("answer", "lives_s"),
    [
        ({"access_token": "a.b-c_d~e+f/g==", "token_type": "bearer"}, 60.0),
        ({"access_token": "x", "token_type": "Bearer", "expires_in": "90"}, 90.0),
    ],
    ids=["life-not-told", "life-as-text"],
)
async def test_answers_as_servers_give_them(
    credentials: ClientCredentials, issuing: Issuer, answer: dict[str, object], lives_s: float
) -> None:
    """The type's case does not matter; a life that is not told is a minute."""
    issuing.answer = lambda: (200, answer)
    assert (await ask(credentials)).lives_s == lives_s


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {"access_token": "a\x01auth=evil", "token_type": "Bearer"}), "the answer holds no bearer token"),
        ((200, {"access_token": "x", "token_type": "mac"}), "the answer holds no bearer token"),
        ((200, b"<html>Anna</html>"), "the answer holds no bearer token"),
        ((200, {"access_token": "x", "token_type": "Bearer", "expires_in": 0}), "no number of seconds above 0"),
        ((302, {}), "redirects are not followed"),
        ((403, {"error": "Anna Hansen"}), r"\(403\): check option token_url, user and password_file"),
        ((400, {"error": "unauthorized_client"}), "unauthorized_client.: allow this client the grant"),
    ],
    ids=["breaks-the-message", "other-type", "html", "no-life", "redirect", "free-text", "grant-not-allowed"],
)
async def test_answers_that_are_none(
    credentials: ClientCredentials, issuing: Issuer, answer: Answer, said: str
) -> None:
    """Each is an error in words, at once: asking again would not change it. The server's own text is not repeated."""
    issuing.answer = lambda: answer
    with pytest.raises(TokenError, match=said) as refused:
        await ask(credentials)
    assert "Anna" not in str(refused.value)
    assert len(issuing.asked) == 1


async def test_what_may_pass_is_tried_again(credentials: ClientCredentials, issuing: Issuer) -> None:
    """Two failures of the server's and then a token is a token; three are an error that says the last one."""
    answers: list[Answer] = [(503, {}), (429, {}), (200, {"access_token": "x", "token_type": "Bearer"})]
    issuing.answer = lambda: answers.pop(0)
    assert (await ask(credentials)).text == "x"
    answers += [(500, {}), (500, {}), (502, {})]
    with pytest.raises(TokenError, match=r"gives no token \(502\)"):
        await ask(credentials)


async def test_a_server_that_hangs_is_left_within_the_budget(
    credentials: ClientCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the connection and never says a word."""
    monkeypatch.setattr(endpoint, "ATTEMPT_S", 0.2)
    monkeypatch.setattr(endpoint, "BUDGET_S", 0.5)
    silence = await asyncio.start_server(lambda _reader, writer: _closed_later(writer), "127.0.0.1", 0)
    async with silence:
        port = silence.sockets[0].getsockname()[1]
        hanging = ClientCredentials(f"http://127.0.0.1:{port}/", credentials.client_id, credentials.secret_file)
        async with asyncio.timeout(30):
            with pytest.raises(TokenError, match=r"no answer within 0\.2 s"):
                await ask(hanging)


async def _closed_later(writer: asyncio.StreamWriter) -> None:
    try:
        await asyncio.sleep(2)
    finally:
        writer.close()


async def test_the_servers_certificate_is_checked(credentials: ClientCredentials, tmp_path: Path) -> None:
    """A private authority has to be named; a file that holds none is said so. Nothing turns the check off."""
    body = json.dumps({"access_token": "x", "token_type": "Bearer"}).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "localhost", 0, ssl=server_tls(), family=2) as server:
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}/token"

        def client(ca: Path | None) -> ClientCredentials:
            return ClientCredentials(url, credentials.client_id, credentials.secret_file, ca=ca)

        assert (await ask(client(CA))).text == "x"
        with pytest.raises(TokenError, match=r"certificate is refused.*name its authority in option token_ca"):
            await ask(client(None))
        (tmp_path / "empty").write_bytes(b"")
        with pytest.raises(TokenError, match="empty holds no certificates in PEM form"):
            await ask(client(tmp_path / "empty"))


async def test_the_secret_is_read_at_each_use(credentials: ClientCredentials, issuing: Issuer) -> None:
    """A changed file counts without a restart; one that is gone is named."""
    credentials.secret_file.write_text("forkert", encoding="utf-8")
    with pytest.raises(TokenError, match="401 invalid_client"):
        await ask(credentials)
    credentials.secret_file.write_text(SECRET, encoding="utf-8")
    assert await ask(credentials)
    credentials.secret_file.unlink()
    with pytest.raises(TokenError, match="secret cannot be read: FileNotFoundError"):
        await ask(credentials)


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    """Every line of our own."""
    with capture_logs() as found:
        yield found


class Scripted:
    """A provider on a clock that stands until told, with answers one by one; None is a server that is away."""

    def __init__(self, credentials: ClientCredentials, answers: list[Token | None]) -> None:
        self.now = 1_000.0
        self.answers = answers
        self.asked = 0
        self.provider = TokenProvider(credentials, self._ask, lambda: self.now)

    async def _ask(self, _credentials: ClientCredentials) -> Token:
        self.asked += 1
        await asyncio.sleep(0)
        if (answer := self.answers.pop(0)) is None:
            raise TokenError("away")
        return answer

    async def at(self, now: float) -> str:
        """Returns the token at a moment, once whatever that began is done."""
        self.now = 1_000.0 + now
        try:
            return await self.provider.token()
        finally:
            for _ in range(20):  # turns of the loop, not time: nothing here waits for anything else
                await asyncio.sleep(0)


async def test_many_connections_make_one_request_and_it_is_kept(credentials: ClientCredentials) -> None:
    """Until four fifths of its life; then the next one is fetched while the last is still given out."""
    script = Scripted(credentials, [Token("first", 100), Token("second", 100)])
    assert await asyncio.gather(*(script.provider.token() for _ in range(20))) == ["first"] * 20
    assert [await script.at(seconds) for seconds in (0, 50, 79.9, 80, 81)] == ["first"] * 4 + ["second"]
    assert script.asked == 2


async def test_a_server_that_is_away_costs_nothing_while_the_token_lives(
    credentials: ClientCredentials, lines: list[EventDict]
) -> None:
    """The last token is given out to its end, then the failure is said; the server is not asked more often than set."""
    script = Scripted(credentials, [Token("first", 100), None, None, None, Token("second", 100)])
    given = [await script.at(seconds) for seconds in (0, 81, 82, 81 + PAUSE_S, 90)]
    assert given == ["first"] * 5
    assert script.asked == 3
    assert [line["the_last_one_lives_s"] for line in lines] == [19, 14]
    with pytest.raises(TokenError, match="away"):
        await script.at(101)
    with pytest.raises(TokenError, match="away"):
        await script.at(102)
    assert script.asked == 4
    assert await script.at(101 + PAUSE_S) == "second"
    assert len(lines) == 2  # a command prints the error, and nothing beside it


async def test_a_refused_token_is_replaced_but_not_in_a_storm(credentials: ClientCredentials) -> None:
    """A token that the brokers refuse is over a few seconds after it was given."""
    script = Scripted(credentials, [Token("first", 100), Token("second", 100)])
    assert await script.at(0) == "first"
    script.provider.refused("first")
    assert [await script.at(seconds) for seconds in (1, PAUSE_S - 0.1, PAUSE_S)] == ["first", "first", "second"]


async def test_the_refusal_of_another_token_changes_nothing(credentials: ClientCredentials) -> None:
    """An old connection may tell of the token before this one, and another client's provider of its own."""
    script = Scripted(credentials, [Token("first", 100), Token("second", 100)])
    assert await script.at(0) == "first"
    script.provider.refused("another")
    assert [await script.at(seconds) for seconds in (PAUSE_S, 50)] == ["first", "first"]
    assert script.asked == 1


def test_one_provider_serves_several_event_loops(credentials: ClientCredentials) -> None:
    """As a command has them, one after the other: a request that ended with its loop holds nobody up."""
    script = Scripted(credentials, [Token("first", 1), Token("second", 100)])
    assert asyncio.run(script.at(0)) == "first"
    assert asyncio.run(script.at(2)) == "second"


def test_a_request_on_another_loop_is_not_waited_for(credentials: ClientCredentials) -> None:
    """Loops may run beside one another, each in its thread: whoever waits for another's task fails, or for ever."""
    asked: list[bool] = []

    async def ask(_credentials: ClientCredentials) -> Token:
        asked.append(True)
        if len(asked) == 1:
            await asyncio.Event().wait()
        return Token("second", 100)

    provider, first = TokenProvider(credentials, ask), asyncio.new_event_loop()
    waiting = first.create_task(provider.token())
    first.run_until_complete(asyncio.sleep(0))
    first.run_until_complete(asyncio.sleep(0))
    assert asked == [True]
    assert asyncio.run(provider.token()) == "second"
    for task in (waiting, *asyncio.all_tasks(first)):
        task.cancel()
    first.run_until_complete(asyncio.wait(asyncio.all_tasks(first)))
    first.close()


def test_an_error_is_aiokafkas_and_ours() -> None:
    """aiokafka's background tasks survive a KafkaError only; commands print a KafkaSetupError as one sentence."""
    error = TokenError("no token")
    assert isinstance(error, KafkaError)
    assert isinstance(error, KafkaSetupError)
    assert str(error) == "no token"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("login.example/token", "must be the https:// address"),
        ("ftp://login.example/token", "must be the https:// address"),
        ("http://login.example/token", "must begin with https://"),
        ("http://10.0.0.1/token", "must begin with https://"),
        ("https://anna:x@login.example/token", "neither a user"),
        ("https://login.example/token#x", "a part after #"),
    ],
)
def test_where_a_secret_does_not_go(url: str, said: str) -> None:
    """In the clear it travels inside this machine only, and no address carries a password."""
    with pytest.raises(ValueError, match=said):
        token_address(url)


@pytest.mark.parametrize(
    "url", ["https://login.example/t?tenant=1", "http://127.0.0.1:1/t", "http://localhost/t", "http://[::1]:1/t"]
)
def test_where_a_secret_goes(url: str) -> None:
    """Over TLS, or to this machine."""
    assert token_address(url) == url


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.W10.c", ""], ids=["no-dots", "no-base64", "a-list", "empty"])
def test_a_token_that_is_no_jwt_says_nothing_of_itself(token: str) -> None:
    """Servers may give anything."""
    assert described(token) == "no JWT"
