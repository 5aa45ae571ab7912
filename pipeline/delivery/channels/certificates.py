"""Certificates of recipients: read at each use, and refused in words when they could not protect a mail."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SHORTEST_KEY = 2048  # bits

UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
"""What the library raises for keys and extensions that it does not know or that are malformed."""


class Unusable(ValueError):
    """A certificate cannot be used; the message says why, in Danish as of plans, and holds no address."""


def of_recipient(folder: Path, name: str, address: str, at: datetime) -> x509.Certificate:
    """Returns the certificate `name`.pem in `folder` for mail to `address` at `at`.

    Raises Unusable: not there, no certificate, for somebody else's address, not valid yet or no longer, or with a key
    that mail cannot be encrypted to.
    """
    try:
        found = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
    except OSError as error:
        raise Unusable(f"certifikatet {name} kan ikke læses ({type(error).__name__})") from None
    except (ValueError, x509.InvalidVersion):
        raise Unusable(f"certifikatet {name} er ikke et certifikat i PEM-format") from None
    try:  # parsed no earlier than here, whatever an authority wrote into it
        known, key, may_encrypt = addresses(found), found.public_key(), _may_encrypt(found)
    except UNREADABLE as error:
        raise Unusable(f"certifikatet {name} kan ikke forstås ({type(error).__name__})") from None
    if address.lower() not in {one.lower() for one in known}:
        raise Unusable(f"certifikatet {name} er til en anden adresse")
    in_its_time(found, name, at)
    if not isinstance(key, RSAPublicKey) or key.key_size < SHORTEST_KEY:
        raise Unusable(f"certifikatet {name} har ikke en RSA-nøgle på mindst {SHORTEST_KEY} bit")
    if not may_encrypt:
        raise Unusable(f"certifikatet {name} er ikke beregnet til at kryptere mail")
    return found


def in_its_time(certificate: x509.Certificate, name: str, at: datetime) -> None:
    """Raises Unusable for a certificate that is not valid at `at`."""
    if at < certificate.not_valid_before_utc:
        raise Unusable(f"certifikatet {name} gælder først fra {_day(certificate.not_valid_before_utc)}")
    if at > certificate.not_valid_after_utc:
        raise Unusable(f"certifikatet {name} udløb {_day(certificate.not_valid_after_utc)}")


def addresses(certificate: x509.Certificate) -> frozenset[str]:
    """Returns the mail addresses that a certificate is for: alternative names, and the old place in the subject."""
    found = {str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)}
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found |= set(names.get_values_for_type(x509.RFC822Name))
    except x509.ExtensionNotFound:
        pass
    return frozenset(found)


def _may_encrypt(certificate: x509.Certificate) -> bool:
    try:
        if not certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_encipherment:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool({ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(purposes))


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d")
