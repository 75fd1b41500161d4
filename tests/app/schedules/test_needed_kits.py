"""Sites that need a kit, from what the office says of them to the plan, and to whoever reads a day of it."""

import gzip
import json
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.languages import Language
from app.letters.day_sheet import sheet_content
from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.obstacles import judge_today
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from app.sites.service import candidates
from app.sites.site_tables import export_sites
from app.tables.formats import Format
from app.teams.models import KitPool
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_schedule, make_site, make_target, make_team, make_visit

WISH = Wish(period_start=date(2023, 12, 4), period_end=date(2023, 12, 8), iterations=200)
TUESDAY = date(2023, 11, 14)


@pytest.fixture
def district(session: Session, job_tables: None) -> District:
    district = make_district(session)
    make_target(session)
    make_team(session, code="TIM-1", kits=["satellite", "biometric"])
    make_team(session, code="TIM-2")
    make_site(session, code="S-1")
    return district


def requested(session: Session, district: District) -> Schedule:
    return schedules.request_schedule(session, district, WISH, actor=COMMAND_LINE, now=NOW)


def document_of(session: Session, district: District) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        gzip.decompress(build_instance(session, requested(session, district)).content)
    )
    return document


def test_plans_of_sites_that_need_nothing_are_as_before(session: Session, district: District) -> None:
    document = document_of(session, district)
    assert document["format"] == "outreach-1"
    assert "kits" not in json.dumps(document)


def test_need_of_a_site_goes_to_the_planning_core_with_the_machines_that_teams_have(
    session: Session, district: District
) -> None:
    make_site(session, code="S-2", needs_kits=["biometric"])
    session.add(KitPool(district_code=district.code, code="REKAM", name="Perekam", kind="biometric", count=1))
    session.add(KitPool(district_code=district.code, code="CETAK", name="Pencetak", kind="card_printer", count=1))
    session.flush()
    document = document_of(session, district)
    assert document["format"] == "outreach-2"
    assert [site.get("needs_kits") for site in document["sites"]] == [None, ["biometric"]]
    assert [team.get("kits") for team in document["teams"]] == [{"biometric": 1}, None]
    assert [pool["id"] for pool in document["kits"]] == ["kit:REKAM"]


def test_site_whose_kit_nobody_has_is_told_before_anybody_waits(session: Session, district: District) -> None:
    make_site(session, code="S-2", needs_kits=["card_printer"], must_visit=True)
    unvisitable = requested(session, district).unvisitable
    assert [(site["code"], site["reason"]) for site in unvisitable] == [("S-2", "too_few_kits")]
    session.add(KitPool(district_code=district.code, code="CETAK", name="Pencetak", kind="card_printer", count=1))
    session.flush()
    assert requested(session, district).unvisitable == []


def test_visit_needs_the_kit_that_its_team_has_or_draws(session: Session, district: District) -> None:
    site = make_site(session, code="S-2", needs_kits=["biometric", "card_printer"])
    drawn = printer(session, count=2)
    schedule = make_schedule(session)
    for team, kits, codes in (("TIM-3", ["biometric"], []), ("TIM-4", ["satellite"], ["kit_missing"])):
        going = make_team(session, code=team, kits=kits)
        visit = make_visit(session, schedule, going, site, day_kits=[drawn])
        (judged,) = judge_today(session, district, [visit])
        assert [obstacle.code for obstacle in judged.obstacles] == codes
    assert "perekam biometrik, dan" in judged.obstacles[0].message["id"]
    visit.expected_activations = 0
    (judged,) = judge_today(session, district, [visit])
    assert judged.obstacles == ()


def printer(session: Session, **values: Any) -> dict[str, Any]:
    """A pool of printers; what a visit that draws one says of it."""
    pool = KitPool(district_code="16.73", code="CETAK", name="Pencetak", kind="card_printer", **{"count": 1} | values)
    session.add(pool)
    session.flush()
    return {"code": pool.code, "name": pool.name, "kind": pool.kind, "count": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"ends_on": date(2023, 11, 13)},
        {"starts_on": date(2023, 11, 15)},
        {"code": "CETAK-2"},
        {"kind": "biometric"},
        {"team_ids": []},
    ],
)
def test_visit_planned_with_a_kit_that_is_no_longer_there_is_told(
    session: Session, district: District, change: dict[str, Any]
) -> None:
    site = make_site(session, code="S-2", needs_kits=["card_printer"])
    drawn = printer(session)
    visit = make_visit(session, make_schedule(session), make_team(session, code="TIM-3"), site, day_kits=[drawn])
    (judged,) = judge_today(session, district, [visit])
    assert judged.obstacles == ()
    (pool,) = session.query(KitPool)
    for name, value in change.items():
        setattr(pool, name, value)
    session.flush()
    (judged,) = judge_today(session, district, [visit])
    assert [obstacle.code for obstacle in judged.obstacles] == ["kit_missing"]
    assert "memerlukan pencetak kartu" in judged.obstacles[0].message["id"]


