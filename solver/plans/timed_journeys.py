"""Gives the stops of a plan with nights and rides starts that they can have, and its breaks their places."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from solver.contract.instance import Instance, Visit
from solver.contract.journeys import Night, Pause, Ride
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.travel import Place
from solver.plans.paused_days import Ends, PausedDay, PausedDays
from solver.plans.paused_starts import Key, PausedStarts, key_of
from solver.plans.series import break_numbers
from solver.plans.standing_room import StandingDay

DayKey = tuple[str, date]
"""A team's id and a date."""
_Facts = tuple[DayKey, tuple[Visit | Ride, ...], str, str, tuple[int | None, ...] | None]
"""All that the timing of a day follows from: its stops, the ids of where it begins and ends, the hours announced."""


class TimedJourneys:
    """Times plans of one instance; a day that several of them have is timed once."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._starts, self._early = PausedStarts(instance), PausedDays(instance)
        self._teams = {team.id: team for team in instance.teams}
        self._lodgings: dict[str, Place] = {lodging.id: lodging for lodging in instance.lodgings}
        self._dates = {day: d for d, day in enumerate(instance.dates)}
        self._pins = {key_of(visit): visit for visit in instance.pinned}
        self._known: dict[_Facts, PausedDay] = {}

    def timed(self, visits: Sequence[Visit], rows: Rows, announced: Mapping[Key, int] | None = None) -> Plan:
        """Return visits with their rides at starts at which they can be, and the breaks of their days.

        Visits keep the starts that they bear or, where some are `announced`, have those as far as they fit; pins keep
        theirs. Rides leave when they did, where they can. A day that does not fit stays as it is, without its break.
        """
        days = [self._day(*entry, announced) for entry in self._in_order(visits, rows.nights, rows.rides)]
        return Plan(
            visits=tuple(visit for day in days for visit in day.visits),
            rows=replace(
                rows,
                rides=tuple(ride for day in days for ride in day.rides),
                breaks=tuple(pause for day in days for pause in day.pauses),
            ),
        )

    def days_of(self, plan: Plan) -> tuple[StandingDay, ...]:
        """Return the days of a plan that is timed."""
        pauses: dict[DayKey, tuple[Pause, ...]] = {}
        for pause in sorted(plan.rows.breaks, key=lambda pause: pause.start):
            pauses[pause.team, pause.date] = (*pauses.get((pause.team, pause.date), ()), pause)
        beds = self._beds(plan.rows.nights)
        return tuple(
            StandingDay(
                team=team,
                date_index=self._dates[day],
                begin=beds.get((team, self._dates[day] - 1)),
                end=beds.get((team, self._dates[day])),
                stops=stops,
                pauses=pauses.get((team, day), ()),
            )
            for (team, day), stops, _ in self._in_order(plan.visits, plan.rows.nights, plan.rows.rides)
        )

    def _day(
        self, key: DayKey, stops: tuple[Visit | Ride, ...], ends: Ends, announced: Mapping[Key, int] | None
    ) -> PausedDay:
        hours = None if announced is None else tuple(announced.get(key_of(stop)) for stop in stops)
        facts = key, stops, ends.begin.id, ends.end.id, hours
        timed = self._known.get(facts)
        if timed is None:
            timed = self._known[facts] = self._timed(key, stops, ends, announced)
        return timed

    def _timed(
        self, key: DayKey, stops: tuple[Visit | Ride, ...], ends: Ends, announced: Mapping[Key, int] | None
    ) -> PausedDay:
        numbers = break_numbers(self._teams[key[0]], self._dates[key[1]])
        wanted = {key_of(stop): stop.start for stop in stops if isinstance(stop, Ride) and stop.start is not None}
        wanted |= announced or {}
        fixed = {
            key_of(stop): stop.start
            for stop in stops
            if isinstance(stop, Visit) and (announced is None or self._is_pinned(stop))
        }
        if stops:
            timed = self._starts.journey(key, ends, stops, numbers, wanted, fixed=fixed)
        else:
            timed = self._early.journey(key, ends, stops, numbers)
        if timed is not None:
            return timed
        visits = tuple(stop for stop in stops if isinstance(stop, Visit))
        return PausedDay(visits=visits, rides=tuple(stop for stop in stops if isinstance(stop, Ride)))

    def _is_pinned(self, visit: Visit) -> bool:
        pin = self._pins.get(key_of(visit))
        return pin is not None and (pin.start, pin.minutes) == (visit.start, visit.minutes)

    def _in_order(
        self, visits: Sequence[Visit], nights: Sequence[Night], rides: Sequence[Ride]
    ) -> list[tuple[DayKey, tuple[Visit | Ride, ...], Ends]]:
        """The days of a plan with their stops in order, days away without any among them."""
        stops: dict[DayKey, list[Visit | Ride]] = defaultdict(list)
        everything: tuple[Visit | Ride, ...] = (*rides, *visits)
        for stop in everything:
            stops[stop.team, stop.date].append(stop)
        beds = self._beds(nights)
        dates = self._instance.dates
        away = {(team, dates[x]) for team, d in beds for x in (d, d + 1)}
        return [
            (key, tuple(sorted(stops.get(key, ()), key=lambda stop: stop.start or 0)), self._ends(key, beds))
            for key in sorted({*stops, *away})
        ]

    def _beds(self, nights: Sequence[Night]) -> dict[tuple[str, int], str]:
        return {(night.team, self._dates[night.date]): night.lodging for night in nights}

    def _ends(self, key: DayKey, beds: Mapping[tuple[str, int], str]) -> Ends:
        team, d = self._teams[key[0]], self._dates[key[1]]
        before, after = beds.get((team.id, d - 1)), beds.get((team.id, d))
        begin: Place = team if before is None else self._lodgings[before]
        end: Place = team if after is None else self._lodgings[after]
        is_away = before is not None or after is not None
        return Ends(begin=begin, end=end, shift=(is_away and team.away_shift) or team.shift)
