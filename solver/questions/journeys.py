"""Whether a team comes to a site at all where teams may sleep away or ride, and what keeps it from that.

One team alone, in an otherwise empty plan: from base by the day, or on a trip through lodgings. What is said is exact,
but an event is looked at team by team, and a site to which nothing but ways over other sites may lead is not called
impossible where none of them is found that keeps every rule.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from solver.contract.book import nights_after
from solver.contract.instance import Instance, Site, Team
from solver.numeric.kinds import Bools
from solver.questions.day_tables import Call, DayTables, Terms
from solver.questions.day_ways import Move
from solver.questions.trip_nights import NEVER, Calendar, CheapestNights, FewestNights, Nights

MOST_VIA = 60
"""With more sites that shorten a way no detour is looked for: that would keep the planner waiting."""

BREAK_MISSED, TOO_MANY_NIGHTS, NIGHT_OUTSIDE_WORK = "break_missed", "too_many_nights", "night_outside_work"
LODGING_CLOSED, NO_DEPARTURE, RIDE_MISSED = "lodging_closed", "no_departure", "ride_missed"
NO_LODGING, NO_WAY, ARRIVES_LATE, SHIFT_END = "no_lodging", "no_way", "arrives_late", "shift_end"
OVER_BUDGET = "over_budget"

KEPT = Terms()
ANY_NIGHTS = Terms(breaks=True, nights=True)
STEPS = (
    (BREAK_MISSED, Terms(breaks=True)),
    (TOO_MANY_NIGHTS, ANY_NIGHTS),
    (NIGHT_OUTSIDE_WORK, ANY_NIGHTS._replace(leave=True)),
    (LODGING_CLOSED, ANY_NIGHTS._replace(leave=True, beds=True)),
    (NO_DEPARTURE, ANY_NIGHTS._replace(leave=True, beds=True, dates=True)),
    (RIDE_MISSED, ANY_NIGHTS._replace(leave=True, beds=True, dates=True, hours=True)),
)
"""What stands in the way of a team-day is the rule without which it first could be: the later here, the further off."""


class Need(NamedTuple):
    """What a visit needs: minutes of service, and kits that are to be had from a date to another without a gap."""

    minutes: int
    first: int
    last: int
    kit_rupiah: int = 0


Needs = Mapping[int, Sequence[Need]]
"""What a visit on a date needs, one of several."""


class Route(NamedTuple):
    """A trip as it could be: date and lodging of each night, the moves of its other days, and on the date of the visit
    those before it and behind it.
    """

    need: Need
    nights: Nights
    moves: Mapping[int, tuple[Move, ...]]
    there: tuple[Move, ...]
    back: tuple[Move, ...]


class _Option(NamedTuple):
    """Nights, or thousandths of a rupiah, of a trip; where it begins and ends the date of the visit."""

    cost: int
    need: Need
    ends: tuple[int, int]
    nights: Nights


class Journeys:
    """Looks for the trips of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._tables = DayTables(instance)
        self._fewest: dict[object, FewestNights] = {}
        self._cheapest: dict[object, CheapestNights] = {}
        self._away: dict[object, tuple[bool, ...]] = {}

    @staticmethod
    def are_needed(instance: Instance) -> bool:
        """Whether a team could come to a site otherwise than from base by road."""
        return bool(instance.lodgings or instance.connections)

    def rules(self, call: Call, needs: Needs) -> dict[int, str | None]:
        """Return the first rule that keeps a team from a visit on each of the dates, None where nothing does."""
        rules: dict[int, str | None] = {}
        for d in self._within(call, needs, KEPT):
            rules[d] = None if self._is_paid_for(call, d, needs[d], KEPT) else OVER_BUDGET
        for rule, terms in STEPS:
            left = {d: some for d, some in needs.items() if d not in rules}
            if left and self._may_matter(call.team, rule):
                rules |= dict.fromkeys(self._within(call, left, terms), rule)
        return {d: rules[d] if d in rules else self._last_rule(call, d, some) for d, some in needs.items()}

    def dates_over_sites(self, call: Call, needs: Needs) -> list[int] | None:
        """Return the dates on which ways over other sites may lead a team there; None: there are too many to tell."""
        via, terms = self._tables.via, Terms(over_sites=True)
        if len(via) > MOST_VIA:
            return None
        within = self._within(call, needs, terms) if via else []
        return [d for d in within if self._is_paid_for(call, d, needs[d], terms)]

    def fewest_nights(self, call: Call, needs: Needs, terms: Terms) -> dict[int, int]:
        """Return the fewest nights of a trip with a visit on each date, `NEVER` where there is none."""
        alike: dict[tuple[object, Need], list[int]] = {}
        for d, some in needs.items():
            kind = self._tables.kind(call.team, d, terms)
            for need in some:
                alike.setdefault((kind, need), []).append(d)
        fewest = dict.fromkeys(needs, NEVER)
        may_sleep = True in self._modes(call.team, terms)
        for (_, need), dates in alike.items():
            d, minutes = dates[0], need.minutes
            if self._tables.with_visit(call, d, minutes, terms, away=False)[0, 0] < NEVER:
                fewest |= dict.fromkeys(dates, 0)
            elif may_sleep:
                fits = self._tables.with_visit(call, d, minutes, terms, away=True)
                nights = self._trips(call.team, need, terms).least_of(dates, fits)
                fewest |= {day: min(fewest[day], least) for day, least in zip(dates, nights, strict=True)}
        return fewest

    def routes(self, call: Call, d: int, needs: Iterable[Need], terms: Terms = KEPT) -> Iterator[Route]:
        """Yield trips with a visit on a date: from base by the day, then away before it, after it, and both.

        Each is that of fewest nights, or the cheapest where there is a budget, and the best comes first.
        """
        if self._instance.costs.budget is not None and not terms.nights:
            terms = terms._replace(priced=True)
        options = [option for need in needs for option in self._options(call, d, need, terms)]
        for option in sorted(options, key=lambda option: option.cost):
            yield self._route(call, d, option, terms)

    def _route(self, call: Call, d: int, option: _Option, terms: Terms) -> Route:
        places, slept = self._tables.places(call.team, away=True), dict(option.nights)
        moves: dict[int, tuple[Move, ...]] = {}
        for day in sorted({*slept, *(night + 1 for night in slept)} - {d}):
            ways = self._tables.ways(call.team, day, terms, away=True)
            idle = ways.idle(places[slept.get(day - 1, 0)], places[slept.get(day, 0)])
            assert idle is not None
            moves[day] = idle[1]
        there, back = self._tables.moves_to_and_from(call, d, option.need.minutes, terms, option.ends)
        return Route(need=option.need, nights=option.nights, moves=moves, there=there, back=back)

    def least_round(self, site: Site) -> int | None:
        """Return the fewest minutes there and back of any team, at any hours; None if there is no way at all."""
        rounds = (self._tables.least_round(site, team) for team in dict.fromkeys(self._tables.twins.values()))
        return min((minutes for minutes in rounds if minutes is not None), default=None)

    def _within(self, call: Call, needs: Needs, terms: Terms) -> list[int]:
        most = self._most_nights(call.team, terms)
        return [d for d, nights in self.fewest_nights(call, needs, terms).items() if nights <= most]

    def _modes(self, team: Team, terms: Terms) -> tuple[bool, ...]:
        """From base by the day, and away where a team may be."""
        may_sleep = bool(self._instance.lodgings) and self._most_nights(team, terms) > 0
        return (False, True) if may_sleep else (False,)

    def _most_nights(self, team: Team, terms: Terms) -> int:
        return NEVER - 1 if terms.nights else team.max_nights

    def _may_matter(self, team: Team, rule: str) -> bool:
        """Whether leaving a rule out of account can change anything."""
        if rule == BREAK_MISSED:
            return bool(team.breaks)
        return bool(self._instance.connections if rule in (NO_DEPARTURE, RIDE_MISSED) else self._instance.lodgings)

    def _last_rule(self, call: Call, d: int, needs: Sequence[Need]) -> str:
        """What keeps a team from a site even if boats left when it pleased: there is no way, or it is too long."""
        if self._tables.least_round(call.site, call.team) is None:
            return NO_WAY
        terms, minutes = STEPS[-1][1], min(need.minutes for need in needs)
        if self._instance.lodgings:
            leads = self._tables.idle(call.team, d, terms) < NEVER
            fits = self._tables.with_visit(call, d, minutes, terms, away=True) < NEVER
            # A trip that a longer period would hold.
            fits &= _reached(leads)[:, None] & _reached(leads.T)[None, :]
            return NIGHT_OUTSIDE_WORK if fits.any() else NO_LODGING
        arrives, busy = self._tables.arrives(call, d, terms), call.site.setup_minutes + minutes
        in_time = any(max(arrives, window.open) + busy <= window.close for window in call.windows)
        return SHIFT_END if in_time else ARRIVES_LATE

    def _is_paid_for(self, call: Call, d: int, needs: Sequence[Need], terms: Terms) -> bool:
        budget, terms = self._instance.costs.budget, terms._replace(priced=True)
        if budget is None:
            return True
        options = (option for need in needs for option in self._options(call, d, need, terms))
        return any(option.cost < 1000 * (budget + 1) for option in options)

    def _options(self, call: Call, d: int, need: Need, terms: Terms) -> Iterator[_Option]:
        """The best trips of each kind, by money or by nights."""
        price = self._price_of_day(need) if terms.priced else 0
        for away in self._modes(call.team, terms):
            fits = self._tables.with_visit(call, d, need.minutes, terms, away=away)
            if not (fits < NEVER).any():
                continue
            fits = np.minimum(fits + price, NEVER)
            if not away:
                yield _Option(int(fits[0, 0]), need, (0, 0), ())
                continue
            trips = (self._trips_by_price if terms.priced else self._trips)(call.team, need, terms)
            for begins, ends in ((0, 1), (1, 0), (1, 1)):
                of_kind = np.full_like(fits, NEVER)
                part = slice(begins, None if begins else 1), slice(ends, None if ends else 1)
                of_kind[part] = fits[part]
                cost = trips.least(d, of_kind)
                if cost < NEVER and (terms.priced or cost <= self._most_nights(call.team, terms)):
                    yield _Option(cost, need, *trips.chain(d, of_kind))

    def _trips(self, team: Team, need: Need, terms: Terms) -> FewestNights:
        key = (self._tables.twins[team.id].id, self._works(team, need, terms), terms)
        if key not in self._fewest:
            self._fewest[key] = FewestNights(self._calendar(team, need, terms))
        return self._fewest[key]

    def _trips_by_price(self, team: Team, need: Need, terms: Terms) -> CheapestNights:
        most = min(team.max_nights, (self._instance.dates[-1] - self._instance.dates[0]).days)
        key = (self._tables.twins[team.id].id, self._works(team, need, terms), terms, most, need.kit_rupiah)
        if key not in self._cheapest:
            self._cheapest[key] = CheapestNights(self._calendar(team, need, terms), most_nights=most)
        return self._cheapest[key]

    def _works(self, team: Team, need: Need, terms: Terms) -> tuple[bool, ...]:
        """On which dates a team may be away with what it needs."""
        key = team.id, need.first, need.last, terms.leave
        if key not in self._away:
            self._away[key] = tuple(
                (terms.leave or works) and need.first <= d <= need.last for d, works in enumerate(team.work_dates)
            )
        return self._away[key]

    def _calendar(self, team: Team, need: Need, terms: Terms) -> Calendar:
        dates, lodgings = self._instance.dates, self._instance.lodgings
        beds = [[terms.beds or (on and lodging.max_teams != 0) for on in lodging.open_dates] for lodging in lodgings]
        price = self._price_of_day(need) if terms.priced else 0
        return Calendar(
            works=np.array(self._works(team, need, terms), dtype=np.bool_),
            beds=np.array(beds, dtype=np.bool_).reshape(len(lodgings), len(dates)),
            nights=tuple(nights_after(dates, d) for d in range(len(dates) - 1)),
            rupiah=tuple(lodging.cost_per_night for lodging in lodgings),
            days=tuple(np.minimum(self._tables.idle(team, d, terms) + price, NEVER) for d in range(len(dates))),
        )

    def _price_of_day(self, need: Need) -> int:
        """What a team-day costs besides its way, in thousandths of a rupiah."""
        return 1000 * (self._instance.costs.per_team_day + need.kit_rupiah)


def _reached(leads: Bools) -> Bools:
    """Where a chain of days leads from base."""
    reached: Bools = np.zeros(len(leads), dtype=np.bool_)
    reached[0] = True
    while True:
        grown: Bools = reached | leads[reached].any(axis=0)
        if (grown == reached).all():
            return reached
        reached = grown
