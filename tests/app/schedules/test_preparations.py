"""People of a site who are prepared first: in plans, in what is judged of them, in results, and in what they tell."""

import gzip
import json
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.calendars.ics import read_calendar
from app.calendars.itip import Party
from app.districts import service as districts
from app.districts.models import District
from app.forecasts.ahead import month_ahead, sites_of
from app.forecasts.month import MonthAhead
from app.languages import Language
from app.letters.day_sheet import sheet_content
from app.letters.stops import stops_in_force
from app.schedules import publishing
from app.schedules.announcements.invitations import invite, message_of
from app.schedules.export import export_visits
from app.schedules.figures import uses_of
from app.schedules.learning import reported_visits
from app.schedules.models import Invitation, Schedule, Visit, VisitResult
from app.schedules.obstacles import judge_today
from app.schedules.overtaken import PlanOvertaken
from app.schedules.signal_met import last_signal
from app.schedules.standing_results import known_visits
from app.sites.models import Site
from app.tables.formats import Format
from app.teams.models import Team
from solver.contract.reading import instance_from_json
from solver.solve import solve
from solver.stopping import Limits
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.announcements.test_feeds import issue_feed
from tests.app.schedules.conftest import make_draft
from tests.factories import make_kind_figures, make_result, make_site

UNTIL = date(2023, 11, 17)


@pytest.fixture
def place(session: Session, district: District) -> Site:
    return make_site(
        session, code="B", name="Long Nawang", headcount=30, lat=-3.27, lon=102.90, readiness="done"
    )  # fmt: skip


@pytest.fixture
def village(session: Session, place: Site) -> Site:
    """Without signal: a hundred people, all of whom would come, prepared until the 17th."""
    return make_site(
        session, code="A", name="Long Apung", kind="village", headcount=100, connectivity=0, lat=-3.35, lon=103.05,
        phone_ready_share=1, turn_out_share=1, resident_share=1, preparation_until=UNTIL, min_gap_days=14,
    )  # fmt: skip


@pytest.fixture
def first(session: Session, district: District, village: Site) -> Visit:
    """The preparation in a published plan."""
    schedule = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    return visit_of(session, schedule, village)


def visit_of(session: Session, schedule: Schedule, site: Site) -> Visit:
    query = select(Visit).where(Visit.schedule_id == schedule.id, Visit.site_id == site.id)
    return session.scalars(query.order_by(Visit.date, Visit.id)).all()[0]


def site_in(schedule: Schedule, code: str) -> dict[str, Any]:
    assert schedule.instance_json is not None
    instance = json.loads(gzip.decompress(schedule.instance_json))
    return next(site for site in instance["sites"] if site["id"] == code) | {"of": instance["dates"]}


def open_on(site: dict[str, Any]) -> list[str]:
    return [day for day, flag in zip(site["of"], site["dates"], strict=True) if flag == "1"]


def later_draft(session: Session, district: District) -> Schedule:
    return make_draft(session, district, first_date=date(2023, 11, 20))


def test_a_plan_prepares_until_the_date_and_counts_nobody(session: Session, district: District, village: Site) -> None:
    draft = make_draft(session, district)
    site = site_in(draft, "A")
    # A hundred people, 70 % of the usual eight minutes each, three operators, in slots of 15 minutes.
    assert (site["people"], site["prepares"], site["fixed_minutes"], site["must"]) == (0, 100, 195, True)
    assert open_on(site)[-1] == "2023-11-17"
    visit = visit_of(session, draft, village)
    assert (visit.stage, visit.prepared, visit.expected_activations) == ("preparation", 100, 0)
    assert visit.date <= UNTIL
    assert draft.unvisitable == []
    assert draft.expected_activations == sum(
        other.expected_activations for other in session.scalars(select(Visit).where(Visit.schedule_id == draft.id))
    )


def test_the_planning_core_goes_there_before_the_date(session: Session, district: District, village: Site) -> None:
    draft = make_draft(session, district)
    assert draft.instance_json is not None
    instance = instance_from_json(json.loads(gzip.decompress(draft.instance_json)))
    solution = solve(instance, Limits(iterations=2_000), seed=1)
    assert solution.recount.feasible
    (visit,) = [visit for visit in solution.plan.visits if visit.site == "A"]
    assert visit.date <= UNTIL


