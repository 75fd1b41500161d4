"""What teams bring along into a plan, from the visits and results of the months before."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.districts.models import District
from app.schedules.loads.past import hours_above_share
from app.schedules.models import Schedule, Visit
from app.sites.models import Site
from app.teams.models import Team, TeamLeave
from tests.factories import make_district, make_result, make_schedule, make_site, make_team, make_visit

BEFORE = date(2023, 11, 27)
MONDAY = datetime(2023, 11, 13, 1, tzinfo=UTC)
"""08:00 in Jakarta."""


class Past:
    """Two teams with shifts from 07:30 to 16:00, a site, and visits by day and length."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.district: District = make_district(session)
        self.teams: tuple[Team, Team] = (make_team(session, code="T-1"), make_team(session, code="T-2"))
        self.schedule: Schedule = make_schedule(session)
        self.site: Site = make_site(session)

    def goes(self, team: int, day: int, *, hours: float, **fields: Any) -> Visit:
        """Send a team out for a visit from 08:00, so many hours before it is back at base (with 13 minutes' way)."""
        starts_at = MONDAY + timedelta(days=day)
        back = starts_at - timedelta(minutes=30) + timedelta(hours=hours)
        return make_visit(
            self.session,
            self.schedule,
            self.teams[team],
            self.site,
            starts_at=starts_at,
            ends_at=back - timedelta(minutes=13),
            **fields,
        )

    def hours(self, *, before: date = BEFORE) -> tuple[int, ...]:
        by_team = hours_above_share(self.session, self.district, before=before)
        return tuple(by_team.get(team.id, 0) for team in self.teams)


@pytest.fixture
def past(session: Session) -> Past:
    return Past(session)


def test_who_was_longer_away_than_the_other_brings_that_along(past: Past) -> None:
    for day in range(5):
        past.goes(0, day, hours=8)
        past.goes(1, day, hours=4)
    assert past.hours() == (10, -10)


def test_equal_work_leaves_nobody_above(past: Past) -> None:
    for day in range(5):
        past.goes(0, day, hours=6)
        past.goes(1, day, hours=6)
    assert past.hours() == (0, 0)


def test_leave_is_no_debt(past: Past) -> None:
    past.session.add(TeamLeave(team_id=past.teams[1].id, starts_on=date(2023, 11, 15), ends_on=date(2023, 11, 24)))
    past.session.flush()
    past.session.expire_all()
    for day in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11):
        past.goes(0, day, hours=6)
    for day in (0, 1):
        past.goes(1, day, hours=6)
    assert past.hours() == (0, 0)


def test_a_team_that_never_went_out_may_be_new_and_brings_nothing_along(past: Past) -> None:
    for day in range(5):
        past.goes(0, day, hours=8)
    assert past.hours() == (0, 0)


def test_a_team_counts_from_the_week_of_its_first_visit(past: Past) -> None:
    for day in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11):
        past.goes(0, day, hours=6)
    for day in (8, 9, 10, 11):
        past.goes(1, day, hours=7.5)
    assert past.hours() == (0, 0)


def test_visits_reported_as_not_held_were_no_work(past: Past) -> None:
    for day in range(5):
        past.goes(0, day, hours=8)
        visit = past.goes(1, day, hours=8)
        if day > 0:
            make_result(past.session, visit, outcome="not_held", served=0, activated=0, cause="weather")
    assert past.hours() == (16, -16)


def test_a_reported_end_counts_in_place_of_the_planned_one(past: Past) -> None:
    for day in range(5):
        past.goes(0, day, hours=6)
        visit = past.goes(1, day, hours=6)
        make_result(past.session, visit, ended_at=visit.ends_at + timedelta(hours=2))
    assert past.hours() == (-5, 5)


def test_a_day_that_ends_after_the_usual_one_counts_an_hour_more(past: Past) -> None:
    for day in range(5):
        past.goes(0, day, hours=10)
        past.goes(1, day, hours=9)
    assert past.hours() == (5, -5)


def test_no_past_counts_for_more_than_forty_hours(past: Past) -> None:
    for day in range(0, 11):
        past.goes(0, day, hours=9)
    past.goes(1, 0, hours=1)
    assert past.hours() == (40, -40)


def test_what_is_withdrawn_or_lies_outside_the_thirteen_weeks_is_not_counted(past: Past) -> None:
    past.goes(0, 0, hours=6)
    past.goes(1, 0, hours=6)
    past.goes(1, 1, hours=6, in_force=False, withdrawn_at=MONDAY)
    assert past.hours() == (0, 0)
    assert past.hours(before=date(2024, 2, 19)) == past.hours(before=date(2023, 11, 13)) == (0, 0)


def test_without_any_visit_nobody_brings_anything_along(past: Past) -> None:
    assert past.hours() == (0, 0)
