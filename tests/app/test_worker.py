"""Runs end, whatever dies: real worker processes with the solver's double, killed, frozen and thawed."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.database import make_engine
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import RunStatus, Schedule, Visit, Worker
from app.schedules.runs.queue import APPLICATION_VERSION
from app.schedules.wish import ChosenPolicy, Closeness, Wish
from app.worker import prepare_database
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_plannable_district
from tests.conftest import create_database
from tests.processes import Forked

PATIENCE_SECONDS = 120
COLD_SECONDS = 400
"""The real solver compiles its kernels first where that was never done."""
LISTENERS = 30


class Office:
    """One database, and the worker processes that serve it."""

    def __init__(self, url: str, folder: Path):
        self.url, self.folder = url, folder
        self.engine: Engine = make_engine(url)
        self.workers: list[Forked] = []
        self.go = folder / "go"
        self.patience_seconds: float = PATIENCE_SECONDS

    def start(self, behaviour: str = "hold", *, is_serving: bool = False, is_tidy: bool = False) -> Forked:
        """A worker about to be up; its solver's double behaves as asked."""
        worker = Forked(
            "tests.app.schedules.worker_process",
            str(self.folder / "runs"),
            *(["--serve"] if is_serving else []),
            *(["--tidy"] if is_tidy else []),
            environment=os.environ
            | {"DATABASE_URL": self.url, "FAKE_SOLVER": behaviour, "FAKE_SOLVER_GO": str(self.go), "PYTHONPATH": "."},
        )
        self.workers.append(worker)
        return worker

    def up(self, worker: Forked) -> list[str]:
        """What a started worker says when it is ready: its executor id, and its port if it serves."""
        return worker.stdout.readline().split()

    def request(self, code: str = "16.73", **fields: Any) -> int:
        with Session(self.engine) as session, session.begin():
            return schedules.request_schedule(
                session,
                session.get_one(District, code),
                Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30), **fields),
                actor=COMMAND_LINE,
                now=NOW,
            ).id

    def cancel(self, schedule_id: int) -> None:
        with Session(self.engine) as session, session.begin():
            schedule = schedules.get_schedule(session, schedule_id, for_update=True)
            schedules.cancel(session, schedule, actor=COMMAND_LINE, now=NOW)

    def row(self, schedule_id: int) -> Schedule:
        with Session(self.engine) as session:
            return session.get_one(Schedule, schedule_id)

    def viewer(self, role: Role = Role.VIEWER) -> dict[str, str]:
        """Headers of a new token."""
        with Session(self.engine) as session, session.begin():
            _, secret = access.issue_token(session, role, now=datetime.now(UTC), district_code="16.73")
        return {"Authorization": f"Bearer {secret}"}

    def request_over_http(self, port: int) -> int:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/districts/16.73/schedules",
            json={"period": "2023-11"},
            headers=self.viewer(Role.PLANNER),
        )
        assert answer.status_code == 202
        return int(answer.json()["id"])

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self.patience_seconds
        while not is_so():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def wait(self, schedule_id: int, wanted: Callable[[Schedule], bool]) -> Schedule:
        """The schedule as soon as it is as wanted."""
        self.wait_for(lambda: wanted(self.row(schedule_id)))
        return self.row(schedule_id)

    def wait_solving(self, schedule_id: int, attempt: int = 1) -> Schedule:
        """The schedule once its solver has said something in the given attempt."""

        def is_solving(schedule: Schedule) -> bool:
            return schedule.attempts == attempt and bool(self.children(schedule_id)) and schedule.progress is not None

        return self.wait(schedule_id, is_solving)

    def wait_end(self, schedule_id: int) -> Schedule:
        return self.wait(schedule_id, lambda schedule: schedule.run_status in schedules.ENDED)

    def wait_alive(self, count: int) -> None:
        """Until so many workers have given a sign of life within the last second."""

        def alive() -> int:
            with Session(self.engine) as session:
                lately = func.clock_timestamp() - timedelta(seconds=1)
                return session.scalar(select(func.count()).where(Worker.seen_at > lately)) or 0

        self.wait_for(lambda: alive() >= count)

    def plan(self, schedule_id: int) -> list[tuple[object, ...]]:
        """Who goes where and when by a schedule."""
        with Session(self.engine) as session:
            query = select(Visit.team_id, Visit.site_id, Visit.starts_at, Visit.ends_at)
            rows = session.execute(query.where(Visit.schedule_id == schedule_id).order_by(Visit.id))
            return [tuple(row) for row in rows]

    def job(self, schedule_id: int, column: str = "status") -> str | None:
        """What the engine has on record for a run; None without a job."""
        with self.engine.connect() as connection:
            found: str | None = connection.scalar(
                text(f"SELECT {column} FROM dbos.workflow_status WHERE workflow_uuid = :job"),
                {"job": f"schedule-{schedule_id}"},
            )
        return found

    def wait_no_job(self, schedule_id: int) -> None:
        """Until the engine has nothing more to do for a run."""
        self.wait_for(lambda: self.job(schedule_id) in {"SUCCESS", "ERROR"})

    def give_job_to(self, schedule_id: int, executor_id: str) -> None:
        """Make the engine believe that a worker has a run, though that worker never heard of it."""
        with self.engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = :executor_id "
                    "WHERE workflow_uuid = :job"
                ),
                {"job": f"schedule-{schedule_id}", "executor_id": executor_id},
            )

    @contextmanager
    def blocked_commits(self) -> Iterator[None]:
        """Nobody can write a visit, so a worker stands still in the middle of its commit."""
        with self.engine.begin() as connection:
            connection.execute(text("LOCK TABLE visits IN SHARE MODE"))
            yield

    def wait_blocked(self) -> None:
        """Until somebody waits for the lock of `blocked_commits`."""

        def is_somebody_waiting() -> bool:
            with self.engine.connect() as connection:
                return bool(
                    connection.scalar(
                        text("SELECT count(*) FROM pg_locks WHERE relation = 'visits'::regclass AND NOT granted")
                    )
                )

        self.wait_for(is_somebody_waiting)

    def children(self, schedule_id: int) -> list[int]:
        """Process ids of living solvers of a run."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            is_ours = any(word.startswith(f"{self.folder}/runs/schedule-{schedule_id}-".encode()) for word in words)
            if is_ours and state != "Z":
                found.append(int(folder.name))
        return found

    def visits(self, schedule_id: int) -> int:
        with Session(self.engine) as session:
            return session.scalar(select(func.count()).where(Visit.schedule_id == schedule_id)) or 0

    def ends_written(self, schedule_id: int) -> int:
        """How often a run's end was written: the audit trail has one line each."""
        with Session(self.engine) as session:
            return (
                session.scalar(
                    text(
                        "SELECT count(*) FROM audit_entries WHERE subject = :subject AND action IN "
                        "('schedule.succeeded', 'schedule.failed', 'schedule.cancelled')"
                    ),
                    {"subject": f"schedule/{schedule_id}"},
                )
                or 0
            )

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.communicate()
        self.engine.dispose()


