"""Trips by hand at random: whatever is done, rows are those of the newest version, and every step can be taken back."""

import gzip
import json
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.commands.folders import load_example
from app.districts.models import District
from app.districts.service import get_district
from app.errors import InvalidRequest
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.drafts import service as drafts
from app.schedules.drafts.applying import AnyEdit
from app.schedules.drafts.edits import Edit, EditOp, EditRefused
from app.schedules.drafts.improving import Effort, improve
from app.schedules.drafts.trip_edits import GivenNight, GivenVisit, TripEdit, TripOp
from app.schedules.models import Schedule
from app.schedules.runs import record
from app.schedules.runs.checking import check_plan
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.trips.reading import trips_of
from app.schedules.wish import Wish
from app.teams.models import Team
from solver.contract.in_force import read_in_force
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.replan import replan
from solver.stopping import Limits
from tests.app.conftest import NOW
from tests.app.schedules.trips.upriver import FRIDAY, MONDAY, THURSDAY, VISITS, packed, plan_upriver, visits_of

DATES = [date(2023, 11, day) for day in (14, 15, 16, 17, 20, 21, 22, 23, 24, 27)]
SITES = ["H-0", "H-1", "S-0", "S-1", "S-2"]


def step(random: Random) -> AnyEdit:
    team, first = random.choice(["T-1", "T-2"]), random.randrange(len(DATES) - 1)
    day, until = DATES[first], DATES[random.randint(first, min(first + 4, len(DATES) - 1))]
    dates = [*(other for other in DATES if day <= other <= until), *random.choice([(), (), DATES])]
    visits = tuple(
        GivenVisit(day=random.choice(dates), site=random.choice(SITES), start=random.choice([None, 540, 780]))
        for _ in range(random.choice([0, 0, 1, 2]))
    )
    nights = tuple(GivenNight(day=random.choice(dates), lodging="BALAI") for _ in range(random.choice([0, 0, 0, 1])))
    lodging = random.choice([None, "BALAI", "BALAI", "BALAI"])
    trip: dict[str, Any] = {"lodging": lodging, "nights": nights, "visits": visits, "until": until}
    match random.choice(["send", "send", "change", "move", "off", "add", "drop"]):
        case "send":
            return TripEdit(op=TripOp.SEND, team=team, day=day, makes_room=random.random() < 0.5, **trip)
        case "change":
            return TripEdit(op=TripOp.CHANGE_TRIP, team=team, day=day, makes_room=random.random() < 0.5, **trip)
        case "move":
            goal = random.choice(DATES)
            return TripEdit(op=TripOp.MOVE_TRIP, team=team, day=day, to_day=goal, makes_room=random.random() < 0.5)
        case "off":
            return TripEdit(op=TripOp.CALL_OFF, team=team, day=day)
        case "add":
            return Edit(op=EditOp.ADD, team=team, day=day, site=random.choice(SITES))
    return Edit(op=EditOp.DROP, team=team, day=day, site=random.choice(SITES))


def stored(session: Session, draft: Schedule) -> object:
    trips = [
        (
            *(whole.trip.team_id, whole.trip.starts_on, whole.trip.ends_on, whole.trip.back_at),
            [(night.date, night.until, night.lodging_code, night.arrives_at) for night in whole.nights],
            [(ride.date, ride.connection_code, ride.starts_at) for ride in whole.rides],
        )
        for whole in trips_of(session, draft)
    ]
    visits = [(row.team_id, row.site_id, row.starts_at, row.ends_at) for row in visits_of(session, draft)]
    return trips, sorted(visits), draft.value_milli, draft.expected_activations


