"""A request without a visit is demand of the next run: the site is visited on a date it asked for, if it can be."""

import gzip
import json
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules.exchanging import own_visits
from app.schedules.models import Schedule
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from app.sites.models import Site, WantedDate
from solver.contract.instance import Site as ModelSite
from solver.contract.reading import instance_from_json
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft
from tests.factories import make_site

WISHED = (date(2023, 11, 21), date(2023, 11, 22))


def want(session: Session, site: Site, *days: date, counts_from: datetime = NOW) -> None:
    session.add_all(
        WantedDate(request_id=site.id, date=day, district_code="16.73", site_id=site.id, counts_from=counts_from)
        for day in days
    )
    session.flush()


def planned_site(session: Session, code: str, **fields: datetime) -> ModelSite:
    """The site in the problem of a run that is asked for now."""
    wish = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30)).understood()
    run = Schedule(
        district_code="16.73",
        document="ikd",
        period_start=wish.period_start,
        period_end=wish.period_end,
        first_date=date(2023, 11, 14),
        is_back_test=False,
        request=wish.to_json(),
        seed=1,
        **({"requested_at": NOW} | fields),
    )
    instance = instance_from_json(json.loads(gzip.decompress(build_instance(session, run).content)))
    return next(site for site in instance.sites if site.id == code)


def open_days(site: ModelSite) -> set[int]:
    """Days of November, as the dates of a run begin on the 14th and skip weekends."""
    days = [day for day in range(14, 31) if date(2023, 11, day).weekday() < 5]
    return {day for day, is_open in zip(days, site.open_dates, strict=True) if is_open}


def test_wanted_site_must_be_visited_on_a_date_it_asked_for(session: Session, district: District) -> None:
    want(session, make_site(session, code="S-NEW"), *WISHED)
    site = planned_site(session, "S-NEW")
    assert (site.must, open_days(site)) == (True, {21, 22})


def test_offer_that_may_still_be_accepted_is_no_demand_yet(session: Session, district: District) -> None:
    want(session, make_site(session, code="S-NEW"), *WISHED, counts_from=NOW + timedelta(minutes=10))
    site = planned_site(session, "S-NEW")
    assert site.must is False
    assert len(open_days(site)) > 2
    later = planned_site(session, "S-NEW", requested_at=NOW + timedelta(minutes=10))
    assert (later.must, open_days(later)) == (True, {21, 22})


def test_dates_on_which_the_site_is_closed_make_no_demand(session: Session, district: District) -> None:
    want(session, make_site(session, code="S-NEW"), date(2023, 11, 18))
    site = planned_site(session, "S-NEW")
    assert site.must is False
    assert len(open_days(site)) > 2


def test_visit_that_was_announced_stays_possible_beside_the_dates_asked_for(
    session: Session, district: District
) -> None:
    schedule = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    visit, site = own_visits(session, schedule)[0], "S-0"
    want(session, session.get_one(Site, visit.site_id), *WISHED)
    assert open_days(planned_site(session, site)) == {visit.date.day, 21, 22}
