"""What a worker does by itself: one thing that fails stops nothing else, and is seen until it succeeds."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

import app.worker
from app.database import make_engine
from app.process_parts import parts
from app.schedules.announcements.troubles import failing_rounds
from app.schedules.models import Invitation, RoundTrouble
from app.schedules.models import Worker as WorkerRow
from app.schedules.runs.process import SolverCommand
from app.settings import Settings
from app.worker import Timing, running_worker
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

TIMING = Timing(beat=0.05, tidy=0.1, calendars=0.05)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(secret_key=SecretStr("s" * 32), data_dir=tmp_path)


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def failing(engine: Engine) -> dict[str, str]:
    with Session(engine) as session:
        return {row.name: row.fault for row in failing_rounds(session)}


def last_beat(engine: Engine) -> datetime:
    with Session(engine) as session:
        return session.scalars(select(WorkerRow.seen_at)).one()


@pytest.mark.parametrize(
    ("name", "does"),
    [
        ("read calendars", "refresh_due"),
        ("announce", "announce_marked"),
        ("write calendars", "deliver_due"),
        ("forget old keys", "forget_old_keys"),
        ("withdraw what was told long enough", "mark_outlived"),
    ],
)
def test_round_that_raises_anything_is_seen_while_the_worker_lives_and_sends(
    own_database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, does: str
) -> None:
    engine = make_engine(own_database)
    with Session(engine) as session, session.begin():
        make_district(session)
        site = make_site(session, contact_email="tu@sekolah.example.id")
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        visit = make_visit(session, make_schedule(session), make_team(session), site, starts_at=tomorrow)
        invitation = Invitation(
            district_code="16.73",
            uid=visit.uid,
            site_id=site.id,
            attendee="tu@sekolah.example.id",
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            facts={"site": "SD", "area": "A", "team": "T", "contact": "=?utf-8?q?a=0D=0A?=", "place": [0, 0]}
            | {"district": "D", "time_zone": "Asia/Jakarta"},
            changed_at=tomorrow,
            next_try_at=datetime.now(UTC),
        )
        session.add(invitation)

    def raises(*_: object, **__: object) -> None:
        raise RecursionError

    with monkeypatch.context() as patched:
        patched.setattr(app.worker, does, raises)
        with running_worker(settings, own_database, timing=TIMING):
            wait_for(lambda: name in failing(engine))
            assert failing(engine)[name].startswith("RecursionError, test_worker_rounds.py:")
            before = last_beat(engine)
            wait_for(lambda: last_beat(engine) > before)
            wait_for(lambda: list(settings.outbox_dir.glob("*.ics")) != [])
            assert set(failing(engine)) == {name}
            patched.undo()
            wait_for(lambda: failing(engine) == {})
    engine.dispose()


# The thread is meant to die.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_line_of_a_worker_that_ended_is_a_dead_part_until_the_worker_stops(
    own_database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends_its_thread(*_: object, **__: object) -> None:
        sys.exit()

    monkeypatch.setattr(app.worker, "announce_marked", ends_its_thread)
    with running_worker(settings, own_database, timing=TIMING):
        wait_for(lambda: not parts()["worker: writing"])
        lines = {name: lives for name, lives in parts().items() if name.startswith("worker: ")}
        assert [name for name, lives in lines.items() if not lives] == ["worker: writing"]
        assert {"worker: life", "worker: house", "worker: reading", "worker: mail"} < lines.keys()
    assert not any(name.startswith("worker: ") for name in parts())


def test_data_folder_that_cannot_keep_a_key_stops_neither_the_sign_of_life_nor_mail(
    own_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(own_database)

    def unwilling(settings: Settings) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(app.worker, "reading_desk_of", unwilling)
    with running_worker(Settings(data_dir=tmp_path), own_database, timing=TIMING):
        wait_for(lambda: set(failing(engine)) == {"read calendars", "write calendars"})
        before = last_beat(engine)
        wait_for(lambda: last_beat(engine) > before)
    # A worker that ends takes its troubles with it.
    assert failing(engine) == {}
    engine.dispose()


def test_scratch_folder_that_cannot_be_removed_keeps_no_other(
    own_database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(own_database)
    solver = SolverCommand(scratch_dir=settings.runs_dir)
    for name in ("a", "b", "c"):
        (settings.runs_dir / name).mkdir(parents=True)
        os.utime(settings.runs_dir / name, (0, 0))
    original = app.worker.shutil.rmtree

    def removes(folder: Path) -> None:
        if folder.name == "b":
            raise PermissionError(13, "Permission denied")
        original(folder)

    monkeypatch.setattr(app.worker.shutil, "rmtree", removes)
    with running_worker(settings, own_database, timing=TIMING, solver=solver):
        wait_for(lambda: [folder.name for folder in settings.runs_dir.iterdir()] == ["b"])
        wait_for(lambda: "clear scratch folders" in failing(engine))
        assert failing(engine)["clear scratch folders"].startswith(
            "1 of the scratch folders cannot be removed, among them b, worker.py:"
        )
    engine.dispose()


def test_troubles_of_workers_that_are_no_more_are_forgotten(own_database: str, settings: Settings) -> None:
    engine = make_engine(own_database)
    now = datetime.now(UTC)
    with Session(engine) as session, session.begin():
        session.add(RoundTrouble(executor_id="killed", name="announce", fault="x", failures=1, since=now, last_at=now))
    with running_worker(settings, own_database, timing=TIMING):
        wait_for(lambda: failing(engine) == {})
    engine.dispose()


def test_a_road_engine_that_does_not_answer_is_a_trouble_of_that_round_alone(
    own_database: str, tmp_path: Path, settings: Settings
) -> None:
    engine = make_engine(own_database)
    with Session(engine) as session, session.begin():
        make_district(session)
        make_site(session)
    silent = settings.model_copy(update={"road_engine_url": "http://127.0.0.1:9"})
    solver = SolverCommand(argv=(sys.executable, "-c", ""), threads=1, scratch_dir=tmp_path)
    with running_worker(silent, own_database, timing=replace(TIMING, roads=0.05), solver=solver):
        wait_for(lambda: "ask for roads" in failing(engine))
        before = last_beat(engine)
        wait_for(lambda: last_beat(engine) > before)
        assert failing(engine).keys() == {"ask for roads"}
    engine.dispose()