@pytest.fixture(scope="module")
def office_database(postgres_url: str, template_database: str) -> str:
    """One district with the job engine's tables; what tests commit stays, each looks at its own runs only."""
    url = create_database(postgres_url, template_database.replace("template", "office"), template=template_database)
    prepare_database(url)
    engine = make_engine(url)
    with Session(engine) as session, session.begin():
        make_plannable_district(session)
    engine.dispose()
    return url


@pytest.fixture
def office(office_database: str, tmp_path: Path) -> Iterator[Office]:
    office = Office(office_database, tmp_path)
    yield office
    office.close()


def freeze(worker: Forked) -> None:
    worker.send_signal(signal.SIGSTOP)


def thaw(worker: Forked) -> None:
    worker.send_signal(signal.SIGCONT)


def assert_one_plan(office: Office, schedule_id: int, *, attempts: int | None = None) -> None:
    schedule = office.row(schedule_id)
    assert (schedule.run_status, schedule.failure_reason) == (RunStatus.SUCCEEDED, None)
    assert office.ends_written(schedule_id) == 1
    assert office.visits(schedule_id) == 6
    assert attempts in (None, schedule.attempts)


def test_queued_run_waits_for_the_first_worker_and_is_solved_by_its_policy(office: Office) -> None:
    schedule_id = office.request(policy=ChosenPolicy(name="even-areas"))
    office.start("plan")
    office.wait_end(schedule_id)
    assert_one_plan(office, schedule_id, attempts=1)
    levels = office.row(schedule_id).levels
    assert levels is not None
    assert [level["level"] for level in levels["report"]["levels"]] == ["floors", "shortfall"]
    assert levels["report"]["levels"][1]["reached"] == levels["figures"]["shortfall"]


