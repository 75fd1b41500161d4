"""Addresses that users enter reach the public internet and hosts allowed by name, and nothing else."""

import gzip
import ipaddress
import ssl
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app import guarded_transport
from app.calendars.addresses import origin_of
from app.calendars.guarded_http import Answer, Credentials, GuardedHttp
from app.calendars.troubles import CalendarTrouble, Trouble, trouble_text
from app.guarded_transport import Guard, GuardedTransport, HttpLimits, is_public, trusted_tls
from tests.app.calendars.real_servers import free_port
from tests.app.calendars.scripted_server import ScriptedServer, answer, raw, redirect, scripted_server, trickle


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        server.scripts["/ok"] = answer(b"fine")
        yield server


def fetch(
    address: str,
    *,
    guard: Guard | None = None,
    limits: HttpLimits | None = None,
    credentials: Credentials | None = None,
    tls: ssl.SSLContext | None = None,
    method: str = "GET",
) -> Answer:
    limits = limits or HttpLimits(total_seconds=20, step_seconds=5)
    transport = GuardedTransport(guard or Guard(), limits, tls=tls or trusted_tls())
    with GuardedHttp(transport, limits, credentials=credentials) as http:
        return http.request(method, address)


def trouble_of(address: str, **how: object) -> Trouble:
    with pytest.raises(CalendarTrouble) as caught:
        fetch(address, **how)  # type: ignore[arg-type]
    return caught.value.code


def knows(**names: str) -> Guard:
    """A guard that allows these names, all of which lead to this machine."""
    return Guard(allowed_hosts=frozenset(names.values()), resolve=lambda host, port: ("127.0.0.1",))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.10", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "0.0.0.0", "0.1.2.3"),
        *("169.254.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.254", "100.100.100.200", "168.63.129.16"),
        *("192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255"),
        *("240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254"),
        *("fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1"),
        *("2001:0:7f00:1::", "2001:db8::1", "100::1", "4000::1", "no address", ""),
    ],
)
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


def _spellings() -> list[str]:
    number = int(ipaddress.ip_address("127.0.0.1"))
    return [
        *("127.0.0.1", str(number), hex(number), "0x7f.1", "127.1", "0177.0.0.1", "017700000001", "localhost"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0", "0.0.0.0", "127.0.0.1.", "LOCALHOST", "[::]"),
    ]


@pytest.mark.parametrize("host", _spellings())
def test_no_spelling_of_this_machine_is_connected_to(server: ScriptedServer, host: str) -> None:
    assert trouble_of(f"http://{host}:{server.port}/ok") == Trouble.UNREACHABLE
    assert server.connections == 0


@pytest.mark.parametrize("found", [["10.0.0.7"], ["93.184.216.34", "127.0.0.1"], ["2606:4700::1111", "fd00::1"]])
def test_name_with_an_inner_address_is_refused_whole(monkeypatch: pytest.MonkeyPatch, found: list[str]) -> None:
    def must_not_connect(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", must_not_connect)
    guard = Guard(resolve=lambda host, port: found)
    assert trouble_of("https://kalender.example/", guard=guard) == Trouble.UNREACHABLE


def test_connection_goes_to_the_address_that_was_checked_whatever_the_name_says_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    connected: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        return next(answers)

    def note(self: object, host: str, port: int, timeout: float | None = None) -> None:
        connected.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", note)
    assert trouble_of("http://kalender.example/", guard=Guard(resolve=resolve)) == Trouble.UNREACHABLE
    assert connected == ["93.184.216.34"]
    assert trouble_of("http://kalender.example/", guard=Guard(resolve=resolve)) == Trouble.UNREACHABLE
    assert connected == ["93.184.216.34"]


def test_hosts_allowed_by_name_are_reached(server: ScriptedServer) -> None:
    for allowed in ("kalender.lan", f"kalender.lan:{server.port}"):
        assert fetch(f"http://Kalender.LAN:{server.port}/ok", guard=knows(a=allowed)).body == b"fine"
    other_port = knows(a="kalender.lan:1")
    assert trouble_of(f"http://kalender.lan:{server.port}/ok", guard=other_port) == Trouble.UNREACHABLE


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "169.254.169.254"])
def test_redirect_does_not_lead_inside(server: ScriptedServer, host: str) -> None:
    with scripted_server() as inner:
        inner.scripts["/secret"] = answer(b"secret")
        server.scripts["/go"] = redirect(f"http://{host}:{inner.port}/secret")
        guard = Guard(
            allowed_hosts=frozenset({"kalender.lan"}),
            resolve=lambda name, port: (
                ("127.0.0.1",) if name == "kalender.lan" else guarded_transport.system_resolver(name, port)
            ),
        )
        assert trouble_of(f"http://kalender.lan:{server.port}/go", guard=guard) == Trouble.UNREACHABLE
        assert inner.connections == 0


