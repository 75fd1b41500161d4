"""Several documents: no plan is above its bound, plans keep machines and gaps, and minutes go where they win most."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pytest

from solver.bound import reach as reaching
from solver.bound.blocks import build_blocks, group_dates, list_every_slot
from solver.bound.bounds import Bounds, upper_bounds
from solver.bound.compact import CompactProgram
from solver.bound.generation import Generation
from solver.bound.multipliers import activation_worth, site_rows, value_worth
from solver.bound.reach import reach_of
from solver.bound.served import served_by_reach, served_worth
from solver.contract.instance import Instance
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.numeric.arrays import Arrays, build_arrays
from solver.replan import replan, replan_and_prove
from solver.search import tables as t
from solver.search.books import value
from solver.search.construct import construct
from solver.search.empty_plan import blank
from solver.search.posing import pose
from solver.search.search import Search
from solver.solve import Solution, solve
from solver.stopping import Limits
from tests.solver.bound.test_bounds import wild
from tests.solver.contract.agreement import Tally, compare
from tests.solver.contract_files import load_next_referee
from tests.solver.document_instances import all_recounts, documents_document, documents_instance, most_served
from tests.solver.paused_instances import paused_document

MOST_PLANS = 1500
TINY = range(150)


@cache
def tiny(seed: int) -> tuple[Instance, int, int, tuple[int, ...]] | None:
    """Return a tiny instance, its best value, its most activations and, of each further document, its most people
    served by any plan; None if it has too many plans.
    """
    random = Random(seed)
    size = {"sites": random.randint(1, 2), "teams": random.randint(1, 2), "dates": random.randint(1, 2)}
    instance = documents_instance(random, **size)
    recounts = all_recounts(instance, most_plans=MOST_PLANS)
    if recounts is None:
        return None
    value_milli = max(recount.value_milli for recount in recounts)
    return instance, value_milli, max(recount.activations for recount in recounts), most_served(recounts)


def tinies() -> Iterator[tuple[int, Instance, int, int, tuple[int, ...]]]:
    for seed in TINY:
        case = tiny(seed)
        if case is not None:
            yield seed, *case


def arrays_of(instance: Instance) -> Arrays:
    return build_arrays(instance)


def test_no_plan_of_a_tiny_instance_is_above_any_bound_on_the_way() -> None:
    faults, kitted, events, cases = [], 0, 0, 0
    reached = proven = 0
    for seed, instance, value_milli, activations, served in tinies():
        arrays = arrays_of(instance)
        cases += 1
        kitted += len(arrays.outfit_team) > arrays.teams
        events += any(site.min_teams > 1 for site in instance.sites)
        for bounds in upper_bounds(arrays, should_stop=lambda: False):
            if bounds.value_milli < value_milli or bounds.activations < activations or is_below(bounds, served):
                faults.append(seed)
        reach = reach_of(arrays)
        assert reach is not None
        blocks = build_blocks(arrays, reach, group_dates(arrays, 1))
        reached += sum(served_by_reach(arrays, site_rows(arrays, blocks)))
        proven += sum(bounds.further)
    assert faults == []
    # Days are too short for all whom visits can reach.
    assert proven < reached
    assert min(kitted, events) >= 8
    assert cases >= 60


def test_any_multipliers_however_wrong_give_a_valid_bound() -> None:
    for seed, instance, value_milli, activations, served in tinies():
        arrays, random = arrays_of(instance), np.random.default_rng(seed)
        reach = reach_of(arrays)
        assert reach is not None
        blocks = build_blocks(arrays, reach, group_dates(arrays, 2))
        blocks = list_every_slot(blocks, arrays, np.ones(arrays.sites, dtype=np.bool_))
        if not blocks.count:
            continue
        further = [(served_worth(arrays, k), 1000 * most) for k, most in enumerate(served, start=1)]
        for worth, least in (
            (value_worth(arrays), value_milli),
            (activation_worth(arrays), 1000 * activations),
            *further,
        ):
            program = CompactProgram(arrays, blocks, worth)
            for scale in (0.1, 1.0, 30.0):
                multipliers, prices = wild(random, arrays, blocks, scale=scale * 1000)
                assert program.evaluate(multipliers, prices)[0].value >= least
                generation = Generation(arrays, blocks, worth, start=multipliers, prices=prices)
                assert generation.price(generation.centre, np.zeros(blocks.count), lambda: False) >= least


def is_below(bounds: Bounds, served: tuple[int, ...]) -> bool:
    """Whether a bound on the people served with some document is below what some plan serves."""
    return any(most < best for most, best in zip(bounds.further, served, strict=True))


def test_bound_that_counts_a_person_too_few_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = reaching.most_of

    def one_too_few(*args: Any) -> Any:
        return np.maximum(honest(*args) - 1, 0)

    monkeypatch.setattr(reaching, "most_of", one_too_few)
    faults, of_documents = 0, 0
    for _, instance, value_milli, _, served in tinies():
        for bounds in upper_bounds(arrays_of(instance), should_stop=lambda: False):
            faults += bounds.value_milli < value_milli
            of_documents += is_below(bounds, served)
        if faults and of_documents:
            break
    assert faults
    assert of_documents


def test_plans_of_tiny_instances_are_best_mostly() -> None:
    judge, tally, best, cases = load_next_referee().judge, Tally(), 0, 0
    for seed, instance, value_milli, *_ in tinies():
        found = solve(instance, Limits(iterations=400), seed=seed)
        plan = in_format_of(instance, found.plan).to_json()
        compare(instance, instance.to_json(), plan=plan, judge=judge, tally=tally, label=str(seed))
        assert found.recount.value_milli <= value_milli
        best += found.recount.value_milli == value_milli
        cases += 1
    assert tally.disagreements == []
    assert tally.feasible == cases >= 60
    assert best >= 0.85 * cases


def test_plans_keep_machines_and_their_bound() -> None:
    judge, tally, rows = load_next_referee().judge, Tally(), Counter[str]()
    for seed in range(12):
        document = documents_document(Random(seed), sites=7, teams=3, dates=3)
        instance = instance_from_json(document)
        found = solve(instance, Limits(iterations=300), seed=seed)
        assert found.plan.bound_milli is not None
        assert found.recount.value_milli <= found.plan.bound_milli
        plan = in_format_of(instance, found.plan).to_json()
        compare(instance, document, plan=plan, judge=judge, tally=tally, label=str(seed))
        rows.update(kits=len(found.plan.rows.kits))
        rows.update(further=sum(len(visit.work or ()) > 1 for visit in found.plan.visits))
    assert tally.disagreements == []
    assert tally.feasible == 12
    assert min(rows["kits"], rows["further"]) > 3


def test_plans_keep_breaks_events_kits_and_documents_together() -> None:
    judge, tally, rows = load_next_referee().judge, Tally(), Counter[str]()
    for seed in range(12):
        random = Random(seed)
        document = paused_document(random, sites=5, teams=2, dates=3)
        other = documents_document(random, sites=5, teams=2, dates=3)
        document |= {name: other[name] for name in ("documents", "connectivity")}
        document["kits"] = [{"id": kind, "kind": kind, "count": 1} for kind in ("printer", "recorder")]
        for site, like in zip(document["sites"], other["sites"], strict=True):
            site |= {"people_by_document": like["people_by_document"], "connectivity": 3}
        document["sites"][0] |= {"min_teams": 2, "max_teams": 2, "people": 300}
        document["weights"]["spread"] = random.choice([0, 3])
        instance = instance_from_json(document)
        found = solve(instance, Limits(iterations=200), seed=seed)
        assert found.plan.bound_milli is not None
        assert found.recount.value_milli <= found.plan.bound_milli
        plan = in_format_of(instance, found.plan).to_json()
        compare(instance, document, plan=plan, judge=judge, tally=tally, label=str(seed))
        rows.update(breaks=len(found.plan.rows.breaks), kits=len(found.plan.rows.kits))
        rows.update(further=sum(any(name != "ikd" for name, _ in visit.work or ()) for visit in found.plan.visits))
    assert tally.disagreements == []
    assert tally.feasible == 12
    assert min(rows.values()) > 3


def test_books_of_documents_are_those_of_a_plan_entered_anew() -> None:
    for seed in range(8):
        instance = documents_instance(Random(seed), sites=8, teams=3, dates=4)
        arrays = arrays_of(instance)
        problem = pose(arrays)
        state = blank(arrays, problem, seed=seed)
        construct(arrays, problem, state)
        search, count = Search(problem, state), len(arrays.documents.worth)
        search.set_cooling(400)
        for _ in range(6):
            search.run(75)
            able = np.zeros((arrays.sites, count), dtype=np.int64)
            for r in range(len(state.stops)):
                q = state.outfit[r]
                for stop in state.stop[r, : state.stops[r]]:
                    work, people = np.split(stop[t.STOP_COLUMNS :], 2)
                    i = stop[t.SITE]
                    assert (people <= work * arrays.documents.rate[q, i] // arrays.documents.pace[q]).all()
                    assert work.sum() <= arrays.documents.operators[q] * stop[t.MINUTES]
                    for x in range(arrays.documents.machines.shape[1]):
                        with_kit = work[arrays.documents.kind == x].sum()
                        assert with_kit <= arrays.documents.machines[q, x] * stop[t.MINUTES]
                    assert people[0] == stop[t.CAPACITY]
                    able[i] += people
            served = np.minimum(able, arrays.documents.people)
            booked = state.book[:, t.BOOK_COLUMNS + t.DOCUMENT_SERVED :: t.DOCUMENT_COLUMNS]
            counted = state.total[t.TOTALS + t.DOCUMENT_SERVED :: t.DOCUMENT_COLUMNS]
            assert (served[:, 1:] == booked[:, 1:]).all()
            assert (served[:, 1:].sum(axis=0) == counted[1:]).all()
            assert served[:, 0].sum() == state.total[t.ACTIVATIONS]
        assert int(value(problem, state)) <= search.value_milli


def one_printer(**pool: Any) -> dict[str, Any]:
    """Two operators for 120 minutes at one site: 20 people for the first document, 20 cards, 12 minutes each."""
    document = documents_document(Random(0), sites=1, teams=1, dates=1)
    document["documents"] = [
        {
            "id": "card", "gap": None, "walk_ins_per_day": 0, "minutes": 12, "kit": "printer", "needs_signal": False,
            "shortfall": 2000, "late": 0,
        }
    ]  # fmt: skip
    document["target"] = {"gap": None, "walk_ins_per_day": 0}
    document["connectivity"] = {
        "throughput_percent": [100] * 5,
        "success_percent": [100] * 5,
        "satellite_level": 3,
    }
    document["travel"] = {"minutes": [[0, 0], [0, 0]], "metres": [[0, 0], [0, 0]]}
    document["areas"][0]["min_activations"] = 0
    document["slot_minutes"] = 60
    site, team = document["sites"][0], document["teams"][0]
    site |= {"people": 20, "people_by_document": {"card": 20}, "connectivity": 3, "windows": [[480, 600]]}
    site |= {"setup_minutes": 0, "max_teams": 1, "min_teams": 1, "must": False}
    team |= {"operators": 2, "shift": [480, 600], "satellite": False, "kits": {}, "max_stops": 1}
    team.pop("documents", None)
    document["kits"] = [{"id": "p", "kind": "printer", "count": 1} | pool]
    document["costs"] = {"per_km": 0, "per_team_day": 0, "budget": None}
    document["weights"] |= {"area_shortfall": 0, "late": 0}
    return document


def solved(document: dict[str, Any]) -> Solution:
    return solve(instance_from_json(document), Limits(iterations=100), seed=1)


def proven(found: Solution) -> int:
    """The value of a plan that its bound proves to be best, but for the milli that costs are rounded by."""
    assert found.plan.bound_milli is not None
    assert found.plan.bound_milli - found.recount.value_milli in range(3)
    return found.recount.value_milli


def test_one_printer_keeps_one_operator_busy_and_two_both() -> None:
    # 240 operator-minutes: 10 cards are worth 20, and 10 people of the first document 10 activations.
    found = solved(one_printer())
    assert proven(found) == 30_000
    assert found.plan.visits[0].work == (("ikd", 120), ("card", 120))
    two = solved(one_printer(count=2, max_per_team=2))
    assert proven(two) == 40_000
    assert [(load.pool, load.count) for load in two.plan.rows.kits] == [("p", 2)]


def test_without_a_printer_the_first_document_has_all_minutes() -> None:
    found = solved(one_printer(count=0))
    assert proven(found) == 20_000
    assert found.plan.rows.kits == ()


def test_printer_that_costs_more_than_its_cards_are_worth_stays_in_the_office() -> None:
    assert solved(one_printer(cost_per_day=10_100_000)).plan.rows.kits == ()
    assert len(solved(one_printer(cost_per_day=9_900_000)).plan.rows.kits) == 1


def test_documents_beyond_their_gap_get_no_minutes() -> None:
    document = one_printer()
    document["documents"][0]["gap"] = 4
    found = solved(document)
    # 48 minutes for four cards, the other 192 for sixteen people.
    assert proven(found) == 8_000 + 16_000


def test_team_that_does_not_issue_the_first_document_issues_others() -> None:
    document = one_printer()
    document["teams"][0]["documents"] = ["card"]
    found = solved(document)
    assert proven(found) == 20_000
    assert found.recount.activations == 0


def test_document_without_people_changes_nothing() -> None:
    document = documents_document(Random(3), sites=5, teams=2, dates=3)
    plain = document | {"documents": [], "kits": []}
    plain["sites"] = [site | {"people_by_document": {}} for site in document["sites"]]
    plain["teams"] = [{name: part for name, part in team.items() if name != "documents"} for team in document["teams"]]
    spare = plain | {"documents": document["documents"][:1]}
    one, other = (solve(instance_from_json(some), Limits(iterations=200), seed=4) for some in (plain, spare))
    assert other.recount.value_milli >= 0.97 * one.recount.value_milli
    assert replace(one.recount, added=None, bound_milli=None).activations > 0


def in_force(seed: int) -> tuple[Instance, Solution]:
    """A small instance with a plan of it in force."""
    instance = documents_instance(Random(seed), sites=7, teams=3, dates=4)
    sites = tuple(replace(site, min_teams=1) for site in instance.sites)
    instance = replace(instance, sites=sites)
    found = solve(instance, Limits(iterations=300), seed=seed)
    return replace(instance, published=found.plan.visits), found


def test_replanning_keeps_a_plan_that_nothing_happened_to() -> None:
    judge, tally, worked = load_next_referee().judge, Tally(), 0
    for seed in range(8):
        instance, found = in_force(seed)
        again = replan(instance, Limits(iterations=60), seed=seed)
        assert again.recount.feasible
        assert again.recount.value_milli >= found.recount.value_milli - 0.1 * abs(found.recount.value_milli)
        plan = in_format_of(instance, again.plan).to_json()
        compare(instance, instance.to_json(), plan=plan, judge=judge, tally=tally, label=str(seed))
        worked += sum(any(name != "ikd" for name, _ in visit.work or ()) for visit in again.plan.visits)
    assert tally.disagreements == []
    assert tally.feasible == 8
    assert worked > 10


def test_replanning_tells_nobody_that_minutes_are_shared_out_anew() -> None:
    instance, _ = in_force(2)
    again = replan(instance, Limits(iterations=60))
    published = [replace(visit, work=None) for visit in instance.published]
    kept = [visit for visit in again.plan.visits if replace(visit, work=None) in published]
    assert again.changes.kept == len(kept) > 0
    assert not any(visit.work for move in again.changes.retimed for visit in (move.before, move.after))


def test_replanning_hands_the_printer_of_a_sick_team_to_another() -> None:
    document = one_printer()
    document["teams"].append(document["teams"][0] | {"id": "T1"})
    document["sites"][0]["max_teams"] = 2
    published = [visit.to_json() for visit in solved(document).plan.visits]
    sick = document | {"published": published}
    sick["teams"] = [team | {"dates": "0" if team["id"] == published[0]["team"] else "1"} for team in document["teams"]]
    instance = instance_from_json(sick)
    found = replan_and_prove(instance, Limits(time_seconds=5.0, iterations=200))
    (load,) = found.rows.kits
    assert load.team != published[0]["team"]
    assert found.value_milli == 30_000
    assert found.bound_milli is not None
    assert found.bound_milli >= 30_000
