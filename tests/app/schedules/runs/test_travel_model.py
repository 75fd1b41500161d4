"""Entered ways reach the planning core, its plans, and what is said of them."""

import itertools
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.schedules.models import Visit
from app.schedules.runs.problem import refuse_unplannable
from app.schedules.runs.servable import NoServableSite
from app.schedules.runs.travel_model import LeastWays, LegOrigins, key_of, ways_of, with_legs
from app.sites.models import Site, SiteWindow
from app.travel.entries import TRAVEL_ENTRIES
from app.travel.legs import EnteredLeg, Legs
from app.travel.models import LegSource, RoadLegs, Way
from app.travel.roads import key_of as spot_key
from solver.contract.instance import GreatCircle, Instance, Matrix
from solver.contract.reading import instance_from_json
from solver.contract.tiny import tiny_instance
from solver.contract.travel import Travel
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft, make_plannable_district
from tests.app.schedules.runs.test_basis import requested
from tests.factories import make_district, make_site, make_target, make_team


def random_legs(chance: random.Random, instance: Instance, *, is_same_both_ways: bool) -> Legs:
    """Some legs between its places, most of them better than the straight line and some worse."""
    places = [key_of(place) for place in (*instance.sites, *instance.teams)]
    entered = {}
    for start, end in itertools.combinations(places, 2):
        if start[0] == end[0] == "team" or chance.random() < 0.6:
            continue
        entered[start, end] = EnteredLeg(chance.randint(1, 90), chance.randint(0, 9_000), chance.choice(list(Way)))
        if is_same_both_ways:
            entered[end, start] = entered[start, end]
        elif chance.random() < 0.5:
            entered[end, start] = EnteredLeg(chance.randint(1, 90), chance.randint(0, 9_000), Way.BOAT)
    return Legs(entered=entered)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("is_same_both_ways", [True, False])
def test_every_leg_of_the_instance_is_the_entered_or_the_straight_one(seed: int, is_same_both_ways: bool) -> None:
    plain = replace(tiny_instance(), pinned=(), published=())
    legs = random_legs(random.Random(seed), plain, is_same_both_ways=is_same_both_ways)
    instance = instance_from_json(with_legs(plain, legs).to_json())
    assert isinstance(instance.travel, GreatCircle if is_same_both_ways else Matrix)
    straight, travel = Travel(plain.travel), Travel(instance.travel)
    old, new = ((*found.sites, *found.teams) for found in (plain, instance))
    for start, end in itertools.permutations(zip(old, new, strict=True), 2):
        leg = legs.entered.get((key_of(start[0]), key_of(end[0])))
        expected = straight.leg(start[0], end[0]) if leg is None else (leg.minutes, leg.metres)
        assert travel.leg(start[1], end[1]) == expected


def test_a_code_that_a_site_and_a_team_share_names_neither_for_the_other() -> None:
    plain = replace(tiny_instance(), pinned=(), published=())
    plain = replace(plain, teams=tuple(replace(team, id=f"S{number}") for number, team in enumerate(plain.teams, 1)))
    ends = (("team", "S1"), ("site", "S3"))
    boat = EnteredLeg(77, 0, Way.BOAT)
    instance = with_legs(plain, Legs(entered={ends: boat, ends[::-1]: boat}))
    travel, straight = Travel(instance.travel), Travel(plain.travel)
    assert travel.leg(instance.teams[0], instance.sites[2]) == (77, 0)
    assert travel.leg(instance.sites[0], instance.sites[2]) == straight.leg(plain.sites[0], plain.sites[2])


@pytest.mark.parametrize("seed", range(20))
def test_least_ways_are_the_least_of_all_chains(seed: int) -> None:
    chance = random.Random(seed)
    plain = tiny_instance()
    assert isinstance(plain.travel, GreatCircle)
    legs = random_legs(chance, plain, is_same_both_ways=seed % 2 == 0)
    places = (*plain.sites, *plain.teams)
    ways, straight = LeastWays(plain.travel, legs, lambda: places), Travel(plain.travel)

    def leg(start: Any, end: Any) -> int:
        entered = legs.entered.get((key_of(start), key_of(end)))
        return straight.leg(start, end)[0] if entered is None else entered.minutes

    least = {(key_of(a), key_of(b)): leg(a, b) for a in places for b in places}
    for over, start, end in itertools.product(map(key_of, places), repeat=3):
        least[start, end] = min(least[start, end], least[start, over] + least[over, end])
    for team, site in itertools.product(plain.teams, plain.sites):
        assert ways.there(team, site) == least[key_of(team), key_of(site)]
        assert ways.back(site, team) == least[key_of(site), key_of(team)]


