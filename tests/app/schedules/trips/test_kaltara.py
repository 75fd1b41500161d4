"""The examples of Kalimantan Utara: imported with their boats and planes, and planned with the real core by them."""

import gzip
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.commands.folders import load_example
from app.districts.models import District
from app.districts.service import get_district
from app.schedules import service as schedules
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from app.sites.models import Site
from app.teams.models import Team
from app.travel.journeys.doubts import doubts_of
from app.travel.journeys.stored import journeys_of
from solver.contract.journeys import Ride
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.solve import solve
from solver.stopping import Limits
from tests.app.conftest import NOW

EXAMPLES = Path(__file__).parents[4] / "examples"
JULY = Wish(period_start=date(2024, 7, 8), period_end=date(2024, 7, 19), weights={"fairness": 0})
PLANES = {"LAL", "LPG", "MHB", "DTD", "LPJ"}
"""Airstrips that planes lead to from Malinau."""


@pytest.fixture
def malinau(session: Session, job_tables: None) -> District:
    load_example(session, EXAMPLES / "65-kalimantan-utara", now=NOW)
    return get_district(session, load_example(session, EXAMPLES / "65.02-kabupaten-malinau", now=NOW))


def test_malinau_is_imported_with_its_planes_its_lodgings_and_the_set_of_the_province(
    session: Session, malinau: District
) -> None:
    journeys = journeys_of(session, malinau.code)
    assert {station.code for station in journeys.stations} == {"MLN", *PLANES}
    assert {crossing.fields.code for crossing in journeys.crossings} == {
        code for there in PLANES for code in (f"MLN-{there}", f"{there}-MLN")
    }
    assert {lodging.code for lodging in journeys.lodgings} == {f"{place}-INAP" for place in PLANES}
    assert {team.code: (team.max_nights, list(team.kits)) for team in session.scalars(select(Team))} == {
        "TIM-1": (0, []),
        "TIM-2": (4, ["satellite"]),
    }
    load_example(session, EXAMPLES / "65.02-kabupaten-malinau", now=NOW)
    assert len(journeys_of(session, malinau.code).crossings) == 10, "a second time changes nothing"


def test_a_district_of_the_province_has_no_doubt_about_its_ways(session: Session, job_tables: None) -> None:
    for folder in sorted(EXAMPLES.glob("65.*")):
        district = get_district(session, load_example(session, folder, now=NOW))
        assert [doubt.code for doubt in doubts_of(session, district)] == []


def test_sessions_of_krayan_are_moved(session: Session, job_tables: None) -> None:
    load_example(session, EXAMPLES / "65.03-kabupaten-nunukan", now=NOW)
    moved = session.scalars(select(Site).where(Site.session_at.is_not(None))).all()
    assert {(site.zone, site.connectivity) for site in moved} == {("Krayan", 0)}


def test_a_team_of_malinau_flies_to_the_must_visits_sleeps_and_comes_back(session: Session, malinau: District) -> None:
    later = NOW.replace(year=2024, month=7, day=5)
    schedule = schedules.request_schedule(session, malinau, replace(JULY, seed=1), actor=COMMAND_LINE, now=later)
    instance = instance_from_json(json.loads(gzip.decompress(build_instance(session, schedule).content)))
    plan = solve(instance, Limits(iterations=2_000), seed=1).plan
    assert {"KEC-65.02.10", "KEC-65.02.11"} <= {visit.site for visit in plan.visits}
    rows: Rows = plan.rows
    assert {night.lodging.removeprefix("lodging:").removesuffix("-INAP") for night in rows.nights} <= PLANES
    assert {night.team for night in rows.nights} == {ride.team for ride in rows.rides}
    rides = [ride.connection.removeprefix("connection:") for ride in sorted(rows.rides, key=_when)]
    assert rides
    for flown_out, flown_home in zip(rides[::2], rides[1::2], strict=True):
        assert (flown_out[:3], flown_home[-3:]) == ("MLN", "MLN"), "whoever flies in flies out"


def _when(ride: Ride) -> tuple[date, int]:
    return ride.date, ride.start or 0