def test_later_plans_activate_those_who_come_again_in_fewer_minutes(
    session: Session, district: District, first: Visit, village: Site
) -> None:
    village.session_at, village.session_from = "B", date(2023, 11, 18)
    session.flush()
    draft = later_draft(session, district)
    site = site_in(draft, "A")
    # Of a hundred prepared 80 come again, half of them to the place; it is too soon for nobody.
    assert (site["people"], site["prepared"], site["minutes_percent"], site["connectivity"]) == (40, 40, 40, 3)
    assert open_on(site)[0] == "2023-11-20"
    visit = visit_of(session, draft, village)
    assert (visit.stage, visit.prepared) == ("follow_up", 40)
    assert visit.expected_activations == 40


def test_without_the_preparation_no_plan_counts_what_should_follow_on_it(
    session: Session, district: District, first: Visit, village: Site
) -> None:
    make_result(session, first, outcome="not_held", served=0, activated=0, prepared=0, cause="weather")
    site = site_in(later_draft(session, district), "A")
    assert (site["people"], site.get("prepared", 0), site.get("minutes_percent", 100)) == (100, 0, 100)
    assert site["connectivity"] == 0


def test_a_lost_preparation_is_planned_again_as_long_as_there_are_dates(
    session: Session, district: District, first: Visit, village: Site
) -> None:
    make_result(session, first, outcome="not_held", served=0, activated=0, prepared=0, cause="weather")
    village.preparation_until = date(2023, 11, 24)
    session.flush()
    site = site_in(later_draft(session, district), "A")
    assert (site["people"], site["prepares"]) == (0, 100)


def test_who_was_prepared_is_as_reported(session: Session, district: District, first: Visit, village: Site) -> None:
    make_result(session, first, served=0, activated=0, prepared=55)
    site = site_in(later_draft(session, district), "A")
    assert (site["people"], site["prepared"]) == (44, 44)


def test_figures_of_the_site_stand_in_place_of_the_assumed_ones(
    session: Session, district: District, village: Site
) -> None:
    village.preparation_minutes, village.preparing_percent = 120, 50
    village.activating_percent, village.returning_percent = 25, 90
    session.flush()
    draft = make_draft(session, district)
    site = site_in(draft, "A")
    # Three operators for 120 minutes, half of eight minutes each.
    assert (site["fixed_minutes"], site["prepares"]) == (120, 90)
    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)
    later = site_in(later_draft(session, district), "A")
    assert (later["people"], later["minutes_percent"]) == (81, 25)


def test_figures_of_the_district_stand_in_place_of_the_assumed_ones_and_behind_those_of_the_site(
    session: Session, district: District, village: Site
) -> None:
    make_kind_figures(session, "school", preparing_percent=300, activating_percent=300, returning_percent=0)
    make_kind_figures(session, "village", preparing_percent=35, activating_percent=20, returning_percent=50)
    village.activating_percent = 25
    village.session_at, village.session_from = "B", date(2023, 11, 18)
    session.flush()
    draft = make_draft(session, district)
    site = site_in(draft, "A")
    # A hundred people, 35 % of the usual eight minutes each, three operators, in slots of 15 minutes.
    assert (site["fixed_minutes"], site["prepares"]) == (105, 100)
    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)
    later = later_draft(session, district)
    # Half of them come again, and half of these to the place.
    assert (site_in(later, "A")["people"], site_in(later, "A")["minutes_percent"]) == (25, 25)
    second = visit_of(session, publishing.publish(session, later, actor=COMMAND_LINE, now=NOW), village)
    (visit,) = [visit for visit in ahead_of(session, district, on=UNTIL).visits if visit.visit == second.id]
    assert visit.minutes == second.service_minutes * 100 // 25


def test_a_preparation_that_nobody_can_make_is_told(session: Session, district: District, village: Site) -> None:
    village.preparation_minutes = 1_000
    session.flush()
    draft = make_draft(session, district)
    assert [(site["code"], site["reason"]) for site in draft.unvisitable] == [("A", "out_of_reach")]


def test_published_preparations_hold_without_signal(
    session: Session, district: District, first: Visit, village: Site
) -> None:
    assert judge_today(session, district, [first])[0].obstacles == ()


def test_a_preparation_and_what_follows_on_it_are_judged_apart(
    session: Session, district: District, first: Visit, village: Site
) -> None:
    village.session_at, village.session_from = "B", date(2023, 11, 18)
    session.flush()
    later = publishing.publish(session, later_draft(session, district), actor=COMMAND_LINE, now=NOW)
    second = visit_of(session, later, village)
    assert [judged.obstacles for judged in judge_today(session, district, [first, second])] == [(), ()]


