"""Notices a database that is there and does not answer, frozen or cut off: who waits for it is told within seconds."""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import structlog
from sqlalchemy import URL

from app.database import OpenConnections, driver_arguments
from app.process_parts import release, start_needed

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
PATIENCE_SECONDS = 4.0
"""Longest answer to `SELECT 1` of a database that lives, on a machine that is busy."""


@contextmanager
def watching(url: URL, connections: OpenConnections, *, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Ask the database for a sign of life all the time; without one, end the waiting of all `connections`.

    A connection's own limits cannot do that: the server counts them, and a frozen server counts nothing."""
    stopped = asyncio.Event()
    watch = _Watch(url, connections, patience_seconds=patience_seconds)
    # Made here, so that it can be told the end however soon that comes.
    loop = asyncio.new_event_loop()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(watch.run(stopped)), name="database watch", daemon=True
    )
    start_needed(thread)
    try:
        yield
    finally:
        release(thread)
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()


class _Watch:
    def __init__(self, url: URL, connections: OpenConnections, *, patience_seconds: float):
        self._url, self._connections, self._patience_seconds = url, connections, patience_seconds
        self._connection: psycopg.AsyncConnection[tuple[int]] | None = None

    async def run(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            try:
                await asyncio.wait_for(stopped.wait(), timeout=LOOK_SECONDS)
            except TimeoutError:
                await self._look()
        self._forget()

    async def _look(self) -> None:
        question = asyncio.create_task(self._ask())
        # Not a timeout around it: the driver, called off, would wait for the server to say that it has stopped.
        await asyncio.wait({question}, timeout=self._patience_seconds)
        if not question.done():
            if not self._connections.is_stalled.is_set():
                log.error("the database does not answer", seconds=self._patience_seconds)
            self._connections.is_stalled.set()
            _cut(self._connections)
            await asyncio.wait({question})
        if question.exception() is None:
            if self._connections.is_stalled.is_set():
                log.warning("the database answers again")
            self._connections.is_stalled.clear()
        elif isinstance(question.exception(), psycopg.Error):
            self._forget()
        else:
            question.result()

    async def _ask(self) -> None:
        if self._connection is None:
            arguments, options = driver_arguments(self._url, name="watch")
            self._connection = await psycopg.AsyncConnection.connect(*arguments, autocommit=True, **options)
            self._connections.add(self._connection)
        await self._connection.execute("SELECT 1")

    def _forget(self) -> None:
        if self._connection is not None:
            # Not by its own method, which is awaited and would wait for the server.
            self._connection.pgconn.finish()
            self._connection = None


def _cut(connections: OpenConnections) -> None:
    """End the conversations from our side: whoever waits for an answer meets the end of the stream at once."""
    for connection in connections.all():
        # One that is closed in this very moment needs no end.
        with contextlib.suppress(OSError, psycopg.Error):
            descriptor = os.dup(connection.pgconn.socket)
            with socket.socket(fileno=descriptor) as ours:
                ours.shutdown(socket.SHUT_RDWR)
