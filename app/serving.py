"""The web server as `jemput serve` runs it: uvicorn, with limits of time and number that it has no option for."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = structlog.get_logger(__name__)

_TOO_MANY = b"Too many connections from this one address."
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n%b" % (len(_TOO_MANY), _TOO_MANY)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """What one connection may take, and how many one address may hold."""

    per_address: int = 200
    """0: as many as it wants."""
    head_seconds: float = 10.0
    """From the first moment, or the first byte of a further request, to the end of its head."""
    head_bytes: int = 65_536
    idle_seconds: int = 15
    """Between two requests."""
    stalled_seconds: float = 60.0
    """With an answer that is not fetched."""


def bounded_protocol(limits: ConnectionLimits) -> type[HttpToolsProtocol]:
    """uvicorn's protocol, which by itself waits for ever for a head, and for whoever does not fetch an answer."""
    held: Counter[str] = Counter()

    class BoundedProtocol(HttpToolsProtocol):
        _head_timer: asyncio.TimerHandle | None = None
        _stall_timer: asyncio.TimerHandle | None = None
        _is_in_head = False
        _head_bytes = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if self.client is not None:
                held[self.client[0]] += 1
                if 0 < limits.per_address < held[self.client[0]]:
                    log.warning("too many connections", address=self.client[0], limit=limits.per_address)
                    transport.write(_REFUSAL)
                    transport.close()
                    return
            self._await_head()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            is_idle = self.cycle is None or self.cycle.response_complete
            if self.transport.is_closing() or not (self._is_in_head or is_idle):
                return
            if self._head_timer is None:
                self._await_head()
            self._head_bytes += len(data)
            if self._head_bytes > limits.head_bytes:
                self.send_400_response("The head of the request is too long.")

        def on_message_begin(self) -> None:
            self._is_in_head = True
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._is_in_head = False
            self._forget_head()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget_head()
            self.resume_writing()
            if self.client is not None:
                held[self.client[0]] -= 1
                if held[self.client[0]] <= 0:
                    del held[self.client[0]]
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            super().pause_writing()
            if self._stall_timer is None:
                self._stall_timer = self.loop.call_later(limits.stalled_seconds, self.transport.abort)

        def resume_writing(self) -> None:
            if self._stall_timer is not None:
                self._stall_timer.cancel()
                self._stall_timer = None
            super().resume_writing()

        def _await_head(self) -> None:
            self._head_bytes = 0
            self._head_timer = self.loop.call_later(limits.head_seconds, self.transport.close)

        def _forget_head(self) -> None:
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None

    return BoundedProtocol


class Server(uvicorn.Server):
    """A server whose stop is told to the application at once, so that what could go on for ever ends by itself."""

    def __init__(self, config: uvicorn.Config, *, on_stop: Callable[[], None]):
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await super().shutdown(sockets)


def make_server(app: ASGIApp, *, limits: ConnectionLimits, on_stop: Callable[[], None], **options: Any) -> Server:
    """A server of `app`; `options` are uvicorn's own, such as `host` and `port`."""
    config = uvicorn.Config(
        app,
        http=bounded_protocol(limits),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=limits.idle_seconds,
        timeout_graceful_shutdown=10,
        **options,
    )
    return Server(config, on_stop=on_stop)
