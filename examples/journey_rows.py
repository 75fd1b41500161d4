"""Makes the rows of nights away, boats and planes: where teams sleep and board, and what the places of zones are in."""

from collections.abc import Mapping

from examples.places import Country, Point, Row, distance_km
from examples.scenarios.model import Crossing, Journeys, SleepingPlace, StopOver, Team, Way
from examples.site_rows import SITE_COLUMNS, provenance_cell, with_figures

LODGING_COLUMNS = ("code", "name", "lat", "lon", "zone", "cost_per_night", "note", "provenance")
STATION_COLUMNS = ("code", "name", "kind", "lat", "lon", "zone", "provenance")
CONNECTION_COLUMNS = (
    *("code", "origin", "destination", "way", "departs_earliest", "departs_latest", "minutes", "fare", "weekdays"),
    "provenance",
)
TRAVEL_COLUMNS = ("code", "origin", "destination", "minutes", "metres", "way", "both_directions", "note", "provenance")
SITES_OF_JOURNEYS = (*SITE_COLUMNS[:-1], "zone", "session_at", "session_turn_out_share", "provenance")
TEAMS_OF_JOURNEYS = ("max_nights", "rest_days")


def sites_of(journeys: Journeys, rows: list[Row]) -> list[Row]:
    """The rows of sites.csv with their zones, and the sessions that are moved to the nearest village with signal."""
    zone_of = {area: zone for zone, areas in journeys.zones.items() for area in areas}
    blank = dict.fromkeys(SITES_OF_JOURNEYS, "")
    return [
        _moved(journeys, blank | row | {"zone": zone}, rows, zone_of)
        if (zone := zone_of.get(row["area_code"], ""))
        else blank | row
        for row in rows
    ]


def _moved(journeys: Journeys, row: Row, rows: list[Row], zone_of: Mapping[str, str]) -> Row:
    if row["zone"] not in journeys.moved_sessions_in or row["kind"] != "village" or row["connectivity"] != "0":
        return row
    covered = [
        other
        for other in rows
        if other["kind"] == "village"
        and other["connectivity"] != "0"
        and zone_of.get(other["area_code"]) == row["zone"]
    ]
    nearest = min(covered, key=lambda other: (distance_km(_point(row), _point(other)), other["code"]))
    figures = {"session_at": nearest["code"], "session_turn_out_share": str(journeys.session_turn_out_share)}
    return with_figures(row, figures, "assumed")


def _point(row: Row) -> Point:
    return float(row["lat"]), float(row["lon"])


def with_nights(team: Team, row: Row) -> Row:
    """The row of teams.csv with how long the team stays away."""
    if not team.max_nights:
        return row
    figures = {"max_nights": str(team.max_nights), "rest_days": str(team.rest_days)}
    return with_figures(row, figures, "assumed")


def lodging_row(country: Country, lodging: SleepingPlace) -> Row:
    """One row of lodgings.csv."""
    return {
        "code": lodging.code,
        "name": lodging.name,
        **_cells(country.villages[lodging.village].point),
        "zone": lodging.zone,
        "cost_per_night": str(lodging.cost_per_night),
        "note": "Contoh: ganti dengan penginapan yang sebenarnya",
        "provenance": provenance_cell(dict.fromkeys(("place", "cost_per_night"), "assumed")),
    }


def station_row(country: Country, station: StopOver) -> Row:
    """One row of stations.csv."""
    return {
        "code": station.code,
        "name": station.name,
        "kind": station.kind,
        **_cells(station.point or country.villages[station.village].point),
        "zone": station.zone,
        "provenance": provenance_cell({"place": "public" if station.point else "assumed"}),
    }


def connection_row(crossing: Crossing) -> Row:
    """One row of connections.csv."""
    figures = {
        "departs_earliest": crossing.departs,
        "departs_latest": crossing.departs_latest,
        "minutes": str(crossing.minutes),
        "fare": str(crossing.fare),
        "weekdays": crossing.weekdays,
    }
    origins = {name: "public" if name in crossing.public else "assumed" for name, cell in figures.items() if cell}
    return {
        "code": crossing.code,
        "origin": crossing.origin,
        "destination": crossing.destination,
        "way": crossing.way,
        **figures,
        "provenance": provenance_cell(origins),
    }


def travel_rows(country: Country, way: Way) -> list[Row]:
    """The two rows of travel.csv of a way by boat: up the river and down."""
    district = country.district
    base = next(team for team in district.teams if way.origin == f"base:{team.code}").base_village
    km = distance_km(country.villages[base].point, country.villages[way.village].point) * district.detour
    ends = (
        (f"{way.code}-HULU", way.origin, way.destination, way.minutes_there),
        (f"{way.code}-HILIR", way.destination, way.origin, way.minutes_back),
    )
    return [
        {
            "code": code,
            "origin": origin,
            "destination": destination,
            "minutes": str(minutes),
            "metres": str(round(km) * 1000),
            "way": "boat",
            "both_directions": "false",
            "note": way.note,
            "provenance": "assumed",
        }
        for code, origin, destination, minutes in ends
    ]


def _cells(point: Point) -> dict[str, str]:
    return {"lat": f"{point[0]:.6f}", "lon": f"{point[1]:.6f}"}
