"""A plan with nights and rides, made again: trips stay where they can, and no more visits move than may."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest

from solver.__main__ import main
from solver.contract.faults import InvalidPlanInForce
from solver.contract.in_force import rows_in_force
from solver.contract.instance import Instance
from solver.contract.journeys import Night
from solver.contract.plan import Plan, in_format_of, write_plan
from solver.contract.plan_rows import NO_ROWS, Rows
from solver.contract.reading import instance_from_json, write_instance
from solver.contract.verify import verify
from solver.plans.standing_plan import standing_plan, tied_days
from solver.replan import replan, replan_and_prove
from solver.stopping import Limits
from tests.solver.contract.agreement import Tally, compare
from tests.solver.contract_files import load_next_referee
from tests.solver.journey import journey, journey_plan
from tests.solver.pinned_instances import KINDS, document_of, found_plan
from tests.solver.test_replan import off, shut

FEW = 200
SEEDS = range(14)


def planned(kind: str, seed: int) -> tuple[Instance, Plan]:
    """A random instance with its plan in force."""
    instance = instance_from_json(document_of(kind, Random(seed)))
    plan = found_plan(instance, seed=seed)
    return replace(instance, published=tuple(replace(visit, work=None) for visit in plan.visits)), plan


@pytest.mark.parametrize("kind", KINDS)
def test_plan_with_its_rows_can_stay_whole_and_becomes_no_worse(kind: str) -> None:
    nights = rides = 0
    for seed in SEEDS:
        instance, plan = planned(kind, seed)
        assert standing_plan(instance, plan.rows).visits == tuple(sorted(instance.published, key=in_order))
        before = verify(instance, plan)
        calm = replan(instance, Limits(iterations=FEW), most_moved=0, in_force=plan.rows)
        assert calm.recount.feasible
        assert calm.recount == verify(instance, calm.plan)
        assert calm.changes.disturbed == 0, seed
        found = replan(instance, Limits(iterations=FEW), in_force=plan.rows)
        assert found.recount.feasible
        assert min(found.recount.value_milli, calm.recount.value_milli) >= before.value_milli, seed
        assert found.plan == replan(instance, Limits(iterations=FEW), in_force=plan.rows).plan
        nights += len(set(plan.rows.nights) & set(calm.plan.rows.nights))
        rides += len(plan.rows.rides)
    assert nights > 3
    assert rides > 8 or kind == "nights"


def in_order(visit: object) -> tuple[object, ...]:
    return visit.team, visit.date, visit.start  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", KINDS)
def test_nights_and_rides_that_nobody_gives_are_found_for_the_visits_that_stay(kind: str) -> None:
    for seed in SEEDS:
        instance, plan = planned(kind, seed)
        found = replan(instance, Limits(iterations=FEW), most_moved=0)
        assert found.recount.feasible
        assert found.changes.disturbed == 0, seed
        assert found.recount.moved == 0
        assert found.recount.activations >= verify(instance, plan).activations


@pytest.mark.parametrize("kind", KINDS)
def test_no_more_visits_are_disturbed_than_had_to_be_and_the_budget_allows(kind: str) -> None:
    judge, tally, displaced, elsewhere = load_next_referee().judge, Tally(), 0, 0
    for seed in SEEDS:
        random = Random(seed)
        instance, plan = planned(kind, seed)
        if not plan.visits:
            continue
        again = struck(instance, plan, random)
        most_moved = random.randrange(3)
        stands = standing_plan(again, plan.rows)
        had_to_move = len(set(again.published) - set(stands.visits))
        found = replan(again, Limits(iterations=FEW), most_moved=most_moved, in_force=plan.rows, seed=seed)
        assert found.recount.feasible, seed
        assert found.changes.disturbed <= had_to_move + most_moved, seed
        document = in_format_of(again, found.plan).to_json()
        compare(again, again.to_json(), plan=document, judge=judge, tally=tally, label=f"{kind}, {seed}")
        gone = set(again.published) - set(stands.visits)
        if kind != "nights":
            # Roads keep the triangle inequality: what is left out makes nothing else late.
            assert {(visit.team, visit.date) for visit in gone} <= affected(instance, again, plan), seed
        displaced += had_to_move
        elsewhere += len(set(plan.rows.nights) - set(stands.rows.nights))
    assert tally.disagreements == []
    assert displaced > 5
    assert elsewhere > 1


def struck(instance: Instance, plan: Plan, random: Random) -> Instance:
    """The instance with a site shut, a team off, or the lodging of a night closed on its date."""
    visit = random.choice(plan.visits)
    if plan.rows.nights and random.random() < 0.5:
        night = random.choice(plan.rows.nights)
        return replace(instance, lodgings=tuple(closed(instance, night)))
    return shut(instance, visit) if random.random() < 0.5 else off(instance, visit)


def affected(before: Instance, after: Instance, plan: Plan) -> set[tuple[str, date]]:
    """The team-days that a site, a team or a lodging which was struck may have made impossible."""
    sites = {site.id for site, other in zip(after.sites, before.sites, strict=True) if site != other}
    teams = {team.id for team, other in zip(after.teams, before.teams, strict=True) if team != other}
    beds = {bed.id for bed, other in zip(after.lodgings, before.lodgings, strict=True) if bed != other}
    days = {(visit.team, visit.date) for visit in plan.visits if visit.site in sites}
    off = {
        (team.id, day)
        for team, other in zip(after.teams, before.teams, strict=True)
        for day, works, worked in zip(after.dates, team.work_dates, other.work_dates, strict=True)
        if worked and not works
    }
    tied = tied_days(before, plan.rows.nights)
    trips = [trip for trip in tied if trip & off]
    if beds:
        trips += [trip for trip in tied if any((night.team, night.date) in trip for night in plan.rows.nights)]
    assert sites or teams or beds
    return days.union(off, *trips)


def closed(instance: Instance, night: Night) -> list:  # type: ignore[type-arg]
    d = instance.dates.index(night.date)
    return [
        replace(one, open_dates=tuple(is_open and x != d for x, is_open in enumerate(one.open_dates)))
        if one.id == night.lodging
        else one
        for one in instance.lodgings
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_trip_in_progress_stays_as_it_is_pinned(kind: str) -> None:
    trips = 0
    for seed in range(40):
        instance, plan = planned(kind, seed)
        tied = tied_days(instance, plan.rows.nights)
        if not tied:
            continue
        days = tied[0]
        rows = Rows(
            nights=tuple(night for night in plan.rows.nights if (night.team, night.date) in days),
            rides=tuple(ride for ride in plan.rows.rides if (ride.team, ride.date) in days),
        )
        visits = tuple(visit for visit in instance.published if (visit.team, visit.date) in days)
        under_way = replace(instance, pinned=visits, pinned_nights=rows.nights, pinned_rides=rows.rides)
        for in_force in (plan.rows, NO_ROWS):
            found = replan(under_way, Limits(iterations=FEW), in_force=in_force, seed=seed)
            assert found.recount.feasible
            assert found.recount.pins_missed == 0, seed
            assert set(rows.nights) <= set(found.plan.rows.nights)
            assert set(visits) <= {replace(visit, work=None) for visit in found.plan.visits}
        trips += 1
    assert trips > 4


def test_trivial_plan_in_force_without_visits_keeps_no_idle_trip() -> None:
    instance, plan = planned("nights", 9)
    assert plan.rows.nights
    bare = replace(instance, published=())
    assert standing_plan(bare, plan.rows) == Plan(visits=())


def test_rows_of_what_the_instance_does_not_have_are_refused_with_path_value_and_mend() -> None:
    plan = Plan.from_json(journey_plan())
    assert rows_in_force(journey(), plan).nights == plan.rows.nights
    document = journey_plan()
    document["nights"][0] |= {"team": "T9", "lodging": "H1"}
    document["rides"][0]["date"] = "2023-12-24"
    document["rides"][1]["connection"] = "C9"
    document["kits"][0]["kit"] = 7
    with pytest.raises(InvalidPlanInForce) as caught:
        rows_in_force(journey(), Plan.from_json(document))
    faults = {fault.path: (fault.value, fault.mend) for fault in caught.value.faults}
    assert set(faults) == {
        *("/nights/0/team", "/nights/0/lodging", "/rides/0/date", "/rides/1/connection", "/kits/0/kit"),
    }
    assert faults["/nights/0/lodging"] == ('"H1"', "name a lodging of the instance, or leave the row out")


def test_command_takes_the_plan_in_force_and_says_what_is_wrong_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance, plan = planned("boats", 3)
    assert plan.rows.nights
    write_instance(instance, tmp_path / "instance.json")
    write_plan(in_format_of(instance, plan), tmp_path / "old.json")
    arguments = ["replan", str(tmp_path / "instance.json"), "-o", str(tmp_path / "new.json"), "--iterations", "100"]
    arguments += ["--most-moved", "0", "--in-force", str(tmp_path / "old.json")]
    assert main(arguments) == 0
    again = json.loads((tmp_path / "new.json").read_bytes())
    assert again["nights"] == [night.to_json() for night in plan.rows.nights]
    document = json.loads((tmp_path / "old.json").read_bytes())
    document["nights"][0]["lodging"] = "nowhere"
    (tmp_path / "old.json").write_text(json.dumps(document))
    capsys.readouterr()
    assert main(arguments) == 2
    assert '/nights/0/lodging is "nowhere": name a lodging of the instance' in capsys.readouterr().err


def test_plan_made_again_is_bounded() -> None:
    for seed in (1, 3):
        instance, plan = planned("boats", seed)
        found = replan_and_prove(instance, Limits(time_seconds=20, iterations=FEW), in_force=plan.rows)
        assert found.bound_milli is not None
        assert found.value_milli is not None
        assert found.value_milli <= found.bound_milli