def test_what_follows_on_a_preparation_that_was_lost_no_longer_holds(
    session: Session, district: District, first: Visit, village: Site
) -> None:
    village.session_at, village.session_from = "B", date(2023, 11, 18)
    session.flush()
    draft = later_draft(session, district)
    second = visit_of(session, draft, village)
    make_result(session, first, outcome="not_held", served=0, activated=0, prepared=0, cause="weather")
    (judged,) = judge_today(session, district, [second])
    assert [obstacle.code for obstacle in judged.obstacles] == ["unprepared"]
    assert "Belum ada warga Long Apung yang disiapkan" in judged.obstacles[0].message["id"]
    with pytest.raises(PlanOvertaken):
        publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)


def test_a_preparation_that_is_decided_no_more_no_longer_holds(
    session: Session, district: District, first: Visit, village: Site
) -> None:
    village.preparation_until = None
    session.flush()
    (judged,) = judge_today(session, district, [first])
    assert [obstacle.code for obstacle in judged.obstacles] == ["preparation_undone"]


def test_a_replan_keeps_the_preparation_as_long_as_it_was(
    session: Session, district: District, first: Visit, village: Site
) -> None:
    village.headcount = 130
    first.pinned = True
    session.flush()
    site = site_in(make_draft(session, district), "A")
    # Of the 130 people that there are now so many fit into its minutes.
    assert (site["fixed_minutes"], site["prepares"]) == (195, 104)


def test_who_was_prepared_counts_nothing_and_teaches_nothing(
    session: Session, district: District, first: Visit, village: Site
) -> None:
    make_result(session, first, served=0, activated=0, prepared=55, signal_met=1)
    (known,) = [visit for visit in known_visits(session, "16.73", until=UNTIL, now=NOW) if visit.id == first.id]
    assert (known.won, known.prepared) == (0, 55)
    assert reported_visits(session, "16.73", "ikd", at_home=True) == []
    # But what signal there was is known.
    assert last_signal(session, "16.73", "ikd")[village.id].level == 1


def ahead_of(session: Session, district: District, *, on: date) -> MonthAhead:
    target = districts.get_target(session, "16.73", "ikd")
    uses, of_sites = uses_of(session, "16.73", "ikd"), sites_of(session, "16.73")
    return month_ahead(session, district, target, on=on, sites=of_sites, results=[], uses=uses).month


def test_forecasts_expect_nobody_of_a_preparation_and_of_what_follows_those_who_come_again(
    session: Session, district: District, first: Visit, village: Site
) -> None:
    assert first.id not in {visit.visit for visit in ahead_of(session, district, on=date(2023, 11, 13)).visits}
    village.session_at, village.session_from = "B", date(2023, 11, 18)
    session.flush()
    later = publishing.publish(session, later_draft(session, district), actor=COMMAND_LINE, now=NOW)
    second = visit_of(session, later, village)
    month = ahead_of(session, district, on=date(2023, 11, 17))
    (visit,) = [visit for visit in month.visits if visit.visit == second.id]
    # A minute there is worth two and a half.
    assert visit.minutes == second.service_minutes * 100 // 40
    (site,) = [site for site in month.sites if site.site == village.id]
    assert (site.people, site.level) == (40, 3)


def test_whoever_goes_there_is_told_what_the_visit_is(
    client: TestClient, session: Session, bearer: AsRole, first: Visit
) -> None:
    session.commit()
    planner = bearer(Role.PLANNER, "16.73")
    team = session.get_one(Team, first.team_id)
    day = client.get(f"/v1/assignments?date={first.date}&team={team.code}", headers=planner).json()
    (stop,) = [stop for stop in day["stops"] if stop["visit_id"] == first.id]
    assert (stop["stage"], stop["prepared"], stop["expected_activations"]) == ("preparation", 100, 0)
    visits = client.get(f"/v1/schedules/{first.schedule_id}/visits", headers=planner).json()["items"]
    (shown,) = [one for one in visits if one["id"] == first.id]
    assert (shown["stage"], shown["prepared"]) == ("preparation", 100)
    schedule = session.get_one(Schedule, first.schedule_id)
    header, *rows = export_visits(session, schedule, Format.CSV).decode("utf-8-sig").splitlines()
    (row,) = [row for row in rows if str(first.uid) in row]
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    assert (cells["stage"], cells["prepared"]) == ("preparation", "100")


