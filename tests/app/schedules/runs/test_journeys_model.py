"""Lodgings, stations, connections and zones on their way into an instance, and which sites are out of reach."""

import gzip
import itertools
import json
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.coded_things import Kind, create_thing
from app.districts.models import District
from app.schedules.runs.journey_ids import code_of
from app.schedules.runs.problem import build_instance, refuse_unplannable
from app.schedules.runs.servable import NoServableSite
from app.schedules.runs.travel_model import key_of, places_in, with_legs
from app.sites.models import Site
from app.tables.fields import minute_of_day
from app.teams.models import Team
from app.travel.entries import TRAVEL_ENTRIES
from app.travel.journeys.connections import CONNECTIONS
from app.travel.journeys.lodgings import LODGINGS
from app.travel.journeys.stations import STATIONS
from app.travel.legs import EnteredLeg, Legs
from app.travel.models import Connection, Way
from solver.contract.instance import GreatCircle, Instance, Matrix, Point
from solver.contract.journeys import Lodging, Station
from solver.contract.reading import instance_from_json
from solver.contract.tiny import tiny_instance
from solver.contract.travel import NO_WAY_MINUTES, Travel
from tests.app.conftest import NOW
from tests.app.schedules.runs.test_basis import requested
from tests.factories import make_district, make_site, make_target, make_team


def enter(session: Session, district: District, kind: Kind[Any, Any], /, **given: Any) -> Any:
    return create_thing(session, kind, district, given, actor=COMMAND_LINE, now=NOW)


def connect(session: Session, district: District, code: str, ends: str, departs: str, **given: Any) -> Any:
    """A boat of two hours between two places, such as `PEL-LAP`."""
    origin, _, destination = ends.partition("-")
    earliest, _, latest = departs.partition("-")
    fields: dict[str, Any] = {"way": "boat", "minutes": 120, "departs_earliest": minute_of_day(earliest)}
    fields |= {"departs_latest": minute_of_day(latest) if latest else None}
    return enter(session, district, CONNECTIONS, code=code, origin=origin, destination=destination, **(fields | given))


@pytest.fixture
def valley(session: Session, job_tables: None) -> District:
    """A town with a team, an agency and a harbour, and a village in a zone of its own with a jetty and an inn."""
    district = make_district(session)
    make_target(session)
    make_team(session, code="T-1", max_stops=3)
    make_site(session, code="NEAR", lat=-3.27, lon=102.88)
    make_site(session, code="HULU", kind="village", lat=-3.50, lon=102.95, zone="Hulu")
    enter(session, district, STATIONS, code="PEL", name="Pelabuhan", kind="harbour", lat=-3.265, lon=102.876)
    enter(session, district, STATIONS, code="LAP", name="Dermaga", kind="jetty", lat=-3.501, lon=102.95, zone="Hulu")
    inn = {"cost_per_night": 250_000, "max_teams": 1, "lat": -3.502, "lon": 102.951, "zone": "Hulu"}
    enter(session, district, LODGINGS, code="INN", name="Mess", **inn)
    return district


def team_of(session: Session) -> Team:
    return session.scalars(select(Team)).one()


def content_of(session: Session) -> bytes:
    return build_instance(session, requested()).content


def built(session: Session) -> Instance:
    return instance_from_json(json.loads(gzip.decompress(content_of(session))))


def test_what_no_team_can_use_changes_no_byte(session: Session, valley: District) -> None:
    session.delete(session.scalars(select(Site).where(Site.code == "HULU")).one())
    session.flush()
    content = content_of(session)
    assert json.loads(gzip.decompress(content))["format"] == "outreach-1"
    for place in session.scalars(select(Site)):
        place.zone = "Kota"
    team = team_of(session)
    # All in one zone are in none; rest and hours away belong to nights; a boat that never goes is none.
    team.zone, team.rest_days, team.away_shift_start, team.away_shift_end = "Kota", 2, 300, 1200
    connect(session, valley, "GONE", "PEL-LAP", "08:00", ends_on=date(2023, 10, 31))
    connect(session, valley, "SUNDAY", "PEL-LAP", "08:00", weekdays="0000001")
    session.flush()
    assert content_of(session) == content
    # A lodging is of use to nobody when it is closed after every date.
    team.max_nights = 3
    for lodging in (LODGINGS,):
        inn = session.scalars(select(lodging.row)).one()
        inn.ends_on = date(2023, 10, 31)
    session.flush()
    assert content_of(session) == content


