"""What to expect at the counters: the rates that were given, put right by what was counted."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.districts.models import District, WalkInRate
from app.districts.target_facts import Facts
from app.districts.walk_in_counts import counts_by_day
from app.districts.walk_ins import walk_in_rates
from app.districts.working_calendar import working_dates
from app.forecasts.month import WalkInsAhead
from app.reports.estimated_count import implied_walk_ins

# A rate is taken to be right within a third until days are counted.
RATE_STRENGTH = 8.0
# Variance over mean of the number of a day, worth ten counted days.
FANO, DAYS_OF_FANO = 2.5, 10
LEAST_DAYS = 5
_ONE_DAY = timedelta(days=1)
_LOOKED_BACK = timedelta(days=90)


def walk_ins_ahead(
    session: Session, district: District, facts: Facts, *, since: date, counted: Mapping[date, int]
) -> WalkInsAhead:
    """Of every working day after `since` that nobody counted; `counted`: the days that somebody did.

    Days that were counted and, before them, what two official counts leave for the counters tell how wrong the rates
    are; both only as far as they were known on `facts.on`."""
    target, on = facts.target, facts.on
    rates = walk_in_rates(session, district.code, target.document)
    stretches = [stretch for stretch in implied_walk_ins(session, district, facts) if stretch.last <= on]
    known_from = max((stretch.last for stretch in stretches), default=on - _LOOKED_BACK) + _ONE_DAY
    known = counts_by_day(session, district.code, target.document, first=known_from, last=on)
    pairs = [(count, rate) for day, count in sorted(known.items()) if (rate := _rate_on(day, rates)) > 0]
    fano = spread_of([count for count, _ in pairs])
    came = sum(count for count, _ in pairs) + sum(max(0, stretch.implied) for stretch in stretches)
    expected = sum(rate for _, rate in pairs) + sum(stretch.expected for stretch in stretches)
    factor, strength = corrected(came, expected, fano=fano)
    return WalkInsAhead(
        expected=tuple(
            (day, rate * factor)
            for day in working_dates(session, district, since + _ONE_DAY, target.deadline)
            if day not in counted and (rate := _rate_on(day, rates)) > 0
        ),
        strength=strength,
        fano=fano,
    )


def _rate_on(day: date, rates: Sequence[WalkInRate]) -> int:
    """The rate in force; `rates` ascending."""
    position = bisect_right([rate.starts_on for rate in rates], day)
    return rates[position - 1].per_working_day if position else 0


def corrected(came: int, expected: int, *, fano: float) -> tuple[float, float]:
    """What to multiply the rates by when so many came of those expected, and the strength of the gamma distribution
    that this leaves; people who come in groups count for fewer."""
    if expected <= 0:
        return 1.0, RATE_STRENGTH
    strength = RATE_STRENGTH + came / fano
    return strength / (RATE_STRENGTH + expected / fano), strength


def spread_of(counts: Sequence[int]) -> float:
    """Variance over mean of counted days, drawn to what is assumed; never below that of chance."""
    mean = sum(counts) / len(counts) if counts else 0.0
    if len(counts) < LEAST_DAYS or mean == 0:
        return FANO
    measured = sum((count - mean) ** 2 for count in counts) / (len(counts) - 1) / mean
    return max(1.0, (DAYS_OF_FANO * FANO + len(counts) * measured) / (DAYS_OF_FANO + len(counts)))
