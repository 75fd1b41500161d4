"""Plans with trips that people edit, copy or want to change little: rows go along, or it is said that they cannot."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.drafts import service as drafts
from app.schedules.drafts.answers import edited_out
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.models import Schedule
from app.schedules.runs.checking import check_plan
from app.schedules.runs.drafting import read_draft
from app.schedules.runs.standing_plan import difference, standing_plan
from app.schedules.trips.models import Trip
from app.schedules.trips.reading import trips_of
from tests.app.conftest import NOW
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    make_village,
    plan_upriver,
    published_upriver,
    visits_of,
)


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


def test_a_visit_is_laid_into_a_day_of_a_trip_between_bed_and_boat(session: Session, district: District) -> None:
    make_village(session, 2)
    draft = copies.copy(session, plan_upriver(session, district), actor=COMMAND_LINE, now=NOW)
    nights = [night[:3] for night in shown(session, draft)[0][5]]
    added = edit(session, draft, op=EditOp.ADD, team="T-1", day=FRIDAY, site="H-2")
    assert added.broken_by_edit == ()
    assert added.after.activations > added.before.activations
    moved = edit(session, draft, op=EditOp.PLACE, team="T-1", day=FRIDAY, site="H-2", to_day=MONDAY)
    assert moved.broken_by_edit == ()
    (visit,) = [visit for visit in visits_of(session, draft) if visit.date == MONDAY]
    (boat,) = [ride for ride in shown(session, draft)[0][6] if ride[0] == "TURUN"]
    assert visit.ends_at <= boat[1], "the boat of Monday leaves when the visit is over"
    assert [night[:3] for night in shown(session, draft)[0][5]] == nights
    assert check_plan(*schedules.with_files(session, draft)).violations == ()
    # A place in town is none of the day upriver: the hand wins, and reads which rule it breaks.
    in_town = edit(session, draft, op=EditOp.ADD, team="T-1", day=FRIDAY, site="S-2")
    assert "no_way" in {rule.rule for rule in in_town.broken_by_edit}


def test_the_last_visit_that_leaves_a_trip_leaves_its_nights_and_that_is_said(
    session: Session, district: District
) -> None:
    draft = copies.copy(session, plan_upriver(session, district), actor=COMMAND_LINE, now=NOW)
    before = shown(session, draft)
    first = edit(session, draft, op=EditOp.DROP, team="T-1", day=THURSDAY, site="H-0")
    assert first.idle_trips == ()
    last = edit(session, draft, op=EditOp.DROP, team="T-1", day=FRIDAY, site="H-1")
    assert last.broken_by_edit == ()
    (trip,) = last.idle_trips
    assert (trip.team, trip.starts_on, trip.ends_on) == ("T-1", THURSDAY, MONDAY)
    (told,) = edited_out(last, is_dry=False).idle_trips
    assert told.cost == 2 * 400_000 + 4 * 150_000
    assert "kini tanpa kunjungan" in told.text.id
    assert [night[:3] for night in shown(session, draft)[0][5]] == [night[:3] for night in before[0][5]]
    # Somebody else can be visited on it instead.
    again = edit(session, draft, op=EditOp.ADD, team="T-1", day=FRIDAY, site="H-0")
    assert (again.broken_by_edit, again.idle_trips) == ((), ())


def test_plan_in_force_stands_with_its_nights_and_boats_and_prices_visits_on_them(
    session: Session, district: District
) -> None:
    make_village(session, 2)
    schedule = published_upriver(session, district)
    standing = standing_plan(session, schedule, first_date=date(2023, 11, 14), now=NOW)
    assert {(night.team, night.date) for night in standing.rows.nights} == {("T-1", THURSDAY), ("T-1", FRIDAY)}
    assert {(ride.date, ride.start) for ride in standing.rows.rides} == {(THURSDAY, 540), (MONDAY, 630)}
    before = standing.shown_days([("T-1", FRIDAY)])
    assert before[0]["nights"] == [[day.isoformat(), "lodging:BALAI"] for day in (THURSDAY, FRIDAY)]
    friday = [planned.to_json() for planned in standing.day("T-1", FRIDAY)]
    added = {"team": "T-1", "date": FRIDAY.isoformat(), "site": "H-2", "start": 780, "minutes": 60}
    changed = difference(standing, [{"team": "T-1", "date": FRIDAY.isoformat(), "visits": [*friday, added]}])
    assert changed.broken == ()
    assert changed.activations > 0


def test_a_trip_that_has_begun_takes_no_part_in_what_can_be_offered(session: Session, district: District) -> None:
    schedule = published_upriver(session, district)
    on_friday = datetime(2023, 11, 17, 3, tzinfo=UTC)
    standing = standing_plan(session, schedule, first_date=date(2023, 11, 18), now=on_friday)
    assert standing.rows.nights == standing.rows.rides == ()
    assert {visit.site for visit in standing.visits} == {"S-0"}
    assert not next(team for team in standing.instance.teams if team.id == "T-1").work_dates[
        standing.instance.dates.index(MONDAY)
    ]