def test_all_of_it_becomes_part_of_the_instance(session: Session, valley: District) -> None:
    team = team_of(session)
    team.max_nights, team.rest_days, team.away_shift_start, team.away_shift_end = 3, 1, 360, 1080
    away = {"fare": 600_000, "max_teams": 1, "weekdays": "1000100", "dates_without": (date(2023, 11, 17),)}
    connect(session, valley, "UP", "PEL-LAP", "08:00-09:30", **away)
    connect(session, valley, "DOWN", "LAP-PEL", "07:30")
    connect(session, valley, "WALK", "INN-HULU", "06:00-18:00", way="foot", minutes=15)
    enter(session, valley, STATIONS, code="IDLE", name="Tak dipakai", kind="jetty", lat=-3.3, lon=102.9)
    instance = built(session)
    assert instance.format == "outreach-2"
    (inn,) = instance.lodgings
    assert (code_of(inn.id), inn.name, inn.zone, inn.cost_per_night, inn.max_teams) == (
        "INN",
        "Mess",
        "Hulu",
        250_000,
        1,
    )
    assert inn.open_dates == (*(True,) * (len(instance.dates) - 1), False)
    assert [(code_of(station.id), station.zone) for station in instance.stations] == [("PEL", ""), ("LAP", "Hulu")]
    up, down, walk = instance.connections
    assert (up.origin, up.target, up.minutes, up.fare, up.max_teams) == ("station:PEL", "station:LAP", 120, 600_000, 1)
    assert ((up.departs.open, up.departs.close), (down.departs.open, down.departs.close)) == ((480, 570), (450, 450))
    assert [day for day, runs in zip(instance.dates, up.run_dates, strict=True) if runs] == [
        day for day in instance.dates if day.weekday() in (0, 4) and day != date(2023, 11, 17)
    ]
    assert all(down.run_dates)
    assert (walk.origin, walk.target) == ("lodging:INN", "HULU")
    (mine,) = instance.teams
    assert (mine.max_nights, mine.rest_days, mine.away_shift and mine.away_shift.close) == (3, 1, 1080)
    assert {site.id: site.zone for site in instance.sites} == {"NEAR": "", "HULU": "Hulu"}
    assert isinstance(instance.travel, GreatCircle)


def test_travel_entries_lead_to_lodgings_and_stations(session: Session, valley: District) -> None:
    team_of(session).max_nights = 1
    connect(session, valley, "UP", "PEL-LAP", "08:00")
    way = {"minutes": 7, "metres": 800, "way": "road"}
    for origin, destination, both in (("base:T-1", "PEL", True), ("LAP", "INN", False)):
        given = {"origin": origin, "destination": destination, "both_directions": both} | way
        create_thing(session, TRAVEL_ENTRIES, valley, given, actor=COMMAND_LINE, now=NOW)
    instance = built(session)
    # One of them differs by direction, so everything stands in a matrix, in which zones have no way.
    assert isinstance(instance.travel, Matrix)
    travel = Travel(instance.travel)
    at = {key_of(place): place for place in places_in(instance)}
    town, harbour, jetty = at["team", "T-1"], at["station", "PEL"], at["station", "LAP"]
    inn, village = at["lodging", "INN"], at["site", "HULU"]
    assert travel.leg(town, harbour) == travel.leg(harbour, town) == (7, 800)
    assert travel.leg(jetty, inn) == (7, 800)
    assert travel.leg(inn, jetty)[0] < 7
    assert travel.leg(harbour, jetty)[0] == travel.leg(village, town)[0] == NO_WAY_MINUTES


def test_zones_alone_are_told_without_a_word_that_is_new(session: Session, valley: District) -> None:
    way = {"origin": "base:T-1", "destination": "HULU", "minutes": 45, "metres": 0, "way": "boat"}
    create_thing(session, TRAVEL_ENTRIES, valley, way, actor=COMMAND_LINE, now=NOW)
    instance = built(session)
    assert instance.format == "outreach-1"
    assert isinstance(instance.travel, Matrix)
    near, hulu = sorted(instance.sites, key=lambda site: site.id, reverse=True)
    travel = Travel(instance.travel)
    assert travel.leg(instance.teams[0], hulu) == travel.leg(hulu, instance.teams[0]) == (45, 0)
    assert travel.leg(near, hulu) == (NO_WAY_MINUTES, 0)


def test_no_two_things_have_one_id(session: Session, valley: District) -> None:
    team_of(session).max_nights = 1
    for code in ("INN", "lodging:INN", "station:PEL"):
        make_site(session, code=code, lat=-3.27, lon=102.89)
    connect(session, valley, "INN", "station:PEL-lodging:INN", "08:00")
    instance = built(session)
    # A site has always been named by its code, whatever that is.
    assert (instance.connections[0].origin, instance.connections[0].target) == ("station:PEL", "lodging:INN")
    assert {site.id for site in instance.sites} >= {"station:PEL", "lodging:INN"}
    assert [code_of(lodging.id) for lodging in instance.lodgings] == ["INN"]


