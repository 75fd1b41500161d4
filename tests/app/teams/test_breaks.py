from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.access.service import COMMAND_LINE
from app.tables.fields import BadText
from app.tables.formats import Format, read_table
from app.teams import service as teams
from app.teams.breaks import BreakRule, break_problems, canonical_breaks, read_breaks, rule_problems, write_breaks
from app.teams.models import TeamBreak
from app.teams.values import POINT, VOCABULARY
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_team

LUNCH = BreakRule(minutes=60, earliest_start=720, latest_end=810, weekdays="1111000", name="Istirahat siang")
FRIDAY = BreakRule(minutes=90, earliest_start=690, latest_end=780, weekdays="0000100", name="Salat Jumat")
SHIFT = (450, 960)


def test_breaks_are_read_in_both_languages() -> None:
    rules = read_breaks(
        "60 12:00-13:30 senin-kamis Istirahat siang; 90 11.30-13.00 fri ..2026-02-17 Salat Jumat; 30 12:00-12:30"
    )
    assert set(rules) == {
        LUNCH,
        replace(FRIDAY, ends_on=date(2026, 2, 17)),
        BreakRule(minutes=30, earliest_start=720, latest_end=750),
    }


@pytest.mark.parametrize(
    "text", ["60", "60 12:00", "an hour 12:00-13:00", "60 25:00-26:00", "60 12:00-13:00 2026-02-30.."]
)
def test_text_that_is_no_break_is_refused_with_its_mend(text: str) -> None:
    with pytest.raises(BadText) as refused:
        read_breaks(text)
    assert refused.value.mend


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"minutes": 0}, "minutes", ""),
        ({"minutes": 241}, "minutes", ""),
        ({"latest_end": 770}, "latest_end", "no room for 60 minutes"),
        ({"earliest_start": 420, "latest_end": 500}, "earliest_start", "outside the shift from 07:30 to 16:00"),
        ({"latest_end": 970}, "latest_end", "outside the shift"),
        ({"weekdays": "0000000"}, "weekdays", "no weekday"),
        ({"starts_on": date(2026, 3, 1), "ends_on": date(2026, 2, 1)}, "ends_on", "comes before"),
        ({"starts_on": date(1999, 3, 1)}, "starts_on", "out of range"),
        ({"name": "a; b"}, "name", "semicolon"),
        ({"name": "2026-01-01..2026-01-02 x"}, "name", "begins like dates"),
    ],
)
def test_a_break_that_cannot_be_names_its_field(changes: dict[str, Any], pointer: str, words: str) -> None:
    problems = rule_problems(replace(LUNCH, **changes), shift=SHIFT)
    assert pointer in [problem.pointer for problem in problems]
    problem = next(problem for problem in problems if problem.pointer == pointer)
    assert words in problem.detail
    assert problem.mend


def test_two_breaks_share_a_date_where_both_have_room_one_after_the_other() -> None:
    every_day, prayer = replace(LUNCH, weekdays="1111111"), replace(FRIDAY, earliest_start=780, latest_end=870)
    assert break_problems([every_day, prayer], shift=SHIFT) == []
    # Lunch from 12:00 to 13:00, prayer from 13:00 to 14:30; a minute less and one of them has no room.
    (problem,) = break_problems([every_day, replace(prayer, earliest_start=760, latest_end=869)], shift=SHIFT)
    assert "no room for all of them" in problem.detail
    (problem,) = break_problems([every_day, replace(prayer, earliest_start=690, latest_end=810)], shift=SHIFT)
    assert "no room for all of them" in problem.detail
    # Prayer may come first, too.
    assert (
        break_problems([every_day, replace(prayer, minutes=30, earliest_start=690, latest_end=720)], shift=SHIFT) == []
    )


def test_six_breaks_share_a_date_where_all_have_room_and_seven_do_not() -> None:
    every_day = replace(LUNCH, weekdays="1111111", minutes=15)
    *early, last = (replace(every_day, earliest_start=opens, latest_end=opens + 30) for opens in range(500, 710, 30))
    assert break_problems(early, shift=SHIFT) == []
    (problem,) = break_problems([*early, last], shift=SHIFT)
    assert "at most 6 breaks a date" in problem.detail
    on_workdays = replace(early[0], weekdays="1111100")
    assert break_problems([on_workdays, *early[1:], replace(last, weekdays="0000011")], shift=SHIFT) == []


@pytest.mark.parametrize("most", [2, 3, 4, 5])
def test_more_breaks_than_their_hours_have_room_for_share_no_date(most: int) -> None:
    # Any fewer of them have room in so many times their minutes and a half, all of them do not.
    lasting = LUNCH.minutes * most + LUNCH.minutes // 2
    every_day = replace(LUNCH, weekdays="1111111", latest_end=LUNCH.earliest_start + lasting)
    hours = [replace(every_day, name=str(number)) for number in range(most + 1)]
    shift = (LUNCH.earliest_start, LUNCH.earliest_start + lasting)
    assert break_problems(hours[:most], shift=shift) == []
    (problem,) = break_problems(hours, shift=shift)
    assert "no room for all of them" in problem.detail


def test_sixty_breaks_of_one_hour_are_refused_at_once() -> None:
    alike = [replace(LUNCH, weekdays="1111111", minutes=5, name=str(number)) for number in range(60)]
    (problem,) = break_problems(alike, shift=SHIFT)
    assert "at most 6 breaks a date" in problem.detail


