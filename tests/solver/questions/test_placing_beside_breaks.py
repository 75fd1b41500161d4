"""Visits are placed beside breaks: each offer is a day that holds on the real clock, and none that exists is missed."""

from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from random import Random

import pytest

from solver.contract.instance import Instance, Site, Team, Visit
from solver.contract.plan import Plan
from solver.contract.plan_rows import Rows
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.plans.changes import changes_between
from solver.questions.placement import Kind, Option
from solver.questions.placing import Board, Posed
from tests.solver.paused_instances import paused_document
from tests.solver.standing_plans import STEP, eased, pauses_of_day, standing_plan, with_pauses

CASES = 60
Case = tuple[Instance, Plan, Board]


@cache
def cases(*, more: int = 0) -> tuple[Case, ...]:
    """Instances with plans; teams take a break a date, or two on most."""
    found = []
    for seed in range(CASES // 3 if more else CASES):
        random = Random(seed)
        size = random.randint(2, 6), random.randint(1, 3), random.randint(1, 4)
        document = paused_document(random, sites=size[0], teams=size[1], dates=size[2], more=more)
        instance = instance_from_json(eased(document) if seed % 3 else document)
        plan = standing_plan(random, instance)
        found.append((instance, plan, board_of(instance, plan)))
    return tuple(found)


def board_of(instance: Instance, plan: Plan) -> Board:
    return Board(Posed(instance), plan.visits, rows=plan.rows)


def plan_with(plan: Plan, option: Option) -> Plan:
    """The plan with an option taken, by what the option itself says."""
    days = {(day.team, day.date) for day in option.days}
    rows = Rows(
        breaks=(*(pause for pause in plan.rows.breaks if (pause.team, pause.date) not in days), *option.rows.breaks),
        kits=(*(load for load in plan.rows.kits if (load.team, load.date) not in days), *option.rows.kits),
    )
    return replace(plan, visits=option.plan(plan.visits), rows=rows)


@pytest.mark.parametrize("more", [0, 1, 2])
def test_every_offer_holds_on_the_real_clock_at_the_price_of_two_verifications(more: int) -> None:
    kinds: Counter[Kind] = Counter()
    refused = 0
    for instance, plan, board in cases(more=more):
        before = verify(instance, plan)
        for site in instance.sites:
            found = board.offers(site.id)
            refused += not found.options
            for option in found.options:
                after = verify(instance, plan_with(plan, option))
                assert after.violations == () == option.broken
                for name in option.price.__slots__:
                    assert getattr(option.price, name) == getattr(after, name) - getattr(before, name)
                assert option.changes == changes_between(plan.visits, option.plan(plan.visits))
                outcome = next(outcome for outcome in after.by_visit if outcome.visit == option.visit)
                assert (option.served, option.ends_at) == (outcome.served, outcome.ends_at)
                kinds[option.kind] += 1
    assert set(kinds) == set(Kind)
    assert refused


def test_every_way_to_fill_a_cell_holds_and_the_first_is_the_cell() -> None:
    kinds: Counter[Kind | None] = Counter()
    for instance, plan, board in cases():
        before = verify(instance, plan)
        for visit in [None, *plan.visits][:2]:
            site = instance.sites[0].id if visit is None else visit.site
            for cell in board.cells(site, visit=visit):
                options, against = board.place(site, (cell.team, cell.date), visit=visit)
                kinds[cell.kind] += 1
                if cell.kind is None:
                    assert options == ()
                    assert against is not None
                    assert against.rule == cell.rule
                    continue
                for option in options:
                    after = verify(instance, plan_with(plan, option))
                    assert after.violations == ()
                    for name in option.price.__slots__:
                        assert getattr(option.price, name) == getattr(after, name) - getattr(before, name)
                price = options[0].price
                assert (cell.kind, cell.disturbed) == (options[0].kind, options[0].disturbed)
                assert (cell.value_milli, cell.activations, cell.cost) == (
                    price.value_milli,
                    price.activations,
                    price.cost,
                )
    assert set(kinds) == {None, *Kind}


@pytest.mark.parametrize("more", [0, 1])
def test_visit_that_fits_beside_all_others_is_found_exactly_where_there_is_one(more: int) -> None:
    random = Random(5)
    agreed: Counter[bool] = Counter()
    for instance, plan, board in cases(more=more):
        for _ in range(4):
            site = random.choice(instance.sites)
            team, day = random.choice(instance.teams), random.choice(instance.dates)
            options, _ = board.place(site.id, (team.id, day))
            fits = any(option.kind is Kind.FITS for option in options)
            assert fits == any_start_fits(instance, plan, site, team=team, day=day)
            agreed[fits] += 1
    assert min(agreed[True], agreed[False]) > 10


def any_start_fits(instance: Instance, plan: Plan, site: Site, *, team: Team, day: date) -> bool:
    """Whether a visit that wins somebody, or any that is owed, fits beside all others, wherever the break lies then."""
    before = verify(instance, plan).activations
    lengths = [site.fixed_minutes] if site.fixed_minutes else [instance.slot_minutes * n for n in (1, 2)]
    others = [visit for visit in plan.visits if (visit.team, visit.date) == (team.id, day)]
    for minutes in lengths:
        for start in range(team.shift.open, team.shift.close - minutes + 1, STEP):
            # Verifying takes a thousand times longer than to see that nobody is let in, or that the team is elsewhere.
            if not any(window.open <= start <= window.close - minutes for window in site.windows_at(day)):
                continue
            if any(other.start < start + minutes and start < other.start + other.minutes for other in others):
                continue
            visits = (*plan.visits, Visit(team=team.id, date=day, site=site.id, start=start, minutes=minutes))
            for pauses in pauses_of_day(instance, team, day):
                found = verify(instance, with_pauses(instance, visits, plan.rows, pauses))
                if not found.violations and (found.activations > before or site.must):
                    return True
    return False
