"""Two plans side by side, each difference with its reason."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules.comparing import Comparison, Why, compare
from app.schedules.drafts import service as drafts
from app.schedules.drafts.copies import copy
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.models import Schedule, Visit
from app.sites.models import Site
from app.teams import service as teams
from app.teams.leave import Leave
from app.teams.models import Team
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.conftest import make_draft, make_plannable_district


@pytest.fixture
def base(session: Session, district: District) -> Schedule:
    return make_draft(session, district)


@pytest.fixture
def draft(session: Session, base: Schedule) -> Schedule:
    return copy(session, base, actor=COMMAND_LINE, now=NOW)


def visits(session: Session, schedule: Schedule) -> list[Visit]:
    return list(session.scalars(select(Visit).filter_by(schedule_id=schedule.id).order_by(Visit.starts_at, Visit.id)))


def by_hand(session: Session, draft: Schedule, op: EditOp, visit: Visit, **more: Any) -> None:
    team, site = session.get_one(Team, visit.team_id).code, session.get_one(Site, visit.site_id).code
    edit = Edit(op=op, team=team, day=visit.date, site=site, **more)
    drafts.edit(session, draft, [edit], actor=COMMAND_LINE, now=NOW, is_dry=False)


def counts(comparison: Comparison) -> dict[str, list[Why]]:
    parts = {name: getattr(comparison, name) for name in ("kept", "retimed", "moved", "added", "dropped")}
    return {name: [difference.why for difference in part] for name, part in parts.items() if part}


def test_copy_is_the_same_plan(session: Session, base: Schedule, draft: Schedule) -> None:
    comparison = compare(session, draft, base, now=NOW)
    assert counts(comparison) == {"kept": [Why.UNCHANGED] * len(visits(session, base))}
    assert comparison.before == comparison.after
    assert comparison.after.expected_activations == base.expected_activations


def test_edits_are_told_as_the_hand_s(session: Session, base: Schedule, draft: Schedule) -> None:
    first, second, third, *_ = visits(session, draft)
    by_hand(session, draft, EditOp.DROP, first)
    by_hand(session, draft, EditOp.RETIME, second, start=600)
    by_hand(session, draft, EditOp.PLACE, third, to_day=third.date + timedelta(days=7))
    counted = counts(compare(session, draft, base, now=NOW))
    assert (counted["dropped"], counted["retimed"], counted["moved"]) == ([Why.HAND], [Why.HAND], [Why.HAND])
    # Seen from the copy, the other plan has the visit more, and nobody's hand in it.
    assert counts(compare(session, base, draft, now=NOW))["added"] == [Why.SOLVER]


def test_what_an_obstacle_forbids_is_told_as_that(session: Session, district: District, base: Schedule) -> None:
    first = visits(session, base)[0]
    team = teams.read_team(session, first.team_id, actor=COMMAND_LINE, write=True)
    teams.add_leave(session, team, Leave(first.date, first.date), actor=COMMAND_LINE, now=NOW)
    session.expire_all()
    later = make_draft(session, district)
    comparison = compare(session, later, base, now=NOW)
    gone = [
        difference
        for difference in (*comparison.dropped, *comparison.moved)
        if difference.before is not None and difference.before.id == first.id
    ]
    assert [difference.why for difference in gone] == [Why.OBSTACLE]
    assert gone[0].text["id"] != gone[0].text["en"]


def test_side_by_side_over_http(
    client: TestClient, session: Session, base: Schedule, draft: Schedule, bearer: AsRole
) -> None:
    by_hand(session, draft, EditOp.DROP, visits(session, draft)[0])
    stranger = make_draft(session, make_plannable_district(session, "17.71"))
    session.commit()
    viewer = bearer(Role.VIEWER, "16.73")
    shown = client.get(f"/v1/schedules/{draft.id}/changes?against={base.id}", headers=viewer).json()
    assert shown["dropped"][0]["reason"] == "hand"
    assert shown["before"]["visits"] - shown["after"]["visits"] == 1
    assert client.get(f"/v1/schedules/{draft.id}/changes?against={stranger.id}", headers=viewer).status_code == 404
    everyone = bearer(Role.ADMIN)
    refused = client.get(f"/v1/schedules/{draft.id}/changes?against={stranger.id}", headers=everyone)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "query/against")
