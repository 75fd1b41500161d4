"""Sites that need kits: without them nobody is served there, no plan is above its bound, and kits go where they are
needed."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from solver.bound.bounds import upper_bounds
from solver.contract.added_counts import wins_by_document
from solver.contract.book import open_book
from solver.contract.capacity import is_equipped, service_rate
from solver.contract.documents import Carried
from solver.contract.instance import Instance
from solver.contract.journal import open_journal
from solver.contract.plan import Plan, in_format_of
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.numeric.arrays import build_arrays
from solver.plans.kit_use import draw_kits
from solver.plans.missed import missed
from solver.questions.moved_session import with_session_moved
from solver.questions.possibility import Possibilities, Rule
from solver.run import Limits
from solver.solve import solve
from tests.solver.contract_files import load_next_referee
from tests.solver.document_instances import all_recounts, documents_document
from tests.solver.questions.test_possibility_next import plans_with_documents, served_somewhere
from tests.solver.week import week_document

KINDS = ("printer", "recorder", "satellite", "boat")
MOST_PLANS = 1500


def needing_document(random: Random, *, sites: int, teams: int, dates: int) -> dict[str, Any]:
    """Several documents, and sites that need a kit or two, some of a kind that nobody has."""
    document = documents_document(random, sites=sites, teams=teams, dates=dates)
    for site in document["sites"]:
        kinds = random.sample(KINDS[: random.choice([2, 3, 3, 4])], random.choice([0, 1, 1, 2]))
        site |= {"needs_kits": kinds, "must": False}
    return document


def week_with_needs(**change: Any) -> Instance:
    """The golden week with one set for both teams, which the first site needs."""
    document = week_document() | {"format": "outreach-2", "pinned": [], "published": []}
    document["kits"] = [{"id": "rec", "kind": "recorder", "count": 1}]
    document["sites"][0] |= {"needs_kits": ["recorder"]}
    return instance_from_json(document | change)


def test_no_plan_is_above_its_bound_and_most_plans_are_best() -> None:
    cases = best = bounded = needing = 0
    for seed in range(70):
        random = Random(seed)
        size = {"sites": random.randint(1, 2), "teams": random.randint(1, 2), "dates": random.randint(1, 2)}
        instance = instance_from_json(needing_document(random, **size))
        recounts = all_recounts(instance, most_plans=MOST_PLANS)
        if recounts is None:
            continue
        value_milli = max(recount.value_milli for recount in recounts)
        for bounds in upper_bounds(build_arrays(instance), should_stop=lambda: False):
            assert bounds.value_milli >= value_milli, seed
            bounded += 1
        found = solve(instance, Limits(iterations=400), seed=seed)
        assert found.recount.feasible
        assert found.recount.value_milli <= value_milli
        best += found.recount.value_milli == value_milli
        needing += any(site.needs_kits for site in instance.sites)
        cases += 1
    assert bounded >= cases >= needing >= 25
    assert best >= 0.85 * cases


def test_sites_called_impossible_serve_nobody_in_any_plan() -> None:
    named: set[Rule] = set()
    impossible = possible = 0
    for seed in range(70):
        random = Random(seed)
        instance = instance_from_json(needing_document(random, sites=2, teams=random.choice([1, 2]), dates=1))
        plans = plans_with_documents(instance)
        if plans is None:
            continue
        served, possibilities = served_somewhere(instance, iter(plans)), Possibilities(instance)
        for site in instance.sites:
            judged = possibilities.judge(site)
            assert (judged.rule is None) == (site.id in served), (seed, site.id, judged)
            named |= {rule for rule, _ in judged.by_rule}
            impossible += judged.rule is not None
            possible += judged.rule is None
    assert min(impossible, possible) > 20
    assert Rule.TOO_FEW_KITS in named


def test_plans_serve_nobody_without_the_kit_and_count_as_the_referee_does() -> None:
    judge, visits = load_next_referee().judge, 0
    for seed in range(8):
        document = needing_document(Random(seed), sites=6, teams=2, dates=3)
        instance = instance_from_json(document)
        plan = solve(instance, Limits(iterations=300), seed=seed).plan
        book = open_book(instance, plan.visits, journal=open_journal(instance, plan.rows))
        needy = [(record, stop) for record in book.records if record.site.needs_kits for stop in record.stops]
        for record, stop in needy:
            carried = {kind: book.journal.kits_with(stop.team, stop.date_index, kind) for kind in KINDS}
            has_all = is_equipped(record.site, lambda kind, of=carried: of[kind])  # type: ignore[misc]
            won = sum(people for other, _, people in wins_by_document(book, record) if other is stop)
            assert has_all or won == 0, (seed, stop.visit)
            visits += won > 0
        # The contract knows no such sites: it counts what visits with their kits win, and so more at the most.
        verdict = judge(document, in_format_of(instance, plan).to_json())
        assert verdict["feasible"]
        assert verdict["value_milli"] >= verify(instance, plan).value_milli
    assert visits > 3


def test_kit_of_a_pool_goes_to_the_team_day_whose_site_needs_it() -> None:
    instance = week_with_needs()
    needy = instance.sites[0]
    assert service_rate(instance.connectivity, instance.teams[0], site=needy) == 0
    plan = solve(instance, Limits(iterations=300), seed=1).plan
    days = {(visit.team, visit.date) for visit in plan.visits if visit.site == needy.id}
    assert days
    assert {(load.team, load.date) for load in plan.rows.kits} == days
    assert set(draw_kits(instance, plan.visits)) == set(plan.rows.kits)


def test_visit_without_the_kit_wins_nobody() -> None:
    instance = week_with_needs()
    found = solve(instance, Limits(iterations=300), seed=1)
    bare = Plan(visits=found.plan.visits, rows=Rows())
    recount = verify(instance, bare)
    assert recount.feasible
    assert recount.activations < found.recount.activations
    assert all(outcome.served == 0 for outcome in recount.by_visit if outcome.visit.site == instance.sites[0].id)
    # A pool that others share may say so as well; a team's own kit does for all its dates.
    own = replace(instance, teams=tuple(replace(team, kits=(("recorder", 1),)) for team in instance.teams))
    assert verify(own, bare).activations == found.recount.activations


def test_area_of_a_site_whose_kit_only_a_pool_has_can_give_its_people() -> None:
    instance = week_with_needs()
    nothing = Plan(visits=(), rows=Rows())
    floors = [replace(area, min_activations=10**6) for area in instance.areas]
    instance = replace(instance, areas=tuple(floors))
    with_pool = missed(instance, verify(instance, nothing)).floors
    without = replace(instance, kits=())
    lost = sum(floor.at_most for floor in with_pool) - sum(
        floor.at_most for floor in missed(without, verify(without, nothing)).floors
    )
    assert lost == instance.sites[0].people


def test_moved_session_needs_the_machines_of_its_people_and_the_set_of_its_place() -> None:
    instance = week_with_needs()
    home = replace(instance.sites[0], needs_kits=("recorder", "satellite"))
    place = replace(instance.sites[1], needs_kits=("printer",))
    instance = replace(instance, sites=(home, place, *instance.sites[2:]))
    moved = with_session_moved(instance, home, place, percent=50).sites[0]
    assert moved.needs_kits == ("recorder",)
    place = replace(place, needs_kits=("satellite",))
    instance = replace(instance, sites=(home, place, *instance.sites[2:]))
    assert with_session_moved(instance, home, place, percent=50).sites[0].needs_kits == ("recorder", "satellite")


@pytest.mark.parametrize("value", [None, "recorder", [7], [""], ["recorder", "recorder"], {"recorder": 1}])
def test_wrong_needs_are_refused_by_their_path(value: object) -> None:
    document = week_with_needs().to_json()
    document["sites"][0]["needs_kits"] = value
    with pytest.raises(Exception, match="/sites/0/needs_kits"):
        instance_from_json(document)


def test_needs_are_read_and_written_and_mean_nothing_in_the_older_format() -> None:
    instance = week_with_needs()
    assert instance.sites[0].needs_kits == ("recorder",)
    assert instance_from_json(instance.to_json()) == instance
    older = week_document()
    older["sites"][0]["needs_kits"] = ["recorder"]
    assert instance_from_json(older).sites[0].needs_kits == ()


def test_nothing_of_a_kit_that_is_carried_is_in_vain() -> None:
    load = Carried(team="T1", date=week_with_needs().dates[0], pool="rec", count=1)
    assert verify(week_with_needs(), Plan(visits=(), rows=Rows(kits=(load,)))).violations
