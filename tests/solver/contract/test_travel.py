"""Travel: what a leg takes, from each of the three sources."""

from dataclasses import replace
from random import Random

import pytest

from solver.contract.instance import GreatCircle, Matrix, Override, Point, Site, Team
from solver.contract.travel import Travel, driving_minutes, great_circle_metres
from tests.solver.contract_files import load_referee
from tests.solver.week import week


def site_at(lat: float, lon: float) -> Site:
    return replace(week().sites[0], place=Point(lat=lat, lon=lon))


def team_at(lat: float, lon: float) -> Team:
    return replace(week().teams[0], place=Point(lat=lat, lon=lon))


# A degree of the equator is 2 * pi * 6371.0088 km / 360 = 111.195080 km.
@pytest.mark.parametrize(("detour", "metres"), [(1, 111_195), (1.00004, 111_200), (1.3, 144_554), (0, 0)])
def test_a_degree_of_the_equator_has_its_length(detour: float, metres: int) -> None:
    assert great_circle_metres(Point(lat=0, lon=100), Point(lat=0, lon=101), detour=detour) == metres


def test_opposite_points_are_half_the_globe_apart() -> None:
    assert great_circle_metres(Point(lat=0, lon=0), Point(lat=0, lon=180), detour=1) == 20_015_114


def test_a_place_is_nowhere_from_itself() -> None:
    assert Travel(GreatCircle(detour=1.4, kmh=30)).leg(site_at(-3.3, 102.8), team_at(-3.3, 102.8)) == (0, 0)


@pytest.mark.parametrize(
    ("metres", "kmh", "minutes"),
    [(0, 30, 0), (1, 30, 1), (500, 30, 1), (501, 30, 2), (15_000, 30, 30), (15_001, 30, 31), (1000, 27.5, 3)],
)
def test_driving_is_rounded_up_to_whole_minutes(metres: int, kmh: float, minutes: int) -> None:
    found = driving_minutes(metres, kmh=kmh)
    assert found == minutes
    assert type(found) is int


def test_matrix_is_read_from_row_to_column() -> None:
    instance = week()
    office, village, _ = instance.sites
    travel = Travel(replace(instance.travel, overrides=()))
    assert travel.leg(office, village) == (20, 9_000)
    assert travel.leg(village, office) == (25, 11_000)
    assert travel.leg(instance.teams[0], office) == (10, 5_000)
    assert travel.leg(office, instance.teams[0]) == (12, 6_000)


def test_override_beats_the_matrix_in_both_directions() -> None:
    instance = week()
    team, village = instance.teams[0], instance.sites[1]
    travel = Travel(instance.travel)
    assert travel.leg(team, village) == travel.leg(village, team) == (40, 20_000)


def test_override_beats_the_great_circle_for_its_pair_alone() -> None:
    boat = Override(between=("T1", "S1"), minutes=240, metres=0)
    travel = Travel(GreatCircle(detour=1, kmh=60, overrides=(boat,)))
    office = site_at(0, 100)
    assert travel.leg(team_at(0, 101), office) == (240, 0)
    assert travel.leg(replace(team_at(0, 101), id="T2"), office) == (112, 111_195)


def test_last_override_of_a_pair_holds() -> None:
    slow = Override(between=("T1", "S1"), minutes=90, metres=9)
    fast = Override(between=("S1", "T1"), minutes=30, metres=3)
    travel = Travel(Matrix(minutes=((0,),), metres=((0,),), overrides=(slow, fast)))
    assert travel.leg(week().teams[0], week().sites[0]) == (30, 3)


def test_referee_agrees_on_every_metre_and_minute() -> None:
    referee, random = load_referee(), Random(5)
    for _ in range(3000):
        detour, kmh = random.choice([1, 1.3, 1.37, 1.4, 1.6]), random.choice([15, 28, 30, 27.5, 33.3, 60])
        reach = random.choice([1e-5, 1e-3, 0.1, 1, 20])
        ends = [
            {"id": name, "lat": round(random.uniform(-reach, reach), 5), "lon": 110 + random.uniform(-reach, reach)}
            for name in "ab"
        ]
        theirs = referee.Travel({"travel": {"detour": detour, "kmh": kmh}}).leg(*ends)
        ours = Travel(GreatCircle(detour=detour, kmh=kmh)).leg(*(site_at(end["lat"], end["lon"]) for end in ends))
        assert ours == theirs
