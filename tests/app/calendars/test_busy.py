"""What is busy is taken out of opening hours and team-days, to the minute and in the district's own time."""

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.calendars.busy import BusyCalendar, BusySpan, blocks_team_day, busy_between, minutes_on
from app.calendars.models import BusyEvent, CalendarResource, CalendarSource, Scope
from app.districts.opening_hours import cut_hours, join_hours
from app.schedules.models import Schedule
from app.schedules.runs.basis import gather
from tests.app.calendars.events import at, connect
from tests.app.conftest import NOW
from tests.factories import make_district, make_schedule, make_site, make_target, make_team

JAKARTA, JAYAPURA = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")
TUESDAY = date(2023, 11, 14)
SHIFT = (450, 960)


def span(
    begins: datetime,
    ends: datetime,
    *,
    scope: Scope = Scope.DISTRICT,
    area_code: str | None = None,
    team_id: int | None = None,
    site_id: int | None = None,
) -> BusySpan:
    return BusySpan(
        event_id=1,
        scope=scope,
        area_code=area_code,
        team_id=team_id,
        site_id=site_id,
        starts_at=begins,
        ends_at=ends,
        summary=None,
        source_id=1,
        source_name="Kalender",
        all_day=False,
        tentative=False,
        since=NOW,
    )


_hours = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1]), max_size=6
).map(join_hours)


@given(windows=_hours, busy=_hours)
def test_cut_hours_hold_exactly_the_open_minutes_that_are_not_closed(
    windows: tuple[tuple[int, int], ...], busy: tuple[tuple[int, int], ...]
) -> None:
    def minutes(hours: tuple[tuple[int, int], ...]) -> set[int]:
        return {minute for begins, ends in hours for minute in range(begins, ends)}

    left = cut_hours(windows, busy)
    assert minutes(left) == minutes(windows) - minutes(busy)
    assert all(begins < ends for begins, ends in left)
    assert list(left) == sorted(left)


def test_busy_minutes_are_those_of_the_local_date() -> None:
    night = span(at(13, 15), at(14, 2, 30))
    assert minutes_on(TUESDAY, [night], JAKARTA) == ((0, 570),)
    assert minutes_on(TUESDAY, [night], JAYAPURA) == ((0, 690),)
    assert minutes_on(date(2023, 11, 13), [night], JAKARTA) == ((1320, 1440),)
    assert minutes_on(date(2023, 11, 15), [night], JAKARTA) == ()


def test_seconds_count_as_whole_minutes_and_touching_spans_are_one() -> None:
    first = span(at(14, 2) + timedelta(seconds=30), at(14, 3) + timedelta(seconds=1))
    second = span(at(14, 3, 1), at(14, 4))
    assert minutes_on(TUESDAY, [second, first], JAKARTA) == ((540, 660),)


@pytest.mark.parametrize(
    ("busy", "blocked"),
    [
        (((420, 480),), False),
        (((420, 481),), True),
        (((600, 615), (700, 715)), False),
        (((600, 615), (700, 716)), True),
        (((0, 450), (960, 1440)), False),
        (((0, 1440),), True),
    ],
)
def test_team_stays_home_when_its_calendar_takes_more_than_half_an_hour(
    busy: tuple[tuple[int, int], ...], blocked: bool
) -> None:
    assert blocks_team_day(SHIFT, busy) is blocked


def test_shift_shorter_than_the_tolerance_is_blocked_when_all_of_it_is_busy() -> None:
    assert blocks_team_day((480, 500), ((470, 510),))
    assert not blocks_team_day((480, 500), ((480, 499),))


def test_calendar_binds_its_own_team_site_or_area_and_the_districts_binds_all() -> None:
    spans = [
        span(at(14, 1), at(14, 2), scope=Scope.SITE, site_id=1),
        span(at(14, 2), at(14, 3), scope=Scope.AREA, area_code="16.73.01"),
        span(at(14, 3), at(14, 4)),
        span(at(14, 1), at(14, 9), scope=Scope.TEAM, team_id=1),
    ]
    busy = BusyCalendar(spans, JAKARTA)
    day = {"day": TUESDAY, "windows": ((480, 900),)}
    assert busy.site_hours(1, "16.73.01", **day) == ((660, 900),)  # type: ignore[arg-type]
    assert busy.site_hours(2, "16.73.01", **day) == ((480, 540), (660, 900))  # type: ignore[arg-type]
    assert busy.site_hours(3, "16.73.02", **day) == ((480, 600), (660, 900))  # type: ignore[arg-type]
    assert not busy.team_is_free(1, SHIFT, day=TUESDAY)
    assert busy.team_is_free(2, SHIFT, day=TUESDAY)
    assert busy.team_is_free(1, SHIFT, day=date(2023, 11, 15))


