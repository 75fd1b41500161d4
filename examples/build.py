"""Makes the files of the example districts and their province from the raw slices in `sources/`, the same every time.

Run `python -m examples.build` after a change of a slice, of `assumptions.py` or of `scenarios/`.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from examples import assumptions
from examples.journey_rows import (
    CONNECTION_COLUMNS,
    LODGING_COLUMNS,
    SITES_OF_JOURNEYS,
    STATION_COLUMNS,
    TEAMS_OF_JOURNEYS,
    TRAVEL_COLUMNS,
    connection_row,
    lodging_row,
    sites_of,
    station_row,
    travel_rows,
    with_nights,
)
from examples.places import Country, Row, read_country
from examples.scenarios.bengkulu import BENGKULU
from examples.scenarios.bogor import BOGOR
from examples.scenarios.kaltara import KALTARA
from examples.scenarios.kaltara_districts import BULUNGAN, MALINAU, NUNUKAN, TANA_TIDUNG, TARAKAN
from examples.scenarios.lubuklinggau import LUBUKLINGGAU
from examples.scenarios.model import CounterPlace, District, Journeys, ReportedFigure, Team
from examples.scenarios.serang import SERANG
from examples.site_rows import DOCUMENT_COLUMNS, SITE_COLUMNS, provenance_cell, sites
from examples.sources_page import page_of_a_province, sources_page

EXAMPLES = Path(__file__).parent
KALTARA_DISTRICTS = (BULUNGAN, MALINAU, NUNUKAN, TANA_TIDUNG, TARAKAN)
DISTRICTS = (LUBUKLINGGAU, SERANG, *KALTARA_DISTRICTS, BOGOR, BENGKULU)
PROVINCES = (KALTARA,)
"""They plan nothing themselves: their folders hold a `district.json` alone."""

AREA_COLUMNS = ("code", "name", "lat", "lon", "population", "min_activations", "provenance")
TEAM_COLUMNS = (
    *("code", "name", "operators", "minutes_per_activation", "kits", "base_name", "base_lat", "base_lon"),
    *("shift_start", "shift_end", "working_weekdays", "max_stops", "leave", "provenance"),
)


COUNTER_COLUMNS = (
    *("code", "name", "kind", "area_code", "lat", "lon", "windows", "open_on_days_off", "staff", "rates"),
    *("starts_on", "ends_on", "note", "provenance"),
)


def areas(country: Country) -> list[Row]:
    """All rows of areas.csv."""
    floorless = country.district.areas_without_floor
    rows = []
    for code, region in country.kecamatan.items():
        inside = [village for village in country.villages.values() if village.kecamatan == code]
        notes = {"place": "public", "population": "assumed"}
        floor = ""
        if floorless is not None and code not in floorless:
            floor = str(round(sum(v.eligible for v in inside) * assumptions.FLOOR_SHARE.value))
            notes["min_activations"] = "assumed"
        rows.append(
            {
                "code": code,
                "name": region.name,
                "lat": f"{region.point[0]:.6f}",
                "lon": f"{region.point[1]:.6f}",
                "population": str(sum(village.residents for village in inside)),
                "min_activations": floor,
                "provenance": provenance_cell(notes),
            }
        )
    return rows


def team_row(country: Country, team: Team) -> Row:
    """One row of teams.csv; the base is the centre of a village."""
    lat, lon = country.villages[team.base_village].point
    figures = ("operators", "minutes_per_activation", "base", "shift", "max_stops", *(("kits",) if team.kits else ()))
    row = dict.fromkeys(TEAM_COLUMNS, "") | {
        "code": team.code,
        "name": team.name,
        "operators": str(team.operators),
        "minutes_per_activation": str(team.minutes_per_activation),
        "kits": ";".join(team.kits),
        "base_name": team.base_name,
        "base_lat": f"{lat:.6f}",
        "base_lon": f"{lon:.6f}",
        "shift_start": team.shift_start,
        "shift_end": team.shift_end,
        "max_stops": str(team.max_stops),
        "provenance": provenance_cell(dict.fromkeys(figures, "assumed")),
    }
    return with_nights(team, row)


def counter_row(country: Country, place: CounterPlace) -> Row:
    """One row of counters.csv."""
    region = country.kecamatan[place.area_code] if place.village is None else country.villages[place.village]
    lat, lon = region.point
    return dict.fromkeys(COUNTER_COLUMNS, "") | {
        "code": place.code,
        "name": place.name,
        "kind": place.kind,
        "area_code": place.area_code,
        "lat": f"{lat:.6f}",
        "lon": f"{lon:.6f}",
        "windows": place.windows,
        "rates": f"ikd {place.per_open_day} from {place.starts_on}",
        "note": place.note,
        "provenance": provenance_cell(place.provenance),
    }


def reported_figure(figure: ReportedFigure) -> dict[str, object]:
    """A reported figure without the fields its source does not give."""
    return {field: value for field, value in asdict(figure).items() if value is not None}


def district_json(country: Country) -> str:
    """The text of district.json; a province's centre is the mean of its districts weighted by area."""
    district = country.district
    kabupaten = list(country.kabupaten.values())
    area_km2 = sum(region.area_km2 for region in kabupaten)
    lat, lon = (sum(region.point[axis] * region.area_km2 for region in kabupaten) / area_km2 for axis in (0, 1))
    content = {
        "code": district.code,
        "name": district.name,
        "parent_code": district.parent_code or None,
        "time_zone": district.time_zone,
        "working_weekdays": "mon-fri",
        "lat": round(lat, 6),
        "lon": round(lon, 6),
        "population": sum(region.population or 0 for region in kabupaten),
        "travel": {"detour": district.detour, "kmh": district.kmh},
        "costs": {"per_km": district.per_km, "per_team_day": district.per_team_day, "budget": None},
        "provenance": {
            "time_zone": "public",
            "working_weekdays": "assumed",
            "lat": "public",
            "lon": "public",
            "population": "public",
            "travel": "assumed",
            "costs": "assumed",
        },
        "targets": [asdict(target) | {"target_count": None} for target in district.targets],
        "reported_figures": [reported_figure(figure) for figure in district.reported_figures],
        "walk_ins": [asdict(walk_ins) for walk_ins in district.walk_ins],
        "holidays": [],
        **({"documents": [asdict(row) for row in district.documents]} if district.documents else {}),
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Rows as CSV with a header."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def site_columns(district: District, rows: Sequence[Row]) -> Sequence[str]:
    """The columns of sites.csv, those of events, further documents and zones among them where there are any."""
    added = [name for name in ("min_teams", *DOCUMENT_COLUMNS) if any(row.get(name) for row in rows)]
    return (*(SITE_COLUMNS if district.journeys is None else SITES_OF_JOURNEYS), *added)


def team_columns(district: District) -> Sequence[str]:
    """The columns of teams.csv, those of nights away among them where there are any."""
    return TEAM_COLUMNS if district.journeys is None else (*TEAM_COLUMNS, *TEAMS_OF_JOURNEYS)


def files(district: District) -> dict[str, str]:
    """File name to text of one example."""
    country = read_country(district)
    rows = sites(country)
    if district.journeys is not None:
        rows = sites_of(district.journeys, rows)
    counters = [counter_row(country, place) for place in district.counters]
    return {
        "district.json": district_json(country),
        "areas.csv": csv_text(AREA_COLUMNS, areas(country)),
        "sites.csv": csv_text(site_columns(district, rows), rows),
        "teams.csv": csv_text(team_columns(district), [team_row(country, team) for team in district.teams]),
        **({"counters.csv": csv_text(COUNTER_COLUMNS, counters)} if counters else {}),
        **({} if district.journeys is None else journey_files(country, district.journeys)),
        "SOURCES.md": sources_page(country, rows),
    }


def journey_files(country: Country, journeys: Journeys) -> dict[str, str]:
    """File name to text of where a district's teams sleep, and of their boats and planes."""
    tables = {
        "lodgings": (LODGING_COLUMNS, [lodging_row(country, lodging) for lodging in journeys.lodgings]),
        "stations": (STATION_COLUMNS, [station_row(country, station) for station in journeys.stations]),
        "connections": (CONNECTION_COLUMNS, [connection_row(crossing) for crossing in journeys.crossings]),
        "travel": (TRAVEL_COLUMNS, [row for way in journeys.ways for row in travel_rows(country, way)]),
    }
    return {f"{name}.csv": csv_text(columns, rows) for name, (columns, rows) in tables.items() if rows}


def province_files(province: District) -> dict[str, str]:
    """File name to text of a province that plans nothing itself."""
    return {"district.json": district_json(read_country(province)), "SOURCES.md": page_of_a_province(province)}


def main() -> None:
    """Writes every example below this folder."""
    for place, texts in [
        *((district, files(district)) for district in DISTRICTS),
        *((province, province_files(province)) for province in PROVINCES),
    ]:
        folder = EXAMPLES / f"{place.code}-{place.slug}"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
