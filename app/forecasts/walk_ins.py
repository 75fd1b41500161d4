"""What to expect at the counters on the days that nobody has counted, and how wrong that may be."""

from bisect import bisect_right
from collections.abc import Container
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.districts.models import District
from app.districts.target_facts import Facts
from app.districts.walk_ins import walk_in_rates
from app.districts.working_calendar import working_dates
from app.estimates.walk_ins import PRIOR_DAYS, WalkInFit
from app.forecasts.month import WalkInsAhead
from app.schedules.counters import learn_walk_ins

# Variance of what a rate is wrong by that somebody gave, relative to it: right within a third. Nobody's few days of
# counting stand behind most of them.
GIVEN_VARIANCE = 1 / 8


def walk_ins_ahead(
    session: Session, district: District, facts: Facts, *, since: date, counted: Container[date]
) -> WalkInsAhead:
    """Of every working day after `since` that is not `counted`: the rate in force on `facts.on` as it is learned by
    then, any other as it was given."""
    target = facts.target
    rates = walk_in_rates(session, district.code, target.document)
    starts = [rate.starts_on for rate in rates]
    fit = learn_walk_ins(session, district, target.document, on=facts.on)
    in_force = bisect_right(starts, facts.on)
    expected = []
    for day in working_dates(session, district, since + timedelta(days=1), target.deadline):
        position = bisect_right(starts, day)
        rate = fit.mean if position == in_force else rates[position - 1].per_working_day if position else 0
        if day not in counted and rate > 0:
            expected.append((day, float(rate)))
    return WalkInsAhead(expected=tuple(expected), strength=strength_of(fit), fano=fit.fano)


def strength_of(fit: WalkInFit) -> float:
    """Shape of the gamma distribution of what a learned rate is wrong by, with what the given one may have been."""
    given_part = 0.0 if fit.given is None else PRIOR_DAYS / (PRIOR_DAYS + fit.working_days)
    return 1 / (1 / fit.shape + GIVEN_VARIANCE * given_part**2)
