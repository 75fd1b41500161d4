"""Of several plans the one that is expected to win most is kept, and it is the better one where truth is known."""

import math
from dataclasses import replace
from random import Random
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver import spread
from solver.contract.demand import Demand, SiteDemand, with_people
from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan, Progress, StopReason
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.plans.changes import changes_between
from solver.plans.expectation import expectation
from solver.replan import replan, staying
from solver.run import Limits
from solver.solve import solve
from solver.spread import Spread, replan_with_spread, solve_with_spread
from tests.solver.random_demands import certain_demand, random_demand
from tests.solver.random_instances import instances, random_instance, random_plan

FEW = 240


def check(found: Spread, instance: Instance, demand: Demand) -> None:
    """Assert all that holds of any answer."""
    assert found.candidates[0].people == "mean"
    for candidate in found.candidates:
        recount = verify(candidate.instance, candidate.plan)
        assert recount.violations == ()
        assert (recount.value_milli, recount.activations) == (candidate.plan.value_milli, candidate.activations)
        assert candidate.expected == expectation(instance, candidate.plan, demand)
        assert replace(candidate.instance, sites=instance.sites) == instance
        assert found.activations_bound is None or candidate.expected.activations <= found.activations_bound
    assert found.best.expected.value_milli == max(one.expected.value_milli for one in found.candidates)
    if found.chosen != "mean":
        assert found.plan.bound_milli is found.plan.activations_bound is None


@given(instances(), st.integers(0, 2**32 - 1))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=12)
def test_every_plan_verifies_and_none_is_expected_to_win_more_than_the_bound(instance: Instance, seed: int) -> None:
    demand = random_demand(Random(seed), instance)
    found = solve_with_spread(instance, demand, Limits(iterations=FEW), seed=3)
    check(found, instance, demand)
    feasible_pins = verify(instance, Plan(visits=instance.pinned)).feasible
    assert (
        not feasible_pins or instance.weights.pin == 0 or set(instance.pinned) <= set(found.candidates[0].plan.visits)
    )


@given(instances(), st.integers(0, 2**32 - 1), st.integers(0, 3))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=12)
def test_every_replanned_candidate_moves_no_more_than_it_may(instance: Instance, seed: int, most_moved: int) -> None:
    random = Random(seed)
    plan, demand = random_plan(random, instance), random_demand(random, instance)
    if not set(instance.pinned) <= set(plan.visits):
        return
    again = replace(instance, published=plan.visits)
    found = replan_with_spread(again, demand, seconds=0.2, iterations=FEW, most_moved=most_moved)
    check(found, again, demand)
    if found.plan.iterations is not None:
        alone = replan(found.instance, iterations=found.plan.iterations, most_moved=most_moved)
        assert alone.plan.visits == found.plan.visits
    had_to = len(plan.visits) - len(staying(again))
    for candidate in found.candidates:
        assert changes_between(plan.visits, candidate.plan.visits).disturbed <= had_to + most_moved


@pytest.mark.parametrize("count", [1, 3])
def test_with_certain_people_nothing_is_tried_twice_and_the_plan_is_that_of_solve(count: int) -> None:
    instance = random_instance(Random(4), sites=12, teams=3, dates=6)
    demand = certain_demand(Random(4), instance, count=count)
    certain = with_people(instance, demand.mean_people())
    limits = Limits(iterations=1500)
    found = solve_with_spread(instance, demand, limits, seed=1)
    alone = solve(certain, limits, seed=1)
    assert [candidate.people for candidate in found.candidates] == ["mean"]
    assert (found.instance, found.plan) == (certain, alone.plan)
    assert found.best.expected.value_milli == alone.recount.value_milli


def test_replanning_with_certain_people_is_that_of_replan() -> None:
    instance = district()
    again = replace(instance, published=solve(instance, Limits(iterations=100)).plan.visits)
    demand = certain_demand(Random(4), instance)
    found = replan_with_spread(again, demand, seconds=0.2, iterations=FEW, seed=1)
    alone = replan(with_people(again, demand.mean_people()), iterations=FEW, seed=1)
    assert [candidate.people for candidate in found.candidates] == ["mean"]
    assert found.plan.visits == alone.plan.visits


