"""Breaks of teams and shared kits on their way from the database into an instance, and from a plan into its visits."""

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.coded_things import create_thing
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.drafts import service as drafts
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.models import Schedule, Visit
from app.schedules.obstacles import judge_today
from app.schedules.runs import record
from app.schedules.runs.breaks_and_kits import with_standing_breaks
from app.schedules.runs.checking import check_plan
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.runs.servable import NoServableSite
from app.schedules.wish import ChosenPolicy, Closeness, Wish
from app.sites.models import Site
from app.teams import service as teams
from app.teams.breaks import BreakRule
from app.teams.kit_pools import KIT_POOLS
from app.teams.models import Team
from solver.contract.instance import Instance
from solver.contract.instance import Visit as PlannedVisit
from solver.contract.journeys import Pause
from solver.contract.plan import NEXT_FORMAT, Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.plans.kit_use import draw_kits
from solver.plans.paused_days import PausedDays
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.fake_solver import plain_visits
from tests.solver.week import week_document, week_visits

LUNCH = BreakRule(minutes=60, earliest_start=540, latest_end=690, weekdays="1111000", name="Istirahat")
FRIDAY = BreakRule(minutes=90, earliest_start=510, latest_end=780, weekdays="0000100", name="Salat Jumat")
NOVEMBER = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30), weights={"fairness": 0})


def give_breaks(session: Session, *rules: BreakRule, code: str = "T-1") -> Team:
    team = session.scalars(select(Team).where(Team.code == code)).one()
    team = teams.read_team(session, team.id, actor=COMMAND_LINE)
    for rule in rules:
        teams.add_break(session, team, rule, actor=COMMAND_LINE, now=NOW)
    return team


def instance_of(content: bytes) -> Instance:
    return instance_from_json(json.loads(gzip.decompress(content)))


def packed(document: Any) -> bytes:
    return gzip.compress(json.dumps(document).encode())


def paused_plan(instance: Instance) -> Plan:
    """The double's visits, each day timed around its breaks; a day that it does not fit into is left out."""
    days: dict[tuple[str, date], list[PlannedVisit]] = defaultdict(list)
    for visit in plain_visits(instance):
        days[visit.team, visit.date].append(visit)
    by_team = {team.id: team for team in instance.teams}
    visits, pauses = list[PlannedVisit](), list[Pause]()
    for (team, day), stops in days.items():
        index = instance.dates.index(day)
        numbers = tuple(n for n, rule in enumerate(by_team[team].breaks) if rule.on_dates[index])
        timed = PausedDays(instance).day(stops, numbers)
        if timed is not None:
            visits += timed.visits
            pauses += timed.pauses
    return Plan(visits=tuple(visits), rows=Rows(breaks=tuple(pauses)), format=NEXT_FORMAT)


def planned(session: Session, district: District, wish: Wish = NOVEMBER) -> Schedule:
    schedule = schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=NOW)
    record.begin(session, schedule, build_instance(session, schedule), now=NOW)
    assert schedule.instance_json is not None
    plan = paused_plan(instance_of(schedule.instance_json))
    checked = check_run(session, schedule, Solved(plan=packed(plan.to_json()), spread=None))
    assert checked.violations == ()
    record.store_plan(session, schedule, checked, now=NOW)
    session.flush()
    return schedule


def visits_of(session: Session, schedule: Schedule, team: Team) -> Sequence[Visit]:
    query = select(Visit).where(Visit.schedule_id == schedule.id, Visit.team_id == team.id)
    return session.scalars(query.order_by(Visit.date, Visit.starts_at)).all()


def local(moment: datetime) -> int:
    moment = moment.astimezone(UTC) + timedelta(hours=7)
    return moment.hour * 60 + moment.minute