def test_calendars_letters_and_sheets_name_a_preparation(
    client: TestClient, session: Session, district: District, first: Visit
) -> None:
    _, address = issue_feed(session, team_id=first.team_id)
    entries = read_calendar(client.get(address).content).entries
    (entry,) = [entry for entry in entries if entry.uid.startswith(str(first.uid))]
    assert entry.summary == "Long Apung (persiapan)"
    assert "Persiapan: 100 orang disiapkan, belum dihitung" in entry.description
    assert "Preparation: 100 people to prepare, none counted yet" in entry.description
    assert "Perkiraan aktivasi" not in entry.description
    (stop,) = [
        stop
        for stop in stops_in_force(session, district, "ikd", first=first.date, last=first.date)
        if stop.uid == first.uid
    ]
    assert stop.where == "Long Apung (persiapan)"
    team = session.get_one(Team, first.team_id)
    sheet = sheet_content(
        session, first.date, actor=COMMAND_LINE, team_code=team.code, district_code="16.73",
        language=Language.INDONESIAN,
    )  # fmt: skip
    (row,) = [row for row in sheet["day"]["stops"] if row["code"] == "A"]
    assert (row["site"], row["expected"]) == (
        "Long Apung (persiapan)",
        "Persiapan: 100 orang disiapkan, belum dihitung",
    )
    assert row["asks"] == ["Disiapkan"]


def test_the_contact_is_told_what_the_visit_is_for(session: Session, first: Visit, village: Site) -> None:
    village.contact_email = "desa@example.id"
    session.flush()
    invite(session, "16.73", now=NOW)
    invitation = session.scalars(select(Invitation).where(Invitation.uid == first.uid)).one()
    mail = message_of(invitation, Party(email="dinas@example.id", name="Dinas"))
    assert "Jemput Bola di Long Apung (persiapan)" in mail.subject
    assert "Kunjungan ini persiapan: daftar, cek data, pasang aplikasi, foto." in mail.text
    assert "This visit prepares" in mail.text


@pytest.fixture
def evening(api: FastAPI, first: Visit) -> datetime:
    """After the preparation."""
    evening = first.ends_at + timedelta(hours=5)
    api.state.clock = lambda: evening
    return evening


def report(evening: datetime, **fields: Any) -> dict[str, Any]:
    return {"report_id": str(uuid.uuid4()), "outcome": "held", "reported_at": evening.isoformat()} | fields


def test_a_preparation_is_reported_by_how_many_were_prepared(
    client: TestClient, session: Session, bearer: AsRole, first: Visit, evening: datetime
) -> None:
    session.commit()
    planner = bearer(Role.PLANNER, "16.73")
    url = f"/v1/visits/{first.id}/result"
    missing = client.get("/v1/districts/16.73/results/missing", headers=planner).json()["items"]
    assert {visit["visit_id"]: visit["stage"] for visit in missing}[first.id] == "preparation"
    body = report(evening, prepared=55)
    stored = client.post(url, json=body, headers=planner)
    assert stored.status_code == 201, stored.text
    assert (stored.json()["prepared"], stored.json()["served"], stored.json()["activated"]) == (55, 0, 0)
    assert client.post(url, json=body, headers=planner).status_code == 200
    differing = client.post(url, json=body | {"prepared": 56}, headers=planner)
    assert (differing.status_code, differing.json()["code"]) == (409, "ReportIdReused")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/prepared"),
        ({"prepared": None, "served": 3, "activated": 3}, "/prepared"),
        ({"prepared": -1}, "/prepared"),
        ({"prepared": "many"}, "/prepared"),
        ({"prepared": 1.5}, "/prepared"),
        ({"prepared": 100_000}, "/prepared"),
        ({"prepared": 5, "served": 2, "activated": 3}, "/activated"),
        ({"outcome": "not_held", "cause": "weather", "prepared": 5}, "/prepared"),
    ],
)
def test_reports_of_preparations_that_cannot_be_are_refused(
    client: TestClient,
    session: Session,
    bearer: AsRole,
    first: Visit,
    evening: datetime,
    fields: dict[str, Any],
    pointer: str,
) -> None:
    session.commit()
    answer = client.post(
        f"/v1/visits/{first.id}/result", json=report(evening, **fields), headers=bearer(Role.PLANNER, "16.73")
    )
    assert answer.status_code == 422, answer.text
    assert pointer in {problem["pointer"] for problem in answer.json()["errors"]}
    assert session.scalars(select(VisitResult)).all() == []


def test_only_preparations_prepare(
    client: TestClient, session: Session, bearer: AsRole, api: FastAPI, first: Visit
) -> None:
    query = select(Visit).where(Visit.schedule_id == first.schedule_id, Visit.stage.is_(None))
    usual = session.scalars(query.order_by(Visit.date, Visit.id)).all()[0]
    evening = usual.ends_at + timedelta(hours=5)
    api.state.clock = lambda: evening
    session.commit()
    body = report(evening, served=3, activated=3, prepared=5)
    answer = client.post(f"/v1/visits/{usual.id}/result", json=body, headers=bearer(Role.PLANNER, "16.73"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/prepared"
