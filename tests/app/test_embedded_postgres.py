"""The embedded server comes, is shared, and goes."""

import json
from pathlib import Path

import psycopg

from app.embedded_postgres import running_postgres


def test_data_survive_a_stop_and_the_last_holder_stops_the_server(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with running_postgres(folder) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    assert not (folder / "postmaster.pid").exists()
    # A process that was killed stays in the list of holders; it must not keep the server up for ever.
    (folder / ".handle_pids.json").write_text(json.dumps([2**22 + 1]))
    with running_postgres(folder) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    assert not (folder / "postmaster.pid").exists()