def test_without_breaks_an_instance_stays_as_it_was(session: Session, district: District) -> None:
    def built() -> bytes:
        schedule = schedules.request_schedule(session, district, NOVEMBER, actor=COMMAND_LINE, now=NOW)
        return build_instance(session, schedule).content

    before = built()
    assert json.loads(gzip.decompress(before))["format"] == "outreach-1"
    team = give_breaks(session, replace(LUNCH, ends_on=date(2023, 10, 31)))
    # A break that falls on none of the dates is none.
    assert built() == before
    teams.remove_break(session, team, team.breaks[0].id, actor=COMMAND_LINE, now=NOW)
    assert built() == before


def test_breaks_are_those_of_the_format_on_their_dates(session: Session, district: District) -> None:
    give_breaks(session, replace(LUNCH, starts_on=date(2023, 11, 20)), FRIDAY)
    schedule = schedules.request_schedule(session, district, NOVEMBER, actor=COMMAND_LINE, now=NOW)
    instance = instance_of(build_instance(session, schedule).content)
    assert instance.format == "outreach-2"
    first, second = instance.teams
    assert second.breaks == ()
    friday, lunch = sorted(first.breaks, key=lambda rule: -rule.minutes)
    assert (lunch.minutes, lunch.window.open, lunch.window.close) == (60, 540, 690)
    on = [day for day, flag in zip(instance.dates, lunch.on_dates, strict=True) if flag]
    assert on == [day for day in instance.dates if day >= date(2023, 11, 20) and day.weekday() < 4] != []
    on = [day for day, flag in zip(instance.dates, friday.on_dates, strict=True) if flag]
    assert on == [day for day in instance.dates if day.weekday() == 4] != []


def test_a_plan_tells_its_breaks_with_every_visit_of_the_day(session: Session, district: District) -> None:
    team = give_breaks(session, LUNCH, FRIDAY)
    schedule = planned(session, district)
    visits = visits_of(session, schedule, team)
    assert {visit.date.weekday() == 4 for visit in visits} == {True, False}
    for visit in visits:
        (pause,) = visit.day_breaks
        rule = FRIDAY if visit.date.weekday() == 4 else LUNCH
        assert pause["name"] == rule.name
        assert pause["ends"] - pause["starts"] == rule.minutes
        assert rule.earliest_start <= pause["starts"] <= pause["ends"] <= rule.latest_end
        start, end = local(visit.starts_at), local(visit.ends_at)
        inside = pause["starts"] >= start and pause["ends"] <= end
        assert end - start == visit.setup_minutes + visit.service_minutes + (rule.minutes if inside else 0)
    assert any(v.day_breaks[0]["starts"] >= local(v.starts_at) for v in visits), "some break pauses a visit"


def test_a_plan_tells_both_breaks_of_a_date_in_their_order(session: Session, district: District) -> None:
    prayer = BreakRule(minutes=30, earliest_start=720, latest_end=800, name="Salat")
    team = give_breaks(session, prayer, LUNCH)
    schedule = planned(session, district)
    visits = visits_of(session, schedule, team)
    told = {tuple(pause["name"] for pause in visit.day_breaks) for visit in visits}
    assert told == {("Istirahat", "Salat"), ("Salat",)}
    assert all(before["ends"] <= after["starts"] for visit in visits for before, after in pairwise(visit.day_breaks))
    instance, plan = schedules.with_files(session, schedule)
    document = json.loads(gzip.decompress(plan))
    bare = check_plan(instance, packed(document | {"breaks": document["breaks"][1:]}))
    assert {rule.rule for rule in bare.broken} == {"break_missed"}


def test_the_verifier_refuses_a_plan_whose_breaks_are_missing(session: Session, district: District) -> None:
    give_breaks(session, LUNCH)
    schedule = planned(session, district)
    instance, plan = schedules.with_files(session, schedule)
    document = json.loads(gzip.decompress(plan))
    bare = check_plan(instance, packed(document | {"breaks": []}))
    assert {rule.rule for rule in bare.broken} == {"break_missed"}


