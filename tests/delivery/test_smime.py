"""S/MIME on real mails: OpenSSL, not our own library, verifies and decrypts; what cannot be encrypted is not sent."""

import email
import email.policy
import re
import shutil
import subprocess
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import structlog.testing
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from pipeline.channel_settings import ChannelSettings
from pipeline.delivery.channels.channel import Misconfigured, Site
from pipeline.delivery.channels.smtp import KIND, configured
from pipeline.delivery.outcome import SENT, Error, Outcome
from pipeline.delivery.texts import render
from pipeline.plans.plan import Channel
from tests.delivery.papers import YEAR, Paper, paper, rsa_key, strange
from tests.delivery.scene import NOW, REFERENCE, alert
from tests.delivery.servers import Mailbox, smtp_server
from tests.routing.scene import plan

DPO = "dpo@herning.example"
SENDER = "alarm@brudvagt.example"
PROTECTED = Channel(name="mail", kind="smtp", address=DPO, certificate="dpo")
PLAIN = Channel(name="mail", kind="smtp", address=DPO)


def openssl(*arguments: str | Path) -> bytes:
    """Runs OpenSSL; fails with its words."""
    command = shutil.which("openssl")
    assert command is not None, "install OpenSSL (Debian: apt-get install openssl)"
    done = subprocess.run([command, *map(str, arguments)], capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


async def sent(folder: Path, to: Channel, signs: Paper | None = None) -> tuple[Outcome, list[bytes]]:
    """Sends one alert to a real server; returns the outcome and the mails that it took. `folder` has certificates."""
    mailbox = Mailbox()
    async with smtp_server(mailbox) as port:
        wanted: dict[str, object] = {"smtp_url": f"smtp://127.0.0.1:{port}"}
        if signs is not None:
            wanted["smime_certificate_file"], wanted["smime_key_file"] = signs.write(folder, "signs")
        channel = configured(Site(ChannelSettings.model_validate(wanted), folder))
        assert channel is not None
        outcome = await channel.send(alert(), to, render(alert(), plan(), NOW), NOW)
    return outcome, [one.content for one in mailbox.taken if isinstance(one.content, bytes)]


def read(mail: bytes) -> EmailMessage:
    """Returns a mail as a reader's program sees it."""
    found = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


async def test_a_signature_holds_before_openssl_and_a_changed_word_breaks_it(tmp_path: Path) -> None:
    """The content is verified against the sender's certificate; the reader sees the same text as without."""
    signs = paper(SENDER)
    outcome, (mail,) = await sent(tmp_path, PLAIN, signs)
    assert outcome == SENT
    (tmp_path / "mail").write_bytes(mail)
    verify = (
        "cms",
        "-verify",
        "-CAfile",
        tmp_path / "signs.pem",
        "-purpose",
        "any",
        "-attime",
        str(int(NOW.timestamp())),
    )
    content = read(openssl(*verify, "-in", tmp_path / "mail"))
    body = content.get_body(("plain",))
    assert body is not None
    assert "Giv ledelsen dit råd" in body.get_content()
    whole = read(mail)
    assert (whole["Message-ID"], whole["Auto-Submitted"]) == (f"<{1:032x}@brudvagt.example>", "auto-generated")
    shown = whole.get_body(("plain",))
    assert shown is not None
    assert shown.get_content() == body.get_content()
    (tmp_path / "mail").write_bytes(mail.replace(b"Giv ledelsen", b"Giv pressen"))
    with pytest.raises(AssertionError, match=r"digest|content"):
        openssl(*verify, "-in", tmp_path / "mail")


async def test_only_the_recipients_key_opens_an_encrypted_mail(tmp_path: Path) -> None:
    """OpenSSL decrypts with the recipient's key and then verifies the signature inside; the outside says no content."""
    paper().write(tmp_path, "dpo")
    outcome, (mail,) = await sent(tmp_path, PROTECTED, paper(SENDER, key=rsa_key(1)))
    assert outcome == SENT
    whole = read(mail)
    assert whole.get_content_type() == "application/pkcs7-mime"
    assert whole["References"] == f"<{REFERENCE}@brudvagt.example>"
    assert b"ledelsen" not in mail
    (tmp_path / "mail").write_bytes(mail)
    assert b"algorithm: aes-256-cbc" in openssl("cms", "-cmsout", "-print", "-in", tmp_path / "mail")
    opened = openssl(
        "cms", "-decrypt", "-in", tmp_path / "mail", "-recip", tmp_path / "dpo.pem", "-inkey", tmp_path / "dpo.key"
    )
    assert read(opened).get_content_type() == "multipart/signed"
    (tmp_path / "inner").write_bytes(opened)
    content = read(
        openssl("cms", "-verify", "-in", tmp_path / "inner", "-CAfile", tmp_path / "signs.pem", "-purpose", "any",
                "-attime", str(int(NOW.timestamp())))
    )  # fmt: skip
    body = content.get_body(("plain",))
    assert body is not None
    assert "Giv ledelsen dit råd" in body.get_content()
    other_pem, other_key = paper(key=rsa_key(2)).write(tmp_path, "other")
    with pytest.raises(AssertionError):
        openssl("cms", "-decrypt", "-in", tmp_path / "mail", "-recip", other_pem, "-inkey", other_key)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: paper(valid_to=NOW - timedelta(days=1)), "udløb 2026-11-22"),
        (lambda: paper(valid_from=NOW + timedelta(days=1)), "gælder først fra 2026-11-24"),
        (lambda: paper("direktion@herning.example"), "til en anden adresse"),
        (lambda: paper(key=ec.generate_private_key(ec.SECP256R1())), "RSA-nøgle"),
        (lambda: paper(key=rsa_key(0, 1024)), "RSA-nøgle på mindst 2048"),
        (lambda: paper(may_encrypt=False), "ikke beregnet til at kryptere"),
        (lambda: paper(purposes=[ExtendedKeyUsageOID.SERVER_AUTH]), "ikke beregnet til at kryptere"),
    ],
    ids=["expired", "not yet valid", "another address", "no RSA", "short key", "signing only", "a web server's"],
)
async def test_what_cannot_be_encrypted_is_not_sent(tmp_path: Path, made: object, said: str) -> None:
    """Permanent, in words, and the server never saw a byte of it: the chain moves on, nothing goes out in the clear."""
    assert callable(made)
    made().write(tmp_path, "dpo")
    outcome, taken = await sent(tmp_path, PROTECTED)
    assert (outcome.error, outcome.permanent) == (Error.CERTIFICATE, True)
    assert said in (outcome.answer or "")
    assert taken == []


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_a_certificate_that_is_not_there_sends_nothing(tmp_path: Path, content: bytes | None) -> None:
    """Missing or broken: the same rule."""
    if content is not None:
        (tmp_path / "dpo.pem").write_bytes(content)
    outcome, taken = await sent(tmp_path, PROTECTED)
    assert (outcome.error, outcome.permanent, taken) == (Error.CERTIFICATE, True, [])