def test_two_breaks_without_room_for_both_share_no_date() -> None:
    assert break_problems([LUNCH, FRIDAY], shift=SHIFT) == []
    every_day = replace(LUNCH, weekdays="1111111")
    (problem,) = break_problems([every_day, FRIDAY], shift=SHIFT)
    assert "share dates" in problem.detail
    before, after = replace(every_day, ends_on=date(2026, 2, 17)), replace(FRIDAY, starts_on=date(2026, 2, 18))
    assert break_problems([before, after], shift=SHIFT) == []
    # 2026-02-18 is a Wednesday: the lunch that ends with it meets no Friday of the other.
    assert break_problems([replace(before, ends_on=date(2026, 2, 19)), after], shift=SHIFT) == []
    assert break_problems([replace(before, ends_on=date(2026, 2, 20)), after], shift=SHIFT) != []


DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
VISIBLE = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u200b\u2060\ufeff")
NAMES = st.text(VISIBLE, min_size=1, max_size=15).map(str.strip).filter(bool)
RULES = st.builds(
    BreakRule,
    minutes=st.integers(5, 240),
    earliest_start=st.integers(0, 1440),
    latest_end=st.integers(0, 1440),
    weekdays=st.text("01", min_size=7, max_size=7),
    starts_on=st.none() | DAYS,
    ends_on=st.none() | DAYS,
    name=st.none() | NAMES,
)


@given(st.lists(RULES, max_size=3))
def test_breaks_survive_their_text(rules: list[BreakRule]) -> None:
    canonical = canonical_breaks(rules)
    if not break_problems(canonical, shift=None):
        assert read_breaks(write_breaks(canonical)) == canonical


@given(RULES, RULES)
def test_breaks_share_a_date_where_some_day_says_so(first: BreakRule, second: BreakRule) -> None:
    start = max(first.starts_on or date(2000, 1, 1), second.starts_on or date(2000, 1, 1))
    days = [start + timedelta(days=number) for number in range(7)]
    assert first.shares_a_date(second) == any(first.covers(day) and second.covers(day) for day in days)


BODY = {"minutes": 60, "earliest_start": "12:00", "latest_end": "13:30", "weekdays": "mon-thu", "name": "Istirahat"}


@pytest.fixture
def planner(session: Session, bearer: AsRole) -> dict[str, str]:
    make_district(session)
    return bearer(Role.PLANNER, "16.73")


def test_a_team_gets_a_break_and_loses_it(client: TestClient, planner: dict[str, str], session: Session) -> None:
    path = f"/v1/teams/{make_team(session).id}"
    answer = client.post(f"{path}/breaks", json=BODY, headers=planner)
    assert answer.status_code == 201, answer.text
    assert client.get(path, headers=planner).json()["breaks"] == [
        {"id": answer.json()["id"], **BODY, "starts_on": None, "ends_on": None}
    ]
    assert client.get(path, headers=planner).headers["etag"] == '"2"'
    assert client.delete(answer.headers["location"], headers=planner).status_code == 204
    assert client.get(path, headers=planner).json()["breaks"] == []
    assert client.delete(answer.headers["location"], headers=planner).status_code == 404
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["team.break.add", "team.break.remove"]


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"minutes": 0}, 422, "/minutes"),
        ({"earliest_start": "06:00"}, 422, "/earliest_start"),
        ({"latest_end": "17:00"}, 422, "/latest_end"),
        ({"weekdays": "someday"}, 422, "/weekdays"),
        ({"starts_on": "2026-03-01", "ends_on": "2026-02-01"}, 422, "/ends_on"),
        ({"starts_on": "2026-03-01"}, 409, "/breaks"),
    ],
)
def test_a_break_that_cannot_be_is_refused(
    client: TestClient,
    planner: dict[str, str],
    session: Session,
    changes: dict[str, Any],
    status: int,
    pointer: str,
) -> None:
    path = f"/v1/teams/{make_team(session).id}/breaks"
    assert client.post(path, json=BODY, headers=planner).status_code == 201
    answer = client.post(path, json=BODY | changes, headers=planner)
    assert answer.status_code == status, answer.text
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]
    assert answer.json()["errors"][0]["detail"]


def test_a_shift_that_leaves_a_break_outside_is_refused(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    path = f"/v1/teams/{make_team(session).id}"
    client.post(f"{path}/breaks", json=BODY, headers=planner)
    answer = client.patch(path, json={"shift_end": "13:00"}, headers=planner | {"If-Match": '"2"'})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/breaks")


HEADER = "code,name,operators,minutes_per_activation,base_lat,base_lon,shift_start,shift_end,breaks"


def test_an_export_of_breaks_is_read_back_unchanged(session: Session) -> None:
    make_district(session)
    text = f"{HEADER}\nT,Tim 1,3,8,-3.29,102.86,07:30,16:00,60 12:00-13:30 mon-thu Istirahat; 90 11:30-13:00 fri\n"

    def bring(content: bytes) -> tuple[int, int, int]:
        table = read_table(content, Format.CSV, VOCABULARY, point=POINT)
        outcome = teams.import_teams(session, "16.73", table, actor=COMMAND_LINE, now=NOW)
        return outcome.created, outcome.updated, outcome.unchanged

    assert bring(text.encode()) == (1, 0, 0)
    rows = session.scalars(select(TeamBreak).order_by(TeamBreak.id)).all()
    assert {(row.minutes, row.weekdays, row.name) for row in rows} == {
        (60, "1111000", "Istirahat"),
        (90, "0000100", None),
    }
    assert bring(teams.export_teams(session, "16.73", Format.CSV)) == (0, 0, 1)
    assert bring(b"code,breaks\nT,\n") == (0, 1, 0)
    assert session.scalars(select(TeamBreak)).all() == []
