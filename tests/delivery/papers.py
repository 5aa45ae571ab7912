"""Certificates made for a test: a root, and people under it, each with a key of its own."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtensionOID, NameOID

from tests.delivery.scene import NOW

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Writes `name`.pem and `name`.key; returns both."""
        folder.mkdir(exist_ok=True)
        pem, key = folder / f"{name}.pem", folder / f"{name}.key"
        pem.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return pem, key


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Returns a key; another one for another number. Made once: it takes a tenth of a second."""
    return rsa.generate_private_key(65537, bits)


def paper(
    address: str = "dpo@herning.example",
    *,
    key: Key | None = None,
    valid_from: datetime = NOW - YEAR,
    valid_to: datetime = NOW + YEAR,
    may_encrypt: bool = True,
    in_subject: bool = False,
    garbled: bool = False,
    called: str = "made for a test",
    issuer: "Paper | None" = None,
    purposes: Sequence[x509.ObjectIdentifier] = (),
) -> Paper:
    """Returns a certificate for one mail address, self-signed without an `issuer`; a `garbled` one has names that nobody
    can read, and one with `purposes` is for those alone.
    """
    key = key or rsa_key()
    name = [x509.NameAttribute(NameOID.COMMON_NAME, called)]
    if in_subject:
        name.append(x509.NameAttribute(NameOID.EMAIL_ADDRESS, address))
    usage = x509.KeyUsage(
        digital_signature=True, key_encipherment=may_encrypt, content_commitment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(name))
        .issuer_name(x509.Name(name) if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_to)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    if garbled:
        names = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\x30\x82none")
        builder = builder.add_extension(names, critical=False)
    elif not in_subject:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return Paper(builder.sign(key if issuer is None else issuer.key, hashes.SHA256()), key)


def strange(pem: bytes) -> bytes:
    """Returns a certificate or key in PEM with an algorithm for the key that nobody knows, else byte by byte the same."""
    label = pem.split(b"\n", 1)[0].replace(b"-----BEGIN ", b"").replace(b"-----", b"")
    der = base64.b64decode(b"".join(line for line in pem.splitlines() if not line.startswith(b"-----")))
    rsa_oid, no_oid = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d01017f")
    assert der.count(rsa_oid) == 1
    body = base64.encodebytes(der.replace(rsa_oid, no_oid))
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label, body, label)
