"""A moved session in plans, in what is judged of them, and in what they tell."""

import gzip
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.calendars.ics import read_calendar
from app.calendars.itip import Party
from app.districts import service as districts
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.forecasts.ahead import month_ahead, sites_of
from app.languages import Language
from app.letters.day_sheet import sheet_content
from app.letters.left_behind import differences
from app.letters.stops import stops_in_force
from app.schedules import publishing
from app.schedules.announcements.invitations import invite, message_of
from app.schedules.export import export_visits
from app.schedules.figures import uses_of
from app.schedules.learning import reported_visits
from app.schedules.models import Invitation, Schedule, Visit
from app.schedules.obstacles import judge_today
from app.schedules.signal_met import last_signal
from app.sites.models import Site, SiteException
from app.tables.formats import Format
from app.teams.models import Team
from app.travel.entries import TRAVEL_ENTRIES
from app.travel.legs import legs_of
from solver.contract.reading import instance_from_json
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.announcements.test_feeds import issue_feed
from tests.app.schedules.conftest import make_draft
from tests.app.schedules.runs.test_basis import instance_of
from tests.factories import make_area, make_result, make_site, make_visit

TUESDAY = date(2023, 11, 14)


@pytest.fixture
def place(session: Session, district: District) -> Site:
    """Near the other sites, with good signal."""
    make_area(session, "16.73.02", name="Hilir")
    return make_site(
        session, code="B", name="Long Nawang", headcount=30, lat=-3.27, lon=102.90, area_code="16.73.02",
        contact_name="Ibu Lurah", contact_phone="0811", readiness="done",
    )  # fmt: skip


@pytest.fixture
def village(session: Session, place: Site) -> Site:
    """Without signal, with more people than any other site, all of whom would come; half of them to the place."""
    return make_site(
        session, code="A", name="Long Apung", kind="village", headcount=1_000, connectivity=0, lat=-3.35, lon=103.05,
        must_visit=True, phone_ready_share=1, turn_out_share=1, resident_share=1, contact_name="Pak Kades",
        contact_email="desa@example.id",
    )  # fmt: skip


@pytest.fixture
def published(session: Session, district: District, village: Site) -> Visit:
    """A visit to the village in a published plan, its session moved."""
    village.session_at = "B"
    session.flush()
    schedule = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    query = select(Visit).where(Visit.schedule_id == schedule.id, Visit.site_id == village.id)
    return session.scalars(query.order_by(Visit.date, Visit.id)).all()[0]


def site_in(instance: dict[str, Any], code: str) -> dict[str, Any]:
    return next(site for site in instance["sites"] if site["id"] == code)


def test_plans_serve_at_the_place_whom_they_left_out_at_home(
    session: Session, district: District, village: Site, place: Site
) -> None:
    at_home = make_draft(session, district)
    assert [site["reason"] for site in at_home.unvisitable] == ["no_signal"]
    village.session_at = "B"
    session.flush()
    moved = make_draft(session, district)
    assert moved.unvisitable == []
    assert moved.instance_json is not None
    site = site_in(json.loads(gzip.decompress(moved.instance_json)), "A")
    assert (site["people"], site["connectivity"], site["lat"], site["lon"]) == (500, 3, place.lat, place.lon)
    assert site["name"] == "Long Apung, sesi di Long Nawang"
    # Floors count its people where they live.
    assert site["area"] == village.area_code
    visits = session.scalars(select(Visit).where(Visit.schedule_id == moved.id, Visit.site_id == village.id)).all()
    assert sum(visit.expected_activations for visit in visits) > 0


def test_ways_to_a_moved_session_are_those_to_its_place(
    session: Session, district: District, village: Site, place: Site
) -> None:
    def enter(origin: str, destination: str, minutes: int) -> None:
        entry = {"origin": origin, "destination": destination, "minutes": minutes, "metres": 9_000, "way": "boat"}
        create_thing(session, TRAVEL_ENTRIES, district, entry | {"both_directions": True}, actor=COMMAND_LINE, now=NOW)

    enter("base:T-1", "B", 25)
    enter("base:T-1", "A", 300)
    enter("A", "B", 280)
    village.session_at = "B"
    session.flush()
    travel = instance_of(session)["travel"]
    overrides = {tuple(sorted(one["between"])): one["minutes"] for one in travel["overrides"]}
    # The place is done, so no plan goes there for its own people; and nobody crosses from a place to itself.
    assert overrides == {("A", "T-1"): 25, ("A", "T-2"): 25}
    assert legs_of(session, "16.73").moved({}) == legs_of(session, "16.73")


