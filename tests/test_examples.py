"""The example districts and their province say where every figure comes from, and give the figures of their stories."""

import csv
import json
import math
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import holidays
import pytest

from examples.build import DISTRICTS, EXAMPLES, KALTARA_DISTRICTS, PROVINCES, files, province_files
from examples.places import read_country
from examples.scenarios.model import District

MOST_PEOPLE = 500_000
STATUSES = {"given", "public", "measured", "assumed"}
SITE_IDENTITY = {
    *("code", "name", "kind", "area_code", "lat", "lon", "contact_name", "contact_phone", "zone", "provenance"),
    "people_ktp_el_as_of",
}
KIND_SHARES = {
    "agency": (0.90, 0.75, 0.85),
    "organisation": (0.80, 0.50, 0.80),
    "area_office": (0.70, 0.40, 0.95),
    "clinic": (0.75, 0.50, 0.85),
    "school": (0.80, 0.80, 0.90),
    "village": (0.60, 0.12, 0.95),
}

every_district = pytest.mark.parametrize("district", DISTRICTS, ids=lambda district: district.slug)


def folder(district: District) -> Path:
    return EXAMPLES / f"{district.code}-{district.slug}"


def read_json(district: District) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder(district) / "district.json").read_text(encoding="utf-8"))
    return content


