"""Agreed dates that are over make a site done or one to be asked again, with the reason in its history."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.requests.agreements import REPORT_DAYS, settle_agreements
from app.sites.models import ReadinessChange, Site
from tests.factories import make_district, make_result, make_schedule, make_site, make_team, make_visit

VISITED_ON = datetime(2023, 11, 14, 1, tzinfo=UTC)
AFTER = datetime(2023, 11, 16, 2, tzinfo=UTC)


def agreed_site(session: Session, **fields: Any) -> Site:
    make_district(session)
    dates = {"readiness_from": date(2023, 11, 14), "readiness_until": date(2023, 11, 15)}
    return make_site(session, readiness="agreed", **dates | fields)


def settled(session: Session, site: Site, *, now: datetime = AFTER) -> tuple[str, str | None]:
    """Where the site stands, and why."""
    settle_agreements(session, now=now)
    session.refresh(site)
    cause = session.scalars(
        select(ReadinessChange.cause).where(ReadinessChange.site_id == site.id).order_by(ReadinessChange.id.desc())
    ).first()
    return site.readiness, cause


def test_agreed_dates_that_pass_without_a_visit_fall_back_to_asked(session: Session) -> None:
    site = agreed_site(session)
    assert settled(session, site) == ("asked", "lapsed")
    assert (site.readiness_from, site.readiness_until) == (None, None)


@pytest.mark.parametrize("now", [AFTER - timedelta(days=1), datetime(2023, 11, 15, 16, 59, tzinfo=UTC)])
def test_agreed_dates_that_are_not_over_stay(session: Session, now: datetime) -> None:
    assert settled(session, agreed_site(session), now=now) == ("agreed", None)


def test_dates_are_over_by_the_districts_own_midnight(session: Session) -> None:
    assert settled(session, agreed_site(session), now=datetime(2023, 11, 15, 17, 0, tzinfo=UTC)) == ("asked", "lapsed")


@pytest.mark.parametrize(
    ("fields", "result", "stands"),
    [
        ({"max_visit_dates": 1}, {}, ("done", "visited")),
        ({"max_visit_dates": 2}, {}, ("asked", "visited")),
        ({"max_visit_dates": 2, "headcount": 36}, {"served": 36}, ("done", "visited")),
        ({"max_visit_dates": 1}, {"outcome": "not_held", "served": 0, "activated": 0}, ("asked", "lapsed")),
    ],
)
def test_visit_held_makes_a_site_done_once_it_has_had_enough(
    session: Session, fields: Mapping[str, Any], result: Mapping[str, Any], stands: tuple[str, str]
) -> None:
    site = agreed_site(session, **fields)
    visit = make_visit(session, make_schedule(session), make_team(session), site, starts_at=VISITED_ON)
    make_result(session, visit, **result)
    assert settled(session, site) == stands


def test_site_with_a_visit_still_to_come_is_not_done(session: Session) -> None:
    site = agreed_site(session, max_visit_dates=1)
    schedule, team = make_schedule(session), make_team(session)
    make_result(session, make_visit(session, schedule, team, site, starts_at=VISITED_ON))
    make_visit(session, schedule, team, site, starts_at=VISITED_ON + timedelta(days=7))
    assert settled(session, site) == ("asked", "visited")


def test_visit_that_nobody_has_reported_is_waited_for(session: Session) -> None:
    site = agreed_site(session)
    make_visit(session, make_schedule(session), make_team(session), site, starts_at=VISITED_ON)
    assert settled(session, site) == ("agreed", None)
    late = AFTER + timedelta(days=REPORT_DAYS)
    assert settled(session, site, now=late) == ("asked", "lapsed")
