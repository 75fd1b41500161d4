"""The command as its users run it: in a process of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from app.settings import unknown_settings
from tests.conftest import ROOT
from tests.processes import Forked


def environment(database_url: str, folder: Path, *, port: int = 0) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": database_url,
        "JEMPUT_DATA_DIR": str(folder),
        "JEMPUT_PORT": str(port),
        "COLUMNS": "200",
    }


def jemput(*words: str, database_url: str, folder: Path, port: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT,
        env=environment(database_url, folder, port=port),
        capture_output=True,
        text=True,
        check=False,
    )


def refused(*words: str, variables: dict[str, str]) -> tuple[int, str]:
    """How it ends and what it says, without importing the application anew."""
    process = Forked("tests.app.command_process", *words, environment=variables)
    process.stdin.close()
    with process.stdout as output:
        said = output.read()
    return process.wait(60), said


def test_a_district_is_imported_exported_and_opened_by_a_token(own_database: str, tmp_path: Path) -> None:
    folder = ROOT / "examples" / "16.73-kota-lubuklinggau"
    assert jemput("import", str(folder), database_url=own_database, folder=tmp_path).returncode == 0

    issued = jemput(
        *("token", "--role", "coordinator", "--district", "16.73", "--team", "TIM-1"),
        database_url=own_database,
        folder=tmp_path,
    )
    assert issued.stdout.startswith("jb_coordinator_")
    assert issued.stdout.count("\n") == 1

    table = tmp_path / "teams.csv"
    jemput("export", "teams", "16.73", "-o", str(table), database_url=own_database, folder=tmp_path)
    assert "TIM-2" in table.read_text()


def test_an_import_takes_words_about_an_offices_sheet(own_database: str, tmp_path: Path) -> None:
    folder = tmp_path / "office"
    shutil.copytree(ROOT / "tests" / "corpus" / "small-district", folder)
    (folder / "sites.csv").write_text(
        "Nama Lokasi;Jenis;Kecamatan;Warga Dekat;Sinyal\nSMA Negeri 1;SMA;16.73.01;1.234;baik\n"
    )
    told = ("--mapping", 'sites={"headcount": "Warga Dekat"}', "--figures", "indonesian", "--place-missing", "area")
    answer = jemput("import", str(folder), *told, database_url=own_database, folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    with psycopg.connect(own_database) as connection:
        assert connection.execute("SELECT headcount FROM sites").fetchall() == [(1234,)]

    refused = jemput("import", str(folder), "--mapping", "headcount", database_url=own_database, folder=tmp_path)
    assert (refused.returncode, "the tables are areas, sites, teams" in refused.stderr) == (1, True)


def test_a_dry_run_of_an_import_changes_nothing(own_database: str, tmp_path: Path) -> None:
    folder = ROOT / "tests" / "corpus" / "small-district"
    answer = jemput("import", str(folder), "--dry-run", database_url=own_database, folder=tmp_path)
    assert answer.returncode == 0
    assert "would load district 16.73" in answer.stderr
    with psycopg.connect(own_database) as connection:
        assert connection.execute("SELECT count(*) FROM districts").fetchone() == (0,)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("token", "--role", "planner"), "Give its region code"),
        (("token", "--role", "planner", "--district", "99.99"), "no district '99.99'"),
        (("export", "sites", "16.73", "-o", "sites.doc"), ".csv"),
        (("plan", "16.73", "November"), "2023-11"),
        (("plan", "16.73", "2023-11", "--most-moved", "3"), "--replan"),
        (("plan", "16.73", "2023-11", "--kinds", "agencies"), "agency"),
        (("plan", "16.73", "2023-11", "--kinds", "agency until Friday"), "2023-11-28"),
    ],
)
def test_a_mistake_is_told_with_its_mend_and_no_stack_trace(
    own_database: str, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    status, answer = refused(*words, variables=environment(own_database, tmp_path))
    assert status in {1, 2}
    assert said in answer
    assert "Traceback" not in answer


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("JEMPUT_PORT", "eighty", "setting JEMPUT_PORT (it is 'eighty')"),
        ("JEMPUT_LOG_LEVEL", "loud", "setting JEMPUT_LOG_LEVEL (it is 'loud'): 'loud' is none of DEBUG"),
        ("JEMPUT_SECRET_KEY", "short-secret", "setting JEMPUT_SECRET_KEY: "),
        ("DATABASE_URL", "mysql://me:secret@host/x", "setting DATABASE_URL: "),
        ("DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/x", "the database cannot be used"),
        ("JEMPUT_DATA_DIR", "/proc/nowhere", "set JEMPUT_DATA_DIR"),
    ],
)
def test_a_wrong_setting_is_one_sentence_with_its_full_name(
    own_database: str, tmp_path: Path, setting: str, value: str, said: str
) -> None:
    variables = environment(own_database, tmp_path) | {setting: value}
    if setting == "JEMPUT_DATA_DIR":
        del variables["DATABASE_URL"]
    status, answer = refused("migrate", variables=variables)
    assert status in {1, 2}
    assert said in answer
    assert "Traceback" not in answer
    assert "secret@" not in answer
    assert "short-secret" not in answer
    assert answer.count("error:") == 1


def test_a_setting_that_nobody_knows_is_named_with_the_one_that_was_meant() -> None:
    names = ["JEMPUT_SOLVER_THREAD", "JEMPUT_PORT", "PATH", "JEMPUT_QQQQ"]
    assert unknown_settings(names) == [("JEMPUT_QQQQ", None), ("JEMPUT_SOLVER_THREAD", "JEMPUT_SOLVER_THREADS")]


def test_a_taken_port_is_told_at_once(own_database: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = jemput("serve", database_url=own_database, folder=tmp_path, port=port)
    assert answer.returncode == 1
    assert "JEMPUT_PORT" in answer.stderr


def test_sigterm_ends_the_server_and_its_worker_cleanly(own_database: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "serve"],
        cwd=ROOT,
        env=environment(own_database, tmp_path, port=port),
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not is_ready(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
    with psycopg.connect(own_database) as connection:
        # A worker that left in order does not have to fall silent before others take up its runs.
        assert connection.execute("SELECT count(*) FROM workers").fetchone() == (0,)


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200
    except httpx.TransportError:
        return False
