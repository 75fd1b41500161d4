"""A trip on paper and on the board: the day sheet, one letter and one SPD for a trip, the past of teams."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.languages import Language
from app.letters.contents import Issue, letter_content
from app.letters.day_sheet import sheet_content
from app.letters.models import Staff
from app.letters.rendering import set_pdf
from app.letters.schemas import LetterheadIn
from app.letters.stops import TeamWeek, monday_of, stops_in_force, stops_of_draft, team_weeks
from app.schedules import service as schedules
from app.schedules.comparing import compare
from app.schedules.loads.past import hours_above_share
from app.schedules.runs.checking import check_plan
from app.schedules.trips.models import Trip
from tests.app.conftest import NOW
from tests.app.letters.conftest import letterhead_words
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    VISITS,
    plan_upriver,
    published_upriver,
)

SATURDAY = date(2023, 11, 18)


def sheet(session: Session, district: District, day: date, language: Language = Language.INDONESIAN) -> dict[str, Any]:
    return sheet_content(
        session, day, actor=COMMAND_LINE, team_code="T-1", district_code=district.code, language=language
    )


def test_the_day_sheet_tells_rides_and_where_the_team_sleeps(session: Session, district: District) -> None:
    published_upriver(session, district)
    thursday = sheet(session, district, THURSDAY)["day"]
    assert [(stop["site"], stop["is_ride"]) for stop in thursday["stops"]] == [
        ("Dermaga Hilir → Dermaga Hulu", True),
        ("Desa Hulu 1", False),
    ]
    assert (thursday["begins"], thursday["shift"]) == (None, "07.00–17.00")
    assert thursday["back"].startswith("Menginap di Balai Desa Hulu, tiba pukul ")
    friday = sheet(session, district, FRIDAY)["day"]
    assert friday["begins"] == "Balai Desa Hulu"
    saturday = sheet(session, district, SATURDAY)["day"]
    assert (saturday["stops"], saturday["back"]) == ([], "Menginap di Balai Desa Hulu.")
    monday = sheet(session, district, MONDAY, Language.ENGLISH)["day"]
    assert [stop["hours"] for stop in monday["stops"]] == ["10:30–12:30"]
    assert monday["back"].startswith("Back at the base at 12:")
    tuesday = sheet(session, district, TUESDAY)["day"]
    assert (tuesday["begins"], tuesday["shift"]) == (None, "07.30–16.00")


@pytest.mark.parametrize("day", [THURSDAY, SATURDAY, MONDAY, TUESDAY])
def test_the_day_sheet_of_a_trip_can_be_set(session: Session, district: District, day: date) -> None:
    published_upriver(session, district)
    assert set_pdf("day.typ", sheet(session, district, day), day=day)[:5] == b"%PDF-"


def letters(session: Session, district: District) -> list[TeamWeek]:
    stops = stops_in_force(session, district, "ikd", first=date(2023, 11, 13), last=date(2023, 11, 26))
    return team_weeks(stops)


def content_of(about: TeamWeek, *, with_trips: bool = True) -> dict[str, Any]:
    person = Staff(name="Petugas Contoh", status="non_asn", post="Operator", nip=None, rank=None)
    words = LetterheadIn.model_validate(letterhead_words()).model_dump(mode="json")
    return letter_content(words, about, [person], document="ikd", issue=Issue(), with_trips=with_trips)


def test_one_letter_and_one_spd_for_a_trip_of_two_weeks(session: Session, district: District) -> None:
    published_upriver(session, district)
    first, second = (about for about in letters(session, district) if about.stops[0].team_code == "T-1")
    assert (first.week, first.first_date, first.last_date) == (monday_of(THURSDAY), THURSDAY, MONDAY)
    assert [stop.site_code for stop in first.stops] == ["H-0", "H-1"]
    assert (second.week, second.first_date, second.last_date) == (MONDAY, TUESDAY, TUESDAY)
    letter = content_of(first)
    assert [row["site"] for row in letter["stops"]] == [
        "Dermaga Hilir ke Dermaga Hulu",
        "Desa Hulu 1",
        "Menginap di Balai Desa Hulu",
        "Desa Hulu 2",
        "Menginap di Balai Desa Hulu",
        "Dermaga Hulu ke Dermaga Hilir",
    ]
    assert [row["hours"] for row in letter["stops"] if row["site"].startswith("Menginap")] == ["1 malam", "3 malam"]
    (spd,) = letter["trips"]
    assert (spd["lasts"], spd["day"], spd["until"]) == ("5 (lima) hari", "16 November 2023", "20 November 2023")
    assert [stage["place"] for stage in spd["stages"]] == [
        "Desa Hulu 1",
        "Balai Desa Hulu",
        "Desa Hulu 2",
        "Balai Desa Hulu",
    ]
    assert spd["stages"][1]["leaves"] == "17 November 2023 pukul 07.00"
    assert spd["returns"].startswith("20 November 2023 pukul 12.")
    assert content_of(second)["trips"][0]["lasts"] == "1 (satu) hari"


def test_a_draft_prints_the_trip_of_its_own(session: Session, district: District) -> None:
    published_upriver(session, district)
    draft = plan_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    stops = stops_of_draft(session, district, draft, first=date(2023, 11, 13), last=date(2023, 11, 26), team_ids=None)
    assert [stop.trip for stop in stops] == [None, None]


def test_what_teams_worked_counts_the_days_of_a_trip(session: Session, district: District) -> None:
    published_upriver(session, district)
    before = date(2023, 12, 1)
    with_trip = hours_above_share(session, district, before=before)
    trip = session.scalars(select(Trip)).one()
    session.delete(trip)
    session.flush()
    without = hours_above_share(session, district, before=before)
    assert with_trip[trip.team_id] > without[trip.team_id]


def test_two_plans_side_by_side_count_nights_fares_and_days_away(session: Session, district: District) -> None:
    district.cost_per_km, district.cost_per_team_day = 2_500, 150_000
    before = published_upriver(session, district)
    after = plan_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    shown = compare(session, after, before, now=NOW)
    assert shown.before.team_days == 5, "Thursday, Friday, Monday and Tuesday of one team, Thursday of the other"
    assert shown.after.team_days == 2
    for figures, schedule in ((shown.before, before), (shown.after, after)):
        assert figures.cost == check_plan(*schedules.with_files(session, schedule)).cost
