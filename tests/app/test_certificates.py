"""A certificate of an office's own authority, as TLS itself sees it."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from fastapi import FastAPI
from pydantic import ValidationError
from typer.testing import CliRunner

from app.certificates import AUTHORITY_VALID, SERVER_VALID, AnotherName, Files, Shown, certify, read_certificate
from app.cli import app as command_line
from app.settings import Settings, mistakes_of
from tests.app.serving import serving

NAME = "jemput.kantor.example"


@pytest.fixture
def now() -> datetime:
    # TLS looks at the clock of the machine.
    return datetime.now(UTC)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(folder=tmp_path / "tls")


def shake_hands(files: Files, name: str, *, certificate: Path | None = None, key: Path | None = None) -> str | None:
    """The version that a client which trusts the authority speaks with the server of this name."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate or files.server, key or files.server_key)
    client = ssl.create_default_context(cafile=str(files.authority))
    here, there = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(here, there, server_hostname=name)
    theirs = server.wrap_bio(there, here, server_side=True)
    for _ in range(10):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ours.version()


@pytest.mark.parametrize("name", [NAME, "jemput", "10.20.30.40", "fd00::7"])
def test_who_trusts_the_authority_trusts_the_service(files: Files, now: datetime, name: str) -> None:
    certify(name, files, now=now)
    assert shake_hands(files, name) == "TLSv1.3"
    shown = read_certificate(files.server)
    assert shown.names == [name]
    assert shown.ends_at - now < SERVER_VALID < AUTHORITY_VALID


def forged(files: Files, name: x509.GeneralName, now: datetime) -> tuple[Path, Path]:
    """What a thief of the authority's key would write for somebody else's name."""
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    stolen = load_pem_private_key(files.authority_key.read_bytes(), password=None)
    own = load_pem_private_key(files.server_key.read_bytes(), password=None)
    assert isinstance(stolen, ec.EllipticCurvePrivateKey)
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(authority.subject)
        .public_key(own.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(stolen.public_key()), critical=False)
        .sign(stolen, SHA256())
    )
    path = files.folder / "forged.crt"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return path, files.server_key


@pytest.mark.parametrize("own", [NAME, "10.20.30.40"])
@pytest.mark.parametrize("other", ["bank.example", "10.20.30.41", "fd00::8", "kantor.example"])
def test_the_authority_vouches_for_no_other_name(files: Files, now: datetime, own: str, other: str) -> None:
    certify(own, files, now=now)
    address = any(sign in other for sign in (":", "10."))
    name = x509.IPAddress(ip_address(other)) if address else x509.DNSName(other)
    certificate, key = forged(files, name, now)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"permitted subtree violation|excluded subtree violation"):
        shake_hands(files, other, certificate=certificate, key=key)


def test_a_new_certificate_is_of_the_authority_that_phones_know(files: Files, now: datetime) -> None:
    certify(NAME, files, now=now - timedelta(days=300))
    authority, first = files.authority.read_bytes(), files.server.read_bytes()
    certify(NAME.upper(), files, now=now)
    assert files.authority.read_bytes() == authority
    assert files.server.read_bytes() != first
    assert shake_hands(files, NAME) == "TLSv1.3"
    with pytest.raises(AnotherName):
        certify("lain.example", files, now=now)


def test_keys_are_readable_to_the_service_alone(files: Files, now: datetime) -> None:
    certify(NAME, files, now=now)
    certify(NAME, files, now=now)
    for path in (files.authority_key, files.server_key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700
    assert {path.name for path in files.folder.iterdir()} == {
        "authority.crt",
        "authority.key",
        "server.crt",
        "server.key",
    }


@pytest.mark.parametrize("name", ["", "jemput kantor", "https://jemput", "jemput.", "-a.id", "a" * 64, "*.id"])
def test_what_is_no_name_is_refused(files: Files, now: datetime, name: str) -> None:
    with pytest.raises(ValueError, match="neither a host name"):
        certify(name, files, now=now)
    assert not files.folder.exists()


def test_a_certificate_is_for_its_names(now: datetime) -> None:
    shown = Shown(names=["jemput.example", "*.dinas.example", "10.0.0.7"], ends_at=now)
    assert [shown.is_for(host) for host in ("JEMPUT.example", "a.dinas.example", "10.0.0.7")] == [True] * 3
    assert [shown.is_for(host) for host in ("dinas.example", "a.b.dinas.example", "10.0.0.8", "")] == [False] * 4


def test_the_service_speaks_https_by_itself_and_knows_that_it_does(api: FastAPI, files: Files, now: datetime) -> None:
    certify("127.0.0.1", files, now=now)
    trusting = ssl.create_default_context(cafile=str(files.authority))
    with (
        serving(api, ssl_certfile=files.server, ssl_keyfile=files.server_key) as port,
        httpx.Client(verify=trusting, trust_env=False, timeout=60, base_url=f"https://127.0.0.1:{port}") as client,
    ):
        assert client.get("/health/live").json() == {"status": "ok"}
        chosen = client.post(
            "/masuk", data={"login": "siti", "password": "x"}, headers={"Sec-Fetch-Site": "same-origin"}
        )
        assert chosen.status_code == 403
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False, timeout=60)
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            httpx.get(f"https://127.0.0.1:{port}/health/live", trust_env=False, timeout=60)


def test_the_command_writes_a_pair_that_the_settings_take(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    made = CliRunner().invoke(command_line, ["certificate", NAME, "--folder", str(folder)])
    assert made.exit_code == 0, made.output
    pair = dict(line.split("=", 1) for line in made.stdout.splitlines() if line.startswith("JEMPUT_TLS_"))
    settings = Settings(tls_cert=pair["JEMPUT_TLS_CERT"], tls_key=pair["JEMPUT_TLS_KEY"])
    assert settings.base_url == "https://127.0.0.1:8000"
    before = (folder / "server.crt").read_bytes()
    other = CliRunner().invoke(command_line, ["certificate", "lain.example", "--folder", str(folder)])
    assert (other.exit_code, "another" in other.output) == (2, True)
    none = CliRunner().invoke(command_line, ["certificate", "kantor kami", "--folder", str(folder)])
    assert none.exit_code == 2
    assert (folder / "server.crt").read_bytes() == before


def test_a_certificate_and_its_key_belong_together(files: Files, tmp_path: Path, now: datetime) -> None:
    certify(NAME, files, now=now)
    others = Files(folder=tmp_path / "other")
    certify(NAME, others, now=now)
    assert Settings(tls_cert="", tls_key="").tls_cert is None
    for given in (
        {"tls_cert": files.server},
        {"tls_key": files.server_key},
        {"tls_cert": files.server, "tls_key": others.server_key},
        {"tls_cert": files.server, "tls_key": tmp_path / "nowhere"},
        {"tls_cert": files.server_key, "tls_key": files.server_key},
    ):
        with pytest.raises(ValidationError) as refused:
            Settings(**given)
        [sentence] = mistakes_of(refused.value)
        assert sentence.startswith("setting JEMPUT_TLS_KEY")
