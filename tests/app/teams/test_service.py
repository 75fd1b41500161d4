from datetime import date

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.teams import service as teams
from app.teams.models import TeamLeave
from tests.factories import make_district, make_local_day, make_team

DATES = tuple(date(2023, 11, day) for day in (17, 18, 19, 20, 21))
"""Friday to Tuesday."""
FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY = DATES


def working(session: Session, *, days_off: tuple[date, ...] = (), code: str = "16.73") -> list[tuple[date, ...]]:
    """The dates of each team."""
    district = districts.get_district(session, code)
    available = teams.availability(session, district, DATES, days_off)
    return [tuple(day for day, works in zip(DATES, team.works_on, strict=True) if works) for team in available]


def test_a_team_keeps_the_districts_weekdays(session: Session) -> None:
    make_district(session)
    make_team(session)
    assert working(session) == [(FRIDAY, MONDAY, TUESDAY)]


def test_a_six_day_district_works_on_saturday(session: Session) -> None:
    make_district(session, working_weekdays="1111110")
    make_team(session)
    assert working(session) == [(FRIDAY, SATURDAY, MONDAY, TUESDAY)]


def test_own_weekdays_go_before_the_districts(session: Session) -> None:
    make_district(session)
    make_team(session, working_weekdays="1000011")
    assert working(session) == [(SATURDAY, SUNDAY, MONDAY)]


def test_nobody_works_on_a_day_off(session: Session) -> None:
    make_district(session)
    make_team(session)
    assert working(session, days_off=(MONDAY,)) == [(FRIDAY, TUESDAY)]


def test_a_team_on_leave_works_on_neither_end(session: Session) -> None:
    make_district(session)
    make_team(session, code="A", leaves=[TeamLeave(starts_on=FRIDAY, ends_on=MONDAY)])
    make_team(session, code="B")
    assert working(session) == [(TUESDAY,), (FRIDAY, MONDAY, TUESDAY)]


def test_a_saturday_that_the_district_works_is_one_for_its_teams(session: Session) -> None:
    make_district(session)
    make_local_day(session, SATURDAY, is_working=True)
    make_team(session, code="A")
    make_team(session, code="B", working_weekdays="1111100")
    assert working(session) == [(FRIDAY, SATURDAY, MONDAY, TUESDAY), (FRIDAY, MONDAY, TUESDAY)]


def test_no_dates_are_no_availability(session: Session) -> None:
    make_district(session)
    make_team(session)
    (availability,) = teams.availability(session, districts.get_district(session, "16.73"), (), ())
    assert availability.works_on == ()