def test_what_is_kept_with_a_run_tells_what_each_leg_rests_on() -> None:
    legs = Legs(entered={(("team", "T1"), ("site", "S1")): EnteredLeg(95, 0, Way.BOAT)})
    origins = LegOrigins(json.loads(json.dumps(ways_of(legs))))
    entered = origins.of(("team", "T1"), ("site", "S1"))
    assert (entered.source, entered.way) == (LegSource.ENTERED, Way.BOAT)
    assert origins.of(("site", "S1"), ("team", "T1")).source is LegSource.GREAT_CIRCLE


@pytest.fixture
def river(session: Session, job_tables: None) -> District:
    """A team at an office, an agency near it, and two villages too far for a day by the road."""
    district = make_district(session)
    make_target(session)
    make_team(session, code="T-1")
    make_site(session, code="NEAR", lat=-3.27, lon=102.88)
    for code, lat in (("UP", -5.20), ("HIGHER", -5.22)):
        make_site(session, code=code, kind="village", lat=lat, lon=102.90, windows=[
            SiteWindow(weekdays="1111100", opens=480, closes=900),
        ])  # fmt: skip
    return district


def enter(session: Session, district: District, origin: str, destination: str, minutes: int, **fields: Any) -> None:
    given = {"origin": origin, "destination": destination, "minutes": minutes, "metres": 0, "way": "boat"}
    create_thing(session, TRAVEL_ENTRIES, district, given | fields, actor=COMMAND_LINE, now=NOW)


def test_a_village_without_its_boat_is_out_of_reach(session: Session, river: District) -> None:
    session.delete(session.scalars(select(Site).where(Site.code == "NEAR")).one())
    session.flush()
    with pytest.raises(NoServableSite):
        refuse_unplannable(session, requested())
    enter(session, river, "base:T-1", "UP", 60)
    refuse_unplannable(session, requested())


def test_a_boat_makes_a_village_part_of_a_plan_and_the_plan_says_so(session: Session, river: District) -> None:
    enter(session, river, "base:T-1", "UP", 60)
    enter(session, river, "UP", "HIGHER", 20, way="foot")
    session.commit()
    schedule = make_draft(session, river)
    rows = {
        code: visit
        for visit, code in session.execute(
            select(Visit, Site.code).join(Site, Site.id == Visit.site_id).where(Visit.schedule_id == schedule.id)
        )
    }
    assert rows["UP"].travel_minutes in (20, 60)
    for code, visit in rows.items():
        is_by_boat = visit.travel_minutes == 60
        assert (visit.travel_source, visit.travel_way) == {
            "NEAR": ("great_circle", None),
            "UP": ("entered", "boat" if is_by_boat else "foot"),
            "HIGHER": ("entered", "foot"),
        }[code]
    assert (rows["UP"].home_minutes, rows["UP"].home_source, rows["UP"].home_way) == (60, "entered", "boat")
    assert rows["NEAR"].home_source == "great_circle"


def test_two_directions_that_differ_reach_the_plan(session: Session, river: District) -> None:
    enter(session, river, "base:T-1", "UP", 80, both_directions=False)
    enter(session, river, "UP", "base:T-1", 45, both_directions=False)
    session.commit()
    schedule = make_draft(session, river)
    visit = session.execute(
        select(Visit).join(Site, Site.id == Visit.site_id).where(Visit.schedule_id == schedule.id, Site.code == "UP")
    ).scalar_one()
    assert (visit.travel_minutes, visit.home_minutes) == (80, 45)
    assert (visit.travel_source, visit.home_source) == ("entered", "entered")


def test_a_plan_goes_by_roads_where_they_are_known_and_says_so(session: Session, job_tables: None) -> None:
    district = make_plannable_district(session)
    sites = session.scalars(select(Site).order_by(Site.code)).all()
    spots = {site.code: spot_key(site.lat, site.lon) for site in sites}
    base = spot_key(-3.2630, 102.8751)
    # Of one site the engine knows no road; all others are a quarter of an hour from everywhere.
    known = {base, *spots.values()} - {spots["S-0"]}
    for origin in known:
        legs = {end: [15, 9_000] for end in known if end != origin} | {spots["S-0"]: None}
        kept = {"legs": legs, "destinations": "", "asked_of": "test", "asked_at": NOW}
        session.add(RoadLegs(district_code="16.73", origin=origin, **kept))
    session.commit()
    schedule = make_draft(session, district)
    visits = session.execute(
        select(Visit, Site.code).join(Site, Site.id == Visit.site_id).where(Visit.schedule_id == schedule.id)
    ).all()
    assert len(visits) >= 6
    for visit, code in visits:
        if code == "S-0":
            assert (visit.travel_source, visit.home_source) == ("great_circle", "great_circle")
        else:
            assert (visit.home_minutes, visit.home_metres, visit.home_source) == (15, 9_000, "road")
            assert visit.travel_way is None
    first = [visit for visit, code in visits if visit.stop_index == 0 and code != "S-0"]
    assert first
    assert all((visit.travel_minutes, visit.travel_source) == (15, "road") for visit in first)
