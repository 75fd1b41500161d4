"""HTTP to addresses that users entered: only to public places or hosts allowed by name, checked after resolution at
every connection, with an end to time, size and redirects; the only way of this folder to the network."""

import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore
import httpx

from app.calendars.addresses import DEFAULT_PORTS, joined, origin_of
from app.calendars.troubles import CalendarTrouble, Trouble

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port to IP addresses; raises `OSError`."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_INSIDE = tuple(
    ipaddress.ip_network(text)
    # Protocol assignments (a cloud's metadata among them), 6to4 relays and documentation, which older versions of
    # Python take for public; and a cloud's machine agent on an address that looks it.
    for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20", "168.63.129.16/32")
)
_TRIED_ADDRESSES = 4
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE_TO_SEND_ELSEWHERE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_LONGEST_RETRY_AFTER_SECONDS = 86_400
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """When patience ends."""

    total_seconds: float = 120.0
    """Of all exchanges of one client together."""
    step_seconds: float = 15.0
    """Of one wait for the network."""
    answer_bytes: int = 20_000_000
    """Of one answer, unpacked."""
    redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """User and password, and the only origin (`https://host:port`) that may see them."""

    username: str
    password: str
    origin: str

    def __repr__(self) -> str:
        return f"Credentials(username=…, password=…, origin={self.origin!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished answer, read whole."""

    status: int
    headers: httpx.Headers
    body: bytes
    address: str
    """Where it came from, after redirects."""


def is_public(text: str) -> bool:
    """Whether an IP address lies on the public internet, and not on this machine, its networks or its cloud.

    IPv6 forms that carry an IPv4 address (mapped, 6to4, NAT64) are judged by the address inside."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _INSIDE)


def system_resolver(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Decides which places may be connected to."""

    allowed_hosts: frozenset[str] = frozenset()
    """`name` or `name:port`, lower case."""
    resolve: Resolver = system_resolver

    def is_allowed_by_name(self, host: str, port: int) -> bool:
        plain = host.strip("[]").rstrip(".").lower()
        spelled = {plain, f"{plain}:{port}", f"[{plain}]", f"[{plain}]:{port}"}
        return not spelled.isdisjoint(self.allowed_hosts)

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses to connect to, each checked; raises `OSError` when there is none.

        A name with public and inner addresses is refused whole: it is set up to be tried until the inner one comes."""
        found = tuple(self.resolve(host, port))
        if not self.is_allowed_by_name(host, port) and not all(is_public(address) for address in found):
            raise OSError("refused")
        return found[:_TRIED_ADDRESSES]


class _Clock:
    """Counts down the seconds that one client may spend."""

    def __init__(self, total_seconds: float, step_seconds: float):
        self._ends = time.monotonic() + total_seconds
        self._step = step_seconds

    def next_step(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("out of time")
        return min(self._step, left)


class _TimedStream(httpcore.NetworkStream):
    """A connection on which every wait is cut to the time that is left, so that a trickle cannot hold us."""

    def __init__(self, stream: httpcore.NetworkStream, clock: _Clock):
        self._stream, self._clock = stream, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.next_step())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.next_step())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._clock.next_step())
        return _TimedStream(secured, self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _GuardedBackend(httpcore.NetworkBackend):
    """Connects to the very address it checked; a name that resolves differently a moment later changes nothing."""

    def __init__(self, guard: Guard, clock: _Clock):
        self._guard, self._clock, self._network = guard, clock, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._guard.addresses(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("no address") from error
        for address in addresses:
            try:
                return _TimedStream(self._network.connect_tcp(address, port, self._clock.next_step()), self._clock)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        raise httpcore.ConnectError("no connection")


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response):
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class GuardedTransport(httpx.BaseTransport):
    """What httpx sends through: verified TLS by the name, a connection to the checked address."""

    def __init__(self, guard: Guard, limits: HttpLimits, *, tls: ssl.SSLContext):
        clock = _Clock(limits.total_seconds, limits.step_seconds)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, max_connections=2, network_backend=_GuardedBackend(guard, clock)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        self._pool.close()


@lru_cache(maxsize=4)
def trusted_tls(ca_file: str | None = None) -> ssl.SSLContext:
    """The usual authorities, and those of one more file."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


class _DigestAuth(httpx.DigestAuth):
    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        try:
            yield from super().auth_flow(request)
        except (ValueError, LookupError, NotImplementedError, httpx.ProtocolError) as error:
            # The challenge has parts missing, or asks for an algorithm that the library does not have.
            raise CalendarTrouble(Trouble.SIGN_IN_UNKNOWN) from error