def test_same_seed_and_iterations_choose_the_same_plan() -> None:
    instance = district()
    demand = learned_demand(instance, assumed=0.6, truth=0)
    again = replace(instance, published=solve(instance, Limits(iterations=100)).plan.visits)
    one, other = (solve_with_spread(instance, demand, Limits(iterations=900), seed=2) for _ in range(2))
    assert len(one.candidates) == 5
    assert (one.to_json(), one.plan) == (other.to_json(), other.plan)
    one, other = (replan_with_spread(again, demand, seconds=1, iterations=FEW, seed=2) for _ in range(2))
    assert [candidate.to_json() for candidate in one.candidates] == [each.to_json() for each in other.candidates]
    assert one.plan.visits == other.plan.visits


def test_a_stop_at_once_still_gives_a_plan() -> None:
    instance = district()
    demand = learned_demand(instance, assumed=0.6, truth=0)
    found = solve_with_spread(instance, demand, Limits(), should_stop=lambda: True)
    check(found, instance, demand)
    assert [candidate.people for candidate in found.candidates] == ["mean"]
    assert found.plan.stop_reason is StopReason.CANCELLED
    found = replan_with_spread(instance, demand, seconds=60, should_stop=lambda: True)
    check(found, instance, demand)
    assert found.plan.stop_reason is StopReason.CANCELLED


def test_a_stop_between_candidates_gives_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, honest = Event(), spread.anneal_gently

    def stopping(*arguments: object, **others: object) -> None:
        honest(*arguments, **others)  # type: ignore[arg-type]
        stop.set()

    monkeypatch.setattr(spread, "anneal_gently", stopping)
    instance = district()
    demand = learned_demand(instance, assumed=0.6, truth=0)
    found = solve_with_spread(instance, demand, Limits(iterations=900), should_stop=stop.is_set)
    check(found, instance, demand)
    assert [candidate.people for candidate in found.candidates] == ["mean", "q25"]
    assert found.candidates[1].plan.stop_reason is StopReason.CANCELLED
    assert found.activations_bound is not None