def random_country(chance: random.Random) -> Instance:
    """A tiny instance with lodgings and stations, all of it strewn over three zones."""
    plain = replace(tiny_instance(), pinned=(), published=())

    def zone() -> str:
        return chance.choice(["", "A", "B"])

    def point() -> Point:
        return Point(lat=-3.3 + chance.random() / 5, lon=102.8 + chance.random() / 5)

    return replace(
        plain,
        format="outreach-2",
        sites=tuple(replace(site, zone=zone()) for site in plain.sites),
        teams=tuple(replace(team, zone=zone(), max_nights=1) for team in plain.teams),
        lodgings=tuple(
            Lodging(
                **{"id": f"lodging:{code}", "name": code, "place": point(), "zone": zone()},
                **{"cost_per_night": 0, "max_teams": None, "open_dates": (True,) * len(plain.dates)},
            )
            for code in "LM"
        ),
        stations=tuple(Station(id=f"station:{code}", name=code, place=point(), zone=zone()) for code in "PQ"),
    )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("is_same_both_ways", [True, False])
def test_every_leg_is_the_entered_one_or_the_straight_one_of_its_zone(seed: int, is_same_both_ways: bool) -> None:
    chance = random.Random(seed)
    plain = random_country(chance)
    entered: dict[Any, EnteredLeg] = {}
    for start, end in itertools.permutations([key_of(place) for place in places_in(plain)], 2):
        if (start[0] == end[0] == "team") or chance.random() < 0.8:
            continue
        entered[start, end] = EnteredLeg(chance.randint(1, 90), chance.randint(0, 9_000), Way.BOAT)
        if is_same_both_ways:
            entered[end, start] = entered[start, end]
    instance = instance_from_json(with_legs(plain, Legs(entered=entered)).to_json())
    assert isinstance(instance.travel, GreatCircle if is_same_both_ways else Matrix)
    straight, travel = Travel(plain.travel), Travel(instance.travel)
    pairs = zip(places_in(plain), places_in(instance), strict=True)
    for (old_start, start), (old_end, end) in itertools.permutations(list(pairs), 2):
        leg = entered.get((key_of(old_start), key_of(old_end)))
        # The straight leg of the contract is already none between zones.
        expected = straight.leg(old_start, old_end) if leg is None else (leg.minutes, leg.metres)
        assert travel.leg(start, end) == expected


def is_served(session: Session) -> bool:
    """Whether the village, which alone makes a plan worth while, is no longer out of reach."""
    session.flush()
    try:
        refuse_unplannable(session, requested())
    except NoServableSite as refusal:
        return "1 out of reach" not in refusal.detail
    return True


@pytest.fixture
def village(session: Session, valley: District) -> District:
    """The valley without its town's agency."""
    session.delete(session.scalars(select(Site).where(Site.code == "NEAR")).one())
    session.flush()
    return valley


def test_another_zone_is_out_of_reach_until_a_way_leads_there(session: Session, village: District) -> None:
    assert not is_served(session)
    connect(session, village, "UP", "PEL-LAP", "08:00", minutes=60)
    assert not is_served(session)
    connect(session, village, "DOWN", "LAP-PEL", "14:00", minutes=60)
    assert is_served(session)


@pytest.mark.parametrize(
    ("down", "given", "is_reached"),
    [
        ("09:00", {}, False),
        ("10:40", {}, True),
        ("14:00", {"weekdays": "0000001"}, False),
        ("16:00", {}, False),
    ],
)
def test_a_day_is_long_enough_for_the_boat_there_and_back_or_not(
    session: Session, village: District, down: str, given: Mapping[str, Any], is_reached: bool
) -> None:
    """The boat is there at nine; a quarter of an hour and the way to the jetty are the least that a visit takes."""
    connect(session, village, "UP", "PEL-LAP", "08:00", minutes=60)
    connect(session, village, "DOWN", "LAP-PEL", down, **({"minutes": 60} | given))
    assert is_served(session) is is_reached


def test_a_trip_reaches_what_a_day_does_not(session: Session, village: District) -> None:
    connect(session, village, "UP", "PEL-LAP", "13:00")
    connect(session, village, "DOWN", "LAP-PEL", "08:00")
    team, inn = team_of(session), session.scalars(select(LODGINGS.row)).one()
    # It is up when the village closes and goes down when it opens: a day between takes two nights.
    for nights, is_reached in ((0, False), (1, False), (2, True)):
        team.max_nights = nights
        assert is_served(session) is is_reached
    inn.ends_on = date(2023, 10, 31)
    assert not is_served(session)
    inn.ends_on = None
    session.scalars(select(Connection).where(Connection.code == "DOWN")).one().departs_earliest = 400
    # Before the shift; on days away the team may leave earlier.
    assert not is_served(session)
    team.away_shift_start, team.away_shift_end = 360, 1080
    assert is_served(session)


def test_a_way_of_two_days_takes_two_nights(session: Session, village: District) -> None:
    inn = {"cost_per_night": 0, "lat": -3.4, "lon": 102.9, "zone": "Tengah"}
    enter(session, village, LODGINGS, code="HALF", name="Balai Desa", **inn)
    connect(session, village, "UP-1", "PEL-HALF", "13:00")
    connect(session, village, "UP-2", "HALF-LAP", "13:00")
    connect(session, village, "DOWN", "LAP-PEL", "13:00")
    team = team_of(session)
    team.max_nights = 1
    assert not is_served(session)
    team.max_nights = 2
    assert is_served(session)