def test_killed_worker_loses_its_run_to_another_and_its_solver_dies_with_it(office: Office) -> None:
    first = office.start()
    schedule_id = office.request()
    office.wait_solving(schedule_id)
    # Our own version, not a hash of the code: a worker of the next release resumes the run as well.
    assert office.job(schedule_id, "application_version") == APPLICATION_VERSION
    orphans = office.children(schedule_id)
    office.up(office.start())
    first.kill()
    office.wait_solving(schedule_id, attempt=2)
    assert not set(orphans) & set(office.children(schedule_id))
    office.go.touch()
    office.wait_end(schedule_id)
    assert_one_plan(office, schedule_id, attempts=2)


def test_server_killed_during_a_run_finishes_it_after_its_restart(office: Office) -> None:
    server = office.start(is_serving=True)
    _, port = office.up(server)
    schedule_id = office.request_over_http(int(port))
    office.wait_solving(schedule_id)
    server.kill()
    office.go.touch()
    office.start(is_serving=True)
    office.wait_end(schedule_id)
    assert_one_plan(office, schedule_id, attempts=2)


def test_listeners_of_a_run_leave_the_server_free_and_all_hear_its_end(office: Office) -> None:
    server = office.start(is_serving=True)
    _, port = office.up(server)
    schedule_id = office.request_over_http(int(port))
    office.wait_solving(schedule_id)
    headers = office.viewer()
    link = f"http://127.0.0.1:{port}/v1/schedules/{schedule_id}"
    with ThreadPoolExecutor(LISTENERS) as pool, httpx.Client(headers=headers, timeout=PATIENCE_SECONDS) as client:
        begun = Barrier(LISTENERS + 1)

        def listen() -> list[str]:
            with httpx.stream("GET", f"{link}/events", headers=headers, timeout=PATIENCE_SECONDS) as answer:
                lines = answer.iter_lines()
                heard = [next(lines)]
                begun.wait()
                return [*heard, *lines]

        waiting = [pool.submit(listen) for _ in range(LISTENERS)]
        begun.wait(PATIENCE_SECONDS)
        # More listeners than the server has connections to its database, and it still answers.
        assert client.get(link).json()["run_status"] == "running"
        office.go.touch()
        told = [future.result() for future in waiting]
    assert {lines[0] for lines in told} == {"event: progress"}
    assert {lines.count("event: done") for lines in told} == {1}


def test_sign_of_life_from_the_future_keeps_no_run(office: Office) -> None:
    schedule_id = office.request()
    with Session(office.engine) as session, session.begin():
        # What a worker left that died before the clock was set back.
        session.add(Worker(executor_id="of tomorrow", seen_at=func.clock_timestamp() + timedelta(days=1)))
    office.give_job_to(schedule_id, "of tomorrow")
    office.start("plan")
    office.wait_end(schedule_id)
    assert_one_plan(office, schedule_id)


def test_housekeeper_and_sign_of_life_survive_a_duty_that_fails(office: Office) -> None:
    worker = office.start("plan", is_tidy=True)
    office.up(worker)
    runs = office.folder / "runs"
    # Tidying meets a file where the folder was, again and again.
    runs.rmdir()
    runs.write_text("no folder")
    with Session(office.engine) as session, session.begin():
        session.add(Worker(executor_id="silent", seen_at=func.clock_timestamp() - timedelta(days=1)))

    def is_taken_over() -> bool:
        with Session(office.engine) as session:
            return session.get(Worker, "silent") is None

    office.wait_for(is_taken_over)
    with Session(office.engine) as session, session.begin():
        session.add(Worker(executor_id="silent", seen_at=func.clock_timestamp() - timedelta(days=1)))
    office.wait_for(is_taken_over)
    office.wait_alive(1)
    runs.unlink()


def test_killed_solver_is_started_again(office: Office) -> None:
    office.start()
    schedule_id = office.request()
    office.wait_solving(schedule_id)
    os.kill(office.children(schedule_id)[0], signal.SIGKILL)
    office.wait_solving(schedule_id, attempt=2)
    office.go.touch()
    office.wait_end(schedule_id)
    assert_one_plan(office, schedule_id, attempts=2)


def test_solver_that_always_dies_fails_the_run_with_the_reason(office: Office) -> None:
    office.start("die")
    schedule = office.wait_end(office.request())
    assert schedule.run_status == RunStatus.FAILED
    assert schedule.failure_reason is not None
    assert "SIGKILL" in schedule.failure_reason
    assert (office.visits(schedule.id), office.ends_written(schedule.id)) == (0, 1)


