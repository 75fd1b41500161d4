from datetime import date
from decimal import Decimal

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.sites.candidates import Candidate, candidates
from app.sites.models import Site, SiteException, SiteWindow
from tests.factories import make_district, make_site

DATES = tuple(date(2023, 11, day) for day in (17, 18, 20, 21))
"""Friday, Saturday, Monday, Tuesday."""
FRIDAY, SATURDAY, MONDAY, TUESDAY = DATES


def only(session: Session) -> Candidate:
    (candidate,) = candidates(session, "16.73", DATES)
    return candidate


def a_site(session: Session, **fields: object) -> Site:
    make_district(session)
    return make_site(session, **fields)


def test_people_are_the_rest_times_the_shares_rounded_down(session: Session) -> None:
    a_site(session, kind="agency", headcount=307, already_activated=184)
    # 123 x 0.90 x 0.75 x 0.85 = 70.57
    assert only(session).people == 70


def test_people_are_exact_where_binary_fractions_are_not(session: Session) -> None:
    # In binary, 100 x 0.29 x 1 x 1 falls just short of 29.
    whole, share = Decimal(1), Decimal("0.29")
    a_site(session, headcount=100, phone_ready_share=share, turn_out_share=whole, resident_share=whole)
    assert only(session).people == 29


def test_empty_limits_are_the_kinds_and_given_ones_stay(session: Session) -> None:
    a_site(session, kind="village", max_teams=5, setup_minutes=0)
    candidate = only(session)
    assert (candidate.setup_minutes, candidate.max_visit_dates, candidate.min_gap_days, candidate.max_teams) == (
        0,
        3,
        7,
        5,
    )


def test_a_site_without_windows_keeps_its_kinds_hours(session: Session) -> None:
    a_site(session, kind="village", windows=[])
    windows = only(session).windows_by_date
    assert windows[FRIDAY] == ((480, 660), (810, 960))
    assert windows[SATURDAY] == ((480, 840),)
    assert windows[MONDAY] == ((480, 960),)


def test_an_exception_replaces_the_weekly_hours_of_its_date(session: Session) -> None:
    a_site(
        session,
        windows=[SiteWindow(weekdays="1111100", opens=480, closes=900)],
        exceptions=[
            SiteException(date=MONDAY, opens=None, closes=None),
            SiteException(date=TUESDAY, opens=780, closes=840),
            SiteException(date=TUESDAY, opens=480, closes=600),
            SiteException(date=SATURDAY, opens=600, closes=720),
        ],
    )
    assert only(session).windows_by_date == {
        FRIDAY: ((480, 900),),
        SATURDAY: ((600, 720),),
        MONDAY: (),
        TUESDAY: ((480, 600), (780, 840)),
    }


def test_a_finished_site_is_no_candidate(session: Session) -> None:
    a_site(session, readiness="done")
    assert candidates(session, "16.73", DATES) == ()


def test_a_site_not_ready_opens_the_day_after(session: Session) -> None:
    a_site(session, readiness="not_ready", readiness_until=MONDAY)
    candidate = only(session)
    assert [day for day, hours in candidate.windows_by_date.items() if hours] == [TUESDAY]
    assert candidate.not_ready_reason is None


def test_a_site_not_ready_until_further_notice_says_so(session: Session) -> None:
    a_site(session, readiness="not_ready")
    candidate = only(session)
    assert not any(candidate.windows_by_date.values())
    assert candidate.not_ready_reason == "not_ready"


def test_a_site_is_open_inside_its_agreed_dates_only(session: Session) -> None:
    a_site(session, readiness="agreed", readiness_from=MONDAY, readiness_until=MONDAY)
    candidate = only(session)
    assert [day for day, hours in candidate.windows_by_date.items() if hours] == [MONDAY]
    assert candidate.not_ready_reason is None


def test_dates_agreed_outside_the_period_are_the_reason(session: Session) -> None:
    a_site(session, readiness="agreed", readiness_from=date(2023, 12, 1))
    assert only(session).not_ready_reason == "agreed_on_other_dates"


def test_sites_of_other_districts_are_left_out(session: Session) -> None:
    a_site(session, code="A")
    make_district(session, "17.71")
    make_site(session, "17.71", code="B")
    assert [candidate.site.code for candidate in candidates(session, "16.73", DATES)] == ["A"]


def test_more_sites_take_no_more_queries(session: Session) -> None:
    make_district(session)
    statements: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *call: statements.append(call[2]))
    taken = []
    for _ in range(2):
        for _ in range(3):
            make_site(session, exceptions=[SiteException(date=MONDAY)])
        statements.clear()
        candidates(session, "16.73", DATES)
        taken.append(len(statements))
    assert taken[0] == taken[1]
