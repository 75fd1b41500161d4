"""Areas estimated from where their sites lie."""

from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box, union_all

from app.districts.geography.approximate import AreaPlace, approximate_areas
from app.districts.geography.polygons import square_kilometres

LAT, LON = -3.29, 102.86
"""Lubuklinggau: inland, the sea is far."""


def grid(*, columns: int = 6, rows: int = 6, step: float = 0.03) -> list[AreaPlace]:
    """Villages on a grid, the western half of area A, the eastern of B."""
    return [
        AreaPlace("A" if column < columns / 2 else "B", LAT + row * step, LON + column * step)
        for column in range(columns)
        for row in range(rows)
    ]


def test_every_village_lies_in_its_own_area() -> None:
    places = grid()
    areas = approximate_areas(places)
    assert set(areas) == {"A", "B"}
    for place in places:
        assert areas[place.area_code].contains(Point(place.lon, place.lat)), place
    assert areas["A"].intersection(areas["B"]).area < 1e-9


def test_neighbours_share_their_border() -> None:
    areas = approximate_areas(grid())
    border = areas["A"].boundary.intersection(areas["B"].boundary)
    assert border.length > 0.14
    assert border.bounds[0] == pytest.approx(LON + 2.5 * 0.03, abs=0.002)


def test_nobody_lives_beyond_the_reach_of_sites() -> None:
    areas = approximate_areas([*grid(), AreaPlace("C", LAT + 0.6, LON + 0.6)])
    middle = Point(LON + 0.4, LAT + 0.4)
    assert not any(area.contains(middle) for area in areas.values())
    assert areas["C"].contains(Point(LON + 0.6, LAT + 0.6))


def test_areas_end_at_the_coast_and_islets_are_kept() -> None:
    """Cilegon's shore, and an islet in the Sunda Strait that a map of 1:10,000,000 does not know."""
    shore, islet = AreaPlace("36.72.01", -6.02, 106.02), AreaPlace("36.72.02", -5.9, 105.6)
    areas = approximate_areas([shore, islet])
    around = square_kilometres(areas["36.72.02"], -6)
    assert 2 < around < 4
    assert areas["36.72.01"].area > areas["36.72.02"].area


def test_a_boundary_that_is_known_is_cut_out() -> None:
    known = box(LON + 0.06, LAT, LON + 0.1, LAT + 0.1)
    areas = approximate_areas(grid(), taken=[known])
    assert union_all(list(areas.values())).intersection(known).area < 1e-9


def test_sites_at_one_place_and_a_single_site_do_no_harm() -> None:
    assert approximate_areas([]) == {}
    areas = approximate_areas([AreaPlace("A", LAT, LON)])
    assert square_kilometres(areas["A"], LAT) == pytest.approx(12.5, rel=0.05)
    same = approximate_areas([AreaPlace("A", LAT, LON), AreaPlace("A", LAT, LON), AreaPlace("B", LAT, LON + 0.05)])
    assert not same["A"].is_empty
    in_line = approximate_areas([AreaPlace(str(number % 2), LAT, LON + number / 50) for number in range(5)])
    assert all(area.area > 0 for area in in_line.values())


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_whatever_the_sites_no_area_lies_over_another(seed: int) -> None:
    random = Random(seed)
    places = [
        AreaPlace(str(random.randrange(5)), LAT + random.uniform(-0.3, 0.3), LON + random.uniform(-0.3, 0.3))
        for _ in range(random.randint(2, 40))
    ]
    areas = approximate_areas(places)
    whole = union_all(list(areas.values())).area
    assert sum(area.area for area in areas.values()) == pytest.approx(whole, rel=0.02)
    for first, second in combinations(areas.values(), 2):
        assert first.intersection(second).area <= 0.02 * whole