def test_plans_with_breaks_are_ordered_by_policies(session: Session, district: District) -> None:
    give_breaks(session, LUNCH)
    ordered = planned(session, district, replace(NOVEMBER, policy=ChosenPolicy(name="even-areas")))
    _, plan = schedules.with_files(session, ordered)
    assert json.loads(gzip.decompress(plan))["breaks"]


def test_a_plan_in_force_with_breaks_stands_where_it_is_changed(session: Session, district: District) -> None:
    give_breaks(session, LUNCH)
    schedule = planned(session, district)
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    again = planned(session, district, replace(NOVEMBER, replan=Closeness(most_moved=5)))
    assert again.changing_nothing is not None
    assert again.changing_nothing["falling"] == 0
    assert again.changing_nothing["activations"] == schedule.expected_activations


def test_an_edited_draft_keeps_its_breaks_true(session: Session, district: District) -> None:
    team = give_breaks(session, LUNCH, FRIDAY)
    draft = copies.copy(session, planned(session, district), actor=COMMAND_LINE, now=NOW)
    first, second, *_ = visits_of(session, draft, team)
    codes = {site.id: site.code for site in session.scalars(select(Site))}

    def edit(**fields: Any) -> drafts.Edited:
        return drafts.edit(session, draft, [Edit(**fields)], actor=COMMAND_LINE, now=NOW, is_dry=False)

    named = {"team": "T-1", "day": first.date, "site": codes[first.site_id]}
    edited = edit(op=EditOp.PLACE, **named, to_day=second.date)
    assert edited.broken_by_edit == ()
    instance, plan = schedules.with_files(session, draft)
    document = json.loads(gzip.decompress(plan))
    on_date = [row["date"] for row in document["breaks"] if row["team"] == "T-1"]
    assert second.date.isoformat() in on_date
    assert first.date.isoformat() not in on_date, "nobody pauses on a day without visits"
    assert verify(instance_of(instance), Plan.from_json(document)).violations == ()
    both = [visit for visit in visits_of(session, draft, team) if visit.date == second.date]
    assert len(both) == 2
    assert both[0].day_breaks == both[1].day_breaks != []
    # The hand may leave no room for the break: that is told, and not published.
    too_long = edit(op=EditOp.RETIME, team="T-1", day=second.date, site=codes[both[0].site_id], minutes=420)
    assert too_long.broken_by_edit != ()
    with pytest.raises(publishing.PlanRefused):
        publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)
    for _ in range(2):
        drafts.undo(session, draft, actor=COMMAND_LINE, now=NOW)
    assert [visit.date for visit in visits_of(session, draft, team)][:2] == [first.date, second.date]


def test_a_published_day_with_a_break_has_no_obstacle(session: Session, district: District) -> None:
    team = give_breaks(session, LUNCH, FRIDAY)
    schedule = planned(session, district)
    visits = visits_of(session, schedule, team)
    assert [judged.obstacles for judged in judge_today(session, district, visits) if judged.obstacles] == []


def give_set(session: Session, district: District, **fields: Any) -> None:
    """One satellite set for all teams, or what the fields say."""
    values = {"code": "SATELIT", "name": "Set satelit", "kind": "satellite", "count": 1} | fields
    create_thing(session, KIT_POOLS, district, values, actor=COMMAND_LINE, now=NOW)


def without_signal(session: Session) -> None:
    for site in session.scalars(select(Site)):
        site.connectivity = 0
    session.flush()


def plan_with_set(instance: Instance) -> Plan:
    """The double's visits, with the set where it wins most."""
    team = replace(instance.teams[0], satellite=True)
    visits = plain_visits(replace(instance, teams=(team,)))
    return Plan(visits=visits, rows=Rows(kits=draw_kits(instance, visits)), format=NEXT_FORMAT)


