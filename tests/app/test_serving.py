"""Connections that only take are ended; a stop does not wait for whoever listens."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from sqlalchemy import create_engine

from app.main import create_app
from app.serving import ConnectionLimits
from app.settings import Settings
from tests.app.serving import PATIENCE_SECONDS, connect, read_all, serving


@pytest.fixture
def api() -> FastAPI:
    """Without a database, which none of this needs."""
    return create_app(Settings(), create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))


@pytest.mark.parametrize("head", [b"", b"GET /health/live HTT"])
def test_connection_whose_head_does_not_come_is_closed(api: FastAPI, head: bytes) -> None:
    limits = ConnectionLimits(head_seconds=0.2, idle_seconds=600)
    with serving(api, limits) as port, connect(port) as connection:
        connection.sendall(head)
        assert read_all(connection) == b""


def test_head_of_a_further_request_is_waited_for_no_longer_than_that_of_the_first(api: FastAPI) -> None:
    limits = ConnectionLimits(head_seconds=0.5, idle_seconds=600)
    with serving(api, limits) as port, connect(port) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health/li")
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1") == 1


def test_head_without_end_is_refused(api: FastAPI) -> None:
    limits = ConnectionLimits(head_seconds=600, head_bytes=2_000)
    with serving(api, limits) as port, connect(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + b"X-A: aaaaaaaaaaaaaaaaaaaa\r\n" * 200)
        assert read_all(connection).startswith(b"HTTP/1.1 400")


def test_idle_connection_is_closed(api: FastAPI) -> None:
    with serving(api, ConnectionLimits(idle_seconds=1)) as port, connect(port) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 200")


def test_one_address_holds_no_more_connections_than_it_may(api: FastAPI) -> None:
    request = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with serving(api, ConnectionLimits(per_address=2, head_seconds=600)) as port:
        with connect(port), connect(port) as second:
            with connect(port) as third:
                refused = read_all(third)
            second.sendall(request)
            assert read_all(second).startswith(b"HTTP/1.1 200")
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 5" in refused
        # Those that left make room; the server notices a moment later.
        until = time.monotonic() + PATIENCE_SECONDS
        answer = b""
        while not answer.startswith(b"HTTP/1.1 200") and time.monotonic() < until:
            with connect(port) as another:
                another.sendall(request)
                answer = read_all(another)
        assert answer.startswith(b"HTTP/1.1 200")


def test_answer_that_is_not_fetched_ends_its_connection(api: FastAPI) -> None:
    is_ended = threading.Event()

    @api.get("/endless")
    async def endless() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 1_000_000
                    await asyncio.sleep(0)
            finally:
                is_ended.set()

        return StreamingResponse(parts())

    with serving(api, ConnectionLimits(stalled_seconds=0.2)) as port, connect(port) as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        assert is_ended.wait(PATIENCE_SECONDS)


def test_stop_does_not_wait_for_listeners_that_would_listen_for_ever(
    api: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    @api.get("/listen")
    async def listen() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"hello"
            while not api.state.stopping.is_set():
                await asyncio.sleep(0.01)

        return StreamingResponse(parts())

    with serving(api) as port:
        connection = connect(port)
        connection.sendall(b"GET /listen HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
    with connection:
        assert read_all(connection).endswith(b"0\r\n\r\n")
    assert not [record for record in caplog.records if record.exc_info]
    assert "timeout graceful shutdown exceeded" not in caplog.text