async def test_a_certificate_that_nobody_understands_is_told_in_words(tmp_path: Path) -> None:
    """A kind of key from another world, or names that are no names: permanent, never an exception in a worker; and
    before the night the plans' check says so.
    """
    pem, _ = paper().write(tmp_path, "dpo")
    for content in (strange(pem.read_bytes()), paper(garbled=True).certificate.public_bytes(Encoding.PEM)):
        pem.write_bytes(content)
        outcome, taken = await sent(tmp_path, PROTECTED)
        assert (outcome.error, outcome.permanent, taken) == (Error.CERTIFICATE, True, [])
        assert "certifikatet dpo kan ikke forstås" in (outcome.answer or "")
        fault = KIND.fault(PROTECTED, Site(ChannelSettings(), tmp_path), NOW)
        assert fault is not None
        assert "kan ikke forstås" in fault.reason


async def test_a_certificate_that_names_mail_among_its_purposes_is_used(tmp_path: Path) -> None:
    """As every authority writes them."""
    paper(purposes=[ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]).write(tmp_path, "dpo")
    outcome, _ = await sent(tmp_path, PROTECTED)
    assert outcome == SENT


async def test_what_a_reader_lacks_between_root_and_sender_comes_with_the_signature(tmp_path: Path) -> None:
    """The reader knows the root alone; the file of the certificate holds the one in between, too. SHA-256 as announced."""
    root = paper("root@authority.example", key=rsa_key(1), called="root")
    between = paper("between@authority.example", key=rsa_key(2), called="between", issuer=root)
    own = paper(SENDER, issuer=between)
    pem, key = own.write(tmp_path, "own")
    pem.write_bytes(pem.read_bytes() + between.certificate.public_bytes(Encoding.PEM))
    known, _ = root.write(tmp_path, "root")
    mailbox = Mailbox()
    async with smtp_server(mailbox) as port:
        wanted = ChannelSettings(smtp_url=f"smtp://127.0.0.1:{port}", smime_certificate_file=pem, smime_key_file=key)
        channel = configured(Site(wanted, tmp_path))
        assert channel is not None
        assert await channel.send(alert(), PLAIN, render(alert(), plan(), NOW), NOW) == SENT
    content = mailbox.taken[0].content
    assert isinstance(content, bytes)
    (tmp_path / "mail").write_bytes(content)
    verify = ("-CAfile", known, "-purpose", "any", "-attime", str(int(NOW.timestamp())))
    assert b"ledelsen" in openssl("cms", "-verify", "-in", tmp_path / "mail", *verify)
    said = openssl("cms", "-cmsout", "-print", "-in", tmp_path / "mail").decode()
    assert "micalg=sha-256" in content.decode()
    assert re.findall(r"digestAlgorithm:\s+algorithm: (\S+)", said) == ["sha256"]


