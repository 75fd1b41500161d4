import pytest
from sqlalchemy.orm import Session

from app.districts.surroundings import Surroundings, distance_km, surroundings_of
from tests.factories import make_area, make_district


@pytest.fixture
def around(session: Session) -> Surroundings:
    district = make_district(session, "16.73")
    make_area(session, "16.73.02", name="Lubuk Linggau Barat I", lat=-3.303, lon=102.82)
    return surroundings_of(session, district)


def test_a_place_near_its_area_is_fine(around: Surroundings) -> None:
    assert around.place_problems(-3.2819, 102.9147, area_code="16.73.01") == []


def test_a_place_sixty_kilometres_off_is_refused(around: Surroundings) -> None:
    assert around.place_problems(-3.28, 103.40, area_code="16.73.01") == []
    (problem,) = around.place_problems(-3.28, 103.50, area_code="16.73.01")
    assert problem.pointer == "lat"
    assert "another district" in (problem.mend or "")


def test_swapped_coordinates_are_named(around: Surroundings) -> None:
    (problem,) = around.place_problems(102.9, -3.28, area_code="16.73.01", names=("base_lat", "base_lon"))
    assert (problem.pointer, problem.value) == ("base_lat", 102.9)
    assert "swapped" in (problem.mend or "")


def test_a_lost_minus_sign_is_named(around: Surroundings) -> None:
    (problem,) = around.place_problems(3.28, 102.9)
    assert "minus" in (problem.mend or "")


@pytest.mark.parametrize(
    ("lat", "lon", "pointer"),
    [(51.5, -0.1, "lat"), (-3.0, 10.0, "lon"), (float("nan"), 102.9, "lat"), (-3.0, float("inf"), "lon")],
)
def test_a_place_outside_indonesia_is_refused(around: Surroundings, lat: float, lon: float, pointer: str) -> None:
    (problem,) = around.place_problems(lat, lon)
    assert problem.pointer == pointer
    assert "outside Indonesia" in problem.detail


def test_a_place_far_from_its_own_area_but_near_another_is_refused(session: Session) -> None:
    district = make_district(session, "65", name="Kalimantan Utara", lat=3.0, lon=116.5, parent_code=None)
    make_area(session, "65.02", district_code="65", name="Timur", lat=3.0, lon=117.5)
    make_area(session, "65.03", district_code="65", name="Barat", lat=3.0, lon=115.5)
    (problem,) = surroundings_of(session, district).place_problems(3.0, 117.4, area_code="65.03")
    assert "from its area 65.03" in problem.detail
    assert "65.02 Timur is nearest" in (problem.mend or "")


def test_an_unknown_area_names_the_nearest(around: Surroundings) -> None:
    (problem,) = around.area_problems("16.73.99", lat=-3.30, lon=102.83)
    assert (problem.mend or "").startswith("Nearest: 16.73.02 Lubuk Linggau Barat I, 16.73.01")


def test_an_area_given_by_its_name_gets_its_code(around: Surroundings) -> None:
    (problem,) = around.area_problems("LUBUK LINGGAU BARAT I", lat=None, lon=None)
    assert problem.mend == "Nearest: 16.73.02 Lubuk Linggau Barat I."


def test_a_degree_on_the_equator_is_111_kilometres() -> None:
    assert distance_km(0, 100, 0, 101) == pytest.approx(111.195, abs=0.001)
