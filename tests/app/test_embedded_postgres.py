"""The embedded server comes, is shared, goes, comes back when it was killed, and is closed to everybody else."""

import json
import os
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from app import postgres_server
from app.embedded_postgres import running_postgres
from app.postgres_server import ROLE, SUPERUSER, PostgresFailed, PostgresServer

PATIENCE_SECONDS = 120


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_data_survive_a_stop_and_the_last_holder_stops_the_server(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with running_postgres(folder) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    assert not (folder / "postmaster.pid").exists()
    # A process that was killed stays in the list of holders; it must not keep the server up for ever.
    (tmp_path / "postgres.holders.json").write_text(json.dumps([[2**22 + 1, 1.0], [os.getpid(), 1.0]]))
    with running_postgres(folder) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    assert not (folder / "postmaster.pid").exists()


def test_server_whose_postmaster_is_killed_is_started_again(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with running_postgres(folder) as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        killed = postmaster(folder)
        killed.send_signal(signal.SIGKILL)
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with psycopg.connect(url, connect_timeout=5) as connection:
                    assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
                break
            except psycopg.OperationalError:
                assert time.monotonic() < until
                time.sleep(0.1)
        assert postmaster(folder).pid != killed.pid
    assert not (folder / "postmaster.pid").exists()


def test_service_is_no_superuser_and_owns_its_database(tmp_path: Path) -> None:
    with running_postgres(tmp_path / "postgres") as url, psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT current_user, rolsuper, rolcreaterole, rolcreatedb, datdba = r.oid FROM pg_roles r, pg_database d "
            "WHERE rolname = current_user AND datname = current_database()"
        ).fetchone()
        assert row == (ROLE, False, False, False, True)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT pg_read_file('PG_VERSION')")


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose path has room for a socket, however long that of the tests is."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("is_deep", [False, True])
def test_only_its_own_user_reaches_the_socket(short_path: Path, is_deep: bool) -> None:
    folder = short_path / ("d" * 120 if is_deep else "short") / "postgres"
    folder.parent.mkdir(mode=0o700)
    above = {path: mode(path) for path in (folder.parent, short_path)}
    with running_postgres(folder):
        socket_dir = PostgresServer(folder).socket_dir
        assert (socket_dir != folder) == is_deep
        assert (socket_dir / ".s.PGSQL.5432").is_socket()
        assert mode(socket_dir) == 0o700
        assert mode(socket_dir / ".s.PGSQL.5432") == 0o700
        hba = (folder / "pg_hba.conf").read_text().split()
        assert hba == ["local", "all", "all", "peer", "map=jemput"]
        # Nothing above was opened for the sake of the server's user.
        assert {path: mode(path) for path in above} == above
    assert socket_dir.exists() != is_deep


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try it as somebody else")
def test_another_user_of_the_machine_is_not_let_in(tmp_path: Path) -> None:
    with running_postgres(tmp_path / "postgres") as url:
        child = os.fork()
        if child == 0:
            os.setuid(65_534)
            try:
                psycopg.connect(url)
            except psycopg.OperationalError:
                os._exit(7)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_folder_for_the_socket_that_somebody_else_can_enter_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_server.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = tmp_path / ("d" * 120) / "postgres"
    PostgresServer(folder).socket_dir.chmod(0o755)
    with pytest.raises(PostgresFailed, match="not ours alone"):
        PostgresServer(folder).socket_dir  # noqa: B018 a property that looks at the disk


def test_database_made_by_the_superuser_becomes_the_services_own(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with (
        running_postgres(folder) as url,
        psycopg.connect(url.replace(f"//{ROLE}@", f"//{SUPERUSER}@")) as connection,
    ):
        connection.execute("CREATE SCHEMA dbos")
        connection.execute("CREATE TABLE dbos.old (id int GENERATED ALWAYS AS IDENTITY, n serial)")
        connection.execute("CREATE TABLE old (id int PRIMARY KEY)")
        connection.execute("CREATE FUNCTION old_one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    with running_postgres(folder) as url, psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE dbos.old ADD COLUMN more int")
        connection.execute("ALTER TABLE old ADD COLUMN more int")
        connection.execute("DROP FUNCTION old_one")
        connection.execute("CREATE TABLE dbos.next (id int)")


def test_data_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(PostgresFailed, match="set JEMPUT_DATA_DIR"), running_postgres(tmp_path / "file" / "postgres"):
        pass
