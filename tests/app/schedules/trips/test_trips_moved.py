"""The first date of a trip moves by hand: its visits go along, boats are looked for, and what that does is told."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.database import make_sessions
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.errors import AppError, InvalidRequest, PreconditionFailed
from app.http_conventions import check_if_match
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import service as drafts
from app.schedules.drafts.applying import AnyEdit
from app.schedules.drafts.edits import Edit, EditOp, EditRefused
from app.schedules.drafts.trip_choices import standing_trip
from app.schedules.drafts.trip_edits import GivenVisit, TripEdit, TripOp
from app.schedules.drafts.trip_words import trip_change_in_words
from app.schedules.runs.checking import check_plan
from app.schedules.trips.models import Trip
from app.travel.journeys.connections import CONNECTIONS
from app.travel.models import Connection
from tests.app.conftest import NOW
from tests.app.schedules.conftest import own_engine as own_engine
from tests.app.schedules.trips.test_trips_by_hand import (
    NEXT_THURSDAY,
    UPRIVER,
    WEDNESDAY,
    draft_upriver,
    edit,
    rules,
    send,
    sites_of_team,
    trips,
)
from tests.app.schedules.trips.upriver import BOAT, FRIDAY, MONDAY, THURSDAY, TUESDAY, make_district_upriver, visits_of

WEEK = timedelta(days=7)
NEXT_FRIDAY = FRIDAY + WEEK


def move(first: date, day: date = THURSDAY, **fields: Any) -> TripEdit:
    return TripEdit(op=TripOp.MOVE_TRIP, team="T-1", day=day, to_day=first, **fields)


def test_a_trip_moves_by_a_week_with_its_visits_beds_and_boats(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    hours = [(row.date + WEEK, row.starts_at + WEEK) for row in visits_of(session, draft) if row.date <= FRIDAY]
    tried = edit(session, draft, move(NEXT_THURSDAY), is_dry=True)
    assert trips(session, draft) == [UPRIVER], "nothing is done yet"
    moved = edit(session, draft, move(NEXT_THURSDAY))
    assert (moved.broken_by_edit, moved.after) == ((), tried.after)
    assert moved.after.activations == moved.before.activations
    first, last, beds, rides = UPRIVER
    assert trips(session, draft) == [
        (
            *(first + WEEK, last + WEEK),
            [(day + WEEK, bed) for day, bed in beds],
            [(day + WEEK, boat) for day, boat in rides],
        )
    ]
    now_there = [(row.date, row.starts_at) for row in visits_of(session, draft) if row.date > TUESDAY]
    assert set(now_there) <= set(hours)
    assert sites_of_team(session, draft) == [(TUESDAY, "S-0"), (NEXT_THURSDAY, "H-0"), (NEXT_FRIDAY, "H-1")]
    assert check_plan(*schedules.with_files(session, draft)).violations == ()
    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)


def test_what_moving_does_is_said_and_can_be_taken_back(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    before = trips(session, draft), sites_of_team(session, draft)
    (change,) = edit(session, draft, move(NEXT_THURSDAY, FRIDAY)).trips
    assert (change.is_moved, change.visits_gone) == (True, 0)
    said = trip_change_in_words(change)
    assert said["id"].startswith(
        "Perjalanan tim T-1 pindah: kini 23 November 2023 sampai 27 November 2023 (semula 16 November 2023 sampai "
        "20 November 2023): 4 malam di luar di Balai Desa Hulu"
    )
    assert said["en"].startswith("The trip of team T-1 moves: now from 23 November 2023 to 27 November 2023")
    undone = drafts.undo(session, draft, actor=COMMAND_LINE, now=NOW)
    assert (trips(session, draft), sites_of_team(session, draft)) == before
    assert [step.is_moved for step in undone.trips] == [True]


def test_visits_in_the_way_on_the_new_dates_stay_with_their_broken_rules_or_make_room(
    session: Session, district: District
) -> None:
    draft = draft_upriver(session, district)
    kept = edit(session, draft, move(MONDAY), is_dry=True)
    assert "no_way" in rules(kept), "on Tuesday the team has a visit in town"
    made = edit(session, draft, move(MONDAY, makes_room=True))
    assert made.broken_by_edit == ()
    assert [gone.before.site for gone in made.changed if gone.before and gone.after is None] == ["S-0"]
    assert made.trips[0].visits_gone == 1
    days = [MONDAY + timedelta(days=number) for number in range(5)]
    assert trips(session, draft) == [
        (days[0], days[4], [(day, "BALAI") for day in days[:4]], [(days[0], "NAIK"), (days[4], "TURUN")])
    ], "four nights, none of them a weekend's"
    assert sites_of_team(session, draft) == [(MONDAY, "H-0"), (TUESDAY, "H-1")]


def test_a_visit_that_falls_on_a_day_off_leaves_the_plan(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    moved = edit(session, draft, move(FRIDAY, makes_room=True))
    (change,) = moved.trips
    assert (change.visits_gone, change.people_gone > 0) == (1, True)
    assert [gone.before.site for gone in moved.changed if gone.before and gone.after is None] == ["H-1"]
    assert trips(session, draft)[0][:3] == (FRIDAY, TUESDAY, [(FRIDAY, "BALAI"), (MONDAY, "BALAI")])
    # The boat of Tuesday lands at noon; the visit in town comes after it.
    assert sites_of_team(session, draft) == [(FRIDAY, "H-0"), (TUESDAY, "S-0")]


def test_boats_are_those_of_the_new_dates_and_visits_wait_for_them(session: Session, district: District) -> None:
    session.execute(update(Connection).where(Connection.code == "NAIK").values(weekdays="0001000"))
    later = BOAT | {"code": "SENIN", "origin": "HILIR", "destination": "HULU", "departs_earliest": 600}
    create_thing(session, CONNECTIONS, district, later | {"weekdays": "1000000"}, actor=COMMAND_LINE, now=NOW)
    draft = draft_upriver(session, district)
    moved = edit(session, draft, move(MONDAY, makes_room=True))
    assert moved.broken_by_edit == ()
    assert trips(session, draft)[0][3][0] == (MONDAY, "SENIN")
    (after,) = [change.after for change in moved.changed if change.after and change.after.site == "H-0"]
    assert (after.date, after.start > 720) == (MONDAY, True), "the boat lands an hour later than that of Thursdays"


def test_a_boat_without_a_seat_on_the_new_date_is_told(session: Session, district: District) -> None:
    session.execute(update(Connection).values(max_teams=1))
    draft = draft_upriver(session, district)
    edit(session, draft, send(MONDAY, TUESDAY, team="T-2"))
    moved = edit(session, draft, move(MONDAY, makes_room=True), is_dry=True)
    assert "no_way" in rules(moved)
    assert moved.trips[0].after is not None


def test_a_pinned_visit_of_the_new_dates_stays_where_it_is(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    edit(session, draft, Edit(op=EditOp.PIN, team="T-1", day=TUESDAY, site="S-0"))
    moved = edit(session, draft, move(MONDAY, makes_room=True))
    assert "no_way" in rules(moved)
    assert (TUESDAY, "S-0") in sites_of_team(session, draft)


def test_the_dates_that_are_offered_are_those_that_are_taken(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    head = drafts.head_of(session, draft, now=NOW)
    standing = standing_trip(head, "T-1", FRIDAY)
    assert standing is not None
    assert THURSDAY not in standing.first_dates
    assert {day.weekday() for day in standing.first_dates} == {0, 3, 4}, "from Tuesday on it would end on a Saturday"
    for day in standing.first_dates:
        edit(session, draft, move(day), is_dry=True)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (move(THURSDAY), "leaves on 2023-11-16 as it is"),
        (move(date(2023, 11, 19)), "no date of this plan"),
        (move(TUESDAY), "back on 2023-11-25, which is no date.*such as 2023-11-20, 2023-11-23, 2023-11-24"),
    ],
)
def test_a_first_date_that_cannot_be_is_refused_at_its_field(
    session: Session, district: District, wrong: TripEdit, words: str
) -> None:
    draft = draft_upriver(session, district)
    with pytest.raises(InvalidRequest) as refused:
        edit(session, draft, wrong)
    check_refusal(refused.value, "/edits/0/to_date", words)
    assert draft.draft_version == 1


@pytest.mark.parametrize(
    ("before", "wrong", "pointer", "words"),
    [
        ((), move(NEXT_THURSDAY, WEDNESDAY), "/edits/0", "is on no trip on 2023-11-22"),
        (
            (send(NEXT_FRIDAY, date(2023, 11, 27)),),
            move(NEXT_THURSDAY),
            "/edits/0/to_date",
            "on another trip from 2023-11-24 to 2023-11-27",
        ),
        (
            (Edit(op=EditOp.ADD, team="T-1", day=NEXT_THURSDAY, site="H-0"),),
            move(NEXT_THURSDAY),
            "/edits/0/to_date",
            "is at H-0 on 2023-11-23 already.*Move or drop that visit first",
        ),
        (
            (Edit(op=EditOp.PIN, team="T-1", day=FRIDAY, site="H-1"),),
            move(NEXT_THURSDAY),
            "/edits/0",
            "The visit at H-1 on 2023-11-17 is pinned",
        ),
    ],
    ids=["no trip", "another trip", "there already", "a pinned visit"],
)
def test_what_the_draft_has_against_moving_is_told(
    session: Session, district: District, before: tuple[AnyEdit, ...], wrong: TripEdit, pointer: str, words: str
) -> None:
    draft = draft_upriver(session, district)
    if before:
        edit(session, draft, *before)
    version = draft.draft_version
    with pytest.raises(EditRefused) as refused:
        edit(session, draft, wrong)
    check_refusal(refused.value, pointer, words)
    assert draft.draft_version == version


def test_a_trip_that_is_pinned_or_has_begun_stays_and_none_moves_into_the_past(
    session: Session, district: District
) -> None:
    draft = draft_upriver(session, district)
    on_friday = datetime(2023, 11, 17, 3, tzinfo=UTC)
    with pytest.raises(EditRefused) as refused:
        edit(session, draft, move(NEXT_THURSDAY), now=on_friday)
    check_refusal(refused.value, "/edits/0", "has left")
    edit(session, draft, move(NEXT_THURSDAY))
    with pytest.raises(EditRefused) as refused:
        edit(session, draft, move(FRIDAY, NEXT_THURSDAY), now=on_friday)
    check_refusal(refused.value, "/edits/0/to_date", "2023-11-17 has begun.*Choose a later date")
    session.execute(update(Trip).where(Trip.schedule_id == draft.id).values(pinned=True))
    with pytest.raises(EditRefused) as refused:
        edit(session, draft, move(MONDAY, NEXT_THURSDAY))
    check_refusal(refused.value, "/edits/0", "The trip is pinned")


def test_a_moved_trip_is_changed_in_the_same_list_of_edits(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    longer = TripEdit(
        op=TripOp.CHANGE_TRIP,
        team="T-1",
        day=NEXT_THURSDAY,
        until=date(2023, 11, 28),
        visits=(GivenVisit(day=date(2023, 11, 27), site="H-1"),),
    )
    done = edit(session, draft, move(NEXT_THURSDAY), longer)
    assert trips(session, draft)[0][:2] == (NEXT_THURSDAY, date(2023, 11, 28))
    assert (date(2023, 11, 27), "H-1") in sites_of_team(session, draft)
    assert done.trips


def test_of_two_who_move_a_trip_at_once_one_is_told_so_and_the_trip_is_where_the_other_put_it(
    own_engine: Engine,
) -> None:
    sessions, together = make_sessions(own_engine), threading.Barrier(2)
    with sessions.begin() as session:
        draft_id = draft_upriver(session, make_district_upriver(session)).id

    def move_to(first: date) -> date | None:
        together.wait()
        with sessions.begin() as session:
            draft = schedules.get_schedule(session, draft_id, for_update=True)
            try:
                check_if_match('"1"', drafts.refuse_unless_draft(draft))
            except PreconditionFailed:
                return None
            edit(session, draft, move(first, makes_room=True))
            return first

    with ThreadPoolExecutor(2) as pool:
        moved = list(pool.map(move_to, (MONDAY, NEXT_THURSDAY)))
    assert moved.count(None) == 1
    with sessions() as session:
        draft = schedules.get_schedule(session, draft_id)
        assert [first for first, *_ in trips(session, draft)] == [first for first in moved if first]
        checked = check_plan(*schedules.with_files(session, draft))
        assert (checked.violations, checked.activations) == ((), draft.expected_activations)


def check_refusal(refused: AppError, pointer: str, words: str) -> None:
    (problem,) = refused.problems
    assert problem.pointer == pointer
    assert re.search(words, f"{problem.detail} {problem.mend}"), problem