def test_published_visits_hold_as_long_as_the_place_takes_them(
    session: Session, district: District, published: Visit, place: Site
) -> None:
    assert judge_today(session, district, [published])[0].obstacles == ()
    session.add(SiteException(site_id=place.id, date=published.date))
    session.flush()
    assert [one.code for one in judge_today(session, district, [published])[0].obstacles] == ["site_closed"]


def test_a_session_that_comes_home_loses_its_signal(
    session: Session, district: District, published: Visit, village: Site
) -> None:
    village.session_at = None
    session.flush()
    assert "no_signal" in [one.code for one in judge_today(session, district, [published])[0].obstacles]


def test_visits_on_both_sides_of_a_move_are_judged_where_each_is_held(
    session: Session, district: District, published: Visit, village: Site
) -> None:
    query = select(Visit).where(Visit.schedule_id == published.schedule_id).order_by(Visit.date, Visit.starts_at)
    visits = session.scalars(query).all()
    assert {visit.site_id for visit in visits} > {village.id}
    later = make_visit(
        session,
        session.get_one(Schedule, published.schedule_id),
        session.get_one(Team, published.team_id),
        village,
        starts_at=datetime(2023, 11, 28, 2, tzinfo=UTC),
    )
    visits = [*visits, later]
    village.session_from = later.date
    session.flush()
    by_visit = {judged.visit.id: judged for judged in judge_today(session, district, visits)}
    assert list(by_visit) == [visit.id for visit in visits]
    assert "no_signal" in [one.code for one in by_visit[published.id].obstacles]
    assert by_visit[later.id].obstacles == ()


def test_whoever_goes_there_is_told_both_places(
    client: TestClient, session: Session, bearer: AsRole, published: Visit, village: Site, place: Site
) -> None:
    session.commit()
    planner = bearer(Role.PLANNER, "16.73")
    team = session.get_one(Team, published.team_id)
    day = client.get(f"/v1/assignments?date={published.date}&team={team.code}", headers=planner).json()
    (stop,) = [stop for stop in day["stops"] if stop["visit_id"] == published.id]
    site = stop["site"]
    assert (site["name"], site["lat"], site["lon"], site["connectivity"]) == ("Long Apung", place.lat, place.lon, 3)
    assert site["contact"]["name"] == "Pak Kades"
    assert site["session_at"] == {
        "code": "B",
        "name": "Long Nawang",
        "contact": {"name": "Ibu Lurah", "phone": "0811"},
    }
    span = client.get(f"/v1/assignments?date={published.date}&days=3&team={team.code}", headers=planner).json()
    assert any(one["site"]["session_at"] == site["session_at"] for found in span["days"] for one in found["stops"])
    visits = client.get(f"/v1/schedules/{published.schedule_id}/visits", headers=planner).json()["items"]
    (shown,) = [one for one in visits if one["id"] == published.id]
    assert shown["site"]["session_at"] == {"code": "B", "name": "Long Nawang"}
    assert (shown["site"]["lat"], shown["planned_with"]["session_at"]) == (place.lat, "B")


def test_files_and_sheets_say_where_a_session_is_held(
    session: Session, district: District, published: Visit, place: Site, actor_of_office: Any
) -> None:
    schedule = session.get_one(Schedule, published.schedule_id)
    header, *rows = export_visits(session, schedule, Format.CSV).decode("utf-8-sig").splitlines()
    (row,) = [row for row in rows if str(published.uid) in row]
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    assert (cells["session_at"], cells["session_at_name"], cells["lat"]) == ("B", "Long Nawang", str(place.lat))
    team = session.get_one(Team, published.team_id)
    sheet = sheet_content(
        session,
        published.date,
        actor=actor_of_office,
        team_code=team.code,
        district_code="16.73",
        language=Language.INDONESIAN,
    )
    (stop,) = [stop for stop in sheet["day"]["stops"] if stop["code"] == "A"]
    assert stop["site"] == "Long Apung, sesi di Long Nawang"
    assert stop["point"] == f"{place.lat:.5f}, {place.lon:.5f}"
    assert stop["contact"] == "Pak Kades; Long Nawang: Ibu Lurah 0811"
    assert stop["area"] == "Hilir"


