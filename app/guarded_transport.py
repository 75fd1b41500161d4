"""Connections to addresses that others named: only to public places or hosts allowed by name, checked after resolution
at every connection, with an end to time; the only way of the service to foreign servers."""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore
import httpx

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
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))


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
        addresses = tuple(self.resolve(host, port))
        if not self.is_allowed_by_name(host, port) and not all(is_public(address) for address in addresses):
            raise OSError("refused")
        return addresses[:_TRIED_ADDRESSES]


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
