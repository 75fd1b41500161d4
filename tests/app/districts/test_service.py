import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE, Actor
from app.districts import service as districts
from app.districts.models import Area, HolidayOverride, ReportedFigure, Target, WalkInRate
from app.districts.places import check_place
from app.errors import InvalidRequest, NotFound
from tests.factories import load_document, make_area, make_district, make_site

NOW = datetime(2023, 11, 13, 2, 0, tzinfo=UTC)
EXAMPLES = sorted(Path(__file__).parents[3].glob("examples/*/district.json"))
# Day of the count, target count, activated, gap.
EXPECTED = {
    "16.73": (date(2023, 11, 13), 42_004, 4_015, 37_989),
    "36.04": (date(2024, 6, 27), 600_000, 31_000, 569_000),
    "65": (date(2024, 6, 9), 156_000, 46_332, 109_668),
    "65.01": (date(2024, 6, 9), 34_462, 10_236, 24_226),
    "65.02": (date(2024, 6, 9), 17_730, 5_265, 12_465),
    "65.03": (date(2024, 6, 9), 46_046, 13_677, 32_369),
    "65.04": (date(2024, 6, 9), 6_081, 1_804, 4_277),
    "65.71": (date(2024, 6, 9), 51_684, 15_350, 36_334),
    "32.01": (date(2024, 2, 29), 1_166_833, 58_342, 1_108_491),
    "17.71": (date(2024, 2, 21), 84_048, 64_436, 19_612),
}


def document(**changes: Any) -> dict[str, Any]:
    """A small `district.json`, complete in its kinds of entries."""
    return {
        "code": "16.73",
        "name": "Kota Contoh",
        "parent_code": "16",
        "time_zone": "Asia/Jakarta",
        "working_weekdays": "mon-sat",
        "lat": -3.26,
        "lon": 102.87,
        "population": 247_550,
        "travel": {"detour": 1.3, "kmh": 25},
        "costs": {"per_km": 3_000, "per_team_day": 450_000, "budget": 5_000_000_000},
        "provenance": {"population": "public"},
        "targets": [
            {
                "document": "ikd",
                "owner": "district",
                "target_percent": 25,
                "target_count": None,
                "eligible_people": 168_015,
                "eligible_base": "wajib_ktp",
                "activated": 4_015,
                "as_of": "2023-11-13",
                "deadline": "2023-12-31",
                "source": "test",
                "provenance": {"activated": "given"},
            }
        ],
        "reported_figures": [{"document": "ikd", "figure": "activated", "value": "4015", "reported_on": "2023-11-03"}],
        "walk_ins": [{"document": "ikd", "starts_on": "2023-11-01", "per_working_day": 12}],
        "holidays": [{"date": "2023-11-15", "is_working": False, "name": "Pilkades"}],
    } | changes


def rows(*codes: str) -> list[dict[str, str]]:
    return [
        {"code": code, "name": code, "lat": "-3.26", "lon": "102.87", "population": "", "min_activations": "10"}
        for code in codes or ("16.73.01", "16.73.02")
    ]


def load(session: Session, content: dict[str, Any], areas: list[dict[str, str]] | None = None) -> None:
    load_document(session, content, rows() if areas is None else areas)


def test_import_brings_every_part_of_the_document(session: Session) -> None:
    load(session, document())
    district = districts.get_district(session, "16.73")
    assert (district.working_weekdays, district.kmh, district.budget) == ("1111110", 25, 5_000_000_000)
    assert districts.gap(districts.get_target(session, "16.73", "ikd")) == 37_989
    assert [area.min_activations for area in districts.list_areas(session, "16.73")] == [10, 10]
    assert session.scalars(select(ReportedFigure.value)).all() == ["4015"]
    assert session.scalars(select(WalkInRate.per_working_day)).all() == [12]
    assert session.scalars(select(HolidayOverride.date)).all() == [date(2023, 11, 15)]


def test_import_again_replaces_and_doubles_nothing(session: Session) -> None:
    load(session, document())
    load(session, document(name="Kota Baru", targets=[], walk_ins=[]), rows("16.73.02"))
    assert districts.get_district(session, "16.73").name == "Kota Baru"
    assert session.scalars(select(Target)).all() == []
    assert session.scalars(select(WalkInRate)).all() == []
    assert len(session.scalars(select(ReportedFigure)).all()) == 1
    assert session.scalars(select(Area.code)).all() == ["16.73.02"]


def test_import_keeps_an_area_that_still_holds_sites(session: Session) -> None:
    load(session, document())
    make_site(session, area_code="16.73.01")
    load(session, document(), rows("16.73.02"))
    assert [area.code for area in districts.list_areas(session, "16.73")] == ["16.73.01", "16.73.02"]


