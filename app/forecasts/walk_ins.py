"""What to expect at the counters: the rates that were given, put right by what was counted."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.districts.models import District
from app.districts.targets.facts import Facts
from app.districts.working_calendar import working_dates
from app.forecasts.month import WalkInsAhead
from app.schedules.counters import AtCounters

_ONE_DAY = timedelta(days=1)


def walk_ins_ahead(
    session: Session, district: District, facts: Facts, *, since: date, counted: Mapping[date, int]
) -> WalkInsAhead:
    """Of every working day after `since` that nobody counted; `counted`: the days that somebody did."""
    target, on = facts.target, facts.on
    at_counters = AtCounters(session, district, target.document, on=on)
    fit = at_counters.fit
    days = [day for day in working_dates(session, district, since + _ONE_DAY, target.deadline) if day not in counted]
    likely = at_counters.likely(days)
    return WalkInsAhead(
        expected=tuple((day, likely[day]) for day in days if likely[day] > 0), strength=fit.shape, fano=fit.fano
    )
