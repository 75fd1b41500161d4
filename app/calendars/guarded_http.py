"""Conversations with the servers of calendars, through `guarded_transport`, with an end to size and redirects; the only
way of this folder to the network."""

import ssl
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpcore
import httpx

from app.calendars.addresses import DEFAULT_PORTS, joined, origin_of
from app.calendars.troubles import CalendarTrouble, Trouble
from app.guarded_transport import HttpLimits

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE_TO_SEND_ELSEWHERE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
_LONGEST_RETRY_AFTER_SECONDS = 86_400
_MOST_DIGITS = 9


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
        body = bytearray()
        most = self._limits.answer_bytes
        for chunk in response.iter_raw():
            if unpacker is None:
                body += chunk
            else:
                try:
                    body += unpacker.decompress(chunk, most + 1 - len(body))
                except zlib.error as error:
                    raise CalendarTrouble(Trouble.INCOMPLETE) from error
            if len(body) > most:
                raise CalendarTrouble(Trouble.TOO_LARGE, about=f"{most / 1_000_000:g} MB")
        if unpacker is not None and not unpacker.eof and response.request.method != "HEAD" and body:
            raise CalendarTrouble(Trouble.INCOMPLETE)
        return bytes(body)

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