def test_closed_filtered_forbidden_and_unknown_sound_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = trouble_of(f"http://kalender.lan:{free_port()}/", guard=knows(a="kalender.lan"))
    forbidden = trouble_of("http://192.168.0.1/")

    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    nameless = trouble_of("http://nowhere.invalid/", guard=Guard(resolve=unknown))

    def silent(*_: object, **__: object) -> None:
        raise httpcore.ConnectTimeout

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", silent)
    filtered = trouble_of("http://kalender.lan/", guard=knows(a="kalender.lan"))
    assert {closed, forbidden, nameless, filtered} == {Trouble.UNREACHABLE}
    for language in trouble_text(Trouble.UNREACHABLE).values():
        assert "JEMPUT_ALLOWED_HOSTS" in str(language)


def test_something_that_is_no_web_server_sounds_like_a_closed_port(server: ScriptedServer) -> None:
    server.scripts["/ssh"] = raw(b"SSH-2.0-OpenSSH_9.9\r\n")
    assert trouble_of(f"http://a.lan:{server.port}/ssh", guard=knows(a="a.lan")) == Trouble.UNREACHABLE


def test_credentials_stay_with_their_origin(server: ScriptedServer) -> None:
    with scripted_server() as elsewhere:
        elsewhere.scripts["/ok"] = answer(b"fine")
        server.scripts["/near"] = redirect("/ok", 301)
        server.scripts["/far"] = redirect(f"http://b.lan:{elsewhere.port}/ok", 307)
        address = f"http://a.lan:{server.port}"
        known = Credentials(username="u", password="p", origin=origin_of(address))
        guard = knows(a="a.lan", b="b.lan")
        assert fetch(f"{address}/near", guard=guard, credentials=known).body == b"fine"
        assert fetch(f"{address}/far", guard=guard, credentials=known).body == b"fine"
        assert [("Authorization" in headers) for _, _, headers in server.requests] == [True, True, True]
        assert [("Authorization" in headers) for _, _, headers in elsewhere.requests] == [False]
    assert "p" not in repr(known).replace("password", "").replace("http", "")


def test_digest_is_spoken_when_asked_for(server: ScriptedServer) -> None:
    def script(handler: object) -> None:
        given = handler.headers.get("Authorization", "")  # type: ignore[attr-defined]
        if given.startswith("Digest "):
            answer(b"fine")(handler)  # type: ignore[arg-type]
        else:
            answer(status=401, WWW_Authenticate='Digest realm="x", nonce="n", qop="auth"')(handler)  # type: ignore[arg-type]

    server.scripts["/digest"] = script
    address = f"http://a.lan:{server.port}/digest"
    known = Credentials(username="u", password="p", origin=origin_of(address))
    assert fetch(address, guard=knows(a="a.lan"), credentials=known).body == b"fine"
    assert trouble_of(address, guard=knows(a="a.lan")) == Trouble.CREDENTIALS_REFUSED


def test_redirects_that_go_on_or_go_wrong_end(server: ScriptedServer) -> None:
    guard = knows(a="a.lan", b="b.lan")
    server.scripts["/loop"] = redirect("/loop")
    server.scripts["/file"] = redirect("file:///etc/passwd")
    server.scripts["/gopher"] = redirect("gopher://127.0.0.1:6379/_INFO")
    server.scripts["/see"] = redirect("/ok", 303)
    server.scripts["/put"] = redirect(f"http://b.lan:{server.port}/ok", 308)
    for path in ("/loop", "/file", "/gopher"):
        assert trouble_of(f"http://a.lan:{server.port}{path}", guard=guard) == Trouble.MOVED
    assert len([path for _, path, _ in server.requests if path == "/loop"]) == HttpLimits().redirects + 1
    assert trouble_of(f"http://a.lan:{server.port}/see", guard=guard, method="REPORT") == Trouble.MOVED
    assert trouble_of(f"http://a.lan:{server.port}/put", guard=guard, method="PUT") == Trouble.MOVED


@pytest.mark.parametrize("scheme", ["ftp", "file", "gopher", "javascript"])
def test_only_the_web_is_spoken(scheme: str) -> None:
    assert trouble_of(f"{scheme}://kalender.example/x") == Trouble.UNREACHABLE


