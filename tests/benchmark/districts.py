"""Districts of our own making, seeded, so that nobody tunes to the instances at hand; and cores that routers can plan.

Magnitudes follow the published ones: a village event draws some tens to hundreds of people, an agency its staff."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Literal

from solver.contract.instance import Instance
from solver.contract.reading import instance_from_json

Spread = Literal["city", "countryside", "archipelago"]
Document = dict[str, Any]
Place = tuple[float, float]

FIRST_DATE = date(2024, 2, 5)
CENTRE: Place = (-2.5, 110.0)
KM_PER_DEGREE = 111.2
WEIGHTS: Document = {
    "must": 1_000_000,
    "pin": 1_000_000,
    "shortfall": 1000,
    "area_shortfall": 500,
    "per_million_cost": 1000,
    "late": 2,
    "moved": 50,
}
CONNECTIVITY: Document = {
    "throughput_percent": [0, 45, 70, 90, 100],
    "success_percent": [0, 75, 88, 95, 98],
    "satellite_level": 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much there is of everything."""

    sites: int
    teams: int
    dates: int
    areas: int


SIZES = {
    "s": Size(sites=48, teams=3, dates=15, areas=4),
    "m": Size(sites=240, teams=7, dates=30, areas=10),
    "l": Size(sites=1000, teams=26, dates=45, areas=30),
    "xl": Size(sites=5000, teams=60, dates=60, areas=110),
}


