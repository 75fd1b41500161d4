"""Finds the days of another plan again in one with nights and rides, so that who does the same keeps the hours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from solver.contract.instance import Visit
from solver.contract.journeys import Pause, Ride
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows

Key = tuple[str, date]
"""A team's id and a date."""


@dataclass(slots=True)
class _Day:
    """What a team does on a date."""

    visits: list[Visit] = field(default_factory=list)
    rides: list[Ride] = field(default_factory=list)
    breaks: list[Pause] = field(default_factory=list)

    @property
    def course(self) -> tuple[tuple[str, int], ...]:
        """Its stops in order, without their hours."""
        stops = [(visit.start, visit.site, visit.minutes) for visit in self.visits]
        stops += [(ride.start or 0, ride.connection, -1) for ride in self.rides]
        return tuple((name, minutes) for _, name, minutes in sorted(stops))


AT_BASE = ("", "")


def as_known(plan: Plan, known: Plan, dates: Sequence[date]) -> tuple[tuple[Visit, ...], Rows]:
    """Return visits and rows of a plan, with the hours of the `known` one on days with the same stops and nights."""
    days, others = _days_of(plan), _days_of(known)
    ends, known_ends = _ends_of(plan, dates), _ends_of(known, dates)
    visits: list[Visit] = []
    rides: list[Ride] = []
    breaks: list[Pause] = []
    for key, day in days.items():
        other = others.get(key, _Day())
        if other.course == day.course and ends.get(key, AT_BASE) == known_ends.get(key, AT_BASE):
            works = {visit.site: visit.work for visit in day.visits}
            day = replace(other, visits=[replace(visit, work=works[visit.site]) for visit in other.visits])
        visits += day.visits
        rides += day.rides
        breaks += day.breaks
    return tuple(visits), replace(plan.rows, rides=tuple(rides), breaks=tuple(breaks))


def _days_of(plan: Plan) -> Mapping[Key, _Day]:
    days: dict[Key, _Day] = defaultdict(_Day)
    for visit in plan.visits:
        days[visit.team, visit.date].visits.append(visit)
    for ride in plan.rows.rides:
        days[ride.team, ride.date].rides.append(ride)
    for pause in plan.rows.breaks:
        days[pause.team, pause.date].breaks.append(pause)
    return dict(days)


def _ends_of(plan: Plan, dates: Sequence[date]) -> Mapping[Key, tuple[str, str]]:
    """Where each team-day begins and ends away from base; at base it is the empty id."""
    nights = {(night.team, night.date): night.lodging for night in plan.rows.nights}
    teams = {night.team for night in plan.rows.nights}
    return {
        (team, day): (nights.get((team, before), ""), nights.get((team, day), ""))
        for team in teams
        for before, day in zip((date.min, *dates), dates, strict=False)
    }