def planned_with_set(session: Session, district: District) -> Schedule:
    schedule = schedules.request_schedule(session, district, NOVEMBER, actor=COMMAND_LINE, now=NOW)
    record.begin(session, schedule, build_instance(session, schedule), now=NOW)
    assert schedule.instance_json is not None
    plan = plan_with_set(instance_of(schedule.instance_json))
    checked = check_run(session, schedule, Solved(plan=packed(plan.to_json()), spread=None))
    assert checked.violations == ()
    record.store_plan(session, schedule, checked, now=NOW)
    session.flush()
    return schedule


def test_pools_are_those_of_the_format(session: Session, district: District) -> None:
    give_set(session, district, teams=("T-2",), starts_on=date(2023, 11, 20), count=2, max_per_team=5, cost_per_day=7)
    # Nobody activates an identity with a printer: it would bind the plan and win nothing.
    give_set(session, district, code="CETAK", kind="card_printer")
    schedule = schedules.request_schedule(session, district, NOVEMBER, actor=COMMAND_LINE, now=NOW)
    instance = instance_of(build_instance(session, schedule).content)
    (pool,) = instance.kits
    assert (pool.id, pool.kind, pool.count, pool.max_per_team) == ("kit:SATELIT", "satellite", 2, 2)
    assert (pool.teams, pool.cost_per_day) == (("T-2",), 7)
    assert pool.on_dates == tuple(day >= date(2023, 11, 20) for day in instance.dates)


def test_a_pool_that_no_date_has_leaves_the_instance_as_it_was(session: Session, district: District) -> None:
    def built() -> bytes:
        schedule = schedules.request_schedule(session, district, NOVEMBER, actor=COMMAND_LINE, now=NOW)
        return build_instance(session, schedule).content

    before = built()
    give_set(session, district, ends_on=date(2023, 10, 31))
    assert built() == before


def test_a_site_without_signal_is_for_whoever_has_the_shared_set(session: Session, district: District) -> None:
    without_signal(session)
    with pytest.raises(NoServableSite):
        schedules.request_schedule(session, district, NOVEMBER, actor=COMMAND_LINE, now=NOW)
    give_set(session, district)
    schedule = planned_with_set(session, district)
    rows = session.scalars(select(Visit).where(Visit.schedule_id == schedule.id)).all()
    drawn = [visit for visit in rows if visit.day_kits]
    assert drawn
    for visit in rows:
        assert (visit.expected_activations > 0) == bool(visit.day_kits)
        assert visit.day_kits in ([], [{"code": "SATELIT", "name": "Set satelit", "kind": "satellite", "count": 1}])
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    assert all(visit.planned_with is not None for visit in drawn)
    assert {visit.planned_with["has_satellite"] for visit in drawn if visit.planned_with} == {True}
    assert [judged for judged in judge_today(session, district, drawn) if judged.obstacles] == []


def test_plans_with_shared_kits_are_changed(session: Session, district: District) -> None:
    without_signal(session)
    give_set(session, district)
    schedule = planned_with_set(session, district)
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    again = replace(NOVEMBER, replan=Closeness(most_moved=5))
    rerun = schedules.request_schedule(session, district, again, actor=COMMAND_LINE, now=NOW)
    record.begin(session, rerun, build_instance(session, rerun), now=NOW)
    assert rerun.instance_json is not None
    plan = plan_with_set(instance_of(rerun.instance_json))
    checked = check_run(session, rerun, Solved(plan=packed(plan.to_json()), spread=None))
    # Unchanged, the plan in force would still have its set.
    assert checked.unchanged is not None
    assert checked.unchanged["activations"] == schedule.expected_activations
    with_policy = replace(NOVEMBER, policy=ChosenPolicy(name="even-areas"))
    schedules.request_schedule(session, district, with_policy, actor=COMMAND_LINE, now=NOW)