def test_district_busy_over_the_whole_shift_keeps_every_team_at_home() -> None:
    whole = BusyCalendar([span(at(14, 0, 30), at(14, 9))], JAKARTA)
    assert not whole.team_is_free(7, SHIFT, day=TUESDAY)
    nearly = BusyCalendar([span(at(14, 0, 30), at(14, 8, 59))], JAKARTA)
    assert nearly.team_is_free(7, SHIFT, day=TUESDAY)


def store(session: Session, source: CalendarSource, begins: datetime, ends: datetime, **fields: object) -> BusyEvent:
    """A busy event as the inbox stores it."""
    path = f"/{uuid.uuid4()}.ics"
    session.add(CalendarResource(source_id=source.id, path=path, etag="", content=b"", remarks=[]))
    session.flush()
    defaults: dict[str, object] = {
        "uid": path,
        "recurrence_id": "",
        "all_day": False,
        "tentative": False,
        "summary": "Rapat",
        "since": NOW,
    }
    found = BusyEvent(source_id=source.id, path=path, starts_at=begins, ends_at=ends, **(defaults | fields))
    session.add(found)
    session.flush()
    return found


def test_tentative_counts_unless_the_calendar_says_it_does_not(session: Session) -> None:
    district = make_district(session)
    strict = connect(session, district, "https://a.example/1")
    lenient = connect(session, district, "https://a.example/2", tentative_blocks=False)
    for source in (strict, lenient):
        store(session, source, at(14, 1), at(14, 2), tentative=True)
        store(session, source, at(14, 3), at(14, 4))
    found = busy_between(session, "16.73", at(14, 0), at(15, 0))
    assert [(one.source_id, one.tentative) for one in found] == [
        (strict.id, True),
        (strict.id, False),
        (lenient.id, False),
    ]


def test_busy_between_takes_what_overlaps_and_no_more(session: Session) -> None:
    source = connect(session, make_district(session), "https://a.example/1")
    make_district(session, "16.74")
    store(session, source, at(14, 1), at(14, 2))
    store(session, source, at(14, 2), at(14, 3))
    store(session, source, at(13, 1), at(16, 3))
    assert [one.starts_at for one in busy_between(session, "16.73", at(14, 2), at(14, 4))] == [at(14, 2), at(13, 1)]
    assert busy_between(session, "16.74", at(14, 0), at(15, 0)) == ()


def test_next_plan_keeps_busy_teams_at_home_and_busy_sites_closed(session: Session) -> None:
    district = make_district(session)
    make_target(session)
    team, other = make_team(session, code="TIM-1"), make_team(session, code="TIM-2")
    site = make_site(session, code="A")
    make_site(session, code="B")
    teams = connect(session, district, "https://a.example/1", scope="team", scope_code="TIM-1")
    hall = connect(session, district, "https://a.example/2", scope="site", scope_code="A")
    office = connect(session, district, "https://a.example/3")
    store(session, teams, at(14, 1), at(14, 3))
    store(session, hall, at(15, 1), at(15, 4))
    store(session, office, at(15, 17), at(16, 17), all_day=True)
    schedule = make_schedule(
        session,
        published_at=None,
        period_end=date(2023, 11, 16),
        run_status="queued",
        plan_json=None,
    )

    basis = gather(session, _reloaded(session, schedule))

    assert [day.day for day in basis.dates] == [14, 15, 16]
    assert {plan.team.code: plan.works_on for plan in basis.teams} == {
        team.code: (False, True, False),
        other.code: (True, True, False),
    }
    hours = {plan.candidate.site.code: plan.candidate.windows_by_date for plan in basis.sites}
    assert hours["A"] == {date(2023, 11, 14): ((480, 900),), date(2023, 11, 15): ((660, 900),), date(2023, 11, 16): ()}
    assert hours["B"][date(2023, 11, 15)] == ((480, 900),)
    assert site.code == "A"


def _reloaded(session: Session, schedule: Schedule) -> Schedule:
    session.flush()
    session.refresh(schedule)
    return schedule