@pytest.mark.parametrize("is_in_force", [False, True])
def test_of_fewer_kits_than_are_planned_the_first_teams_have_theirs(
    session: Session, district: District, *, is_in_force: bool
) -> None:
    drawn, schedule = printer(session, count=2), make_schedule(session)
    visits = [
        make_visit(
            session,
            schedule,
            make_team(session, code=team),
            make_site(session, code=f"S-{team}", needs_kits=["card_printer"]),
            day_kits=[drawn],
            in_force=is_in_force,
        )
        for team in ("TIM-4", "TIM-3")
    ]
    assert [judged.obstacles for judged in judge_today(session, district, visits)] == [(), ()]
    (pool,) = session.query(KitPool)
    pool.count = 1
    session.flush()
    told = [[obstacle.code for obstacle in judged.obstacles] for judged in judge_today(session, district, visits)]
    assert told == [["kit_missing"], []]
    assert [obstacle.code for obstacle in judge_today(session, district, visits[:1])[0].obstacles] == ["kit_missing"]


def test_team_with_two_kits_of_a_pool_keeps_the_one_that_is_left(session: Session, district: District) -> None:
    site = make_site(session, code="S-2", needs_kits=["card_printer"])
    drawn = printer(session, max_per_team=2) | {"count": 2}
    visit = make_visit(session, make_schedule(session), make_team(session, code="TIM-3"), site, day_kits=[drawn])
    assert judge_today(session, district, [visit])[0].obstacles == ()


def test_visit_without_signal_whose_set_broke_is_told(session: Session, district: District) -> None:
    site = make_site(session, code="S-2", connectivity=0)
    gone = {"code": "SATELIT", "name": "Set satelit", "kind": "satellite", "count": 1}
    visit = make_visit(session, make_schedule(session), make_team(session, code="TIM-3"), site, day_kits=[gone])
    assert [obstacle.code for obstacle in judge_today(session, district, [visit])[0].obstacles] == ["no_signal"]


def test_moved_session_needs_the_machines_of_its_people_and_the_set_of_its_place(
    session: Session, district: District
) -> None:
    make_site(session, code="S-2", needs_kits=["satellite", "biometric"], session_at="S-1", session_from=TUESDAY)
    moved = candidates(session, district.code, [TUESDAY])
    assert {one.site.code: one.needs_kits for one in moved} == {"S-1": (), "S-2": ("biometric",)}
    before = candidates(session, district.code, [date(2023, 11, 13)])
    assert {one.site.code: one.needs_kits for one in before}["S-2"] == ("satellite", "biometric")


def test_day_of_a_team_tells_what_each_stop_needs(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    site = make_site(session, code="S-2", needs_kits=["satellite"])
    team = make_team(session, code="TIM-3", kits=["satellite"])
    make_visit(session, make_schedule(session), team, site)
    session.commit()
    params = {"date": TUESDAY.isoformat(), "team": "TIM-3", "district": district.code}
    planner = bearer(Role.PLANNER, district.code)
    (stop,) = client.get("/v1/assignments", params=params, headers=planner).json()["stops"]
    assert stop["site"]["needs_kits"] == ["satellite"]
    sheet = sheet_content(
        session,
        TUESDAY,
        actor=COMMAND_LINE,
        team_code="TIM-3",
        district_code=district.code,
        language=Language.INDONESIAN,
    )
    assert [row["needs"] for row in sheet["day"]["stops"]] == ["perlu internet satelit"]


@pytest.mark.parametrize(
    ("needs", "status", "stored"),
    [
        (["card_printer", "satellite", "satellite"], 200, ["satellite", "card_printer"]),
        ([], 200, []),
        (None, 200, []),
        (["laptop"], 422, "/needs_kits/0"),
        ("satellite", 422, "/needs_kits"),
    ],
)
def test_needs_are_set_over_http(
    client: TestClient, session: Session, district: District, bearer: AsRole, needs: Any, status: int, stored: Any
) -> None:
    site = make_site(session, code="S-2", needs_kits=["biometric"])
    session.commit()
    headers = bearer(Role.PLANNER, "16.73") | {"If-Match": f'"{site.version}"'}
    answer = client.patch(f"/v1/sites/{site.id}", json={"needs_kits": needs}, headers=headers)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert (told["needs_kits"] if status == 200 else told["errors"][0]["pointer"]) == stored


def test_needs_are_exported(session: Session, district: District) -> None:
    make_site(session, code="S-2", needs_kits=["satellite", "biometric"])
    text = export_sites(session, district.code, Format.CSV, with_contacts=False).decode()
    assert "satellite;biometric" in text


def test_database_refuses_a_kit_that_there_is_not(session: Session, district: District) -> None:
    with pytest.raises(IntegrityError, match="ck_sites_needs_kits"):
        make_site(session, code="S-2", needs_kits=["laptop"])
