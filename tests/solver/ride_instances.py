"""Tiny random instances with boats, nights and breaks, and the best plan of each, found by trying every plan."""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from random import Random
from typing import Any

from solver.contract.capacity import capacity
from solver.contract.instance import Instance, Team, Visit
from solver.contract.journeys import Lodging, Night, Ride
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import Recount, verify_if_feasible
from solver.plans.paused_days import Ends, PausedDay, PausedDays
from solver.plans.series import break_numbers
from tests.solver.night_instances import night_document

Stops = tuple[Visit | Ride, ...]
Calendar = tuple[tuple[PausedDay, ...], tuple[Night, ...]]
MOST_RIDES = 3
LUNCH = {"minutes": 60, "window": [690, 810]}


def ride_document(random: Random, *, sites: int, teams: int, dates: int, pauses: bool, more: int = 0) -> dict[str, Any]:
    """Return an instance with some sites on an island, boats there and back, and perhaps a lodging there.

    With `more` teams take so many breaks more a date.
    """
    document = night_document(random, sites=sites, teams=teams, dates=dates, lodgings=1)
    document["travel"] = {"detour": 1.3, "kmh": 30, "overrides": []}
    document["slot_minutes"] = random.choice([90, 120])
    for site in document["sites"]:
        site |= {"zone": random.choice(["", "island", "island"]), "windows": [[300, 1200]], "lon": 102.3}
        site |= {"fixed_minutes": random.choice([None, 100, 180]), "lat": round(-3.3 + random.uniform(-0.1, 0.1), 5)}
    for place in (*document["teams"], *document["lodgings"]):
        place |= {"lat": -3.3, "lon": 102.3}
    for place in (*document["sites"], *document["teams"], *document["lodgings"]):
        place.pop("place", None)
    for team in document["teams"]:
        team["max_stops"] = random.choice([1, 1, 2])
        if pauses:
            team["breaks"] = [LUNCH | {"minutes": random.choice([30, 60])}]
    for _ in range(more):
        for team in document["teams"]:
            opens = random.choice([600, 690, 840, 900])
            second = {"minutes": random.choice([30, 60]), "window": [opens, opens + 60 + random.choice([0, 30, 90])]}
            team["breaks"] = [*team.get("breaks", ()), second]
    document["lodgings"][0]["zone"] = random.choice(["", "island"])
    document["stations"] = [
        {"id": "here", "lat": -3.3, "lon": 102.31},
        {"id": "there", "lat": -3.31, "lon": 102.32, "zone": "island"},
    ]
    # Some are on board over lunch.
    back = random.choice([660, 700, 900])
    document["connections"] = [
        _ride(random, "go", "here", "there", [random.choice([420, 480])] * 2),
        _ride(random, "back", "there", "here", [back, back]),
        _ride(random, "charter", *random.choice([("here", "there"), ("there", "here")]), [420, 900]),
    ]
    return document


def _ride(random: Random, name: str, origin: str, target: str, departs: list[int]) -> dict[str, Any]:
    return {
        "id": name,
        "from": origin,
        "to": target,
        "departs": departs,
        "minutes": random.choice([30, 75, 120]),
        "fare": random.choice([0, 0, 50_000]),
        "max_teams": random.choice([None, 1]),
    }


def ride_instance(random: Random, *, sites: int, teams: int, dates: int, pauses: bool, more: int = 0) -> Instance:
    """Return a checked instance of exactly this size."""
    document = ride_document(random, sites=sites, teams=teams, dates=dates, pauses=pauses, more=more)
    return instance_from_json(document)


