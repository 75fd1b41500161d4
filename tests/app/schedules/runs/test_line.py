"""Districts take turns in line, by the seconds of solving that they use; nobody fills it."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import service as schedules
from app.schedules.models import RunStatus, Schedule
from app.schedules.runs import line
from app.schedules.runs.line import MOST_WAITING_OF_A_DISTRICT, MOST_WAITING_OF_A_TOKEN, TooManyRuns, take_turn
from app.schedules.wish import Wish
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.conftest import make_plannable_district
from tests.factories import make_district, make_schedule

SOMEBODY = replace(COMMAND_LINE, token_id=7, name="jb_planner_aaaaaa")


def ask(session: Session, code: str = "16.73", *, seconds: int = 60, by: str = "test") -> Schedule:
    """A run in line, with the turn that it was given."""
    fresh = Schedule(district_code=code, time_limit_seconds=seconds)
    take_turn(session, fresh, actor=COMMAND_LINE)
    return make_schedule(
        session,
        code,
        time_limit_seconds=seconds,
        run_status="queued",
        plan_json=None,
        published_at=None,
        requested_by=by,
        turn=fresh.turn,
    )


def next_in_line(session: Session, waiting: list[Schedule]) -> Schedule:
    places = line.places_in_line(session, [run.id for run in waiting])
    return next(run for run in waiting if places.get(run.id) == 1)


def begin(session: Session, run: Schedule) -> None:
    run.run_status, run.started_at = RunStatus.RUNNING, NOW
    session.flush()


def end(session: Session, run: Schedule, *, seconds: float | None = None) -> None:
    used = run.time_limit_seconds if seconds is None else seconds
    run.run_status, run.failure_reason = RunStatus.FAILED, "It was too hard."
    run.finished_at = NOW + timedelta(seconds=used)
    session.flush()


def serve(session: Session, waiting: list[Schedule]) -> Schedule:
    """Run the next in line to its end."""
    run = next_in_line(session, waiting)
    begin(session, run)
    end(session, run)
    return run


def order_of(session: Session, runs: list[Schedule]) -> list[str]:
    left = list(runs)
    served = []
    while left:
        served.append(serve(session, left))
        left.remove(served[-1])
    return [run.district_code for run in served]


@pytest.fixture
def two(session: Session) -> None:
    for code in ("16.73", "17.71"):
        make_district(session, code)


@pytest.mark.usefixtures("two")
def test_a_district_that_asks_much_waits_for_itself(session: Session) -> None:
    many = [ask(session, "16.73", seconds=3600) for _ in range(10)]
    begin(session, many[0])
    late = ask(session, "17.71", seconds=10)
    places = line.places_in_line(session, [run.id for run in (*many, late)])
    assert places[late.id] == 1
    assert many[0].id not in places
    assert [places[run.id] for run in many[1:]] == list(range(2, 11))


@pytest.mark.usefixtures("two")
def test_districts_alternate_whoever_came_first(session: Session) -> None:
    runs = [ask(session, "16.73") for _ in range(3)] + [ask(session, "17.71") for _ in range(3)]
    assert order_of(session, runs) == ["16.73", "17.71"] * 3


@pytest.mark.usefixtures("two")
def test_turns_are_counted_in_seconds_and_not_in_runs(session: Session) -> None:
    runs = [ask(session, "16.73", seconds=60) for _ in range(2)] + [ask(session, "17.71", seconds=20) for _ in range(6)]
    assert order_of(session, runs) == ["16.73", *["17.71"] * 3, "16.73", *["17.71"] * 3]


@pytest.mark.usefixtures("two")
def test_runs_of_one_district_begin_in_the_order_of_asking(session: Session) -> None:
    runs = [ask(session, seconds=seconds) for seconds in (600, 1, 60)]
    assert list(line.places_in_line(session, [run.id for run in runs]).values()) == [1, 2, 3]


@pytest.mark.usefixtures("two")
def test_what_a_run_did_not_use_is_not_counted_against_its_district(session: Session) -> None:
    first = ask(session, "16.73", seconds=3600)
    begin(session, first)
    other = ask(session, "17.71", seconds=60)
    assert ask(session, "16.73", seconds=60).turn == 3600
    end(session, first, seconds=2.5)
    begin(session, other)
    # The one that waits still counts with its own minute.
    assert ask(session, "16.73", seconds=60).turn == 3660


@pytest.mark.usefixtures("two")
def test_a_run_taken_out_of_line_leaves_its_turn_to_the_next(session: Session) -> None:
    begin(session, ask(session, "17.71", seconds=60))
    first = ask(session, "16.73", seconds=3600)
    first.run_status, first.finished_at = RunStatus.CANCELLED, NOW
    session.flush()
    assert ask(session, "16.73").turn == first.turn


@pytest.mark.usefixtures("two")
def test_an_idle_line_remembers_nothing_against_anybody(session: Session) -> None:
    for _ in range(3):
        run = ask(session, "16.73", seconds=600)
        begin(session, run)
        end(session, run)
    again, other = ask(session, "16.73"), ask(session, "17.71")
    assert again.turn == other.turn == 1800


@pytest.mark.usefixtures("two")
def test_what_waited_before_there_were_turns_goes_first(session: Session) -> None:
    later = ask(session, "17.71")
    earlier = make_schedule(session, run_status="queued", plan_json=None, published_at=None)
    assert line.places_in_line(session, [later.id, earlier.id]) == {earlier.id: 1, later.id: 2}


@pytest.mark.usefixtures("two")
def test_a_district_and_a_token_wait_with_so_many_runs_only(session: Session) -> None:
    for _ in range(MOST_WAITING_OF_A_TOKEN):
        ask(session, by=SOMEBODY.name)
    with pytest.raises(TooManyRuns, match="this token") as refused:
        line.refuse_crowd(session, "16.73", actor=SOMEBODY)
    assert "token ini" in refused.value.detail.indonesian  # type: ignore[attr-defined]
    line.refuse_crowd(session, "17.71", actor=SOMEBODY)
    line.refuse_crowd(session, "16.73", actor=replace(SOMEBODY, name="jb_planner_bbbbbb"))
    for _ in range(MOST_WAITING_OF_A_DISTRICT - MOST_WAITING_OF_A_TOKEN):
        ask(session)
    for actor in (COMMAND_LINE, SOMEBODY):
        with pytest.raises(TooManyRuns, match=r"district 16\.73"):
            line.refuse_crowd(session, "16.73", actor=actor)


Request = tuple[int, int]
"""Which district asks, and for how many seconds."""


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 90)), min_size=2, max_size=14))
@settings(max_examples=25)
def test_districts_that_wait_all_along_are_served_alike(engine: Engine, requests: list[Request]) -> None:
    """No two of them ever differ by more than the longest run of each (Goyal, Vin, Cheng 1996, theorem 1)."""
    codes = ("16.73", "17.71", "36.73")
    with Session(engine) as session:
        for code in codes:
            make_district(session, code)
        left = [ask(session, codes[which], seconds=seconds) for which, seconds in requests]
        longest = {
            code: max((run.time_limit_seconds for run in left if run.district_code == code), default=0)
            for code in codes
        }
        served: dict[str, int] = defaultdict(int)
        while len({run.district_code for run in left}) > 1:
            waiting = {run.district_code for run in left}
            left.remove(run := serve(session, left))
            served[run.district_code] += run.time_limit_seconds
            for one in waiting:
                for other in waiting:
                    assert served[one] - served[other] <= longest[one] + longest[other]
        session.rollback()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 90)), min_size=1, max_size=12), st.integers(0, 11))
@settings(max_examples=25)
def test_whoever_comes_late_waits_for_one_run_of_each_other_at_most(
    engine: Engine, requests: list[Request], served: int
) -> None:
    codes = ("16.73", "17.71", "36.73")
    with Session(engine) as session:
        for code in (*codes, "64.72"):
            make_district(session, code)
        left = [ask(session, codes[which], seconds=seconds) for which, seconds in requests]
        for _ in range(min(served, len(left) - 1)):
            left.remove(serve(session, left))
        begin(session, next_in_line(session, left))
        late = ask(session, "64.72", seconds=3600)
        ahead = [
            run for run in left if run.run_status == RunStatus.QUEUED and (run.turn, run.id) < (late.turn, late.id)
        ]
        assert len({run.district_code for run in ahead}) == len(ahead)
        session.rollback()


def test_the_engine_is_told_the_turn(session: Session, district: District) -> None:
    wish = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30), time_limit_seconds=10)
    asked = [schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=NOW) for _ in range(3)]
    told = [
        session.scalar(
            text("SELECT priority FROM dbos.workflow_status WHERE workflow_uuid = :job"), {"job": f"schedule-{run.id}"}
        )
        for run in asked
    ]
    assert told == [run.turn + 1 for run in asked if run.turn is not None]
    assert [turn - told[0] for turn in told] == [0, 10, 20]


def test_the_place_in_line_is_shown_until_a_run_begins(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    make_plannable_district(session, "17.71")
    mine, other = bearer(Role.PLANNER, "16.73"), bearer(Role.PLANNER, "17.71")
    body = {"period": "2023-11", "time_limit_seconds": 60}
    asked = [client.post("/v1/districts/16.73/schedules", json=body, headers=mine).json() for _ in range(2)]
    assert [one["place_in_line"] for one in asked] == [1, 2]
    assert client.post("/v1/districts/17.71/schedules", json=body, headers=other).json()["place_in_line"] == 2
    self_link = asked[1]["links"]["self"]
    assert client.get(self_link, headers=mine).json()["place_in_line"] == 3
    cancelled = client.post(f"/v1/schedules/{asked[0]['id']}/cancel", headers=mine).json()
    assert cancelled["place_in_line"] is None
    listed = client.get("/v1/districts/16.73/schedules", headers=mine).json()["items"]
    assert [one["place_in_line"] for one in listed] == [2, None]


def test_too_many_runs_are_a_429_that_says_when_to_come_back(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    planner = bearer(Role.PLANNER, "16.73")
    body = {"period": "2023-11"}
    for _ in range(MOST_WAITING_OF_A_TOKEN):
        assert client.post("/v1/districts/16.73/schedules", json=body, headers=planner).status_code == 202
    refused = client.post("/v1/districts/16.73/schedules", json=body, headers=planner | {"Accept-Language": "id"})
    assert (refused.status_code, refused.json()["code"]) == (429, "TooManyRuns")
    assert int(refused.headers["retry-after"]) > 0
    assert "menunggu" in refused.json()["detail"]
    # A colleague of the same district still may.
    answer = client.post("/v1/districts/16.73/schedules", json=body, headers=bearer(Role.PLANNER, "16.73"))
    assert answer.status_code == 202