def test_a_refused_candidate_gives_way_to_the_plan_for_the_means(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("JEMPUT_DATA_DIR", str(tmp_path_factory.mktemp("data")))
    monkeypatch.setattr(spread, "_gone_on", lambda *_, **__: Plan(visits=(late_visit(),)))
    instance = district()
    demand = learned_demand(instance, assumed=0.6, truth=0)
    with pytest.warns(RuntimeWarning, match="a plan was refused"):
        found = solve_with_spread(instance, demand, Limits(iterations=300))
    check(found, instance, demand)
    assert {candidate.plan.visits for candidate in found.candidates} == {found.plan.visits}
    assert found.chosen == "mean"


@pytest.mark.parametrize("is_again", [False, True])
def test_progress_is_told_to_the_end_and_never_goes_back(is_again: bool) -> None:
    instance = district()
    demand = learned_demand(instance, assumed=0.6, truth=0)
    told: list[Progress] = []
    if is_again:
        replan_with_spread(instance, demand, seconds=1, iterations=FEW, on_progress=told.append)
    else:
        solve_with_spread(instance, demand, Limits(iterations=900), on_progress=told.append)
    steps = [progress.iterations for progress in told]
    seconds = [progress.elapsed_seconds for progress in told]
    assert (steps, seconds) == (sorted(steps), sorted(seconds))
    assert steps[-1] >= (5 * FEW if is_again else 900)
    assert told[-1].bound_milli is not None


def test_a_gap_that_only_the_means_close_is_closed_in_expectation_too() -> None:
    instance = district()
    demand = learned_demand(instance, assumed=0.6, truth=0)
    gap = 620
    goal = replace(instance, target=replace(instance.target, gap=gap))
    found = solve_with_spread(goal, demand, Limits(iterations=1500))
    check(found, goal, demand)
    mean = found.candidates[0]
    assert mean.activations >= gap > 1.1 * mean.expected.activations
    assert found.best.expected.activations > 0.97 * gap


TRUTHS = range(6)


@pytest.fixture(scope="module")
def plan_in_force() -> tuple[Visit, ...]:
    return solve(district(), Limits(iterations=4000)).plan.visits


@pytest.mark.parametrize(("assumed", "is_slack"), [(0.6, True), (0.2, False)])
def test_replanning_with_the_spread_beats_changing_nothing_the_facts_alone_and_the_mean(
    plan_in_force: tuple[Visit, ...], assumed: float, is_slack: bool
) -> None:
    again = replace(district(), published=plan_in_force)
    facts = replan(again, iterations=3000).plan.visits
    won = dict.fromkeys(("unchanged", "facts", "mean", "best"), 0)
    chosen = []
    for truth in TRUTHS:
        demand = learned_demand(again, assumed=assumed, truth=truth)
        found = replan_with_spread(again, demand, seconds=0.1, iterations=3000, seed=truth)
        world = with_people(again, true_people(again, assumed=assumed, truth=truth))
        plans = {"unchanged": plan_in_force, "facts": facts}
        plans |= {"mean": found.candidates[0].plan.visits, "best": found.plan.visits}
        for name, visits in plans.items():
            won[name] += verify(world, Plan(visits=visits)).activations
        chosen.append(found.chosen)
    assert won["best"] > max(won["unchanged"], won["facts"])
    assert won["best"] > 1.01 * won["mean"]
    if is_slack:
        # The mean alone is worse than having learned nothing: that is why the spread has to be planned with.
        assert won["mean"] < won["facts"]
        assert set(chosen) <= {"q65", "q75", "q85"}
    else:
        assert set(chosen) <= {"mean", "q25"}


def district() -> Instance:
    """24 sites whose people keep two teams busy for eight days; the plan in force assumed as many people."""
    random = Random(1)
    days = [f"2026-03-{day:02}" for day in (2, 3, 4, 5, 6, 9, 10, 11)]
    site = {
        "kind": "village", "area": "A", "dates": "1" * len(days), "windows": [[480, 720], [780, 960]],
        "setup_minutes": 20, "max_visit_dates": 2, "min_gap_days": 1, "max_teams": 2,
    }  # fmt: skip
    team = {
        "operators": 2, "minutes_per_activation": 6, "lat": -3.15, "lon": 102.95, "dates": "1" * len(days),
        "shift": [450, 990], "satellite": False, "max_stops": 4,
    }  # fmt: skip
    sites = [
        {
            "id": f"S{n}",
            "name": f"S{n}",
            "lat": -3.3 + 0.3 * random.random(),
            "lon": 102.8 + 0.3 * random.random(),
            "people": round(math.exp(random.gauss(4.2, 0.6))),
            "connectivity": random.choice([2, 3, 3, 4]),
            **site,
        }
        for n in range(24)
    ]
    return instance_from_json(
        {
            "format": "outreach-1",
            "name": "district",
            "dates": days,
            "slot_minutes": 15,
            "target": {"gap": None, "walk_ins_per_day": 0},
            "connectivity": {
                "throughput_percent": [0, 45, 70, 90, 100],
                "success_percent": [0, 75, 88, 95, 98],
                "satellite_level": 3,
            },
            "travel": {"detour": 1.3, "kmh": 30},
            "areas": [{"id": "A", "name": "A", "min_activations": 0}],
            "sites": sites,
            "teams": [{**team, "id": f"T{n}"} for n in range(2)],
            "costs": {"per_km": 4000, "per_team_day": 300_000},
            "weights": {
                "must": 10**6,
                "pin": 10**6,
                "shortfall": 1000,
                "area_shortfall": 200,
                "per_million_cost": 500,
                "late": 2,
                "moved": 1,
            },
            "pinned": [],
            "published": [],
        }
    )


def learned_demand(instance: Instance, *, assumed: float, truth: int) -> Demand:
    """What is known of the sites after the district's turn-out was learned: each still has an effect of its own."""
    random = Random(1000 + truth)
    return Demand(
        sites=tuple(
            SiteDemand(
                site=site.id, values=tuple(sorted(_turn_out(random, site.people / assumed, truth=truth, count=40)))
            )
            for site in instance.sites
        )
    )


def true_people(instance: Instance, *, assumed: float, truth: int) -> dict[str, int]:
    """Who really would come: one more draw of what is known."""
    random = Random(2000 + truth)
    return {site.id: _turn_out(random, site.people / assumed, truth=truth, count=1)[0] for site in instance.sites}


def _turn_out(random: Random, headcount: float, *, truth: int, count: int) -> list[int]:
    """Draw how many of a site come: about 0.35 of all, the district's own share by `truth`, sites apart by 0.75."""
    centre = math.log(0.35 / 0.65) + Random(truth).gauss(0, 0.25)
    return [round(headcount / (1 + math.exp(-random.gauss(centre, 0.75)))) for _ in range(count)]


def late_visit() -> Visit:
    instance = district()
    return Visit(team="T0", date=instance.dates[0], site="S0", start=10_000, minutes=15)
