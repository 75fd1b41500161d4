"""A visit put on a date of a trip takes other boats of the timetable where the trip's own do not lead there and on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.drafts import service as drafts
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.drafts.trip_words import trip_change_in_words
from app.schedules.models import Schedule
from app.schedules.runs.checking import check_plan
from app.schedules.trips.models import Trip
from app.sites.models import Site
from app.travel.journeys.connections import CONNECTIONS
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.trips.board_resident import BoardResident
from tests.app.schedules.trips.test_trip_page import browser as browser
from tests.app.schedules.trips.test_trip_page import hidden, words_of
from tests.app.schedules.trips.test_trip_page import resident as resident
from tests.app.schedules.trips.test_trip_page import siti as siti
from tests.app.schedules.trips.test_trips_by_hand import UPRIVER, edit, rules, sites_of_team, trips
from tests.app.schedules.trips.upriver import BOAT, MONDAY, THURSDAY, TUESDAY, make_village, plan_upriver

LATE = (THURSDAY, "SORE")
"""The boat of ten, in place of that of nine."""


@pytest.fixture
def draft(session: Session, district: District) -> Schedule:
    """A trip upriver by the boat of nine; another leaves later, after a visit in town."""
    boat = BOAT | {"code": "SORE", "origin": "HILIR", "destination": "HULU", "departs_earliest": 600, "fare": 500_000}
    create_thing(session, CONNECTIONS, district, boat, actor=COMMAND_LINE, now=NOW)
    make_village(session, 2)
    # Nobody is done in town before the boat of nine o'clock.
    session.execute(update(Site).where(Site.code == "S-2").values(setup_minutes=60))
    base = plan_upriver(session, district)
    session.commit()
    return copies.copy(session, base, actor=COMMAND_LINE, now=NOW)


def add(site: str = "S-2", **fields: Any) -> Edit:
    return Edit(op=EditOp.ADD, team="T-1", day=THURSDAY, site=site, **fields)


def test_a_visit_before_the_boat_takes_a_later_boat_and_that_is_said(session: Session, draft: Schedule) -> None:
    added = edit(session, draft, add(minutes=30))
    assert added.broken_by_edit == ()
    assert trips(session, draft)[0][3] == [LATE, (MONDAY, "TURUN")]
    assert (THURSDAY, "S-2") in sites_of_team(session, draft)
    assert check_plan(*schedules.with_files(session, draft)).violations == ()
    (trip,) = added.trips
    said = trip_change_in_words(trip)
    assert said["id"].startswith("Perjalanan tim T-1 16 November 2023 sampai 20 November 2023 berubah:")
    assert said["id"].endswith(
        "Tumpangan 16 November 2023: Dermaga Hilir → Dermaga Hulu pukul 10.00 (semula Dermaga Hilir → Dermaga Hulu "
        "pukul 09.00)."
    )
    assert "Rides on 16 November 2023: Dermaga Hilir → Dermaga Hulu at 10:00 (before: " in said["en"]
    drafts.undo(session, draft, actor=COMMAND_LINE, now=NOW)
    assert trips(session, draft) == [UPRIVER]


def test_the_boats_stay_where_they_lead_to_the_visit(session: Session, draft: Schedule) -> None:
    added = edit(session, draft, add("H-2"))
    assert (added.broken_by_edit, added.trips) == ((), ())
    assert trips(session, draft) == [UPRIVER]


def test_a_visit_that_moves_to_a_date_of_the_trip_takes_a_later_boat(session: Session, draft: Schedule) -> None:
    moved = edit(
        session,
        draft,
        Edit(op=EditOp.PLACE, team="T-1", day=TUESDAY, site="S-0", to_day=THURSDAY, minutes=30),
    )
    assert moved.broken_by_edit == ()
    assert trips(session, draft)[0][3][0] == LATE


def test_a_visit_at_an_hour_of_its_own_takes_a_later_boat_only_if_the_others_can_stay(
    session: Session, draft: Schedule
) -> None:
    asked_for = add(start=480, minutes=30)
    kept = edit(session, draft, asked_for, is_dry=True)
    assert rules(kept) != set(), "the visit upriver begins at noon, before the later boat lands"
    drop = Edit(op=EditOp.DROP, team="T-1", day=THURSDAY, site="H-0")
    made = edit(session, draft, drop, asked_for)
    assert made.broken_by_edit == ()
    assert trips(session, draft)[0][3][0] == LATE


def test_no_other_boat_is_taken_of_a_trip_that_is_pinned_or_has_begun(session: Session, draft: Schedule) -> None:
    at_ten = datetime(2023, 11, 16, 2, tzinfo=UTC)
    begun = edit(session, draft, add(minutes=30), is_dry=True, now=at_ten)
    assert (begun.trips, rules(begun) != set()) == ((), True)
    session.execute(update(Trip).where(Trip.schedule_id == draft.id).values(pinned=True))
    pinned = edit(session, draft, add(minutes=30), is_dry=True)
    assert (pinned.trips, rules(pinned) != set()) == ((), True)


def test_the_board_and_the_ways_of_a_cell_tell_the_other_boat_at_its_price(
    client: TestClient, draft: Schedule, district: District, bearer: AsRole, resident: BoardResident
) -> None:
    planner = bearer(Role.PLANNER, district.code)
    where = f"/v1/schedules/{draft.id}/edits"
    asked_for = {"op": "add", "site": "S-2", "service_minutes": 30}
    board = client.post(where, json={"edits": [asked_for], "dry_run": True}, headers=planner).json()
    (cell,) = [one for one in board["cells"] if (one["team"], one["date"]) == ("T-1", "2023-11-16")]
    assert (cell["kind"], cell["rule"]) == ("other_rides", None)
    there = asked_for | {"team": "T-1", "date": "2023-11-16"}
    tried = client.post(where, json={"edits": [there], "dry_run": True}, headers=planner).json()
    (option,) = tried["options"]
    assert (option["kind"], option["change"], tried["against"]) == ("other_rides", cell["change"], None)
    assert "SORE" not in option["texts"][0]["id"]
    assert "pukul 10.00" in option["texts"][0]["id"]
    taken = [{name: value for name, value in step.items() if value is not None} for step in option["edits"]]
    done = client.post(where, json={"edits": taken}, headers=planner | {"If-Match": '"1"'}).json()
    assert (done["broken_by_edit"], done["change"]) == ([], option["change"])
    assert [trip["change"] for trip in done["trips"]] == ["changed"]


def test_a_card_put_where_only_another_boat_leads_shows_that_boat_first(
    session: Session, draft: Schedule, siti: TestClient, resident: BoardResident
) -> None:
    session.commit()
    put = {"aksi": "place", "versi": "1", "lokasi": "S-2", "ke": f"{THURSDAY}/T-1"}
    told = siti.post(f"/rencana/{draft.id}/pindah", data=put)
    assert told.status_code == 200
    said = words_of(told.text)
    assert said.startswith("Dengan perahu atau pesawat lain dapat dicapai Perjalanan tim T-1")
    assert "pukul 10.00 (semula" in said
    assert trips(session, draft) == [UPRIVER]
    assert siti.post(f"/rencana/{draft.id}/pindah", data=hidden(told.text)).status_code == 303
    session.expire_all()
    assert trips(session, draft)[0][3][0] == LATE
