"""Compiles whatever a run calls before anybody waits for it."""

from solver.contract.tiny import tiny_instance
from solver.numeric.compilation import drop_outdated
from solver.questions.forcing import Forcing
from solver.questions.placing import Board, Posed
from solver.replan import replan
from solver.run import Limits
from solver.solve import solve

REPRESENTATIVE_STEPS = 600


def warm() -> None:
    """Compile by solving a tiny instance, and drop what older sources left behind."""
    tiny = tiny_instance()
    solved = solve(tiny, Limits(iterations=REPRESENTATIVE_STEPS))
    replan(tiny, iterations=REPRESENTATIVE_STEPS)
    Forcing(tiny, solved.plan).force(tiny.sites[0].id, iterations=REPRESENTATIVE_STEPS)
    board = Board(Posed(tiny), solved.plan.visits)
    for site in tiny.sites:
        board.offers(site.id)
    drop_outdated()
