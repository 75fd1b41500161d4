"""The PostgreSQL that is started when no DATABASE_URL is given: one for each data folder, shared by every process that
asks for it, stopped by the last one to leave, and started again if it dies meanwhile."""

import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import structlog

from app.postgres_server import PostgresFailed, PostgresServer

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
_GIVE_UP_SECONDS = 120.0
"""Without a database, after which the process ends: whoever watches over it sees that, and a half-dead one not."""


@contextmanager
def running_postgres(data_dir: Path) -> Iterator[str]:
    """Yield the SQLAlchemy address of database `jemput` on the server under `data_dir`; raises `PostgresFailed`."""
    data_dir = data_dir.resolve()
    server = PostgresServer(data_dir)
    with _locked(data_dir) as holders:
        server.ensure_running()
        holders.append(_ourselves())
    left = threading.Event()
    watcher = threading.Thread(target=_watch, args=(server, left), name="postgres watcher", daemon=True)
    watcher.start()
    try:
        yield server.address
    finally:
        left.set()
        watcher.join()
        with _locked(data_dir) as holders:
            holders.remove(_ourselves())
            if not holders:
                server.stop()


def _watch(server: PostgresServer, left: threading.Event) -> None:
    """Start the server again whenever it has died; those who use it connect anew by themselves."""
    dead_since: float | None = None
    while not left.wait(LOOK_SECONDS):
        if server.is_running():
            dead_since = None
            continue
        dead_since = dead_since or time.monotonic()
        try:
            with _locked(server.data_dir):
                server.ensure_running()
            log.warning("the embedded PostgreSQL had died and was started again")
        except PostgresFailed as error:
            log.error("the embedded PostgreSQL is dead", error=str(error))
            if time.monotonic() - dead_since > _GIVE_UP_SECONDS:
                log.critical("no database, so this process ends")
                os.kill(os.getpid(), signal.SIGTERM)
                return


def _ourselves() -> list[float]:
    """A process by its number and its beginning, since numbers are used again."""
    process = psutil.Process()
    return [process.pid, process.create_time()]


@contextmanager
def _locked(data_dir: Path) -> Iterator[list[list[float]]]:
    """The processes that hold the server, to be changed by one at a time; those that were killed are left out."""
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        lock = open(data_dir.with_name(f"{data_dir.name}.lock"), "a+", encoding="utf-8")  # noqa: SIM115 closed below
    except OSError as error:
        raise PostgresFailed(
            f"The data folder {data_dir.parent} cannot be used ({error.strerror}): give this user the right to write "
            "there, or set JEMPUT_DATA_DIR to another folder."
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        listed = data_dir.with_name(f"{data_dir.name}.holders.json")
        holders = [holder for holder in _read(listed) if _is_alive(holder)]
        yield holders
        listed.write_text(json.dumps(holders))


def _read(listed: Path) -> list[list[float]]:
    try:
        holders: list[list[float]] = json.loads(listed.read_text())
    except (FileNotFoundError, ValueError):
        # Not there yet, or half written when the power went: nobody holds the server.
        return []
    return holders


def _is_alive(holder: list[float]) -> bool:
    pid, created = holder
    try:
        return bool(abs(psutil.Process(int(pid)).create_time() - created) < 1)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def postgres_address(database_url: str | None, data_dir: Path) -> Iterator[str]:
    """Yield `database_url` itself, or the address of the embedded server when it is None.

    The address is also put into the environment, so that child processes use the same database."""
    if database_url is not None:
        yield database_url
        return
    with running_postgres(data_dir) as address:
        os.environ["DATABASE_URL"] = address
        try:
            yield address
        finally:
            os.environ.pop("DATABASE_URL", None)