def test_answers_over_the_limit_are_not_read_to_the_end(server: ScriptedServer) -> None:
    limits = HttpLimits(answer_bytes=50_000, total_seconds=20)
    bomb = gzip.compress(b"\0" * 20_000_000)
    server.scripts["/big"] = answer(b"x" * 50_001)
    server.scripts["/endless"] = trickle(b"x" * 9_000, seconds_between=0.0)
    server.scripts["/bomb"] = answer(bomb, Content_Encoding="gzip")
    server.scripts["/nested"] = answer(gzip.compress(bomb), Content_Encoding="gzip, gzip")
    server.scripts["/deflate"] = answer(zlib.compress(b"x"), Content_Encoding="deflate")
    server.scripts["/fits"] = answer(gzip.compress(b"x" * 50_000), Content_Encoding="gzip")
    guard = knows(a="a.lan")
    for path in ("/big", "/endless", "/bomb"):
        assert trouble_of(f"http://a.lan:{server.port}{path}", guard=guard, limits=limits) == Trouble.TOO_LARGE
    for path in ("/nested", "/deflate"):
        assert trouble_of(f"http://a.lan:{server.port}{path}", guard=guard, limits=limits) == Trouble.NOT_A_CALENDAR
    assert len(fetch(f"http://a.lan:{server.port}/fits", guard=guard, limits=limits).body) == 50_000


@pytest.mark.parametrize("piece", [b"x", b"X-Header: y\r\n"])
def test_trickle_ends_when_the_time_is_over(server: ScriptedServer, piece: bytes) -> None:
    server.scripts["/slow"] = trickle(piece, seconds_between=0.05)
    limits = HttpLimits(total_seconds=0.5, step_seconds=5)
    assert trouble_of(f"http://a.lan:{server.port}/slow", guard=knows(a="a.lan"), limits=limits) == Trouble.UNREACHABLE


def test_answers_cut_short_are_no_answers(server: ScriptedServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\n"
    packed = gzip.compress(b"BEGIN:VCALENDAR")
    server.scripts["/length"] = raw(head + b"Content-Length: 100\r\n\r\nBEGIN")
    server.scripts["/chunked"] = raw(head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nBEGIN\r\n")
    server.scripts["/packed"] = raw(head + b"Content-Encoding: gzip\r\n\r\n" + packed[:-9])
    server.scripts["/nothing"] = raw()
    guard = knows(a="a.lan")
    for path in ("/length", "/chunked", "/nothing"):
        assert trouble_of(f"http://a.lan:{server.port}{path}", guard=guard) == Trouble.UNREACHABLE
    assert trouble_of(f"http://a.lan:{server.port}/packed", guard=guard) == Trouble.INCOMPLETE


def test_busy_server_says_when_to_come_back(server: ScriptedServer) -> None:
    server.scripts["/busy"] = answer(status=503, Retry_After="120")
    server.scripts["/forever"] = answer(status=429, Retry_After="99999999999")
    with pytest.raises(CalendarTrouble) as caught:
        fetch(f"http://a.lan:{server.port}/busy", guard=knows(a="a.lan"))
    assert (caught.value.code, caught.value.retry_after_seconds) == (Trouble.SERVER_FAILED, 120)
    with pytest.raises(CalendarTrouble) as caught:
        fetch(f"http://a.lan:{server.port}/forever", guard=knows(a="a.lan"))
    assert caught.value.retry_after_seconds == 86_400


def _authority(folder: Path, host: str) -> tuple[ssl.SSLContext, str]:
    """A server's TLS for one name, and the file of the authority that vouches for it."""
    now = datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, both = folder / f"{host}.pem", folder / f"{host}-key.pem"
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(secret + authority.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context, str(authority)


def test_tls_is_verified_by_name_though_the_connection_goes_to_an_address(tmp_path: Path) -> None:
    served, authority = _authority(tmp_path, "kalender.lan")
    guard = knows(a="kalender.lan", b="lain.lan")
    with scripted_server(served) as server:
        server.scripts["/ok"] = answer(b"fine")
        trusted = trusted_tls(authority)
        assert fetch(f"https://kalender.lan:{server.port}/ok", guard=guard, tls=trusted).body == b"fine"
        wrong_name = trouble_of(f"https://lain.lan:{server.port}/ok", guard=guard, tls=trusted)
        unknown_authority = trouble_of(f"https://kalender.lan:{server.port}/ok", guard=guard)
        assert (wrong_name, unknown_authority) == (Trouble.UNTRUSTED, Trouble.UNTRUSTED)
        assert [path for _, path, _ in server.requests] == ["/ok"]
        server.scripts["/down"] = redirect(f"http://kalender.lan:{server.port}/ok")
        assert trouble_of(f"https://kalender.lan:{server.port}/down", guard=guard, tls=trusted) == Trouble.MOVED


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://A.example/x?y#z", "https://a.example:443"),
        ("http://a.example.:8080/", "http://a.example:8080"),
        ("https://[::1]/", "https://[::1]:443"),
    ],
)
def test_origins_are_spelled_one_way(address: str, origin: str) -> None:
    assert origin_of(address) == origin
