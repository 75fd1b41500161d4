"""Plans with trips that people edit, copy or want to change little: rows go along, or it is said that they cannot."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.drafts import service as drafts
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.models import Schedule
from app.schedules.runs.checking import check_plan
from app.schedules.runs.drafting import read_draft
from app.schedules.runs.not_yet import NotPlannedYet
from app.schedules.runs.standing_plan import standing_plan
from app.schedules.trips.models import Trip
from app.schedules.trips.reading import trips_of
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.trips.upriver import FRIDAY, THURSDAY, TUESDAY, plan_upriver, published_upriver


def edit(session: Session, draft: Schedule, **fields: Any) -> drafts.Edited:
    return drafts.edit(session, draft, [Edit(**fields)], actor=COMMAND_LINE, now=NOW, is_dry=False)


def shown(session: Session, schedule: Schedule) -> list[tuple[Any, ...]]:
    return [
        (
            *(whole.trip.team_id, whole.trip.starts_on, whole.trip.ends_on, whole.trip.leaves_at, whole.trip.back_at),
            tuple((night.date, night.until, night.lodging_code, night.arrives_at) for night in whole.nights),
            tuple((ride.connection_code, ride.starts_at, ride.arrives_at) for ride in whole.rides),
        )
        for whole in trips_of(session, schedule)
    ]


def test_a_copy_has_the_trips_of_its_plan_and_can_be_published(session: Session, district: District) -> None:
    first = published_upriver(session, district)
    draft = copies.copy(session, first, actor=COMMAND_LINE, now=NOW)
    assert shown(session, draft) == shown(session, first) != []
    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)
    before, after = session.scalars(select(Trip).order_by(Trip.id))
    assert (after.uid, after.sequence, after.in_force, before.in_force) == (before.uid, 0, True, False)


def test_an_edit_elsewhere_leaves_the_trip_as_it_is(session: Session, district: District) -> None:
    draft = copies.copy(session, plan_upriver(session, district), actor=COMMAND_LINE, now=NOW)
    before = shown(session, draft)
    edited = edit(session, draft, op=EditOp.PLACE, team="T-1", day=TUESDAY, site="S-0", to_team="T-2")
    assert edited.broken_by_edit == ()
    assert shown(session, draft) == before
    assert check_plan(*schedules.with_files(session, draft)).violations == ()
    drafts.undo(session, draft, actor=COMMAND_LINE, now=NOW)
    assert shown(session, draft) == before


def test_a_visit_of_a_trip_can_be_dropped_and_retimed_and_the_whole_is_judged(
    session: Session, district: District
) -> None:
    draft = copies.copy(session, plan_upriver(session, district), actor=COMMAND_LINE, now=NOW)
    before = shown(session, draft)
    later = edit(session, draft, op=EditOp.RETIME, team="T-1", day=FRIDAY, site="H-1", start=600)
    assert later.broken_by_edit == ()
    assert shown(session, draft) != before, "the evening at the lodging is later"
    dropped = edit(session, draft, op=EditOp.DROP, team="T-1", day=FRIDAY, site="H-1")
    assert dropped.broken_by_edit == ()
    assert [night[0] for night in shown(session, draft)[0][5]] == [THURSDAY, FRIDAY], "nobody is called home by that"
    assert read_draft(schedules.contract_file(session, draft, "plan")).rows.nights != ()
    early = edit(session, draft, op=EditOp.RETIME, team="T-1", day=THURSDAY, site="H-0", start=600)
    assert {rule.rule for rule in early.broken_by_edit} == {"arrives_late"}
    with pytest.raises(publishing.PlanRefused):
        publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)


def test_nobody_lays_a_visit_into_a_day_of_a_trip_yet(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    draft = copies.copy(session, plan_upriver(session, district), actor=COMMAND_LINE, now=NOW)
    with pytest.raises(NotPlannedYet):
        edit(session, draft, op=EditOp.ADD, team="T-1", day=FRIDAY, site="S-2")
    session.commit()
    moved = {"op": "place", "team": "T-1", "date": TUESDAY.isoformat(), "site": "S-0", "to_date": FRIDAY.isoformat()}
    answer = client.post(
        f"/v1/schedules/{draft.id}/edits",
        json={"edits": [moved]},
        headers=bearer(Role.PLANNER, district.code) | {"If-Match": '"1"', "Accept-Language": "id"},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "NotPlannedYet"), answer.text
    (problem,) = answer.json()["errors"]
    assert problem["pointer"] == "/edits/0/to_date"
    assert "perjalanan" in problem["detail"]
    assert problem["mend"]
    # Away from the trip it may go.
    assert edit(session, draft, op=EditOp.PLACE, team="T-1", day=FRIDAY, site="H-1", to_day=date(2023, 11, 22))


def test_places_beside_a_plan_with_trips_are_refused_before_anybody_waits(session: Session, district: District) -> None:
    schedule = published_upriver(session, district)
    with pytest.raises(NotPlannedYet) as refused:
        standing_plan(session, schedule, first_date=date(2023, 11, 14), now=NOW)
    assert [problem.pointer for problem in refused.value.problems][:1] == ["/lodgings"]