async def test_an_address_in_the_subject_counts(tmp_path: Path) -> None:
    """Older certificates have it there."""
    paper(in_subject=True).write(tmp_path, "dpo")
    outcome, _ = await sent(tmp_path, PROTECTED)
    assert outcome == SENT


async def test_an_alert_does_not_wait_for_a_signature(tmp_path: Path) -> None:
    """Our own certificate has expired: the mail goes out unsigned, and the log says so."""
    with structlog.testing.capture_logs() as logs:
        outcome, (mail,) = await sent(tmp_path, PLAIN, paper(SENDER, valid_to=NOW - YEAR / 2))
    assert outcome == SENT
    assert read(mail).get_content_type() == "multipart/alternative"
    assert any("without its signature" in str(line["event"]) for line in logs)


async def test_a_key_of_another_certificate_is_refused_at_start(tmp_path: Path) -> None:
    """And a file that is none, each naming its setting."""
    pem, _ = paper(SENDER).write(tmp_path, "a")
    _, key = paper(SENDER, key=rsa_key(1)).write(tmp_path, "b")
    odd_pem, odd_key = tmp_path / "odd.pem", tmp_path / "odd.key"
    odd_pem.write_bytes(strange(pem.read_bytes()))
    odd_key.write_bytes(strange(key.read_bytes()))
    for one, other, said in (
        (odd_pem, key, "not the one of BRUDVAGT_SMIME_CERTIFICATE_FILE"),
        (pem, odd_key, "BRUDVAGT_SMIME_KEY_FILE: .* no unencrypted private key"),
        (pem, key, "not the one of BRUDVAGT_SMIME_CERTIFICATE_FILE"),
        (key, key, "BRUDVAGT_SMIME_CERTIFICATE_FILE: .* is no certificate"),
        (pem, pem, "BRUDVAGT_SMIME_KEY_FILE: .* no unencrypted private key"),
        (tmp_path / "gone", key, "BRUDVAGT_SMIME_CERTIFICATE_FILE: .* cannot be read"),
    ):
        wanted = ChannelSettings(smtp_url="smtp://127.0.0.1:25", smime_certificate_file=one, smime_key_file=other)
        with pytest.raises(Misconfigured, match=said):
            configured(Site(wanted, tmp_path))
