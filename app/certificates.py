"""Certificates for serving HTTPS inside an office: an authority of the office's own, limited to the service's name, and
what a certificate says of itself."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_VALID = timedelta(days=5 * 365)
SERVER_VALID = timedelta(days=397)
"""The longest that browsers take of public authorities; phones take more of an office's own, but not all of them."""
_CLOCKS_DIFFER = timedelta(hours=1)
_EVERY_ADDRESS = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_NO_NAME = "invalid"
"""Under it there never is a host (RFC 6761, 6.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where an office's certificates lie."""

    folder: Path

    @property
    def authority(self) -> Path:
        """What phones and browsers are told to trust; no secret."""
        return self.folder / "authority.crt"

    @property
    def authority_key(self) -> Path:
        return self.folder / "authority.key"

    @property
    def server(self) -> Path:
        """What the service shows, with the authority behind it."""
        return self.folder / "server.crt"

    @property
    def server_key(self) -> Path:
        return self.folder / "server.key"


class AnotherName(ValueError):
    """The authority that is there vouches for another name."""


def certify(name: str, files: Files, *, now: datetime) -> None:
    """Write a certificate for a host name or IP address, by the authority that is there, or by a new one.

    Who trusts the authority trusts it for this name alone. Raises `ValueError` for what is neither name nor address,
    `AnotherName`, `OSError`."""
    wanted = _general_name(name)
    files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if files.authority_key.exists():
        authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
        authority_key = load_pem_private_key(files.authority_key.read_bytes(), password=None)
        if not isinstance(authority_key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{files.authority_key} holds no key that 'jemput certificate' wrote.")
        if wanted not in _permitted(authority):
            raise AnotherName(name)
    else:
        authority_key = ec.generate_private_key(ec.SECP256R1())
        authority = _authority(name, wanted, authority_key, now=now)
        _write_secret(files.authority_key, _pem(authority_key))
        files.authority.write_bytes(authority.public_bytes(Encoding.PEM))
    server_key = ec.generate_private_key(ec.SECP256R1())
    server = _server(name, wanted, server_key, authority, authority_key, now=now)
    _write_secret(files.server_key, _pem(server_key))
    files.server.write_bytes(server.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM))


def _general_name(name: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        pass
    labels = name.lower().split(".")
    if len(name) > 253 or not all(_is_label(label) for label in labels):
        raise ValueError(f"{name!r} is neither a host name, such as jemput.example.go.id, nor an IP address.")
    return x509.DNSName(name.lower())


def _is_label(text: str) -> bool:
    is_plain = text.isascii() and text.replace("-", "").isalnum()
    return 1 <= len(text) <= 63 and is_plain and not text.startswith("-") and not text.endswith("-")


def _authority(
    name: str, wanted: x509.DNSName | x509.IPAddress, key: ec.EllipticCurvePrivateKey, *, now: datetime
) -> x509.Certificate:
    subject = _subject("authority of", name)
    return (
        _builder(subject, subject, key.public_key(), now=now, valid=AUTHORITY_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_constraints(wanted), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def _constraints(wanted: x509.DNSName | x509.IPAddress) -> x509.NameConstraints:
    """This name alone: kinds of names that a constraint does not speak of would be free (RFC 5280, 4.2.1.10)."""
    if isinstance(wanted, x509.IPAddress):
        own = ip_network(str(wanted.value))
        return x509.NameConstraints([x509.IPAddress(own), x509.DNSName(_NO_NAME)], None)
    return x509.NameConstraints([wanted], [x509.IPAddress(network) for network in _EVERY_ADDRESS])


def _permitted(authority: x509.Certificate) -> Sequence[x509.GeneralName]:
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return [_single(name) for name in constraints.permitted_subtrees or ()]


def _single(name: x509.GeneralName) -> x509.GeneralName:
    if isinstance(name, x509.IPAddress) and isinstance(name.value, IPv4Network | IPv6Network):
        return x509.IPAddress(name.value.network_address)
    return name


def _server(
    name: str,
    wanted: x509.DNSName | x509.IPAddress,
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    *,
    now: datetime,
) -> x509.Certificate:
    return (
        _builder(_subject("at", name), authority.subject, key.public_key(), now=now, valid=SERVER_VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([wanted]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, now: datetime, valid: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + valid)
    )


def _subject(what: str, name: str) -> x509.Name:
    # 64 characters at the most, and blanks among them, or it would be checked as if it were a host itself.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Jemput Bola, {what} {name}"[:64])])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_secret(path: Path, content: bytes) -> None:
    """In place of what was there, never readable to others."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    beside.replace(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a browser sees of a certificate."""

    names: Sequence[str]
    """Host names and IP addresses that it is for."""
    ends_at: datetime

    def is_for(self, host: str) -> bool:
        """Whether it is for this host; a name with a star is for the names one step below."""
        wanted = host.strip("[]").lower()
        return any(wanted == name or (name[:2] == "*." and wanted.partition(".")[2] == name[2:]) for name in self.names)


def read_certificate(path: Path) -> Shown:
    """What the first certificate of a file says; raises `OSError`, `ValueError`."""
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return Shown(names=(), ends_at=certificate.not_valid_after_utc)
    return Shown(
        names=[
            *(name.lower() for name in names.get_values_for_type(x509.DNSName)),
            *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
        ],
        ends_at=certificate.not_valid_after_utc,
    )
