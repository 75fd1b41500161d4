"""Which legs of a plan the entries of a district hold for."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.travel.entries import TRAVEL_ENTRIES
from app.travel.legs import NO_LEGS, legs_of
from tests.app.conftest import NOW
from tests.factories import make_district, make_site, make_team

T1, T2, T3, A, B = ("team", "T-1"), ("team", "T-2"), ("team", "T-3"), ("site", "A"), ("site", "B")


@pytest.fixture
def district(session: Session) -> District:
    """Two teams at the office, a third in another town, two sites."""
    made = make_district(session)
    for code in ("T-1", "T-2"):
        make_team(session, code=code)
    make_team(session, code="T-3", base_lat=-3.30, base_lon=102.90)
    for code in ("A", "B"):
        make_site(session, code=code)
    return made


def enter(session: Session, district: District, origin: str, destination: str, minutes: int, **fields: Any) -> None:
    given = {"origin": origin, "destination": destination, "minutes": minutes, "metres": 1_000, "way": "boat"}
    create_thing(session, TRAVEL_ENTRIES, district, given | fields, actor=COMMAND_LINE, now=NOW)


def minutes(session: Session) -> dict[Any, int]:
    return {ends: leg.minutes for ends, leg in legs_of(session, "16.73").entered.items()}


def test_without_entries_all_is_great_circle(session: Session, district: District) -> None:
    assert legs_of(session, "16.73") is NO_LEGS


def test_an_entry_of_a_base_holds_for_each_team_that_starts_there(session: Session, district: District) -> None:
    enter(session, district, "base:T-1", "A", 95)
    assert minutes(session) == {(T1, A): 95, (A, T1): 95, (T2, A): 95, (A, T2): 95}
    assert legs_of(session, "16.73").is_same_both_ways


def test_a_teams_own_entry_goes_before_that_of_its_neighbour(session: Session, district: District) -> None:
    enter(session, district, "base:T-1", "A", 95)
    enter(session, district, "A", "base:T-2", 60, both_directions=False)
    enter(session, district, "base:T-3", "A", 30)
    assert minutes(session) == {
        **{(T1, A): 95, (A, T1): 95, (T2, A): 95, (A, T2): 60},
        **{(T3, A): 30, (A, T3): 30},
    }
    assert not legs_of(session, "16.73").is_same_both_ways


def test_one_direction_is_no_other(session: Session, district: District) -> None:
    enter(session, district, "A", "B", 25, both_directions=False)
    assert minutes(session) == {(A, B): 25}
    assert not legs_of(session, "16.73").is_same_both_ways


def test_legs_among_some_places(session: Session, district: District) -> None:
    enter(session, district, "base:T-1", "A", 95)
    enter(session, district, "A", "B", 25)
    assert set(legs_of(session, "16.73").among([A, T2]).entered) == {(T2, A), (A, T2)}
