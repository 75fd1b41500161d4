"""A real server on a free port, for what only sockets can show."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI

from app.main import end_what_is_long
from app.serving import ConnectionLimits, make_server

PATIENCE_SECONDS = 60.0
GENEROUS = ConnectionLimits(per_address=0, head_seconds=600, idle_seconds=600)


@contextmanager
def serving(api: FastAPI, limits: ConnectionLimits = GENEROUS, **options: Any) -> Iterator[int]:
    """The port of the running server, `options` being uvicorn's own; it is stopped at the end of the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server(api, limits=limits, on_stop=lambda: end_what_is_long(api), **options)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(PATIENCE_SECONDS)
    return connection


def read_all(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)