@pytest.mark.parametrize("seed", range(4))
def test_a_walk_over_trips_keeps_the_rows_of_the_newest_version_and_can_be_walked_back(
    session: Session, district: District, seed: int
) -> None:
    random = Random(seed)
    draft = copies.copy(session, plan_upriver(session, district), actor=COMMAND_LINE, now=NOW)
    trail = [stored(session, draft)]
    made = 0
    for _ in range(40):
        edit = step(random)
        try:
            tried = drafts.edit(session, draft, [edit], actor=COMMAND_LINE, now=NOW, is_dry=True)
            done = drafts.edit(session, draft, [edit], actor=COMMAND_LINE, now=NOW, is_dry=False)
        except (EditRefused, InvalidRequest):
            assert stored(session, draft) == trail[-1]
            continue
        assert (done.after, done.trips, done.broken_by_edit) == (tried.after, tried.trips, tried.broken_by_edit)
        made += isinstance(edit, TripEdit)
        checked = check_plan(*schedules.with_files(session, draft))
        assert (checked.value_milli, checked.activations) == (draft.value_milli, draft.expected_activations)
        rows = [(session.get_one(Team, whole.trip.team_id).code, whole) for whole in trips_of(session, draft)]
        assert sorted((trip.team, trip.starts_on, trip.ends_on) for trip in checked.trips) == sorted(
            (code, whole.trip.starts_on, whole.trip.ends_on) for code, whole in rows
        )
        trail.append(stored(session, draft))
    assert made >= 3
    for earlier in reversed(trail[:-1]):
        drafts.undo(session, draft, actor=COMMAND_LINE, now=NOW)
        assert stored(session, draft) == earlier


def test_a_run_that_goes_on_from_the_draft_keeps_the_trip_of_the_hand(
    session: Session, district: District, tmp_path: Path
) -> None:
    base = plan_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    draft = copies.copy(session, base, actor=COMMAND_LINE, now=NOW)
    visit = GivenVisit(day=FRIDAY, site="H-1", start=540, minutes=120)
    send = TripEdit(op=TripOp.SEND, team="T-1", day=THURSDAY, until=MONDAY, lodging="BALAI", visits=(visit,))
    drafts.edit(session, draft, [send], actor=COMMAND_LINE, now=NOW, is_dry=False)
    run = improve(session, draft, Effort(), actor=COMMAND_LINE, now=NOW)
    built = build_instance(session, run)
    record.begin(session, run, built, now=NOW)
    instance = instance_from_json(json.loads(gzip.decompress(built.content)))
    assert [(pin.team, pin.date, pin.site) for pin in instance.pinned] == [("T-1", FRIDAY, "H-1")]
    assert built.in_force is not None
    path = tmp_path / "in-force.json"
    path.write_bytes(gzip.decompress(built.in_force))
    near = replan(instance, Limits(iterations=200), most_moved=None, in_force=read_in_force(path, instance))
    plan = in_format_of(instance, near.plan).to_json()
    checked = check_run(session, run, Solved(plan=packed(plan), spread=None))
    assert checked.violations == ()
    assert any(trip.covers("T-1", FRIDAY) for trip in checked.trips)


def test_a_team_is_flown_to_krayan_by_hand(session: Session, job_tables: None) -> None:
    examples = Path(__file__).parents[4] / "examples"
    load_example(session, examples / "65-kalimantan-utara", now=NOW)
    krayan = get_district(session, load_example(session, examples / "65.03-kabupaten-nunukan", now=NOW))
    later = NOW.replace(year=2024, month=7, day=5)
    july = Wish(period_start=date(2024, 7, 8), period_end=date(2024, 7, 19), weights={"fairness": 0})
    base = plan_upriver(session, krayan, wish=july, visits=[], nights=[], rides=[], now=later)
    draft = copies.copy(session, base, actor=COMMAND_LINE, now=later)
    instance = drafts.head_of(session, draft, now=later).problem.instance
    out, home = (
        next(ride.run_dates for ride in instance.connections if ride.id.endswith(code))
        for code in ("NNX-LBW", "LBW-NNX")
    )
    first = out.index(True)
    last = next(d for d in range(first + 2, len(home)) if home[d])
    middle = first + 1
    upland = [site for site in instance.sites if site.zone == "Krayan" and site.open_dates[middle]]
    site = max(upland, key=lambda site: site.people)
    send = TripEdit(
        op=TripOp.SEND,
        team="TIM-2",
        day=instance.dates[first],
        until=instance.dates[last],
        lodging="LBW-INAP",
        visits=(GivenVisit(day=instance.dates[middle], site=site.id),),
    )
    sent = drafts.edit(session, draft, [send], actor=COMMAND_LINE, now=later, is_dry=False)
    assert sent.broken_by_edit == ()
    (whole,) = trips_of(session, draft)
    assert [ride.connection_code[-3:] == "LBW" for ride in whole.rides] == [True, False], "by plane, out and back"
    assert [row.date for row in visits_of(session, draft)] == [instance.dates[middle]]