class GuardedHttp:
    """One conversation with a calendar's server; raises `CalendarTrouble` and nothing else."""

    def __init__(self, transport: httpx.BaseTransport, limits: HttpLimits, *, credentials: Credentials | None = None):
        self._limits, self._credentials = limits, credentials
        self._digest = False
        self._client = httpx.Client(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=None,
            headers={"User-Agent": "jemput-bola", "Accept": "*/*", "Accept-Encoding": "gzip"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def request(
        self, method: str, address: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """One exchange, redirects followed; any final status is an answer, except those nobody can go on from."""
        for _ in range(self._limits.redirects + 1):
            answer = self._exchange(method, address, headers=headers or {}, body=body)
            if answer.status == 401 and self._may_try_digest(answer):
                self._digest = True
                answer = self._exchange(method, address, headers=headers or {}, body=body)
            if answer.status not in _REDIRECTS or "Location" not in answer.headers:
                return self._usable(answer)
            address = self._next_address(method, address, answer=answer)
        raise CalendarTrouble(Trouble.MOVED)

    def _may_try_digest(self, answer: Answer) -> bool:
        challenge = answer.headers.get("WWW-Authenticate", "").lower()
        return not self._digest and self._auth(answer.address) is not None and "digest" in challenge

    def _auth(self, address: str) -> httpx.Auth | None:
        known = self._credentials
        if known is None or known.origin != origin_of(address):
            return None
        make: type[httpx.DigestAuth] | type[httpx.BasicAuth] = _DigestAuth if self._digest else httpx.BasicAuth
        return make(known.username, known.password)

    def _next_address(self, method: str, address: str, *, answer: Answer) -> str:
        try:
            target = joined(address, answer.headers["Location"])
        except ValueError as error:
            raise CalendarTrouble(Trouble.MOVED) from error
        here, there = urlsplit(address), urlsplit(target)
        is_downgrade = here.scheme == "https" and there.scheme != "https"
        changes_method = answer.status == 303 and method not in ("GET", "HEAD")
        leaves = origin_of(address) != origin_of(target) and method not in _SAFE_TO_SEND_ELSEWHERE
        if there.scheme not in DEFAULT_PORTS or not there.hostname or is_downgrade or changes_method or leaves:
            raise CalendarTrouble(Trouble.MOVED)
        return target

    def _exchange(self, method: str, address: str, *, headers: Mapping[str, str], body: bytes | None) -> Answer:
        try:
            # Marks that a server gave us go back to it as bytes: they need not be ASCII.
            encoded = {name.encode(): value.encode("utf-8", "replace") for name, value in headers.items()}
            request = self._client.build_request(method, address, headers=encoded, content=body)
            response = self._client.send(request, auth=self._auth(address), stream=True)
            try:
                return Answer(
                    status=response.status_code,
                    headers=response.headers,
                    body=self._read(response),
                    address=address,
                )
            finally:
                response.close()
        except (httpcore.ConnectError, httpx.ConnectError) as error:
            raise CalendarTrouble(_is_certificate(error)) from error
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            httpx.HTTPError,
            httpx.InvalidURL,
            httpx.StreamError,
            UnicodeError,
            ValueError,
        ) as error:
            raise CalendarTrouble(Trouble.UNREACHABLE) from error

    def _read(self, response: httpx.Response) -> bytes:
        """The body, unpacked step by step; packed twice, or in a way we did not ask for, it is not read at all."""
        packing = response.headers.get("Content-Encoding", "identity").strip().lower()
        if packing not in ("identity", "gzip", "x-gzip", ""):
            raise CalendarTrouble(Trouble.NOT_A_CALENDAR)
        unpacker = None if packing in ("identity", "") else zlib.decompressobj(zlib.MAX_WBITS | 16)
        found = bytearray()
        most = self._limits.answer_bytes
        for chunk in response.iter_raw():
            if unpacker is None:
                found += chunk
            else:
                try:
                    found += unpacker.decompress(chunk, most + 1 - len(found))
                except zlib.error as error:
                    raise CalendarTrouble(Trouble.INCOMPLETE) from error
            if len(found) > most:
                raise CalendarTrouble(Trouble.TOO_LARGE, about=f"{most / 1_000_000:g} MB")
        if unpacker is not None and not unpacker.eof and response.request.method != "HEAD" and found:
            raise CalendarTrouble(Trouble.INCOMPLETE)
        return bytes(found)

    def _usable(self, answer: Answer) -> Answer:
        if answer.status in (401, 407):
            raise CalendarTrouble(Trouble.CREDENTIALS_REFUSED)
        if answer.status in _REDIRECTS:
            raise CalendarTrouble(Trouble.MOVED)
        if answer.status in (408, 425, 429) or (answer.status >= 500 and answer.status != 507):
            raise CalendarTrouble(Trouble.SERVER_FAILED, retry_after_seconds=_retry_after(answer))
        return answer


def _is_certificate(error: BaseException | None) -> Trouble:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return Trouble.UNTRUSTED
        error = error.__cause__ or error.__context__
    return Trouble.UNREACHABLE


def _retry_after(answer: Answer) -> int | None:
    text = answer.headers.get("Retry-After", "")
    if not (text.isascii() and text.isdigit()):
        return None
    return min(int(text), _LONGEST_RETRY_AFTER_SECONDS) if len(text) <= _MOST_DIGITS else _LONGEST_RETRY_AFTER_SECONDS
