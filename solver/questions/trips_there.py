"""What trips lead to the sites of an instance whose teams may sleep away or ride, for `possibility`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from solver.contract.instance import Instance, Site, Team
from solver.contract.plan import Plan
from solver.questions.day_tables import Call, Terms
from solver.questions.journeys import ANY_NIGHTS, KEPT, Journeys, Need
from solver.questions.stays import Rule, Stays, Windows
from solver.questions.trip_nights import NEVER
from solver.questions.trip_plans import TripPlans


@dataclass(frozen=True, slots=True, kw_only=True)
class LongerTrip:
    """The trip of fewest nights that would reach a site if its team might be away for so many."""

    team: str
    nights: int
    most_nights: int
    lodgings: tuple[str, ...]
    """Their names, in order, each once."""


class TripsThere:
    """Judges visits by the trips that lead to them."""

    def __init__(self, instance: Instance, stays: Stays) -> None:
        self._instance, self._stays = instance, stays
        self._journeys = Journeys(instance)
        self._plans = TripPlans(instance)

    def least_round(self, site: Site) -> int | None:
        """Return the fewest minutes there and back of any team, at any hours; None if there is no way at all."""
        return self._journeys.least_round(site)

    def rules(
        self, site: Site, openings: Sequence[tuple[Windows, int]], *, is_owed: bool
    ) -> Iterator[tuple[Rule | None, int]]:
        """Yield the first rule against a visit and the working dates of a team on which it is, as bits."""
        for team, works in zip(self._instance.teams, self._stays.works, strict=True):
            for windows, mask in openings:
                here = mask & works
                needs: dict[int, tuple[Need, ...]] = {}
                for some in self._stays.alike[team.id]:
                    dates = _positions(here & some)
                    rule = self._stays.rule_there(site, team, windows, dates[0], is_owed=is_owed) if dates else None
                    if rule is not None:
                        yield rule, here & some
                    else:
                        needs |= self._stays.needs_on(site, team, dates, is_owed=is_owed)
                for d, name in self._journeys.rules(Call(site, windows, team), needs).items():
                    yield None if name is None else Rule(name), 1 << d

    def trip(self, site: Site, team: Team, d: int, terms: Terms) -> Plan | None:
        """Return a trip of a team, and nothing else, with a visit that serves most on a date; None if there is none."""
        windows, is_owed = site.windows_at(self._instance.dates[d]), not self._stays.must_win(site)
        if not (site.open_dates[d] and team.work_dates[d]) or self._stays.rule_for_all(site):
            return None
        if self._stays.rule_there(site, team, windows, d, is_owed=is_owed) is not None:
            return None
        needs = self._stays.needs(site, team, d, is_owed=is_owed)
        best: tuple[int, Plan] | None = None
        for route in self._journeys.routes(Call(site, windows, team), d, needs, terms):
            plan = self._plans.of_route(route, site, team, d)
            served = None if plan is None else self._plans.served(plan, site)
            if plan is not None and served is not None and served >= (not is_owed) and (not best or served > best[0]):
                best = served, plan
        return None if best is None else best[1]

    def over_sites(self, site: Site) -> tuple[Plan | None, bool]:
        """Return a trip that leads over other sites, if one is found, and whether one may be there that was not."""
        is_open = False
        for call, needs in self._calls(site):
            dates = self._journeys.dates_over_sites(call, needs)
            is_open = is_open or dates is None or bool(dates)
            for d in dates or ():
                plan = self.trip(site, call.team, d, Terms(over_sites=True))
                if plan is not None:
                    return plan, False
        return None, is_open

    def longer_trip(self, site: Site) -> LongerTrip | None:
        """The shortest trip that more nights would allow; breaks count if there is one beside them."""
        for terms in (Terms(nights=True), ANY_NIGHTS):
            fewest = [
                (nights, d, call, needs[d])
                for call, needs in self._calls(site)
                for d, nights in self._journeys.fewest_nights(call, needs, terms).items()
                if nights < NEVER
            ]
            if fewest:
                nights, d, call, some = min(fewest, key=lambda option: option[:2])
                route = next(self._journeys.routes(call, d, some, terms))
                names = (self._instance.lodgings[place - 1].name for _, place in route.nights)
                return LongerTrip(
                    team=call.team.id,
                    nights=nights,
                    most_nights=call.team.max_nights,
                    lodgings=tuple(dict.fromkeys(names)),
                )
        return None

    def nights_to(self, site: Site) -> dict[tuple[str, int], int]:
        """Return the fewest nights of a trip with a visit, by team and position of its date; where there is any."""
        nights: dict[tuple[str, int], int] = {}
        for call, needs in self._calls(site):
            rules, fewest = self._journeys.rules(call, needs), self._journeys.fewest_nights(call, needs, KEPT)
            nights |= {(call.team.id, d): fewest[d] for d, rule in rules.items() if rule is None}
        return nights

    def _calls(self, site: Site) -> Iterator[tuple[Call, dict[int, tuple[Need, ...]]]]:
        """Every team with the dates on which only its way could keep it from a site."""
        is_owed = not self._stays.must_win(site)
        for team, works in zip(self._instance.teams, self._stays.works, strict=True):
            for windows, mask in self._stays.openings(site):
                dates = [
                    d
                    for d in _positions(mask & works)
                    if self._stays.rule_there(site, team, windows, d, is_owed=is_owed) is None
                ]
                needs = self._stays.needs_on(site, team, dates, is_owed=is_owed)
                if needs:
                    yield Call(site, windows, team), needs


def _positions(bits: int) -> list[int]:
    return [d for d in range(bits.bit_length()) if bits >> d & 1]
