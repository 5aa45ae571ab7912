"""S/MIME (RFC 8551): a mail's content signed by this installation, and enveloped for one recipient."""

import base64
import secrets
import textwrap
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7EnvelopeBuilder,
    PKCS7Options,
    PKCS7SignatureBuilder,
)

from pipeline.delivery.channels.certificates import UNREADABLE
from pipeline.delivery.channels.channel import Misconfigured
from pipeline.delivery.channels.secretfile import content

_LINE = 64


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose signature mails carry. `chain` is what a reader needs beside its own roots."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: RSAPrivateKey | EllipticCurvePrivateKey


def signer(certificate_file: Path, key_file: Path) -> Signer:
    """Returns who signs. Raises Misconfigured for files that cannot be read or do not belong together."""
    try:
        first, *chain = x509.load_pem_x509_certificates(content(certificate_file, "smime_certificate_file"))
    except ValueError as error:
        if isinstance(error, Misconfigured):
            raise
        raise Misconfigured(f"BRUDVAGT_SMIME_CERTIFICATE_FILE: {certificate_file} is no certificate in PEM") from None
    try:
        key = load_pem_private_key(content(key_file, "smime_key_file"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if isinstance(error, Misconfigured):
            raise
        raise Misconfigured(f"BRUDVAGT_SMIME_KEY_FILE: {key_file} is no unencrypted private key in PEM") from None
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise Misconfigured(f"BRUDVAGT_SMIME_KEY_FILE: {key_file} is neither an RSA nor an elliptic-curve key")
    try:
        belongs = key.public_key() == first.public_key()
    except UNREADABLE:  # a certificate whose own key is of a kind that nobody here knows
        belongs = False
    if not belongs:
        raise Misconfigured("BRUDVAGT_SMIME_KEY_FILE: the key is not the one of BRUDVAGT_SMIME_CERTIFICATE_FILE")
    return Signer(first, tuple(chain), key)


def signed(entity: bytes, by: Signer) -> bytes:
    """Returns `entity` (content with its headers, CRLF) as multipart/signed: readable by everyone, provable to most."""
    builder = PKCS7SignatureBuilder().set_data(entity).add_signer(by.certificate, by.key, hashes.SHA256())
    for one in by.chain:
        builder = builder.add_certificate(one)
    signature = builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])
    mark = f"signed-{secrets.token_hex(16)}"
    head = (
        f'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n micalg=sha-256; boundary="{mark}"'
        f"\r\n\r\n--{mark}\r\n"
    )
    tail = (
        f'\r\n--{mark}\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
        'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="smime.p7s"\r\n\r\n'
        f"{_base64(signature)}\r\n--{mark}--\r\n"
    )
    return head.encode("ascii") + entity + tail.encode("ascii")


def enveloped(entity: bytes, recipient: x509.Certificate) -> bytes:
    """Returns `entity` encrypted (AES-256) so that only the key of `recipient`, an RSA certificate, opens it."""
    builder = PKCS7EnvelopeBuilder().set_data(entity).add_recipient(recipient)
    sealed = builder.set_content_encryption_algorithm(algorithms.AES256).encrypt(Encoding.DER, [PKCS7Options.Binary])
    head = (
        'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\r\n'
        'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="smime.p7m"\r\n\r\n'
    )
    return f"{head}{_base64(sealed)}\r\n".encode("ascii")


def _base64(content: bytes) -> str:
    return "\r\n".join(textwrap.wrap(base64.b64encode(content).decode("ascii"), _LINE))
