"""A trip on paper and on the board: the day sheet, one letter and one SPD for a trip, the past of teams."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.languages import Language
from app.letters import issuing
from app.letters import service as letters_service
from app.letters.contents import Issue, letter_content, paper_content
from app.letters.day_sheet import sheet_content
from app.letters.issuing import WantedLetter, issue_letters
from app.letters.models import IssuedLetter, Letterhead, Staff
from app.letters.rendering import set_pdf
from app.letters.schemas import LetterheadIn
from app.letters.trips_left_behind import journeys_of, trip_differences
from app.letters.weeks import TeamWeek, monday_of, weeks_in_force, weeks_of_draft
from app.schedules import service as schedules
from app.schedules.comparing import compare
from app.schedules.loads.past import hours_above_share
from app.schedules.models import Schedule, Visit
from app.schedules.runs.checking import check_plan
from app.schedules.trips.models import Night, Ride, Trip
from app.schedules.trips.reading import whole_trips
from tests.app.conftest import NOW, AsRole
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
    return weeks_in_force(session, district, "ikd", first=date(2023, 11, 13), last=date(2023, 11, 26))


def content_of(about: TeamWeek, *, with_trips: bool = True) -> dict[str, Any]:
    person = Staff(name="Petugas Contoh", status="non_asn", post="Operator", nip=None, rank=None)
    words = LetterheadIn.model_validate(letterhead_words()).model_dump(mode="json")
    return letter_content(words, about, [person], document="ikd", issue=Issue(), with_trips=with_trips)


def test_one_letter_and_one_spd_for_a_trip_of_two_weeks(session: Session, district: District) -> None:
    published_upriver(session, district)
    first, second = (about for about in letters(session, district) if about.team.code == "T-1")
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
    weeks = weeks_of_draft(session, district, draft, first=date(2023, 11, 13), last=date(2023, 11, 26), team_ids=None)
    assert [(len(about.stops), about.trips) for about in weeks] == [(1, ()), (1, ())]


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


def issued(session: Session, district: District, schedule: Schedule, *, again: bool = False) -> IssuedLetter:
    wanted = [WantedLetter(team_code="T-1", week=THURSDAY, number=None)]
    (letter,) = issue_letters(
        session, schedule, wanted, day=THURSDAY, with_trips=False, again=again, actor=COMMAND_LINE, now=NOW
    )
    return letter


def issued_upriver(session: Session, district: District, *, is_idle: bool = False) -> IssuedLetter:
    """The letter of the trip; `is_idle`: once its visits have gone."""
    letterhead = LetterheadIn.model_validate(letterhead_words()).model_dump(mode="json")
    session.add(Letterhead(district_code=district.code, words=letterhead))
    schedule = published_upriver(session, district)
    team_id = session.scalars(select(Trip.team_id)).one()
    person = {"name": "Petugas Contoh", "status": "non_asn", "post": "Operator"}
    session.add(Staff(district_code=district.code, team_id=team_id, **person))
    if is_idle:
        session.execute(delete(Visit).where(Visit.team_id == team_id, Visit.date <= MONDAY))
    session.flush()
    return issued(session, district, schedule)


def left_behind(session: Session, district: District, letter: IssuedLetter) -> list[tuple[str, str, date, str]]:
    about = letters_service.weeks_now(session, district, [letter])[letter.id]
    now = [] if about is None else journeys_of(about.trips, about.zone)
    return [(row.what, row.change, row.date, row.text["id"]) for row in trip_differences(letter.journeys, now)]


def test_an_issued_letter_tells_what_has_changed_about_nights_and_boats(
    client: TestClient, session: Session, district: District, bearer: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "set_pdfs", lambda *_, **__: [b"%PDF-"])
    letter = issued_upriver(session, district)
    schedule = session.get_one(Schedule, letter.schedule_id)
    assert left_behind(session, district, letter) == []
    session.execute(update(Night).where(Night.date == FRIDAY).values(lodging_code="LOSMEN", lodging_name="Losmen"))
    hour = timedelta(hours=1)
    session.execute(update(Ride).where(Ride.date == MONDAY).values(ends_at=Ride.ends_at + hour))
    assert left_behind(session, district, letter) == [
        (
            "night",
            "elsewhere",
            FRIDAY,
            "Sesudah 17 November 2023 tim sekarang menginap di Losmen, di surat di Balai Desa Hulu.",
        ),
        (
            "ride",
            "retimed",
            MONDAY,
            "Dermaga Hulu – Dermaga Hilir pada 20 November 2023 sekarang pukul 10.30–13.30, di surat 10.30–12.30.",
        ),
    ]
    session.commit()
    listed = client.get(
        f"/v1/districts/{district.code}/letters?outdated=true", headers=bearer(Role.PLANNER, district.code)
    ).json()["items"]
    assert [(row["id"], len(row["differences"]), len(row["trip_differences"])) for row in listed] == [(letter.id, 0, 2)]
    assert left_behind(session, district, issued(session, district, schedule)) == []


def test_a_trip_that_left_the_plan_is_told_to_its_letter(session: Session, district: District) -> None:
    (trip,) = whole_trips(session, select(Trip).where(Trip.schedule_id == published_upriver(session, district).id))
    printed = journeys_of([trip], ZoneInfo(district.time_zone))
    gone = [(row.what, row.change, row.date) for row in trip_differences(printed, [])]
    assert gone == [
        ("night", "dropped", THURSDAY),
        ("ride", "dropped", THURSDAY),
        ("night", "dropped", FRIDAY),
        ("ride", "dropped", MONDAY),
    ]
    assert {row.change for row in trip_differences([], printed)} == {"added"}
    assert trip_differences(None, printed) == (), "an older letter kept nothing of its nights"
    longer = [row | ({"until": "2023-11-21"} if row["date"] == "2023-11-17" else {}) for row in printed]
    (stay,) = trip_differences(printed, longer)
    assert stay.text["en"].startswith("The stay at Balai Desa Hulu after 17 November 2023 now lasts until 21 November")


def test_a_trip_without_visits_left_is_no_difference_of_its_nights(session: Session, district: District) -> None:
    letter = issued_upriver(session, district)
    session.execute(delete(Visit).where(Visit.team_id == letter.team_id))
    (about,) = letters_service.weeks_now(session, district, [letter]).values()
    assert about is not None
    assert about.stops == ()
    assert left_behind(session, district, letter) == [], "the visits are told, and the team still goes"
    session.execute(delete(Trip).where(Trip.team_id == letter.team_id))
    assert letters_service.weeks_now(session, district, [letter]) == {letter.id: None}
    assert [row[:2] for row in left_behind(session, district, letter)] == [
        ("night", "dropped"),
        ("ride", "dropped"),
        ("night", "dropped"),
        ("ride", "dropped"),
    ]


def without_visits(session: Session, district: District, *, nights: bool = True) -> TeamWeek:
    """The week of a trip in force whose visits have gone."""
    schedule = published_upriver(session, district)
    trip = session.scalars(select(Trip).where(Trip.schedule_id == schedule.id)).one()
    session.execute(delete(Visit).where(Visit.team_id == trip.team_id, Visit.date <= MONDAY))
    if not nights:
        session.execute(delete(Night))
    return next(about for about in letters(session, district) if about.trips)


def test_a_trip_without_visits_gets_a_letter_and_an_spd(session: Session, district: District) -> None:
    about = without_visits(session, district)
    assert (about.team.code, about.stops, about.first_date, about.last_date) == ("T-1", (), THURSDAY, MONDAY)
    letter = content_of(about)
    assert [row["site"] for row in letter["stops"]] == [
        "Dermaga Hilir ke Dermaga Hulu",
        "Menginap di Balai Desa Hulu",
        "Menginap di Balai Desa Hulu",
        "Dermaga Hulu ke Dermaga Hilir",
    ]
    assert letter["tasks"][0].startswith("Melaksanakan perjalanan dinas dalam rangka pelayanan jemput bola")
    (spd,) = letter["trips"]
    assert (spd["lasts"], spd["to"], spd["until"]) == ("5 (lima) hari", "Balai Desa Hulu", "20 November 2023")
    assert [stage["place"] for stage in spd["stages"]] == ["Balai Desa Hulu", "Balai Desa Hulu"]
    words = LetterheadIn.model_validate(letterhead_words()).model_dump()
    assert set_pdf("letter.typ", paper_content(words, [letter], title="Surat"), day=THURSDAY)[:5] == b"%PDF-"


def test_an_spd_of_boats_alone_says_where_they_land(session: Session, district: District) -> None:
    letter = content_of(without_visits(session, district, nights=False))
    (spd,) = letter["trips"]
    assert (spd["to"], [stage["place"] for stage in spd["stages"]]) == ("Dermaga Hulu", ["Dermaga Hulu"])
    assert spd["stages"][0]["leaves"] == "20 November 2023 pukul 10.30"


def test_the_letter_of_a_trip_without_visits_is_issued_and_printed(
    client: TestClient, session: Session, district: District, bearer: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "set_pdfs", lambda *_, **__: [b"%PDF-"])
    letter = issued_upriver(session, district, is_idle=True)
    assert (letter.stops, letter.first_date, letter.last_date) == ([], THURSDAY, MONDAY)
    assert [row["what"] for row in letter.journeys or ()] == ["night", "night", "ride", "ride"]
    session.commit()
    head = bearer(Role.PLANNER, district.code)
    (listed,) = client.get(f"/v1/districts/{district.code}/letters", headers=head).json()["items"]
    assert (listed["team"], listed["outdated"]) == ("T-1", False)
    query = f"team=T-1&from={THURSDAY}&to={THURSDAY}&spd=true"
    printed = client.get(f"/v1/schedules/{letter.schedule_id}/letters.pdf?{query}", headers=head)
    assert (printed.status_code, printed.content[:5]) == (200, b"%PDF-")
