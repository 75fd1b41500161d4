"""The coast that comes with the service, and shapes as lists of whole numbers."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon, box, union_all

import app.districts.geography.land as land
from app.districts.geography.land import Frame, coast_near, drawn_land, frame_around, land_near
from app.districts.geography.rings import SCALE, line_of, points_of, polygons_of, ring_of, shape_of
from examples.land import land_of, read_polygons

ROOM = Path(land.__file__).parent
JAVA = Frame(south=-7.2, west=106.0, north=-5.5, east=108.0)

degrees = st.tuples(st.integers(945_000, 1_415_000), st.integers(-115_000, 65_000)).map(
    lambda steps: (steps[0] / SCALE, steps[1] / SCALE)
)


@given(st.lists(degrees, min_size=1, max_size=20, unique=True))
def test_a_line_comes_back_as_it_went(points: list[tuple[float, float]]) -> None:
    assert points_of(line_of(points)) == points
    assert points_of(ring_of([*points, points[0]])) == points


def test_what_is_smaller_than_a_step_is_no_shape() -> None:
    assert shape_of(Polygon([(106, -6), (106.00001, -6), (106.00001, -6.00001)])) == []
    assert shape_of(Point(106, -6)) == []


def test_a_hole_stays_a_hole() -> None:
    holed = Polygon(box(106, -7, 107, -6).exterior, [box(106.2, -6.8, 106.4, -6.6).exterior])
    (back,) = polygons_of(shape_of(holed))
    assert back.equals_exact(holed, 1e-9, normalize=True)


@pytest.mark.parametrize(
    ("lat", "lon", "is_land"),
    [
        (-6.595, 106.79, True),  # Bogor
        (-3.2945, 102.8614, True),  # Lubuklinggau
        (-2.53, 140.7, True),  # Jayapura
        (5.55, 95.32, True),  # Banda Aceh
        (-4.5, 112.0, False),  # Java Sea
        (-8.5, 104.0, False),  # Indian Ocean
        (0.0, 119.0, False),  # Makassar Strait
    ],
)
def test_land_is_where_land_is(lat: float, lon: float, is_land: bool) -> None:
    frame = Frame(south=lat - 0.5, west=lon - 0.5, north=lat + 0.5, east=lon + 0.5)
    assert union_all(land_near(frame)).contains(Point(lon, lat)) is is_land


def test_the_frame_cuts_land_and_makes_no_coast() -> None:
    coast = union_all(coast_near(JAVA))
    edge = box(JAVA.west, JAVA.south, JAVA.east, JAVA.north).exterior
    assert coast.length > 1
    assert coast.intersection(edge).length < 1e-9
    assert union_all(land_near(JAVA)).boundary.intersection(edge).length > 1


def test_a_frame_without_coast_is_all_land() -> None:
    inland = Frame(south=-3.4, west=102.7, north=-3.1, east=103.0)
    filled, coast = drawn_land(inland)
    assert coast == []
    assert union_all(polygons_of(filled)).contains(box(inland.west, inland.south, inland.east, inland.north))


def test_a_frame_out_at_sea_is_empty() -> None:
    assert drawn_land(Frame(south=-9.0, west=100.0, north=-8.9, east=100.1)) == ([], [])


def test_a_frame_holds_its_places_with_room_around() -> None:
    frame = frame_around([(-6.0, 106.0), (-7.0, 108.0)])
    assert (frame.south, frame.north) == (-7.1, -5.9)
    assert (frame.west, frame.east) == (105.9, 108.1)
    alone = frame_around([(-6.0, 106.0)])
    assert alone.north - alone.south > 0.05


def test_the_file_is_the_one_that_its_page_speaks_of() -> None:
    page = (ROOM / "README.md").read_text(encoding="utf-8")
    digest = hashlib.sha256((ROOM / "land.json").read_bytes()).hexdigest()
    assert digest in re.findall(r"[0-9a-f]{64}", page)


def test_land_is_made_from_arcs_that_rings_share() -> None:
    """Two squares beside each other in TopoJSON, one outside of Indonesia; an arc of the first is used backwards."""
    topology = {
        "transform": {"scale": [0.5, 0.5], "translate": [100, -10]},
        "arcs": [[[0, 0], [4, 0], [0, 4]], [[0, 0], [0, 4], [4, 0]], [[-200, 0], [2, 0], [0, 2], [-2, 0], [0, -2]]],
        "objects": {"land": {"geometries": [{"type": "MultiPolygon", "arcs": [[[0, ~1]], [[2]]]}]}},
    }
    first, _ = read_polygons(topology)
    assert Polygon(first[0]).equals(box(100, -10, 102, -8))
    made = land_of(topology)
    (shape,) = polygons_of(json.loads(json.dumps(made["land"])))
    assert shape.equals(box(100, -10, 102, -8))
