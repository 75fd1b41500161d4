"""Whole trips of a draft by hand: a team is sent away, stays longer, comes home earlier, sleeps elsewhere, is called
off."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.errors import InvalidRequest
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.drafts import service as drafts
from app.schedules.drafts.applying import AnyEdit
from app.schedules.drafts.edits import Edit, EditOp, EditRefused
from app.schedules.drafts.trip_edits import GivenNight, GivenRide, GivenVisit, TripEdit, TripOp
from app.schedules.drafts.trip_words import trip_change_in_words
from app.schedules.models import Schedule
from app.schedules.runs.checking import check_plan
from app.schedules.trips.models import Trip
from app.schedules.trips.reading import trips_of
from app.sites.models import Site
from app.teams.models import Team
from app.travel.journeys.connections import CONNECTIONS
from app.travel.journeys.lodgings import LODGINGS
from app.travel.models import Connection
from tests.app.conftest import NOW
from tests.app.schedules.trips.upriver import (
    BOAT,
    FRIDAY,
    LODGING,
    MONDAY,
    THURSDAY,
    TUESDAY,
    VISITS,
    make_village,
    plan_upriver,
    visit,
    visits_of,
)

WEDNESDAY = date(2023, 11, 22)
NEXT_THURSDAY = date(2023, 11, 23)


def edit(
    session: Session, draft: Schedule, *edits: AnyEdit, is_dry: bool = False, now: datetime = NOW
) -> drafts.Edited:
    return drafts.edit(session, draft, edits, actor=COMMAND_LINE, now=now, is_dry=is_dry)


def send(day: date = THURSDAY, until: date | None = MONDAY, *, team: str = "T-1", **fields: Any) -> TripEdit:
    return TripEdit(op=TripOp.SEND, team=team, day=day, until=until, **({"lodging": "BALAI"} | fields))


def change(day: date = THURSDAY, **fields: Any) -> TripEdit:
    return TripEdit(op=TripOp.CHANGE_TRIP, team="T-1", day=day, **fields)


def call_off(day: date = THURSDAY) -> TripEdit:
    return TripEdit(op=TripOp.CALL_OFF, team="T-1", day=day)


def draft_at_home(session: Session, district: District, *more: dict[str, Any]) -> Schedule:
    """A draft whose teams are at home every night."""
    at_home = plan_upriver(session, district, visits=[*VISITS[2:], *more], nights=[], rides=[])
    return copies.copy(session, at_home, actor=COMMAND_LINE, now=NOW)


def draft_upriver(session: Session, district: District) -> Schedule:
    return copies.copy(session, plan_upriver(session, district), actor=COMMAND_LINE, now=NOW)


def trips(session: Session, draft: Schedule) -> list[tuple[Any, ...]]:
    return [
        (
            *(whole.trip.starts_on, whole.trip.ends_on),
            [(night.date, night.lodging_code) for night in whole.nights],
            [(ride.date, ride.connection_code) for ride in whole.rides],
        )
        for whole in trips_of(session, draft)
    ]


def sites_of_team(session: Session, draft: Schedule, code: str = "T-1") -> list[tuple[date, str]]:
    return [
        (row.date, session.get_one(Site, row.site_id).code)
        for row in visits_of(session, draft)
        if session.get_one(Team, row.team_id).code == code
    ]


def rules(edited: drafts.Edited) -> set[str]:
    return {rule.rule for rule in edited.broken_by_edit}


UPRIVER = (THURSDAY, MONDAY, [(THURSDAY, "BALAI"), (FRIDAY, "BALAI")], [(THURSDAY, "NAIK"), (MONDAY, "TURUN")])


def test_a_team_is_sent_away_and_takes_the_boats_that_lead_there(session: Session, district: District) -> None:
    draft = draft_at_home(session, district)
    sent = edit(session, draft, send())
    assert sent.broken_by_edit == ()
    assert trips(session, draft) == [UPRIVER]
    assert sent.after.cost - sent.before.cost >= 2 * 400_000 + 4 * 150_000
    added = edit(session, draft, Edit(op=EditOp.ADD, team="T-1", day=FRIDAY, site="H-0"))
    assert added.broken_by_edit == ()
    assert added.after.activations > added.before.activations
    assert check_plan(*schedules.with_files(session, draft)).violations == ()
    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)
    assert session.scalars(select(Trip).where(Trip.in_force)).one().starts_on == THURSDAY


def test_a_trip_is_sent_with_its_visits_in_one_edit(session: Session, district: District) -> None:
    draft = draft_at_home(session, district)
    visits = (GivenVisit(day=THURSDAY, site="H-0"), GivenVisit(day=FRIDAY, site="H-1", start=600, minutes=120))
    tried = edit(session, draft, send(visits=visits), is_dry=True)
    assert trips(session, draft) == []
    sent = edit(session, draft, send(visits=visits))
    assert (sent.broken_by_edit, sent.after) == ((), tried.after)
    assert trips(session, draft) == [UPRIVER]
    assert sites_of_team(session, draft)[:2] == [(THURSDAY, "H-0"), (FRIDAY, "H-1")]
    (row,) = [row for row in visits_of(session, draft) if row.date == FRIDAY]
    assert (row.starts_at.astimezone(UTC).hour, row.service_minutes) == (3, 120), "10:00 in western Indonesia"


def test_what_sending_does_is_said_in_both_languages(session: Session, district: District) -> None:
    draft = draft_at_home(session, district)
    (made,) = edit(session, draft, send(), is_dry=True).trips
    assert (made.before, made.visits_gone) == (None, 0)
    assert trip_change_in_words(made) == {
        "id": "Tim T-1 berangkat 16 November 2023 dan kembali 20 November 2023: 4 malam di luar di Balai Desa Hulu, "
        "Rp 1.400.000 untuk penginapan dan tumpangan.",
        "en": "Team T-1 leaves on 16 November 2023 and is back on 20 November 2023: nights away: 4 at Balai Desa Hulu, "
        "Rp 1,400,000 for nights and rides.",
    }


def test_undo_and_redo_of_a_trip(session: Session, district: District) -> None:
    draft = draft_at_home(session, district)
    edit(session, draft, send(visits=(GivenVisit(day=FRIDAY, site="H-0"),)))
    after = trips(session, draft), sites_of_team(session, draft)
    undone = drafts.undo(session, draft, actor=COMMAND_LINE, now=NOW)
    assert (trips(session, draft), undone.trips[0].after) == ([], None)
    drafts.redo(session, draft, actor=COMMAND_LINE, now=NOW)
    assert (trips(session, draft), sites_of_team(session, draft)) == after


def test_visits_in_the_way_of_a_trip_stay_with_their_broken_rules_or_make_room(
    session: Session, district: District
) -> None:
    draft = draft_at_home(session, district, visit(FRIDAY, "S-2", 540))
    kept = edit(session, draft, send(), is_dry=True)
    assert "no_way" in rules(kept)
    assert kept.changed == ()
    made = edit(session, draft, send(makes_room=True))
    assert made.broken_by_edit == ()
    assert [(gone.before.site, gone.after) for gone in made.changed if gone.before] == [("S-2", None)]
    (trip,) = made.trips
    assert (trip.visits_gone, trip.people_gone) == (1, kept.after.activations - made.after.activations)
    assert "1 kunjungan" in trip_change_in_words(trip)["id"]


def test_a_pinned_visit_makes_no_room(session: Session, district: District) -> None:
    draft = draft_at_home(session, district, visit(FRIDAY, "S-2", 540))
    edit(session, draft, Edit(op=EditOp.PIN, team="T-1", day=FRIDAY, site="S-2"))
    sent = edit(session, draft, send(makes_room=True))
    assert "no_way" in rules(sent)
    assert (FRIDAY, "S-2") in sites_of_team(session, draft)
    with pytest.raises(publishing.PlanRefused):
        publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)


def test_a_visit_before_the_boat_leaves_stays(session: Session, district: District) -> None:
    create_thing(
        session,
        CONNECTIONS,
        district,
        BOAT | {"code": "SORE", "origin": "HILIR", "destination": "HULU", "departs_earliest": 780},
        actor=COMMAND_LINE,
        now=NOW,
    )
    draft = draft_at_home(session, district, visit(THURSDAY, "S-2", 480, minutes=60))
    sent = edit(session, draft, send(makes_room=True))
    assert (sent.broken_by_edit, sent.changed) == ((), ())
    assert trips(session, draft)[0][3] == [(THURSDAY, "SORE"), (MONDAY, "TURUN")], "the boat of the morning is missed"


def test_a_trip_is_longer_by_a_night_and_shorter_again(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    before = trips(session, draft)
    # On Tuesday the team has a visit in town: it comes after the boat, which lands at noon.
    longer = edit(session, draft, change(until=TUESDAY, makes_room=True))
    assert longer.broken_by_edit == ()
    assert trips(session, draft) == [
        (
            THURSDAY,
            TUESDAY,
            [(THURSDAY, "BALAI"), (FRIDAY, "BALAI"), (MONDAY, "BALAI")],
            [(THURSDAY, "NAIK"), (TUESDAY, "TURUN")],
        )
    ]
    (trip,) = longer.trips
    assert trip.before is not None
    assert trip.after is not None
    assert (trip.before.ends_on, trip.after.ends_on, trip.visits_gone) == (MONDAY, TUESDAY, 0)
    (moved,) = longer.changed
    assert moved.before is not None
    assert moved.after is not None
    assert (moved.before.start, moved.after.date, moved.after.start > 720) == (540, TUESDAY, True)
    edit(session, draft, change(day=FRIDAY, until=MONDAY))
    assert trips(session, draft) == before


def test_a_trip_called_home_earlier_moves_visits_before_its_boat_and_drops_those_after(
    session: Session, district: District
) -> None:
    draft = draft_upriver(session, district)
    shorter = edit(session, draft, change(until=FRIDAY))
    assert shorter.broken_by_edit == ()
    assert trips(session, draft) == [(THURSDAY, FRIDAY, [(THURSDAY, "BALAI")], [(THURSDAY, "NAIK"), (FRIDAY, "TURUN")])]
    (moved,) = shorter.changed
    assert moved.before is not None
    assert moved.after is not None
    assert (moved.before.start, moved.before.minutes) == (540, 120)
    assert moved.after.start + moved.after.minutes < 660, "the boat leaves at eleven at the latest"
    home = edit(session, draft, change(until=THURSDAY))
    assert [gone.before.site for gone in home.changed if gone.before and gone.after is None] == ["H-1"]
    assert home.trips[0].visits_gone == 1


def test_a_lodging_is_changed_for_one_night_or_for_all(session: Session, district: District) -> None:
    create_thing(
        session, LODGINGS, district, LODGING | {"code": "LOSMEN", "name": "Losmen"}, actor=COMMAND_LINE, now=NOW
    )
    draft = draft_upriver(session, district)
    one = edit(session, draft, change(nights=(GivenNight(day=FRIDAY, lodging="LOSMEN"),)))
    assert one.broken_by_edit == ()
    assert trips(session, draft)[0][2] == [(THURSDAY, "BALAI"), (FRIDAY, "LOSMEN")]
    assert trips(session, draft)[0][3] == UPRIVER[3], "the boats stay"
    assert "di Balai Desa Hulu, Losmen" in trip_change_in_words(one.trips[0])["id"]
    edit(session, draft, change(lodging="LOSMEN"))
    assert trips(session, draft)[0][2] == [(THURSDAY, "LOSMEN"), (FRIDAY, "LOSMEN")]


def test_a_trip_called_off_takes_its_visits_along_and_says_how_many(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    tried = edit(session, draft, call_off(FRIDAY), is_dry=True)
    (trip,) = tried.trips
    lost = tried.before.activations - tried.after.activations
    assert (trip.after, trip.visits_gone, trip.people_gone) == (None, 2, lost)
    assert trip_change_in_words(trip)["id"].endswith(f"2 kunjungan ({lost} orang) keluar dari rencana.")
    assert trip_change_in_words(trip)["en"].endswith(f"Visits that leave the plan: 2 (people: {lost}).")
    done = edit(session, draft, call_off())
    assert (done.broken_by_edit, done.after) == ((), tried.after)
    assert trips(session, draft) == []
    assert sites_of_team(session, draft) == [(TUESDAY, "S-0")]


def test_a_boat_there_and_back_makes_a_trip_of_a_day(session: Session, district: District) -> None:
    enter = {"actor": COMMAND_LINE, "now": NOW}
    early = BOAT | {"code": "PAGI", "origin": "HILIR", "destination": "HULU", "departs_earliest": 480, "minutes": 30}
    late = BOAT | {"code": "SORE", "origin": "HULU", "destination": "HILIR", "departs_earliest": 840, "minutes": 30}
    create_thing(session, CONNECTIONS, district, early, **enter)
    create_thing(session, CONNECTIONS, district, late, **enter)
    draft = draft_at_home(session, district)
    sent = edit(
        session, draft, send(FRIDAY, None, lodging=None, visits=(GivenVisit(day=FRIDAY, site="H-0", minutes=240),))
    )
    assert sent.broken_by_edit == ()
    assert trips(session, draft) == [(FRIDAY, FRIDAY, [], [(FRIDAY, "PAGI"), (FRIDAY, "SORE")])]
    assert (FRIDAY, "H-0") in sites_of_team(session, draft)
    later = edit(session, draft, change(FRIDAY, until=MONDAY, lodging="BALAI"))
    assert later.broken_by_edit == ()
    assert trips(session, draft)[0][2] == [(FRIDAY, "BALAI")]


def test_rides_that_the_hand_names_are_taken(session: Session, district: District) -> None:
    again = BOAT | {"code": "SIANG", "origin": "HILIR", "destination": "HULU", "departs_earliest": 600, "fare": 1}
    create_thing(session, CONNECTIONS, district, again, actor=COMMAND_LINE, now=NOW)
    draft = draft_at_home(session, district)
    rides = (GivenRide(day=THURSDAY, connection="SIANG"), GivenRide(day=MONDAY, connection="TURUN", start=650))
    sent = edit(session, draft, send(rides=rides))
    assert sent.broken_by_edit == ()
    assert trips(session, draft)[0][3] == [(THURSDAY, "SIANG"), (MONDAY, "TURUN")]


def test_a_trip_may_break_rules_and_is_not_published_so(session: Session, district: District) -> None:
    draft = draft_at_home(session, district)
    sent = edit(session, draft, send(THURSDAY, date(2023, 11, 27)))
    assert rules(sent) >= {"too_many_nights"}, "11 nights, at most 5"
    assert trips(session, draft)[0][:2] == (THURSDAY, date(2023, 11, 27))
    with pytest.raises(publishing.PlanRefused):
        publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)


def test_without_a_boat_the_nights_stay_and_no_way_is_said(session: Session, district: District) -> None:
    session.execute(update(Connection).where(Connection.code == "NAIK").values(weekdays="1000000"))
    draft = draft_at_home(session, district)
    sent = edit(session, draft, send())
    assert "no_way" in rules(sent)
    assert trips(session, draft)[0][2] == UPRIVER[2]


def test_an_idle_trip_that_the_hand_made_is_told_as_sent_not_as_idle(session: Session, district: District) -> None:
    draft = draft_at_home(session, district)
    assert edit(session, draft, send()).idle_trips == ()


def test_visits_stay_with_a_trip_whose_lodging_changes_back_and_forth(session: Session, district: District) -> None:
    make_village(session, 2)
    draft = draft_upriver(session, district)
    added = edit(session, draft, change(visits=(GivenVisit(day=MONDAY, site="H-2"),)))
    assert added.broken_by_edit == ()
    (row,) = [row for row in visits_of(session, draft) if row.date == MONDAY]
    (turun,) = [ride for whole in trips_of(session, draft) for ride in whole.rides if ride.connection_code == "TURUN"]
    assert row.ends_at <= turun.starts_at


REFUSALS = {
    "an unknown lodging": (send(lodging="HOTEL"), "/edits/0/lodging", "Penginapannya BALAI"),
    "no lodging at all": (send(lodging=None), "/edits/0/lodging", "Belum disebut di mana tim menginap"),
    "an unknown team": (send(team="T-9"), "/edits/0/team", "tidak mengenal tim"),
    "a first date off the plan": (send(date(2023, 11, 18)), "/edits/0/date", "bukan hari dalam rencana"),
    "a last date off the plan": (send(until=date(2024, 1, 2)), "/edits/0/until", "bukan hari dalam rencana"),
    "an end before the beginning": (send(MONDAY, FRIDAY), "/edits/0/until", "berakhir sebelum dimulai"),
    "a night twice": (
        send(nights=(GivenNight(day=FRIDAY, lodging="BALAI"), GivenNight(day=FRIDAY, lodging="BALAI"))),
        "/edits/0/nights/1/date",
        "disebut dua kali",
    ),
    "a night after the last date": (
        send(nights=(GivenNight(day=MONDAY, lodging="BALAI"),)),
        "/edits/0/nights/0/date",
        "di luar perjalanan",
    ),
    "an unknown site": (send(visits=(GivenVisit(day=FRIDAY, site="X"),)), "/edits/0/visits/0/site", "lokasi 'X'"),
    "a visit outside": (
        send(visits=(GivenVisit(day=TUESDAY, site="H-0"),)),
        "/edits/0/visits/0/date",
        "di luar perjalanan",
    ),
    "an unknown connection": (
        send(rides=(GivenRide(day=THURSDAY, connection="FERI"),)),
        "/edits/0/rides/0/connection",
        "Trayeknya NAIK, TURUN",
    ),
    "a ride outside": (
        send(rides=(GivenRide(day=TUESDAY, connection="NAIK"),)),
        "/edits/0/rides/0/date",
        "di luar perjalanan",
    ),
    "neither night nor visit": (send(FRIDAY, None, lodging=None), "/edits/0/until", "tanpa menginap"),
    "a change of nothing": (change(until=MONDAY), "/edits/0/until", "tidak mengubah"),
}


@pytest.mark.parametrize(("wrong", "pointer", "words"), REFUSALS.values(), ids=REFUSALS)
def test_an_edit_of_a_trip_that_says_wrong_or_too_little_names_the_field(
    session: Session, district: District, wrong: TripEdit, pointer: str, words: str
) -> None:
    draft = draft_upriver(session, district) if wrong.op is TripOp.CHANGE_TRIP else draft_at_home(session, district)
    with pytest.raises(InvalidRequest) as refused:
        edit(session, draft, wrong)
    (problem,) = refused.value.problems
    assert problem.pointer == pointer
    assert words in f"{getattr(problem.detail, 'indonesian', problem.detail)} {getattr(problem.mend, 'indonesian', '')}"
    assert draft.draft_version == 1


@pytest.mark.parametrize(
    ("wrong", "pointer", "words"),
    [
        (send(FRIDAY, TUESDAY), "/edits/0/date", "is on another trip from 2023-11-16 to 2023-11-20"),
        (send(date(2023, 11, 14), FRIDAY), "/edits/0/until", "is on another trip"),
        (call_off(WEDNESDAY), "/edits/0", "is on no trip on 2023-11-22"),
        (change(WEDNESDAY, until=NEXT_THURSDAY), "/edits/0", "is on no trip"),
        (
            change(visits=(GivenVisit(day=FRIDAY, site="H-1"),)),
            "/edits/0/visits/0",
            "is at H-1 on 2023-11-17 already",
        ),
    ],
)
def test_what_the_draft_has_against_an_edit_of_a_trip_is_told(
    session: Session, district: District, wrong: TripEdit, pointer: str, words: str
) -> None:
    draft = draft_upriver(session, district)
    with pytest.raises(EditRefused, match=words) as refused:
        edit(session, draft, wrong)
    assert refused.value.problems[0].pointer == pointer
    assert draft.draft_version == 1


def test_a_trip_does_not_grow_into_the_next_one(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    edit(session, draft, send(WEDNESDAY, NEXT_THURSDAY))
    with pytest.raises(EditRefused, match="from 2023-11-22 to 2023-11-23") as refused:
        edit(session, draft, change(until=WEDNESDAY))
    assert refused.value.problems[0].pointer == "/edits/0/until"


def test_pinned_visits_and_pinned_trips_stay_until_they_are_let_go(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    pin = {"team": "T-1", "day": FRIDAY, "site": "H-1"}
    edit(session, draft, Edit(op=EditOp.PIN, **pin))
    for wrong in (call_off(), change(until=THURSDAY)):
        with pytest.raises(EditRefused, match="The visit at H-1 on 2023-11-17 is pinned"):
            edit(session, draft, wrong)
    assert edit(session, draft, Edit(op=EditOp.UNPIN, **pin), call_off(), is_dry=True).broken_by_edit == ()
    session.execute(update(Trip).where(Trip.schedule_id == draft.id).values(pinned=True))
    with pytest.raises(EditRefused, match="The trip is pinned"):
        edit(session, draft, call_off())


def test_a_trip_that_has_begun_stays_and_none_is_sent_into_the_past(session: Session, district: District) -> None:
    draft = draft_upriver(session, district)
    on_friday = datetime(2023, 11, 17, 3, tzinfo=UTC)
    for wrong, words in (
        (call_off(), "has left"),
        (change(until=FRIDAY), "has left"),
        (send(THURSDAY, FRIDAY, team="T-2"), "has begun"),
        (send(FRIDAY, MONDAY, team="T-2"), "has begun"),
    ):
        with pytest.raises(EditRefused, match=words):
            edit(session, draft, wrong, now=on_friday)
    assert edit(session, draft, send(MONDAY, TUESDAY, team="T-2"), now=on_friday).broken_by_edit == ()