def district(spread: Spread, size: Size, *, seed: int, closable: bool, name: str) -> Instance:
    """Return a district with every feature that real ones show; with `closable` teams can win more than the gap.

    City sites lie within a few kilometres of one base; in the countryside each area has its base and muddy ways;
    islands are apart by boats that are slow and, in small districts, given as a matrix.
    """
    random = Random(f"{spread} {size} {seed}")
    days = _working_days(size.dates)
    hubs = _hubs(random, spread, size.areas)
    area_of = [x % size.areas for x in range(size.sites)]
    places = [_near(random, hubs[x], km=_reach_km(spread)) for x in area_of]
    sites = [_site(random, x, area=area_of[x], days=days) for x in range(size.sites)]
    bases = [hubs[0] if spread == "city" else hubs[x % size.areas] for x in range(size.teams)]
    teams = [_team(random, x, days=days) for x in range(size.teams)]
    people = sum(site["people"] for site in sites)
    walk_ins = random.choice([5, 20])
    reach = people // 4 if closable else 2 * people
    document: Document = {
        "format": "outreach-1",
        "name": name,
        "dates": [day.isoformat() for day in days],
        "slot_minutes": 15,
        "target": {"gap": reach + walk_ins * len(days), "walk_ins_per_day": walk_ins},
        "connectivity": CONNECTIVITY,
        "areas": [
            {"id": f"A{x}", "name": f"Area {x}", "min_activations": people // (6 * size.areas) if x % 3 == 0 else 0}
            for x in range(size.areas)
        ],
        "sites": sites,
        "teams": teams,
        "costs": {"per_km": 4000, "per_team_day": 300_000, "budget": None},
        "weights": WEIGHTS,
        "pinned": [],
        "published": [],
    }
    if spread == "archipelago" and size.sites <= SIZES["m"].sites:
        island = [*area_of, *(x % size.areas for x in range(size.teams))]
        document["travel"] = _boats(random, [*places, *bases], island)
        for number, record in enumerate([*sites, *teams]):
            record["place"] = number
    else:
        document["travel"] = {"detour": 1.6 if spread != "city" else 1.3, "kmh": 35 if spread != "city" else 22}
        for record, (lat, lon) in zip([*sites, *teams], [*places, *bases], strict=True):
            record |= {"lat": round(lat, 5), "lon": round(lon, 5)}
    return instance_from_json(document)


def core(*, sites: int, teams: int, capacity_share: float, seed: int, name: str) -> Instance:
    """Return what route optimisers can plan too, with team-days for only so large a share of the work.

    Every duration is fixed and wins all people of the site, every site takes one visit on any date in one window,
    and nothing counts but activations.
    """
    random = Random(f"core {sites} {teams} {seed}")
    pace = 2  # minutes per activation of a team of three operators at six minutes each
    found: list[Document] = []
    for number in range(sites):
        people = min(180, max(12, int(random.lognormvariate(4.1, 0.6))))
        window = random.choice([[480, 930], [480, 930], [480, 780], [510, 840], [600, 930]])
        setup = random.choice([15, 20, 30])
        longest = (min(780, window[1]) - window[0] - setup) // 15 * 15
        minutes = min(longest, math.ceil(people * pace / 15) * 15)
        lat, lon = _near(random, CENTRE, km=14 if number % 3 else 4)
        found.append(
            {
                "id": f"S{number}", "name": f"Site {number}", "kind": "village", "area": "A", "lat": round(lat, 5),
                "lon": round(lon, 5), "people": min(people, minutes // pace), "connectivity": 4, "windows": [window],
                "setup_minutes": setup, "fixed_minutes": minutes, "must": False, "max_visit_dates": 1,
                "min_gap_days": 1, "max_teams": 1,
            }
        )  # fmt: skip
    shift = [450, 960]
    way = 25  # a rough minute count of travel per visit
    work = sum(site["setup_minutes"] + site["fixed_minutes"] + way for site in found)
    days = _working_days(max(1, int(capacity_share * work / (teams * (shift[1] - shift[0])))))
    for site in found:
        site["dates"] = "1" * len(days)
    homes = [_near(random, CENTRE, km=6) for _ in range(min(teams, 3))]
    bases = [homes[x % len(homes)] for x in range(teams)]
    return instance_from_json(
        {
            "format": "outreach-1",
            "name": name,
            "dates": [day.isoformat() for day in days],
            "slot_minutes": 15,
            "target": {"gap": None, "walk_ins_per_day": 0},
            "connectivity": CONNECTIVITY | {"throughput_percent": [100] * 5, "success_percent": [100] * 5},
            "travel": {"detour": 1.4, "kmh": 30},
            "areas": [{"id": "A", "name": "A", "min_activations": 0}],
            "sites": found,
            "teams": [
                {
                    "id": f"T{x}", "operators": 3, "minutes_per_activation": 6, "lat": round(lat, 5),
                    "lon": round(lon, 5), "dates": "1" * len(days), "shift": shift,
                    "satellite": False, "max_stops": 6,
                }
                for x, (lat, lon) in enumerate(bases)
            ],
            "costs": {"per_km": 0, "per_team_day": 0, "budget": None},
            "weights": dict.fromkeys(WEIGHTS, 0) | {"shortfall": 1000},
            "pinned": [],
            "published": [],
        }
    )  # fmt: skip


def orienteering(*, sites: int, teams: int, window_minutes: int, clustered: bool, seed: int, name: str) -> Instance:
    """Return one long day with many short stops, in the manner of the public team orienteering instances.

    Minutes are finer than in districts (a tenth of the unit of distance), windows as wide as told, prizes up to 50.
    """
    random = Random(f"orienteering {sites} {teams} {window_minutes} {clustered} {seed}")
    middles = [(random.uniform(10, 90), random.uniform(10, 90)) for _ in range(max(3, sites // 12))]
    points = [(50.0, 50.0)]
    while len(points) <= sites:
        x, y = random.choice(middles)
        near = (random.gauss(x, 4), random.gauss(y, 4))
        points.append(near if clustered else (random.uniform(0, 100), random.uniform(0, 100)))
    minutes = [[int(10 * math.dist(a, b)) for b in points] for a in points]
    end = 3000
    found = []
    for number in range(1, sites + 1):
        service = random.choice([60, 100, 100, 150])
        first = minutes[0][number]
        last = max(first, end - minutes[number][0] - service)
        opens = random.randint(min(first, last), last)
        closes = min(last, opens + random.randint(window_minutes // 2, window_minutes)) + service
        found.append(
            {
                "id": f"S{number}", "name": f"S{number}", "kind": "village", "area": "A", "place": number,
                "people": random.randint(1, 50), "connectivity": 4, "dates": "1", "windows": [[opens, closes]],
                "setup_minutes": 0, "fixed_minutes": service, "must": False, "max_visit_dates": 1, "min_gap_days": 1,
                "max_teams": 1,
            }
        )  # fmt: skip
    return instance_from_json(
        {
            "format": "outreach-1",
            "name": name,
            "dates": [FIRST_DATE.isoformat()],
            "slot_minutes": 1,
            "target": {"gap": None, "walk_ins_per_day": 0},
            "connectivity": CONNECTIVITY | {"throughput_percent": [100] * 5, "success_percent": [100] * 5},
            "travel": {"minutes": minutes, "metres": minutes},
            "areas": [{"id": "A", "name": "A", "min_activations": 0}],
            "sites": found,
            "teams": [
                {
                    "id": f"T{x}", "operators": 1, "minutes_per_activation": 1, "place": 0, "dates": "1",
                    "shift": [0, end], "satellite": False, "max_stops": sites,
                }
                for x in range(teams)
            ],
            "costs": {"per_km": 0, "per_team_day": 0, "budget": None},
            "weights": dict.fromkeys(WEIGHTS, 0) | {"shortfall": 1000},
            "pinned": [],
            "published": [],
        }
    )  # fmt: skip


def _working_days(count: int) -> list[date]:
    """Return so many dates from Monday to Friday."""
    return [FIRST_DATE + timedelta(days=7 * (x // 5) + x % 5) for x in range(count)]


def _reach_km(spread: Spread) -> float:
    return {"city": 4.0, "countryside": 14.0, "archipelago": 7.0}[spread]


def _hubs(random: Random, spread: Spread, count: int) -> list[Place]:
    """Return the middles of the areas: crowded in a city, on a loose grid in the countryside, far apart at sea."""
    apart_km = {"city": 3.0, "countryside": 18.0, "archipelago": 30.0}[spread]
    width = math.ceil(math.sqrt(count))
    grid = [
        (CENTRE[0] + apart_km * (x // width) / KM_PER_DEGREE, CENTRE[1] + apart_km * (x % width) / KM_PER_DEGREE)
        for x in range(count)
    ]
    return [_near(random, place, km=apart_km / 4) for place in grid]


def _near(random: Random, place: Place, *, km: float) -> Place:
    """Return a place around another, most often within so many kilometres."""
    return place[0] + random.gauss(0, km / 2) / KM_PER_DEGREE, place[1] + random.gauss(0, km / 2) / KM_PER_DEGREE


def _boats(random: Random, places: Sequence[Place], island: Sequence[int]) -> Document:
    """Return a matrix: roads on an island, and between two a boat that one waits for, longer one way than back."""
    minutes, metres = [], []
    for a, (lat, lon) in enumerate(places):
        spent, gone = [], []
        for b, (to_lat, to_lon) in enumerate(places):
            km = math.hypot(lat - to_lat, (lon - to_lon) * math.cos(math.radians(lat))) * KM_PER_DEGREE
            by_boat = island[a] != island[b]
            spent.append(0 if a == b else math.ceil(km * 2.4) + (25 + 5 * (island[a] < island[b]) if by_boat else 0))
            gone.append(0 if a == b else int(1000 * km * (1.1 if by_boat else 1.5)))
        minutes.append(spent)
        metres.append(gone)
    return {"minutes": minutes, "metres": metres}


def _site(random: Random, number: int, *, area: int, days: Sequence[date]) -> Document:
    kind = random.choices(["village", "school", "agency", "clinic", "organisation"], [50, 20, 15, 8, 7])[0]
    record: Document = {
        "id": f"S{number}",
        "name": f"{kind} {number}",
        "kind": kind,
        "area": f"A{area}",
        "connectivity": random.choices([0, 1, 2, 3, 4], [4, 12, 24, 35, 25])[0],
        "setup_minutes": random.choice([15, 20, 30]),
        "fixed_minutes": None,
        "must": random.random() < 0.03,
    } | KINDS[kind](random)
    closed = random.choice([0.0, 0.1, 0.3])
    open_dates = [random.random() >= closed for _ in days]
    if kind == "school":
        # A week of exams.
        exams = random.randrange(len(days))
        open_dates = [is_open and not exams <= x < exams + 5 for x, is_open in enumerate(open_dates)]
    record["dates"] = "".join("1" if is_open else "0" for is_open in open_dates)
    if kind in ("agency", "school") and random.random() < 0.5:
        morning = [record["windows"][0][0], 680]
        record["windows_on"] = {day.isoformat(): [morning] for day in days if day.weekday() == 4}
    return record


def _village(random: Random) -> Document:
    big = random.random() < 0.15
    return {
        "people": int(random.lognormvariate(5.6 if big else 4.2, 0.6)),
        "windows": [random.choice([[480, 780], [480, 900], [510, 840], [720, 1020]])],
        "max_visit_dates": random.choice([2, 4]) if big else 1,
        "min_gap_days": 7,
        "max_teams": random.choice([2, 4]) if big else 1,
    }


def _school(random: Random) -> Document:
    fixed = random.random() < 0.2
    return {
        "people": int(random.lognormvariate(4.7, 0.5)),
        "windows": [[450, random.choice([720, 780])]],
        "fixed_minutes": 120 if fixed else None,
        "max_visit_dates": random.choice([1, 2]),
        "min_gap_days": 5,
        "max_teams": 2,
    }


def _agency(random: Random) -> Document:
    return {
        "people": int(random.lognormvariate(4.0, 0.8)),
        "windows": random.choice([[[480, 930]], [[480, 720], [780, 930]], [[510, 900]]]),
        "max_visit_dates": random.choice([1, 2, 3]),
        "min_gap_days": 1,
        "max_teams": random.choice([1, 1, 2]),
    }


def _clinic(random: Random) -> Document:
    return {
        "people": int(random.lognormvariate(3.6, 0.5)),
        "windows": [[480, random.choice([720, 780, 840])]],
        "max_visit_dates": random.choice([1, 2]),
        "min_gap_days": 3,
        "max_teams": 1,
    }


def _organisation(random: Random) -> Document:
    return {
        "people": int(random.lognormvariate(4.9, 0.7)),
        "windows": [random.choice([[540, 900], [780, 1020]])],
        "max_visit_dates": random.choice([1, 2]),
        "min_gap_days": 14,
        "max_teams": random.choice([1, 3]),
    }


KINDS: dict[str, Callable[[Random], Document]] = {
    "village": _village,
    "school": _school,
    "agency": _agency,
    "clinic": _clinic,
    "organisation": _organisation,
}


def _team(random: Random, number: int, *, days: Sequence[date]) -> Document:
    away = random.randrange(len(days)) if random.random() < 0.4 else len(days)
    return {
        "id": f"T{number}",
        "operators": random.choice([2, 2, 3, 4]),
        "minutes_per_activation": random.choice([5, 6, 6, 8]),
        "dates": "".join("0" if away <= x < away + 3 else "1" for x in range(len(days))),
        "shift": random.choice([[480, 930], [480, 930], [450, 990]]),
        "satellite": random.random() < 0.25,
        "max_stops": random.choice([4, 5, 6]),
    }
