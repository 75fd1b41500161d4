"""Makes the files of an example of nights away and planes: a part of a district, with where teams sleep and board."""

from collections.abc import Mapping

from examples.places import Country, Row, distance_km
from examples.scenarios.model import Flight, Journeys, SleepingPlace, StopOver
from examples.site_rows import SITE_COLUMNS, provenance_cell, with_figures

LODGING_COLUMNS = ("code", "name", "lat", "lon", "zone", "cost_per_night", "max_teams", "note", "provenance")
STATION_COLUMNS = ("code", "name", "kind", "lat", "lon", "zone", "note", "provenance")
CONNECTION_COLUMNS = (
    *("code", "origin", "destination", "way", "departs_earliest", "minutes", "fare", "max_teams", "weekdays"),
    "provenance",
)
SITES_OF_JOURNEYS = (*SITE_COLUMNS[:-1], "zone", "session_at", "session_turn_out_share", "provenance")
TEAMS_OF_JOURNEYS = ("max_nights", "rest_days")


def sites_of(journeys: Journeys, rows: list[Row]) -> list[Row]:
    """The rows of sites.csv in the areas; villages without signal hold their sessions at the nearest one with some."""
    own = [row | {"zone": journeys.zone} for row in rows if row["area_code"] in journeys.areas]
    covered = [row for row in own if row["kind"] == "village" and row["connectivity"] != "0"]

    def nearest(row: Row) -> Row:
        return min(covered, key=lambda other: (distance_km(_point(row), _point(other)), other["code"]))

    blank = dict.fromkeys(SITES_OF_JOURNEYS, "")
    return [
        with_figures(
            blank | row,
            {
                "session_at": nearest(row)["code"],
                "session_turn_out_share": str(journeys.session_turn_out_share),
            },
            "assumed",
        )
        if row["kind"] == "village" and row["connectivity"] == "0"
        else blank | row
        for row in own
    ]


def _point(row: Row) -> tuple[float, float]:
    return float(row["lat"]), float(row["lon"])


def team_rows_of(journeys: Journeys, rows: list[Row]) -> list[Row]:
    """The rows of teams.csv of those who go there."""
    by_code = {row["code"]: row for row in rows}
    return [
        with_figures(
            by_code[team.code], {"max_nights": str(team.max_nights), "rest_days": str(team.rest_days)}, "assumed"
        )
        for team in journeys.teams
    ]


def lodging_row(country: Country, journeys: Journeys, lodging: SleepingPlace) -> Row:
    return {
        "code": lodging.code,
        "name": lodging.name,
        **_place(country, lodging.village),
        "zone": journeys.zone,
        "cost_per_night": str(lodging.cost_per_night),
        "max_teams": "",
        "note": "Contoh: ganti dengan penginapan yang sebenarnya",
        "provenance": provenance_cell(dict.fromkeys(("place", "cost_per_night"), "assumed")),
    }


def station_row(country: Country, journeys: Journeys, station: StopOver) -> Row:
    return {
        "code": station.code,
        "name": station.name,
        "kind": "airstrip",
        **_place(country, station.village),
        "zone": journeys.zone if station.in_zone else "",
        "note": "",
        "provenance": provenance_cell({"place": "assumed"}),
    }


def connection_row(journeys: Journeys, flight: Flight) -> Row:
    return {
        "code": flight.code,
        "origin": flight.origin,
        "destination": flight.destination,
        "way": "plane",
        "departs_earliest": flight.departs,
        "minutes": str(flight.minutes),
        "fare": str(journeys.fare),
        "max_teams": "1",
        "weekdays": flight.weekdays,
        "provenance": provenance_cell(_origins_of(flight)),
    }


def _origins_of(flight: Flight) -> Mapping[str, str]:
    # Of the way back to Malinau no source names the days.
    days = "assumed" if flight.code == "LBW-MLN" else "public"
    return {"weekdays": days} | dict.fromkeys(("departs_earliest", "minutes", "fare", "max_teams"), "assumed")


def _place(country: Country, village: str) -> dict[str, str]:
    lat, lon = country.villages[village].point
    return {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"}


def sources_of(journeys: Journeys, *, of: str) -> str:
    """The text of SOURCES.md of such an example."""
    lines = [
        f"# {journeys.zone}, by plane: where the figures come from",
        "",
        "Made by `python -m examples.build`; edit `examples/scenarios/krayan.py`, not these files.",
        "",
        f"Sites, areas and teams are those of `../../{of}`, whose `SOURCES.md` says where they come from.",
        "",
        *(f"* {note}" for note in journeys.notes),
        "",
        "## Sources",
        "",
        *(f"* {what}: {address}" for what, address in journeys.sources),
    ]
    return "\n".join(lines) + "\n"
