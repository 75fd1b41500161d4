"""A booked date holds: no plan moves the visit that a site was promised, and whoever loses it is told."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules.drafts import service as drafts
from app.schedules.drafts.copies import copy
from app.schedules.drafts.edits import Edit, EditOp, EditRefused
from app.schedules.models import Schedule, Visit
from app.schedules.queries import visits_in_force
from app.schedules.wish import Closeness
from app.sites.models import PROMISED, Site, WantedDate
from app.teams.models import Team, TeamLeave
from tests.app.conftest import NOW, AsRole
from tests.app.requests.fake_resident import FakeResident
from tests.app.schedules.conftest import make_draft

Booked = dict[str, Any]


@pytest.fixture
def planner(bearer: AsRole, district: District) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


def book(client: TestClient, planner: dict[str, str], site: str, *days: str) -> Booked:
    """The first offer for these days, accepted."""
    body = {"site_code": site, "channel": "phone", "wished_dates": days}
    request = client.post("/v1/districts/16.73/requests", json=body, headers=planner).json()
    offer: Booked = request["offers"][0] | {"request": request["id"]}
    answer = client.post(f"/v1/requests/{request['id']}/accept", json={"offer": offer["number"]}, headers=planner)
    assert answer.status_code == 200, answer.text
    return offer


def visits_at(session: Session, code: str, schedule: Schedule | None = None) -> dict[date, tuple[str, datetime]]:
    """Team and start of the visits to a site, in force or of a schedule."""
    mine = visits_in_force("16.73") if schedule is None else select(Visit).where(Visit.schedule_id == schedule.id)
    rows = session.execute(
        mine.join(Site, Site.id == Visit.site_id)
        .join(Team, Team.id == Visit.team_id)
        .where(Site.code == code)
        .with_only_columns(Visit.date, Team.code, Visit.starts_at)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def away(session: Session, day: date, *teams: str) -> None:
    for team in session.scalars(select(Team).where(Team.code.in_(teams))):
        session.add(TeamLeave(team_id=team.id, starts_on=day, ends_on=day, reason="sick"))
    session.commit()


def missed(client: TestClient, planner: dict[str, str], schedule: Schedule) -> list[dict[str, Any]]:
    promises: list[dict[str, Any]] = client.get(f"/v1/schedules/{schedule.id}", headers=planner).json()["result"][
        "missed"
    ]["promises"]
    return promises


@pytest.mark.parametrize("replan", [None, Closeness()])
def test_plan_that_would_leave_a_booked_visit_out_keeps_it(
    client: TestClient,
    session: Session,
    planner: dict[str, str],
    published: Schedule,
    resident: FakeResident,
    district: District,
    replan: Closeness | None,
) -> None:
    booked = book(client, planner, "S-0", "2023-11-22")
    day = date.fromisoformat(booked["date"])
    announced = visits_at(session, "S-0")
    assert len(announced) == 2
    promise = (booked["team"], datetime.fromisoformat(booked["starts_at"]))
    assert visits_at(session, "S-0", make_draft(session, district, replan=replan))[day] == promise
    session.execute(delete(WantedDate).where(WantedDate.counts_from == PROMISED))
    # Without the promise the plan is content with one visit, on the first day there is.
    assert day not in visits_at(session, "S-0", make_draft(session, district, replan=replan))


def test_visit_whose_team_falls_ill_is_made_by_another_on_the_booked_date(
    client: TestClient,
    session: Session,
    planner: dict[str, str],
    published: Schedule,
    resident: FakeResident,
    district: District,
) -> None:
    booked = book(client, planner, "S-NEW", "2023-11-22")
    day = date.fromisoformat(booked["date"])
    away(session, day, booked["team"])
    run = make_draft(session, district)
    ((planned_on, (team, _)),) = visits_at(session, "S-NEW", run).items()
    assert (planned_on, team) == (day, {"T-1": "T-2", "T-2": "T-1"}[booked["team"]])
    assert missed(client, planner, run) == []


def test_booked_date_on_which_nobody_can_go_is_told_with_the_request(
    client: TestClient,
    session: Session,
    planner: dict[str, str],
    published: Schedule,
    resident: FakeResident,
    district: District,
) -> None:
    booked = book(client, planner, "S-0", "2023-11-22")
    day = date.fromisoformat(booked["date"])
    away(session, day, "T-1", "T-2")
    run = make_draft(session, district)
    assert day not in visits_at(session, "S-0", run)
    (lost,) = missed(client, planner, run)
    assert (lost["request_id"], lost["site_code"], lost["date"]) == (booked["request"], "S-0", "2023-11-22")
    assert "22 November" in lost["text"]["id"]
    assert "Tell the site" in lost["text"]["en"]


def test_promise_ends_where_the_site_books_another_date(
    client: TestClient,
    session: Session,
    planner: dict[str, str],
    published: Schedule,
    resident: FakeResident,
    district: District,
) -> None:
    session.scalars(select(Site).filter_by(code="S-NEW")).one().max_visit_dates = 1
    session.commit()
    first = book(client, planner, "S-NEW", "2023-11-22")
    # A re-planning keeps the visit, and leaves no pin behind that outlasts the promise.
    publishing.publish(session, make_draft(session, district, replan=Closeness()), actor=COMMAND_LINE, now=NOW)
    session.commit()
    second = book(client, planner, "S-NEW", "2023-11-24")
    assert second["kind"] == "moved"
    session.expire_all()
    assert list(visits_at(session, "S-NEW")) == [date(2023, 11, 24)]
    wanted = session.scalars(select(WantedDate)).all()
    assert [(promise.request_id, promise.date) for promise in wanted] == [(second["request"], date(2023, 11, 24))]
    assert first["request"] != second["request"]


def test_planner_who_moves_a_booked_visit_by_hand_unpins_it_first_and_is_told(
    client: TestClient,
    session: Session,
    planner: dict[str, str],
    published: Schedule,
    resident: FakeResident,
) -> None:
    booked = book(client, planner, "S-NEW", "2023-11-22")
    in_force = session.scalars(select(Schedule).where(Schedule.copied_from_id == published.id)).one()
    draft = copy(session, in_force, actor=COMMAND_LINE, now=NOW)
    named = {"team": booked["team"], "day": date.fromisoformat(booked["date"]), "site": "S-NEW"}
    drop = Edit(op=EditOp.DROP, **named)
    with pytest.raises(EditRefused):
        drafts.edit(session, draft, [drop], actor=COMMAND_LINE, now=NOW, is_dry=False)
    assert missed(client, planner, draft) == []
    unpin = Edit(op=EditOp.UNPIN, **named)
    drafts.edit(session, draft, [unpin, drop], actor=COMMAND_LINE, now=NOW, is_dry=False)
    session.commit()
    assert [promise["request_id"] for promise in missed(client, planner, draft)] == [booked["request"]]


def test_other_offer_of_a_booked_request_is_refused_with_who_goes_and_when(
    client: TestClient,
    session: Session,
    planner: dict[str, str],
    published: Schedule,
    resident: FakeResident,
) -> None:
    booked = book(client, planner, "S-NEW", "2023-11-22")
    path = f"/v1/requests/{booked['request']}"
    for refused in (
        client.post(f"{path}/accept", json={"offer": booked["number"] + 1}, headers=planner),
        client.post(f"{path}/offers", headers=planner),
        client.post(f"{path}/decline", json={"reason": "duplicate"}, headers=planner),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "RequestClosed")
        assert f"team {booked['team']} on 2023-11-22" in refused.json()["detail"]


def test_promises_of_yesterday_bind_nobody(
    client: TestClient,
    session: Session,
    planner: dict[str, str],
    published: Schedule,
    resident: FakeResident,
    district: District,
) -> None:
    book(client, planner, "S-NEW", "2023-11-15")
    later = make_draft(session, district, now=NOW + timedelta(days=4))
    assert missed(client, planner, later) == []