@pytest.mark.parametrize(("behaviour", "words"), [("fail", "too hard"), ("lie", "refused")])
def test_refusing_solver_and_refused_plan_fail_the_run_with_the_reason(
    office: Office, behaviour: str, words: str
) -> None:
    office.start(behaviour)
    schedule = office.wait_end(office.request())
    assert schedule.run_status == RunStatus.FAILED
    assert words in str(schedule.failure_reason)
    assert (office.visits(schedule.id), schedule.attempts) == (0, 1)


def test_frozen_worker_finds_its_run_done_by_another_when_it_thaws(office: Office) -> None:
    first = office.start()
    schedule_id = office.request()
    office.wait_solving(schedule_id)
    freeze(first)
    office.go.touch()
    office.start("plan")
    office.wait_end(schedule_id)
    thaw(first)
    # It takes part again: of two runs at once, each worker has one.
    office.wait_alive(2)
    assert_one_plan(office, schedule_id, attempts=2)


def test_worker_frozen_inside_its_commit_does_not_commit_after_another_did(office: Office) -> None:
    first = office.start("plan")
    office.up(first)
    with office.blocked_commits():
        schedule_id = office.request()
        office.wait_blocked()
        freeze(first)
    office.start("plan")
    office.wait_end(schedule_id)
    thaw(first)
    office.wait_alive(2)
    assert_one_plan(office, schedule_id)


def test_worker_killed_inside_its_commit_leaves_the_run_to_another(office: Office) -> None:
    first = office.start("plan")
    with office.blocked_commits():
        schedule_id = office.request()
        office.wait_blocked()
        first.kill()
        first.wait()
    assert office.visits(schedule_id) == 0
    office.start("plan")
    office.wait_end(schedule_id)
    # The solve was over and on record, so it is not done again.
    assert_one_plan(office, schedule_id, attempts=1)


def test_worker_killed_right_after_its_commit_changes_nothing(office: Office) -> None:
    first = office.start("plan")
    schedule_id = office.request()
    office.wait_end(schedule_id)
    first.kill()
    office.start("plan")
    office.wait_end(office.request())
    office.wait_no_job(schedule_id)
    assert_one_plan(office, schedule_id, attempts=1)


def test_worker_told_to_stop_hands_its_run_over_without_failing_it(office: Office) -> None:
    first = office.start()
    schedule_id = office.request()
    office.wait_solving(schedule_id)
    office.up(office.start())
    first.terminate()
    assert first.wait(PATIENCE_SECONDS) == 0
    office.wait_solving(schedule_id, attempt=2)
    office.go.touch()
    office.wait_end(schedule_id)
    assert_one_plan(office, schedule_id, attempts=2)


def test_two_workers_share_the_runs(office: Office) -> None:
    ids = [office.request() for _ in range(4)]
    office.start()
    office.start()
    office.wait_for(lambda: sum(bool(office.children(number)) for number in ids) == 2)
    office.go.touch()
    for number in ids:
        office.wait_end(number)
        assert_one_plan(office, number, attempts=1)


def test_a_district_that_asks_much_does_not_keep_the_others_waiting(office: Office) -> None:
    with Session(office.engine) as session, session.begin():
        make_plannable_district(session, "17.71")
    many = [office.request() for _ in range(4)]
    late = office.request("17.71")
    office.start("plan")
    begun = {number: office.wait_end(number).started_at for number in (*many, late)}
    assert sorted(begun, key=lambda number: begun[number] or NOW) == [many[0], late, *many[1:]]


def test_running_run_is_cancelled_from_another_process_and_keeps_its_best_plan(office: Office) -> None:
    office.start()
    schedule_id = office.request()
    office.wait_solving(schedule_id)
    office.cancel(schedule_id)
    schedule = office.wait_end(schedule_id)
    assert (schedule.run_status, schedule.stop_reason) == (RunStatus.CANCELLED, "cancelled")
    assert office.visits(schedule_id) == 6


def test_cancelled_queued_run_never_starts(office: Office) -> None:
    schedule_id = office.request()
    office.cancel(schedule_id)
    office.start("plan")
    office.wait_end(office.request())
    office.wait_no_job(schedule_id)
    assert (office.row(schedule_id).run_status, office.row(schedule_id).attempts) == (RunStatus.CANCELLED, 0)