def best_recount(instance: Instance, *, most_plans: int) -> tuple[Recount, Plan] | None:
    """Return a best plan and its recount; None if there are too many. What a team alone may not do is left out."""
    days, calendars = PausedDays(instance), []
    for team in instance.teams:
        mine: list[Calendar] = []
        for calendar in _calendars(instance, team, days):
            if len(mine) > most_plans:
                return None
            if verify_if_feasible(instance, _plan((calendar,))) is not None:
                mine.append(calendar)
        calendars.append(mine)
    if math.prod(len(mine) for mine in calendars) > most_plans:
        return None
    best: tuple[Recount, Plan] | None = None
    for chosen in product(*calendars):
        plan = _plan(chosen)
        recount = verify_if_feasible(instance, plan)
        if recount is not None and (best is None or recount.value_milli > best[0].value_milli):
            best = recount, plan
    return best


def _plan(calendars: Sequence[Calendar]) -> Plan:
    days = [day for mine, _ in calendars for day in mine]
    return Plan(
        visits=tuple(visit for day in days for visit in day.visits),
        rows=Rows(
            nights=tuple(night for _, nights in calendars for night in nights),
            rides=tuple(ride for day in days for ride in day.rides),
            breaks=tuple(pause for day in days for pause in day.pauses),
        ),
    )


def _calendars(instance: Instance, team: Team, days: PausedDays) -> Iterator[Calendar]:
    """Every choice of a lodging, or the base, after each date but the last, and every day between them."""
    beds: tuple[Lodging | None, ...] = (None, *(instance.lodgings if team.max_nights else ()))
    known: dict[tuple[int, Lodging | None, Lodging | None], list[PausedDay]] = {}
    for slept in product(beds, repeat=len(instance.dates) - 1):
        choices = []
        for d, works in enumerate(team.work_dates):
            key = d, (slept[d - 1] if d else None), (slept[d] if d < len(slept) else None)
            if works or key[1] or key[2]:
                if key not in known:
                    known[key] = list(_days(instance, team, days, *key))
                choices.append(known[key])
        nights = tuple(
            Night(team=team.id, date=instance.dates[d], lodging=bed.id) for d, bed in enumerate(slept) if bed
        )
        for some in product(*choices):
            yield some, nights


def _days(
    instance: Instance, team: Team, days: PausedDays, d: int, begin: Lodging | None, end: Lodging | None
) -> Iterator[PausedDay]:
    """Every day between two places that its stops, in every order and length, leave time for."""
    is_away = begin is not None or end is not None
    ends = Ends(begin=begin or team, end=end or team, shift=(is_away and team.away_shift) or team.shift)
    if not is_away:
        yield PausedDay(visits=())
    numbers = break_numbers(team, d)
    for stops in _orders(instance, team, d, ()):
        if stops or is_away:
            day = days.journey((team.id, instance.dates[d]), ends, stops, numbers)
            if day is not None:
                yield day


def _orders(instance: Instance, team: Team, d: int, so_far: Stops) -> Iterator[Stops]:
    """Every order of visits and rides, none of them twice, that ends with a visit or brings the team somewhere."""
    yield so_far
    day = instance.dates[d]
    visits = [stop for stop in so_far if isinstance(stop, Visit)]
    rides = {stop.connection for stop in so_far if isinstance(stop, Ride)}
    if len(visits) < team.max_stops:
        for site in instance.sites:
            if site.open_dates[d] and site.id not in {visit.site for visit in visits}:
                for minutes in _lengths(instance, team, site.id):
                    visit = Visit(team=team.id, date=day, site=site.id, start=0, minutes=minutes)
                    yield from _orders(instance, team, d, (*so_far, visit))
    if len(rides) < MOST_RIDES:
        for ride in instance.connections:
            if ride.run_dates[d] and ride.id not in rides:
                stop = Ride(team=team.id, date=day, connection=ride.id, start=0)
                yield from _orders(instance, team, d, (*so_far, stop))


def _lengths(instance: Instance, team: Team, name: str) -> Iterator[int]:
    """The minutes that are worth trying: none after everybody is served."""
    site = next(site for site in instance.sites if site.id == name)
    if site.fixed_minutes is not None:
        yield site.fixed_minutes
        return
    for minutes in range(instance.slot_minutes, 781, instance.slot_minutes):
        yield minutes
        if capacity(instance.connectivity, team, site=site, minutes=minutes) >= site.people:
            return
