"""Doubts about what was entered: each rule says what is of no use, and is silent once it is mended."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.coded_things import Kind, create_thing
from app.districts.models import District
from app.teams.models import Team
from app.travel.entries import TRAVEL_ENTRIES
from app.travel.journeys.connections import CONNECTIONS
from app.travel.journeys.doubts import doubts_of
from app.travel.journeys.lodgings import LODGINGS
from app.travel.journeys.stations import STATIONS
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_site, make_team


@pytest.fixture
def district(session: Session) -> District:
    """A town, and a village in a zone of its own with a jetty, a way by boat from the town's harbour and back."""
    district = make_district(session)
    make_site(session, code="NEAR")
    enter(session, district, STATIONS, code="PEL", name="Pelabuhan", kind="harbour", lat=-3.27, lon=102.88)
    enter(session, district, STATIONS, code="LAP", name="Dermaga", kind="jetty", lat=-3.5, lon=102.95, zone="Hulu")
    return district


@pytest.fixture
def team(session: Session, district: District) -> Team:
    return make_team(session, code="T-1")


def enter(session: Session, district: District, kind: Kind[Any, Any], /, **given: Any) -> Any:
    return create_thing(session, kind, district, given, actor=COMMAND_LINE, now=NOW)


def connect(session: Session, district: District, code: str, ends: str, departs: int = 480, **given: Any) -> Any:
    origin, _, destination = ends.partition("-")
    fields = {"code": code, "origin": origin, "destination": destination, "way": "boat", "minutes": 60}
    return enter(session, district, CONNECTIONS, **(fields | {"departs_earliest": departs} | given))


def lodge(session: Session, district: District, zone: str | None, code: str = "INN") -> Any:
    return enter(session, district, LODGINGS, code=code, name="Mess", lat=-3.4, lon=102.9, zone=zone)


def doubts(session: Session, district: District) -> list[tuple[str, str]]:
    session.flush()
    return [(doubt.code, doubt.of) for doubt in doubts_of(session, district)]


def test_nothing_entered_is_no_doubt(session: Session, district: District) -> None:
    assert doubts(session, district) == []
    make_team(session, code="T-1")
    assert doubts(session, district) == []


def test_nights_need_a_lodging_and_lodgings_nights(session: Session, district: District, team: Team) -> None:
    team.max_nights = 2
    assert doubts(session, district) == [("nights_without_lodging", "T-1")]
    lodge(session, district, None)
    assert doubts(session, district) == []
    team.max_nights = 0
    assert doubts(session, district) == [("lodging_without_nights", "INN")]


@pytest.mark.parametrize(
    ("departs", "given", "is_doubted"),
    [
        (449, {}, True),
        (450, {}, False),
        (900, {}, False),
        (901, {}, True),
        (300, {"departs_latest": 449}, True),
        (300, {"departs_latest": 450}, False),
        (900, {"minutes": 61}, True),
    ],
)
def test_a_departure_lies_in_some_teams_shift(
    session: Session, district: District, team: Team, departs: int, given: dict[str, Any], is_doubted: bool
) -> None:
    assert (team.shift_start, team.shift_end) == (450, 960)
    connect(session, district, "UP", "PEL-LAP", departs, **given)
    assert (("departure_outside_shifts", "UP") in doubts(session, district)) is is_doubted


def test_hours_away_count_where_a_team_stays_away(session: Session, district: District, team: Team) -> None:
    connect(session, district, "UP", "PEL-LAP", 330)
    lodge(session, district, None)
    team.away_shift_start, team.away_shift_end = 300, 1080
    assert ("departure_outside_shifts", "UP") in doubts(session, district)
    team.max_nights = 1
    assert doubts(session, district) == []


def test_a_connection_goes_on_some_day_on_which_a_team_works(session: Session, district: District, team: Team) -> None:
    sunday = {"weekdays": "0000001"}
    boat = connect(session, district, "UP", "PEL-LAP", **sunday)
    assert doubts(session, district) == [("runs_on_no_working_day", "UP")]
    team.working_weekdays = "1111111"
    assert doubts(session, district) == []
    boat.starts_on, boat.ends_on = date(2026, 3, 2), date(2026, 3, 7)
    assert doubts(session, district) == [("never_runs", "UP")]
    boat.ends_on = date(2026, 3, 8)
    assert doubts(session, district) == []
    boat.dates_without = [date(2026, 3, 8)]
    assert doubts(session, district) == [("never_runs", "UP")]


def test_a_lodging_is_reached_and_left(session: Session, district: District, team: Team) -> None:
    team.max_nights = 2
    lodge(session, district, "Hulu")
    lodge(session, district, "Hullu", "TYPO")
    lonely = ("lodging_in_lonely_zone", "TYPO")
    assert doubts(session, district) == [("lodging_in_lonely_zone", "INN"), lonely]
    connect(session, district, "DOWN", "LAP-PEL", 600)
    assert doubts(session, district) == [("lodging_unreachable", "INN"), lonely]
    connect(session, district, "UP", "PEL-LAP")
    assert doubts(session, district) == [lonely]


def test_sites_of_a_zone_are_reached_and_left(session: Session, district: District, team: Team) -> None:
    make_site(session, code="FAR", zone="Hulu")
    assert doubts(session, district) == [("zone_unreachable", "Hulu")]
    connect(session, district, "UP", "PEL-LAP")
    assert doubts(session, district) == [("zone_without_way_back", "Hulu")]
    way = {"origin": "FAR", "destination": "base:T-1", "minutes": 300, "metres": 0, "way": "foot"}
    entry = create_thing(
        session, TRAVEL_ENTRIES, district, way | {"both_directions": False}, actor=COMMAND_LINE, now=NOW
    )
    assert doubts(session, district) == []
    session.delete(entry)
    team.zone = "Hulu"
    # From the village the town is no longer reached.
    assert doubts(session, district) == [("zone_unreachable", "")]


def test_doubts_are_told_in_both_languages_to_who_may_see_the_district(
    client: TestClient, session: Session, district: District, team: Team, bearer: AsRole
) -> None:
    make_site(session, code="FAR", zone="Hulu")
    path = "/v1/districts/16.73/journey-doubts"
    (doubt,) = client.get(path, headers=bearer(Role.VIEWER, "16.73")).json()["items"]
    assert (doubt["code"], doubt["thing"], doubt["of"]) == ("zone_unreachable", "zone", "Hulu")
    assert "zona “Hulu”" in doubt["message"]["id"]
    assert "1 site in zone “Hulu”" in doubt["message"]["en"]
    make_district(session, "17.71")
    assert client.get(path, headers=bearer(Role.PLANNER, "17.71")).status_code in (403, 404)