def read_csv(district: District, name: str) -> list[dict[str, str]]:
    with (folder(district) / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def provenance(row: dict[str, str]) -> dict[str, str]:
    return dict(part.split("=") for part in row["provenance"].split("; "))


def target_of(district: District, document: str = "ikd") -> dict[str, Any]:
    targets: list[dict[str, Any]] = read_json(district)["targets"]
    return next(target for target in targets if target["document"] == document)


def target_count(target: dict[str, Any]) -> int:
    return math.ceil(Fraction(str(target["target_percent"])) * int(target["eligible_people"]) / 100)


def district_of(code: str) -> District:
    return next(district for district in (*DISTRICTS, *PROVINCES) if district.code == code)


def working_days(district: District) -> int:
    """Working days after the count's date until the deadline, both from district.json."""
    content = read_json(district)
    target = target_of(district)
    day, deadline = date.fromisoformat(target["as_of"]), date.fromisoformat(target["deadline"])
    days_off = set(
        holidays.country_holidays("ID", years=range(day.year, deadline.year + 1), categories=("public", "government"))
    )
    for override in content["holidays"]:
        change = days_off.discard if override["is_working"] else days_off.add
        change(date.fromisoformat(override["date"]))
    dates = (day + timedelta(days=step) for step in range(1, (deadline - day).days + 1))
    return sum(date_.weekday() < 5 and date_ not in days_off for date_ in dates)


@every_district
def test_committed_files_are_what_the_generator_makes(district: District) -> None:
    made = files(district)
    assert {path.name for path in folder(district).iterdir()} == set(made)
    for name, text in made.items():
        assert (folder(district) / name).read_text(encoding="utf-8") == text, f"run python -m examples.build for {name}"


@pytest.mark.parametrize("province", PROVINCES, ids=lambda province: province.slug)
def test_a_province_plans_nothing_itself_and_has_the_people_of_its_districts(province: District) -> None:
    made = province_files(province)
    assert {path.name for path in folder(province).iterdir()} == set(made) == {"district.json", "SOURCES.md"}
    for name, text in made.items():
        assert (folder(province) / name).read_text(encoding="utf-8") == text, f"run python -m examples.build for {name}"
    parts = [target_of(district) for district in DISTRICTS if district.parent_code == province.code]
    own = target_of(province)
    for figure in ("eligible_people", "activated"):
        assert sum(part[figure] for part in parts) == own[figure]
    # Each district's count is rounded up.
    assert 0 <= sum(map(target_count, parts)) - target_count(own) < len(parts)


with_journeys = pytest.mark.parametrize(
    "district", [district for district in DISTRICTS if district.journeys], ids=lambda district: district.slug
)


@with_journeys
def test_provenance_covers_every_figure_of_boats_planes_and_lodgings(district: District) -> None:
    for row in read_csv(district, "connections.csv"):
        named = {"code", "origin", "destination", "way", "provenance"}
        assert set(provenance(row)) == {column for column, cell in row.items() if cell} - named
    for row in read_csv(district, "lodgings.csv"):
        assert provenance(row) == {"place": "assumed", "cost_per_night": "assumed"}
    for row in read_csv(district, "stations.csv"):
        assert set(provenance(row)) == {"place"}


def test_what_is_public_of_boats_and_planes_is_what_a_source_prints() -> None:
    public = {
        (row["code"], name): row[name]
        for district in KALTARA_DISTRICTS
        if district.journeys
        for row in read_csv(district, "connections.csv")
        for name, status in provenance(row).items()
        if status == "public"
    }
    # Tickets are printed for one person; a team is three.
    assert public == {
        ("MLN-LAL", "departs_earliest"): "08:00",
        ("LAL-MLN", "departs_earliest"): "08:50",
        ("MLN-LAL", "fare"): str(3 * 333_580),
        ("LAL-MLN", "fare"): str(3 * 313_580),
        ("NNX-LBW", "weekdays"): "mon,wed,fri,sat",
        ("LBW-NNX", "weekdays"): "mon,tue,wed,sat",
        ("NNK-BBG", "minutes"): "15",
        ("BBG-NNK", "minutes"): "15",
        ("NNK-BBG", "fare"): str(3 * 40_000),
        ("BBG-NNK", "fare"): str(3 * 40_000),
    }


@with_journeys
def test_every_zone_is_reached_and_left_and_has_a_lodging(district: District) -> None:
    zones = {row["zone"] for row in read_csv(district, "sites.csv")} - {""}
    lodgings = {row["zone"]: row["code"] for row in read_csv(district, "lodgings.csv")}
    assert zones <= set(lodgings)
    zone_of = {row["code"]: row["zone"] for row in read_csv(district, "stations.csv")}
    crossings = {(zone_of[row["origin"]], zone_of[row["destination"]]) for row in read_csv(district, "connections.csv")}
    by_river = folder(district) / "travel.csv"
    ways = read_csv(district, "travel.csv") if by_river.exists() else []
    for zone in zones:
        bed = f"lodging:{lodgings[zone]}"
        reached = ("", zone) in crossings or any(row["destination"] == bed for row in ways)
        left = (zone, "") in crossings or any(row["origin"] == bed for row in ways)
        assert (reached, left) == (True, True)
    assert all(row["provenance"] == "assumed" for row in ways)


def test_sessions_of_krayan_without_signal_are_moved_to_the_nearest_village_with_some() -> None:
    sites = {row["code"]: row for row in read_csv(district_of("65.03"), "sites.csv")}
    moved = [row for row in sites.values() if row["session_at"]]
    assert len(moved) == 11
    for row in moved:
        assert (row["connectivity"], row["zone"], provenance(row)["session_at"]) == ("0", "Krayan", "assumed")
        assert sites[row["session_at"]]["connectivity"] != "0"


@every_district
def test_codes_are_unique(district: District) -> None:
    for name in ("areas.csv", "sites.csv", "teams.csv"):
        codes = [row["code"] for row in read_csv(district, name)]
        assert len(codes) == len(set(codes))


@every_district
def test_every_site_lies_in_an_area_of_its_district(district: District) -> None:
    areas = {row["code"] for row in read_csv(district, "areas.csv")}
    assert all(code.startswith(district.code) for code in areas)
    assert {row["area_code"] for row in read_csv(district, "sites.csv")} <= areas


@every_district
def test_places_are_inside_the_bounding_box_of_the_district(district: District) -> None:
    villages = read_country(district).villages.values()
    # Centres are known, borders are not: a border is at most about half a large village away from a centre.
    margin_degrees = math.sqrt(max(village.area_km2 for village in villages)) / 2 / 111
    places = [(row["lat"], row["lon"]) for name in ("areas.csv", "sites.csv") for row in read_csv(district, name)]
    places += [(row["base_lat"], row["base_lon"]) for row in read_csv(district, "teams.csv")]
    for axis in (0, 1):
        centres = [village.point[axis] for village in villages]
        for place in places:
            assert min(centres) - margin_degrees <= float(place[axis]) <= max(centres) + margin_degrees


@every_district
def test_school_without_believable_place_says_its_place_is_assumed(district: District) -> None:
    centres = {(row["lat"], row["lon"]) for row in read_csv(district, "areas.csv")}
    schools = [row for row in read_csv(district, "sites.csv") if row["kind"] == "school"]
    for school in schools:
        at_a_centre = (school["lat"], school["lon"]) in centres
        assert provenance(school)["place"] == ("assumed" if at_a_centre else "public")


@every_district
def test_headcounts_are_plausible_and_cover_the_activated(district: District) -> None:
    for row in read_csv(district, "sites.csv"):
        assert 0 <= int(row["already_activated"]) <= int(row["headcount"]) <= MOST_PEOPLE
        assert row["connectivity"] in set("01234")


@every_district
def test_provenance_covers_every_figure_of_a_site_and_nothing_else(district: District) -> None:
    for row in read_csv(district, "sites.csv"):
        notes = provenance(row)
        figures = {column for column, cell in row.items() if cell and column not in SITE_IDENTITY} | {"place"}
        assert set(notes) - {"name"} == figures
        assert set(notes.values()) <= STATUSES


@every_district
def test_provenance_covers_every_figure_of_areas_and_teams(district: District) -> None:
    for row in read_csv(district, "areas.csv"):
        floor = {"min_activations"} if row["min_activations"] else set()
        assert set(provenance(row)) == {"place", "population"} | floor
    for row in read_csv(district, "teams.csv"):
        kits = {"kits"} if row["kits"] else set()
        nights = {"max_nights", "rest_days"} if row.get("max_nights") else set()
        expected = {"operators", "minutes_per_activation", "base", "shift", "max_stops"} | kits | nights
        assert set(provenance(row)) == expected


@every_district
def test_provenance_covers_every_figure_of_the_district(district: District) -> None:
    content = read_json(district)
    plain = {"code", "name", "parent_code", "provenance", "targets", "reported_figures", "walk_ins", "holidays"}
    assert set(content["provenance"]) == set(content) - plain - {"documents"}
    for document in content.get("documents", ()):
        assert set(document["provenance"]) == {"people_of_age", "people_holding", "eligible_people"}
        assert set(document["provenance"].values()) <= STATUSES
        assert document["source"]
    for target in content["targets"]:
        unset = {field for field, value in target.items() if value is None}
        words = {"document", "owner", "source", "provenance"}
        assert set(target["provenance"]) == set(target) - words - unset
        assert set(target["provenance"].values()) <= STATUSES
        assert target["source"]
    for entry in content["reported_figures"] + content["walk_ins"] + content["holidays"]:
        assert entry["provenance"] in STATUSES
    assert all(figure["source"] for figure in content["reported_figures"])


@every_district
def test_no_measurement_date_without_a_measurement(district: District) -> None:
    for row in read_csv(district, "sites.csv"):
        measured = provenance(row)["connectivity"] == "measured"
        assert bool(row["connectivity_measured_on"]) == measured


@every_district
def test_nobody_is_named_and_no_telephone_is_invented(district: District) -> None:
    titles = {"", "Camat", "Kepala Desa", "Kepala Puskesmas", "Kepala Sekolah", "Lurah", "Pimpinan", "Sekretaris"}
    rows = read_csv(district, "sites.csv")
    assert {row["contact_name"] for row in rows} <= titles
    assert {row["contact_phone"] for row in rows} == {""}


@every_district
def test_villages_hold_the_eligible_base_and_the_count_so_far(district: District) -> None:
    target = target_of(district)
    villages = [row for row in read_csv(district, "sites.csv") if row["kind"] == "village"]
    assert sum(int(row["headcount"]) for row in villages) == target["eligible_people"]
    assert sum(int(row["already_activated"]) for row in villages) == target["activated"]


@every_district
def test_areas_hold_the_population_of_the_district(district: District) -> None:
    areas = read_csv(district, "areas.csv")
    assert sum(int(row["population"]) for row in areas) == read_json(district)["population"]


@pytest.mark.parametrize(
    ("code", "count", "activated", "gap"),
    [
        ("16.73", 42_004, 4_015, 37_989),
        ("36.04", 600_000, 31_000, 569_000),
        ("65", 156_000, 46_332, 109_668),
        ("32.01", 1_166_833, 58_342, 1_108_491),
        ("17.71", 84_048, 64_436, 19_612),
    ],
)
def test_target_count_activated_and_gap_follow_from_the_district(
    code: str, count: int, activated: int, gap: int
) -> None:
    target = target_of(district_of(code))
    assert (target_count(target), target["activated"]) == (count, activated)
    assert target_count(target) - target["activated"] == gap


@pytest.mark.parametrize(
    ("code", "days", "per_day"),
    [("16.73", 32, 1_188), ("36.04", 129, 4_411), ("65", 141, 778), ("32.01", 198, 5_599), ("17.71", 204, 97)],
)
def test_working_days_left_and_required_rate(code: str, days: int, per_day: int) -> None:
    district = district_of(code)
    target = target_of(district)
    assert working_days(district) == days
    assert math.ceil((target_count(target) - target["activated"]) / days) == per_day


def test_last_people_of_the_id_card_target_are_home_visits() -> None:
    bengkulu = district_of("17.71")
    target = target_of(bengkulu, "ktp_el")
    homes = [row for row in read_csv(bengkulu, "sites.csv") if row["kind"] == "home"]
    assert sum(int(row["headcount"]) for row in homes) == target_count(target) - target["activated"] == 117
    assert {row["must_visit"] for row in homes} == {"true"}
    assert {row["area_code"] for row in homes} == {row["code"] for row in read_csv(bengkulu, "areas.csv")}


def test_serang_has_two_targets_on_one_base() -> None:
    targets = read_json(district_of("36.04"))["targets"]
    assert {(target["owner"], target["target_percent"]) for target in targets} == {("district", 50), ("ministry", 30)}
    assert {target["eligible_people"] for target in targets} == {1_200_000}


def test_serang_village_offices_have_the_given_staff() -> None:
    offices = [row for row in read_csv(district_of("36.04"), "sites.csv") if row["code"].startswith("KD-")]
    assert (len(offices), sum(int(row["headcount"]) for row in offices)) == (326, 9_780)
    assert {provenance(row)["headcount"] for row in offices} == {"given"}


def test_every_kecamatan_of_bogor_but_cibinong_has_a_floor() -> None:
    areas = read_csv(district_of("32.01"), "areas.csv")
    assert [row["name"] for row in areas if not row["min_activations"]] == ["Cibinong"]
    assert len(areas) == 40


def test_kaltara_carries_one_satellite_kit_and_thirty_villages_without_signal() -> None:
    teams = [row for district in KALTARA_DISTRICTS for row in read_csv(district, "teams.csv")]
    assert [row["kits"] for row in teams].count("satellite") == 1
    villages = [row for district in KALTARA_DISTRICTS for row in read_csv(district, "sites.csv")]
    assert sum(row["kind"] == "village" and row["connectivity"] == "0" for row in villages) == 30


@pytest.mark.parametrize(
    ("code", "kind", "number"),
    [
        ("16.73", "village", 72),
        ("16.73", "area_office", 8),
        ("16.73", "agency", 35),
        ("36.04", "village", 326),
        ("36.04", "area_office", 29),
        ("65.01", "village", 81),
        ("65.02", "village", 109),
        ("65.03", "village", 240),
        ("65.04", "village", 32),
        ("65.71", "village", 20),
        ("65.03", "area_office", 21),
        ("32.01", "village", 435),
        ("32.01", "area_office", 40),
        ("17.71", "village", 67),
        ("17.71", "area_office", 9),
    ],
)
def test_number_of_places_is_the_public_one(code: str, kind: str, number: int) -> None:
    assert sum(row["kind"] == kind for row in read_csv(district_of(code), "sites.csv")) == number


def test_lubuklinggau_has_more_people_to_win_than_two_teams_serve_in_november() -> None:
    lubuklinggau = district_of("16.73")
    teams = read_csv(lubuklinggau, "teams.csv")
    days = 13
    minutes_at_sites = 330  # a shift of 510 minutes without travel, two set-ups and the closing hours of the sites
    capacity = sum(
        days * int(row["operators"]) * minutes_at_sites // int(row["minutes_per_activation"]) for row in teams
    )
    to_win = sum(
        (int(row["headcount"]) - int(row["already_activated"])) * math.prod(KIND_SHARES[row["kind"]])
        for row in read_csv(lubuklinggau, "sites.csv")
        if row["readiness"] != "done"
    )
    assert 2_600 <= capacity <= 3_900
    assert to_win > 2 * capacity


def test_lubuklinggau_agencies_employ_the_assumed_staff() -> None:
    agencies = [row for row in read_csv(district_of("16.73"), "sites.csv") if row["kind"] == "agency"]
    assert sum(int(row["headcount"]) for row in agencies) == 4_500


def test_bogor_has_a_gebyar_of_three_teams_and_no_other_district_an_event() -> None:
    events = {
        (district.code, row["code"]): row["min_teams"]
        for district in DISTRICTS
        for row in read_csv(district, "sites.csv")
        if row.get("min_teams")
    }
    assert events == {("32.01", "GEBYAR"): "3"}


def test_bengkulu_has_its_office_and_the_mall_as_counters_of_60_a_day() -> None:
    rows = {row["code"]: row for row in read_csv(district_of("17.71"), "counters.csv")}
    assert [row["kind"] for row in rows.values()] == ["office", "mall"]
    assert sum(int(row["rates"].split()[1]) for row in rows.values()) == 60
    assert {row["provenance"] for row in rows.values()} == {"place=assumed; windows=assumed; rates=assumed"}


def test_serang_has_its_office_and_17_sub_offices_as_counters_of_100_a_day() -> None:
    rows = read_csv(district_of("36.04"), "counters.csv")
    assert [row["kind"] for row in rows] == ["office", *["sub_office"] * 17]
    assert sum(int(row["rates"].split()[1]) for row in rows) == 100
    areas = {row["code"] for row in read_csv(district_of("36.04"), "areas.csv")}
    assert {row["area_code"] for row in rows} <= areas
    assert len({row["area_code"] for row in rows}) == 18
    figures = ("place", "windows", "rates")
    assert {row["provenance"] for row in rows} == {"; ".join(f"{name}=assumed" for name in figures)}


def test_bengkulu_says_who_needs_each_document_as_its_targets_do() -> None:
    bengkulu = district_of("17.71")
    documents = {row["document"]: row for row in read_json(bengkulu)["documents"]}
    assert set(documents) == {"kia", "ktp_el", "birth_certificate"}
    for document, row in documents.items():
        target = target_of(bengkulu, document)
        assert row["ages_as_of"] == target["as_of"]
        assert row["people_of_age"] - row["people_holding"] == target["eligible_people"] - target["activated"]
    rows = read_csv(bengkulu, "sites.csv")
    homes = [row for row in rows if row["kind"] == "home"]
    assert sum(int(row["people_ktp_el"]) for row in homes) == sum(int(row["headcount"]) for row in homes) == 117
    schools = [row for row in rows if row["kind"] == "school"]
    assert all(row["of_age_kia"] and row["of_age_ktp_el"] for row in schools)
    # Two of three years of pupils: no more than the two years of that age in all schools of the city.
    assert sum(int(row["of_age_ktp_el"]) for row in schools) < documents["ktp_el"]["people_of_age"]
