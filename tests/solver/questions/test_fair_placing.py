"""What a visit more costs where fairness has a price: an option says all of it, a cell all but that."""

from dataclasses import replace

from solver.contract.instance import Instance, Visit
from solver.contract.plan import Plan
from solver.contract.verify import verify
from solver.questions.placing import Board, Posed
from tests.solver.fair_instances import equal_teams


def value_of(instance: Instance, visits: tuple[Visit, ...]) -> int:
    return verify(instance, Plan(visits=visits)).value_milli


def test_an_option_is_priced_with_fairness_and_a_cell_without() -> None:
    instance = equal_teams([20, 0])
    free = replace(instance, weights=replace(instance.weights, fairness=0))
    visits = tuple(
        Visit(team=team, date=day, site=site, start=600, minutes=120)
        for team, day, site in (
            ("T1", instance.dates[0], "S0"),
            ("T2", instance.dates[0], "S5"),
            ("T2", instance.dates[1], "S1"),
        )
    )
    board = Board(Posed(instance), visits)
    priced = 0
    for cell in board.cells("S6"):
        options, _ = board.place("S6", (cell.team, cell.date))
        if not options:
            assert cell.rule is not None
            continue
        after = options[0].plan(visits)
        assert options[0].price.value_milli == value_of(instance, after) - value_of(instance, visits)
        assert cell.value_milli == value_of(free, after) - value_of(free, visits)
        priced += options[0].price.value_milli != cell.value_milli
    assert priced
