"""Whatever changed since a plan was made is found by one judge: shown for the plan in force, asked for a draft."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District, HolidayOverride
from app.schedules import publishing
from app.schedules.models import Schedule, Visit
from app.schedules.obstacle_words import ObstacleCode
from app.schedules.obstacles import judge_today
from app.schedules.overtaken import PlanOvertaken
from app.sites.models import KindClosure, Site, SiteException
from app.teams.models import Team, TeamLeave
from app.travel.entries import TRAVEL_ENTRIES
from solver.contract.verify import SITE_RULES, TEAM_DAY_RULES, VISIT_RULES
from tests.app.calendars.events import at, connect
from tests.app.calendars.test_busy import store
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.conftest import make_draft

TUESDAY = date(2023, 11, 14)


def team_of(session: Session, visit: Visit) -> Team:
    return session.get_one(Team, visit.team_id)


def site_of(session: Session, visit: Visit) -> Site:
    return session.get_one(Site, visit.site_id)


def leave(session: Session, visit: Visit) -> None:
    session.add(TeamLeave(team_id=visit.team_id, starts_on=visit.date, ends_on=visit.date))


def only_mondays(session: Session, visit: Visit) -> None:
    team_of(session, visit).working_weekdays = "1000000"


def holiday(session: Session, visit: Visit) -> None:
    session.add(HolidayOverride(district_code="16.73", date=visit.date, is_working=False, name="Hari Jadi Kota"))


def done(session: Session, visit: Visit) -> None:
    site_of(session, visit).readiness = "done"


def not_ready(session: Session, visit: Visit) -> None:
    site_of(session, visit).readiness = "not_ready"


def agreed_later(session: Session, visit: Visit) -> None:
    site = site_of(session, visit)
    site.readiness, site.readiness_from = "agreed", date(2023, 12, 1)


def closed(session: Session, visit: Visit) -> None:
    session.add(SiteException(site_id=visit.site_id, date=visit.date))


def closure(session: Session, visit: Visit) -> None:
    session.add(KindClosure(district_code="16.73", name="Ujian", starts_on=visit.date, ends_on=visit.date))


def other_hours(session: Session, visit: Visit) -> None:
    session.add(SiteException(site_id=visit.site_id, date=visit.date, opens=780, closes=900))


def far_base(session: Session, visit: Visit) -> None:
    team = team_of(session, visit)
    team.base_lat, team.base_lon = -2.5, 104.0


def slow_boat(session: Session, visit: Visit) -> None:
    team, site = team_of(session, visit), site_of(session, visit)
    way = {"origin": f"base:{team.code}", "destination": site.code, "minutes": 300, "metres": 0, "way": "boat"}
    create_thing(session, TRAVEL_ENTRIES, session.get_one(District, "16.73"), way, actor=COMMAND_LINE, now=NOW)


def short_shift(session: Session, visit: Visit) -> None:
    team_of(session, visit).shift_end = 600


def lost_signal(session: Session, visit: Visit) -> None:
    site_of(session, visit).connectivity = 0


def all_activated(session: Session, visit: Visit) -> None:
    site = site_of(session, visit)
    site.already_activated = site.headcount


def needs_recorder(session: Session, visit: Visit) -> None:
    site_of(session, visit).needs_kits = ["biometric"]


def grown_event(session: Session, visit: Visit) -> None:
    site = site_of(session, visit)
    site.max_teams, site.min_teams = None, 9


def fixed_session(session: Session, visit: Visit) -> None:
    site_of(session, visit).fixed_minutes = 45


def busy(session: Session, visit: Visit) -> None:
    district = session.get_one(District, "16.73")
    store(session, connect(session, district, "https://a.example/", name="Agenda"), at(14, 1), at(14, 4))


Change = Callable[[Session, Visit], None]
CHANGES: list[tuple[Change, str, str]] = [
    (leave, "team_on_leave", "cuti dari 14 November 2023 sampai 14 November 2023"),
    (only_mondays, "team_off", "tidak bekerja pada 14 November 2023"),
    (holiday, "day_off", "hari libur (Hari Jadi Kota)"),
    (done, "site_done", "sudah ditandai selesai"),
    (not_ready, "site_not_ready", "belum siap"),
    (agreed_later, "agreed_on_other_dates", "menyetujui tanggal lain"),
    (closed, "site_closed", "tutup pada 14 November 2023"),
    (closure, "site_closed", "tutup pada 14 November 2023"),
    (other_hours, "outside_window", "buka pukul 13.00–15.00"),
    (far_base, "arrives_late", "baru bisa tiba"),
    (slow_boat, "arrives_late", "baru bisa tiba"),
    (short_shift, "shift_end", "jam kerjanya berakhir 10.00"),
    (lost_signal, "no_signal", "tidak membawa perangkat satelit"),
    (all_activated, "nobody_left", "sudah aktif"),
    (needs_recorder, "kit_missing", "memerlukan perekam biometrik"),
    (grown_event, "too_few_teams", "memerlukan sedikitnya 9 tim sekaligus"),
    (fixed_session, "wrong_minutes", "kini 45 menit"),
    (busy, "calendar_busy", "bertabrakan dengan kalender Agenda"),
]


def first_visit(session: Session, schedule: Schedule) -> Visit:
    query = select(Visit).where(Visit.schedule_id == schedule.id, Visit.date == TUESDAY).order_by(Visit.id).limit(1)
    return session.scalars(query).one()


def test_plan_that_was_just_made_holds(session: Session, district: District) -> None:
    visits = session.scalars(select(Visit).where(Visit.schedule_id == make_draft(session, district).id)).all()
    assert visits
    assert [judged.obstacles for judged in judge_today(session, district, visits)] == [()] * len(visits)


@pytest.mark.parametrize(("change", "code", "words"), CHANGES)
def test_change_shows_at_once_among_the_conflicts_of_the_plan_in_force(
    client: TestClient,
    session: Session,
    bearer: AsRole,
    district: District,
    change: Change,
    code: str,
    words: str,
) -> None:
    schedule = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    visit = first_visit(session, schedule)
    planner = bearer(Role.PLANNER, "16.73")
    assert client.get("/v1/districts/16.73/conflicts", headers=planner).json()["items"] == []

    change(session, visit)
    session.commit()

    items = client.get("/v1/districts/16.73/conflicts", headers=planner).json()["items"]
    causes = {item["visit"]["id"]: item["causes"] for item in items}[visit.id]
    cause = next(cause for cause in causes if cause["code"] == code)
    assert words in cause["message"]["id"]
    for text in (*cause["message"].values(), *cause["way_out"].values()):
        assert re.search(r"[\[\]{}]|\b\d{3,4}-\d{3,4}\b", text) is None


@pytest.mark.parametrize(("change", "code", "words"), CHANGES)
def test_draft_made_before_the_change_is_published_only_despite_it(
    session: Session, district: District, change: Change, code: str, words: str
) -> None:
    schedule = make_draft(session, district)
    visit = first_visit(session, schedule)
    change(session, visit)
    session.flush()
    session.expire_all()

    with pytest.raises(PlanOvertaken) as refusal:
        publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)

    named = {(problem.pointer, problem.value) for problem in refusal.value.problems}
    assert (f"/visits/{visit.id}", code) in named
    assert not visit.in_force
    codes = [ObstacleCode(value) for _, value in named]
    assert publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW, despite=codes).published_at == NOW
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "schedule.publish")).one()
    assert f"visit/{visit.id} {code}" in entry.details["despite"]


def test_publishing_despite_a_visit_accepts_that_visit_alone(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    schedule = make_draft(session, district)
    for visit in session.scalars(select(Visit).where(Visit.schedule_id == schedule.id).order_by(Visit.id).limit(2)):
        lost_signal(session, visit)
    session.commit()
    planner, path = bearer(Role.PLANNER, "16.73"), f"/v1/schedules/{schedule.id}/publish"

    refused = client.post(path, headers=planner)
    assert (refused.status_code, refused.json()["code"]) == (409, "PlanOvertaken")
    ids = [int(error["pointer"].rpartition("/")[2]) for error in refused.json()["errors"]]
    assert len(ids) == 2
    assert client.post(path, json={"despite": ids[:1]}, headers=planner).status_code == 409
    assert client.post(path, json={"despite": ["rain"]}, headers=planner).status_code == 422
    assert client.post(path, json={"despite": ids}, headers=planner).status_code == 200


def test_visit_that_was_owed_though_nobody_is_left_still_holds(session: Session, district: District) -> None:
    visit = first_visit(session, make_draft(session, district))
    all_activated(session, visit)
    visit.expected_activations = 0
    session.flush()
    (judged,) = judge_today(session, district, [visit])
    assert judged.obstacles == ()


def test_every_rule_of_planning_has_its_words() -> None:
    rules: list[Any] = [*VISIT_RULES, *TEAM_DAY_RULES, *SITE_RULES]
    # A closed site is told by its cause: not ready, other dates agreed, or closed.
    assert {rule.__name__ for rule in rules} <= set(ObstacleCode)