def test_an_edited_draft_keeps_each_set_with_one_team(session: Session, district: District) -> None:
    without_signal(session)
    give_set(session, district)
    draft = copies.copy(session, planned_with_set(session, district), actor=COMMAND_LINE, now=NOW)
    first = session.scalars(select(Visit).where(Visit.schedule_id == draft.id, Visit.expected_activations > 0)).first()
    assert first is not None
    site = session.get_one(Site, first.site_id).code
    move = Edit(op=EditOp.PLACE, team="T-1", day=first.date, site=site, to_team="T-2")
    edited = drafts.edit(session, draft, [move], actor=COMMAND_LINE, now=NOW, is_dry=False)
    assert (edited.broken_by_edit, edited.after.activations) == ((), edited.before.activations)
    (moved,) = session.scalars(select(Visit).where(Visit.schedule_id == draft.id, Visit.date == first.date)).all()
    assert session.get_one(Team, moved.team_id).code == "T-2"
    assert [kit["code"] for kit in moved.day_kits] == ["SATELIT"], "the set goes with the team that needs it"
    instance, plan = schedules.with_files(session, draft)
    assert check_plan(instance, plan).violations == ()


NO_BREAKS: dict[tuple[str, date], tuple[tuple[int, int], ...]] = {}
ON_MONDAY = ("T1", date(2023, 11, 13))


@pytest.mark.parametrize(
    ("rule", "stood", "start", "is_kept"),
    [
        ({"minutes": 30, "window": [700, 760]}, (705, 735), 705, False),
        ({"minutes": 30, "window": [700, 760]}, (500, 530), 700, False),
        ({"minutes": 30, "window": [700, 760]}, None, 700, False),
        ({"minutes": 200, "window": [490, 690]}, (705, 735), 705, True),
        ({"minutes": 200, "window": [490, 690]}, None, None, True),
        (None, (705, 735), 705, False),
        (None, None, None, False),
    ],
)
def test_published_visits_stand_with_the_breaks_of_today_or_with_what_was_told(
    rule: dict[str, Any] | None, stood: tuple[int, int] | None, start: int | None, is_kept: bool
) -> None:
    document = week_document() | {"format": "outreach-2", "pinned": []}
    if rule is not None:
        document["teams"][0]["breaks"] = [rule | {"dates": "100"}]
    visits = tuple(week_visits())
    told = NO_BREAKS if stood is None else {ON_MONDAY: (stood,)}
    standing = with_standing_breaks(instance_from_json(document), visits, told)
    plan = Plan(visits=visits, rows=Rows(breaks=standing.pauses), format=NEXT_FORMAT)
    assert verify(standing.instance, plan).violations == ()
    assert [pause.start for pause in standing.pauses] == ([] if start is None else [start])
    assert standing.kept == ({ON_MONDAY} if is_kept else frozenset())


def test_ways_to_fill_a_cell_keep_breaks_and_sets_and_cost_what_was_said(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    team = give_breaks(session, LUNCH, FRIDAY)
    give_set(session, district)
    draft = copies.copy(session, planned(session, district), actor=COMMAND_LINE, now=NOW)
    session.commit()
    planner = bearer(Role.PLANNER, district.code) | {"If-Match": '"1"'}
    visit = visits_of(session, draft, team)[0]
    site = session.get_one(Site, visit.site_id).code
    wish = {"op": "place", "team": "T-1", "date": visit.date.isoformat(), "site": site}

    def send(edits: list[dict[str, Any]]) -> Any:
        answer = client.post(f"/v1/schedules/{draft.id}/edits", json={"edits": edits, "dry_run": True}, headers=planner)
        assert answer.status_code == 200, answer.text
        return answer.json()

    cells = [cell for cell in send([wish])["cells"] if cell["kind"] is not None]
    assert cells
    tried = 0
    for cell in cells:
        answer = send([wish | {"to_team": cell["team"], "to_date": cell["date"]}])
        best = answer["options"][0]
        assert (best["kind"], best["change"]) == (cell["kind"], cell["change"])
        for option in answer["options"]:
            made = send(option["edits"])
            assert made["broken_by_edit"] == []
            assert made["change"] == option["change"]
            tried += 1
    assert tried > len(cells) / 2