def broken(path: list[str | int], value: object) -> dict[str, Any]:
    content: Any = document()
    place = content
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return dict(content)


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (["time_zone"], "Asia/Singapore", "/time_zone"),
        (["code"], "1673", "/code"),
        (["parent_code"], "17", "/parent_code"),
        (["lat"], 3.26e9, "/lat"),
        (["lat"], 51.5, "/lat"),
        (["working_weekdays"], "mon-xyz", "/working_weekdays"),
        (["colour"], "blue", "/colour"),
        (["targets", 0, "activated"], -5, "/targets/0/activated"),
        (["targets", 0, "activated"], 200_000, "/targets/0/activated"),
        (["targets", 0, "target_count"], 42_000, "/targets/0/target_count"),
        (["reported_figures", 0, "value"], "4.015", "/reported_figures/0/value"),
        (["walk_ins", 0, "per_working_day"], "many", "/walk_ins/0/per_working_day"),
        (["holidays", 0, "date"], "15-11-2023", "/holidays/0/date"),
        (["holidays", 0, "name"], "a\x00b", "/holidays/0/name"),
    ],
)
def test_a_wrong_field_of_the_document_is_named_and_nothing_is_loaded(
    session: Session, path: list[str | int], value: object, pointer: str
) -> None:
    with pytest.raises(InvalidRequest) as refused, session.begin_nested():
        load(session, broken(path, value))
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
    with pytest.raises(NotFound):
        districts.get_district(session, "16.73")


def test_a_target_that_stands_twice_is_refused(session: Session) -> None:
    with pytest.raises(InvalidRequest) as refused:
        load(session, document(targets=document()["targets"] * 2))
    assert refused.value.problems[0].pointer == "/targets/1"


def test_every_bad_area_row_is_named_by_row_and_column(session: Session) -> None:
    areas = rows("16.73.01", "16.73.1", "16.73.03")
    areas[0]["min_activations"] = "-1"
    areas[2]["lat"], areas[2]["lon"] = areas[2]["lon"], areas[2]["lat"]
    with pytest.raises(InvalidRequest) as refused:
        load(session, document(), areas)
    assert [problem.pointer for problem in refused.value.problems] == [
        "row 2/min_activations",
        "row 3/code",
        "row 4/lat",
    ]


def test_an_area_of_another_district_is_refused(session: Session) -> None:
    with pytest.raises(InvalidRequest, match="lies outside district"):
        load(session, document(), rows("17.71.01"))


def test_an_area_row_that_stands_twice_is_refused(session: Session) -> None:
    with pytest.raises(InvalidRequest) as refused:
        load(session, document(), rows("16.73.01", "16.73.01"))
    assert refused.value.problems[0].pointer == "row 3/code"


def test_swapped_coordinates_are_named_as_such() -> None:
    with pytest.raises(InvalidRequest, match="swapped"):
        check_place(102.87, -3.26)


def test_a_code_that_no_district_can_have_is_not_found(session: Session) -> None:
    for code in ("16.73\x00", "", "1673", "99.99", "١٦.٧٣"):
        with pytest.raises(NotFound):
            districts.get_district(session, code)


def test_a_province_sees_its_districts_and_no_others(session: Session) -> None:
    for code in ("16", "16.73", "17.71"):
        make_district(session, code)
    make_area(session, "16.74.01", district_code="16")
    province = Actor(token_id=1, name="jb", role=Role.VIEWER, district_code="16")
    city = Actor(token_id=2, name="jb", role=Role.VIEWER, district_code="16.73")
    assert [row.code for row in districts.list_districts(session, province)] == ["16", "16.73"]
    assert [row.code for row in districts.list_districts(session, city)] == ["16.73"]
    assert len(districts.list_districts(session, COMMAND_LINE)) == 3


def test_the_day_is_the_districts_own(session: Session) -> None:
    evening = datetime(2023, 11, 13, 16, 30, tzinfo=UTC)
    west, east = make_district(session), make_district(session, "65", time_zone="Asia/Makassar")
    assert districts.date_of(evening, west) == date(2023, 11, 13)
    assert districts.date_of(evening, east) == date(2023, 11, 14)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_examples_load_with_the_figures_of_their_articles(session: Session, path: Path) -> None:
    areas = path.parent / "areas.csv"
    # A province that plans nothing itself has none.
    rows = list(csv.DictReader(areas.read_text(encoding="utf-8-sig").splitlines())) if areas.exists() else []
    district = load_document(session, json.loads(path.read_text()), rows)
    target = districts.get_target(session, district.code, "ikd")
    figures = (target.as_of, districts.target_count(target), target.activated, districts.gap(target))
    assert figures == EXPECTED[district.code]
