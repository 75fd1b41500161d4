"""Where the count stood, week by week, beside where it had to."""

from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District, Target
from app.districts.targets.official_counts import keep_count
from app.reports.progress import ActualPoint, Progress
from app.reports.service import progress
from tests.app.conftest import AsRole
from tests.factories import (
    make_district,
    make_result,
    make_schedule,
    make_site,
    make_target,
    make_team,
    make_visit,
    make_walk_ins,
)


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


def count(session: Session, target: Target, activated: int, as_of: date) -> None:
    target.activated, target.as_of = activated, as_of
    session.flush()
    keep_count(session, target)


def on(session: Session, district: District, day: date) -> Progress:
    return progress(session, district, "ikd", on=day)


def shown(points: tuple[ActualPoint, ...]) -> list[tuple[date, int, str]]:
    return [(point.date, point.activated, point.basis) for point in points]


def test_of_each_week_the_last_count_is_told(session: Session, district: District) -> None:
    target = make_target(session)
    for activated, day in ((3_900, 6), (3_950, 9), (4_015, 13)):
        count(session, target, activated, date(2023, 11, day))
    line = on(session, district, date(2023, 11, 13)).actual_line
    assert shown(line) == [(date(2023, 11, 9), 3_950, "counted"), (date(2023, 11, 13), 4_015, "counted")]
    assert [point.required_activated for point in line] == [None, 4_015]


def test_after_the_count_each_week_tells_what_came_since(session: Session, district: District) -> None:
    keep_count(session, make_target(session))
    make_walk_ins(session, date(2023, 11, 1), 10)
    schedule, team = make_schedule(session), make_team(session)
    tuesday = datetime(2023, 11, 14, 2, tzinfo=UTC)
    make_result(session, make_visit(session, schedule, team, make_site(session), starts_at=tuesday), activated=30)
    make_result(
        session,
        make_visit(session, schedule, team, make_site(session), starts_at=tuesday + timedelta(days=7)),
        activated=20,
    )

    progress = on(session, district, date(2023, 11, 22))

    assert shown(progress.actual_line) == [
        (date(2023, 11, 13), 4_015, "counted"),
        (date(2023, 11, 17), 4_015 + 4 * 10 + 30, "estimated"),
        (date(2023, 11, 22), 4_015 + 7 * 10 + 50, "estimated"),
    ]
    assert progress.actual_line[-1].activated == progress.estimated.activated
    assert progress.actual_line[-1].required_activated == progress.required_line[0].required_activated


def test_the_day_of_the_count_has_that_count_alone(session: Session, district: District) -> None:
    keep_count(session, make_target(session))
    assert shown(on(session, district, date(2023, 11, 13)).actual_line) == [(date(2023, 11, 13), 4_015, "counted")]


def test_a_report_on_an_earlier_day_does_not_know_later_counts(session: Session, district: District) -> None:
    target = make_target(session)
    count(session, target, 3_900, date(2023, 11, 6))
    count(session, target, 4_015, date(2023, 11, 13))
    assert shown(on(session, district, date(2023, 11, 10)).actual_line) == [(date(2023, 11, 6), 3_900, "counted")]


def test_a_count_that_stood_still_is_of_its_first_day(session: Session, district: District) -> None:
    target = make_target(session)
    count(session, target, 4_015, date(2023, 11, 1))
    count(session, target, 4_015, date(2023, 11, 15))
    make_walk_ins(session, date(2023, 11, 1), 10)
    progress = on(session, district, date(2023, 11, 17))
    assert shown(progress.actual_line)[0] == (date(2023, 11, 1), 4_015, "counted")
    assert {point.basis for point in progress.actual_line[1:]} == {"estimated"}
    assert progress.actual_line[-1].activated == progress.estimated.activated > 4_015


def test_a_long_past_is_told_by_months(session: Session, district: District) -> None:
    target = make_target(session, as_of=date(2022, 1, 3))
    for week in range(90):
        count(session, target, 1_000 + week, date(2022, 1, 3) + timedelta(weeks=week))
    progress = on(session, district, date(2023, 10, 30))
    assert 20 <= len(progress.actual_line) <= 24
    assert [point.date for point in progress.actual_line] == sorted(point.date for point in progress.actual_line)


def test_it_is_told_over_http(client: TestClient, session: Session, district: District, bearer: AsRole) -> None:
    keep_count(session, make_target(session))
    answer = client.get("/v1/districts/16.73/progress?on=2023-11-13", headers=bearer(Role.VIEWER, "16.73"))
    assert answer.json()["actual_line"] == [
        {"date": "2023-11-13", "activated": 4015, "basis": "counted", "required_activated": 4015}
    ]