@pytest.fixture
def actor_of_office() -> Any:
    return COMMAND_LINE


def test_calendars_say_the_place_and_hear_of_every_change_of_it(
    client: TestClient, session: Session, published: Visit, village: Site, place: Site
) -> None:
    _, address = issue_feed(session, team_id=published.team_id)

    def entry() -> Any:
        found = read_calendar(client.get(address).content).entries
        return next(one for one in found if one.uid.startswith(str(published.uid)))

    first = entry()
    assert first.summary == "Long Apung, sesi di Long Nawang"
    assert first.location == "Long Nawang, Hilir"
    assert first.latitude_longitude == (place.lat, place.lon)
    assert "Sesi untuk warga Long Apung, di Long Nawang" in first.description
    assert "Kontak di Long Nawang: Ibu Lurah, 0811" in first.description
    place.contact_phone = "0812"
    session.commit()
    assert entry().sequence == first.sequence + 1
    # A move of later dates says nothing of this visit.
    village.session_until = published.date
    session.commit()
    assert entry().sequence == first.sequence + 1
    village.session_at = village.session_until = None
    session.commit()
    assert entry().sequence == first.sequence + 2
    assert entry().summary == "Long Apung"


def test_the_contact_is_invited_to_where_the_session_is(session: Session, published: Visit, place: Site) -> None:
    session.expire_all()
    invite(session, "16.73", now=NOW)
    invitation = session.scalars(select(Invitation).where(Invitation.uid == published.uid)).one()
    mail = message_of(invitation, Party(email="dinas@example.id", name="Dinas"))
    assert "Jemput Bola untuk Long Apung, di Long Nawang" in mail.subject
    assert "Tempat: Long Nawang, Hilir" in mail.text
    assert invitation.facts["place"] == [place.lat, place.lon]


def test_letters_name_the_place_and_tell_when_it_changes(
    session: Session, district: District, published: Visit, village: Site
) -> None:
    def stops() -> Any:
        return stops_in_force(session, district, "ikd", first=published.date, last=published.date)

    printed = [stop.to_json() for stop in stops()]
    (own,) = [stop for stop in stops() if stop.uid == published.uid]
    assert (own.where, own.area_name) == ("Long Apung, sesi di Long Nawang", "Hilir")
    assert differences(printed, stops()) == ()
    village.session_at = None
    session.flush()
    (change,) = differences(printed, stops())
    assert change.change == "elsewhere"
    assert change.text["id"].endswith("sekarang di Long Apung, di surat di Long Nawang.")


def test_what_is_met_there_is_learned_of_the_place_and_nothing_of_who_comes_at_home(
    session: Session, district: District, published: Visit, village: Site, place: Site
) -> None:
    make_result(session, published, signal_met=1)
    met = last_signal(session, "16.73", "ikd")
    assert (met[place.id].level, village.id in met) == (1, False)
    assert len(reported_visits(session, "16.73", "ikd")) == 1
    assert reported_visits(session, "16.73", "ikd", at_home=True) == []


def test_forecasts_expect_whom_the_place_can_serve(
    session: Session, district: District, published: Visit, village: Site
) -> None:
    ahead = month_ahead(
        session,
        district,
        districts.get_target(session, "16.73", "ikd"),
        on=date(2023, 11, 13),
        sites=sites_of(session, "16.73"),
        results=[],
        uses=uses_of(session, "16.73", "ikd"),
    )
    (site,) = [site for site in ahead.month.sites if site.site == village.id]
    assert (site.level, site.people) == (3, 500)


def test_a_plan_that_begins_before_a_move_goes_there_from_its_first_date_on(
    session: Session, district: District, village: Site
) -> None:
    village.session_at, village.session_from = "B", date(2023, 11, 20)
    session.flush()
    instance = instance_from_json(instance_of(session))
    (site,) = [site for site in instance.sites if site.id == "A"]
    assert site.connectivity == 3
    assert [day for day, is_open in zip(instance.dates, site.open_dates, strict=True) if is_open] == [
        day for day in instance.dates if day >= date(2023, 11, 20)
    ]
