"""The smallest problem that has one of everything."""

from dataclasses import replace

from solver.contract.documents import SATELLITE, Document, KitPool
from solver.contract.instance import NEXT_FORMAT, Instance
from solver.contract.journeys import Lodging
from solver.contract.reading import instance_from_json


def tiny_instance() -> Instance:
    """An instance that leads through every kernel; types alone decide what is compiled, sizes do not."""
    open_all_day, dates = "11", ["2023-11-13", "2023-11-14"]
    site = {
        "kind": "agency", "area": "A", "lat": -3.3, "lon": 102.9, "people": 400, "connectivity": 3,
        "dates": open_all_day, "windows": [[480, 720], [780, 960]], "windows_on": {}, "setup_minutes": 20,
        "fixed_minutes": None, "max_visit_dates": 2, "min_gap_days": 1, "max_teams": 2,
    }  # fmt: skip
    team = {
        "operators": 2, "minutes_per_activation": 6, "lat": -3.29, "lon": 102.86, "dates": open_all_day,
        "shift": [450, 990], "satellite": False, "max_stops": 3,
    }  # fmt: skip
    visit = {"team": "T1", "date": dates[0], "site": "S1", "start": 500, "minutes": 60}
    return instance_from_json(
        {
            "format": "outreach-1",
            "name": "tiny",
            "dates": dates,
            "slot_minutes": 15,
            "target": {"gap": None, "walk_ins_per_day": 0},
            "connectivity": {
                "throughput_percent": [0, 45, 70, 90, 100],
                "success_percent": [0, 75, 88, 95, 98],
                "satellite_level": 3,
            },
            "travel": {"detour": 1.3, "kmh": 30, "overrides": []},
            "areas": [{"id": "A", "name": "A", "min_activations": 50}],
            "sites": [
                {**site, "id": f"S{x}", "name": f"S{x}", "must": x == 4, "lat": -3.3 - 0.02 * x} for x in range(1, 6)
            ],
            "teams": [{**team, "id": "T1"}, {**team, "id": "T2", "satellite": True}],
            "costs": {"per_km": 4000, "per_team_day": 300_000, "budget": None},
            "weights": {
                "must": 1_000_000,
                "pin": 1_000_000,
                "shortfall": 1000,
                "area_shortfall": 500,
                "per_million_cost": 1000,
                "late": 2,
                "moved": 50,
            },
            "pinned": [visit],
            "published": [visit, {**visit, "team": "T2", "site": "S2"}],
        }
    )


def tiny_instance_with_kits() -> Instance:
    """The same with a set for whoever has none, with which the first team works better."""
    tiny = tiny_instance()
    pool = KitPool(
        id="set",
        kind=SATELLITE,
        count=1,
        max_per_team=1,
        teams=None,
        cost_per_day=100_000,
        on_dates=(True,) * len(tiny.dates),
    )
    better = replace(tiny.connectivity, satellite_level=4)
    return replace(tiny, format=NEXT_FORMAT, connectivity=better, kits=(pool,))


def tiny_instance_with_nights() -> Instance:
    """The same without kits, with a lodging where both teams may stay for a night."""
    tiny = tiny_instance()
    lodging = Lodging(
        id="inn",
        name="inn",
        place=tiny.sites[0].place,
        zone="",
        cost_per_night=100_000,
        max_teams=None,
        open_dates=(True,) * len(tiny.dates),
    )
    teams = tuple(replace(team, max_nights=1) for team in tiny.teams)
    return replace(tiny, format=NEXT_FORMAT, lodgings=(lodging,), teams=teams)


def tiny_instance_with_documents() -> Instance:
    """The same with a card of its own for some of the people, and a printer that whoever goes out may draw."""
    tiny = tiny_instance_with_kits()
    card = Document(
        id="card",
        gap=None,
        walk_ins_per_day=0,
        minutes=5,
        kit="printer",
        needs_signal=True,
        shortfall=400,
        late=1,
    )
    sites = tuple(replace(site, people_by_document=((card.id, 60),)) for site in tiny.sites)
    printer = replace(tiny.kits[0], id="printer", kind="printer")
    return replace(tiny, documents=(card,), sites=sites, kits=(*tiny.kits, printer))