def test_solver_deaf_to_stop_is_ended_by_force(office: Office) -> None:
    office.start("deaf")
    schedule_id = office.request()
    office.wait_solving(schedule_id)
    office.cancel(schedule_id)
    schedule = office.wait_end(schedule_id)
    assert (schedule.run_status, schedule.verdict) == (RunStatus.CANCELLED, None)
    assert office.visits(schedule_id) == 0


def test_real_solver_plans_proves_replans_and_is_stopped(office: Office) -> None:
    office.patience_seconds = COLD_SECONDS
    office.start("real")
    finished = office.wait_end(office.request(time_limit_seconds=1))
    assert (finished.run_status, finished.failure_reason) == (RunStatus.SUCCEEDED, None)
    assert finished.expected_activations is not None
    assert finished.upper_bound_activations is not None
    assert 0 < finished.expected_activations <= finished.upper_bound_activations
    assert finished.verdict == "unreachable"
    with Session(office.engine) as session, session.begin():
        publishing.publish(session, session.get_one(Schedule, finished.id), actor=COMMAND_LINE, now=NOW)
    again = office.wait_end(office.request(replan=Closeness(most_moved=0)))
    assert (again.run_status, again.failure_reason) == (RunStatus.SUCCEEDED, None)
    assert again.upper_bound_activations is not None
    with Session(office.engine) as session:
        changes = publishing.changes(session, session.get_one(Schedule, again.id), now=NOW)
    assert (changes.withdrawn, changes.retimed) == ((), ())
    repeated = [office.wait_end(office.request(iterations=2_000, seed=3)) for _ in range(2)]
    assert [(run.run_status, run.stop_reason, run.iterations) for run in repeated] == [
        (RunStatus.SUCCEEDED, "iteration_limit", 2_000)
    ] * 2
    assert office.plan(repeated[0].id) == office.plan(repeated[1].id) != []
    schedule_id = office.request(time_limit_seconds=600)
    office.wait_solving(schedule_id)
    office.cancel(schedule_id)
    stopped = office.wait_end(schedule_id)
    assert (stopped.run_status, stopped.stop_reason) == (RunStatus.CANCELLED, "cancelled")
    assert office.visits(schedule_id) > 0


def test_run_whose_job_vanished_fails_with_a_reason(office: Office) -> None:
    schedule_id = office.request()
    with office.engine.begin() as connection:
        connection.execute(
            text("DELETE FROM dbos.workflow_status WHERE workflow_uuid = :job"), {"job": f"schedule-{schedule_id}"}
        )
    office.start("plan")
    schedule = office.wait_end(schedule_id)
    assert (schedule.run_status, office.visits(schedule_id)) == (RunStatus.FAILED, 0)
    assert "lost" in str(schedule.failure_reason)


def test_run_that_its_living_worker_dropped_is_put_back_in_line(office: Office) -> None:
    schedule_id = office.request()
    with office.engine.begin() as connection:
        connection.execute(text("INSERT INTO workers VALUES ('ghost', now() + interval '1 hour')"))
    office.give_job_to(schedule_id, "ghost")
    executor_id, *_ = office.up(office.start("plan"))
    assert office.row(schedule_id).run_status == RunStatus.QUEUED
    office.give_job_to(schedule_id, executor_id)
    office.wait_end(schedule_id)
    with office.engine.begin() as connection:
        connection.execute(text("DELETE FROM workers WHERE executor_id = 'ghost'"))
    assert_one_plan(office, schedule_id, attempts=1)


def test_finished_jobs_and_old_scratch_folders_are_forgotten(office: Office) -> None:
    left = office.folder / "runs" / "schedule-0-left"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    office.start("plan", is_tidy=True)
    schedule_id = office.request()
    office.wait_end(schedule_id)
    office.wait_for(lambda: office.job(schedule_id) is None)
    office.wait_for(lambda: not left.exists())
    assert_one_plan(office, schedule_id, attempts=1)


def test_district_that_cannot_be_planned_any_more_fails_the_run_with_the_reason(office: Office) -> None:
    schedule_id = office.request()
    with office.engine.begin() as connection:
        connection.execute(text("UPDATE sites SET readiness = 'not_ready'"))
    try:
        office.start("plan")
        schedule = office.wait_end(schedule_id)
    finally:
        with office.engine.begin() as connection:
            connection.execute(text("UPDATE sites SET readiness = 'unknown'"))
    assert schedule.run_status == RunStatus.FAILED
    assert "of 6 sites 6 not ready" in str(schedule.failure_reason)
