"""Compiles whatever a run calls before anybody waits for it."""

from solver.contract.tiny import tiny_instance, tiny_instance_with_documents, tiny_instance_with_nights
from solver.numeric.compilation import drop_outdated
from solver.questions.forcing import Forcing
from solver.questions.placing import Board, Posed
from solver.replan import replan
from solver.solve import solve
from solver.stopping import Limits

REPRESENTATIVE_STEPS = 600


def warm(*, everything: bool = False) -> None:
    """Compile by solving a tiny instance, and drop what older sources left behind.

    With `everything` also what only plans of several documents and with nights call, which takes as long again.
    """
    tiny = tiny_instance()
    solved = solve(tiny, Limits(iterations=REPRESENTATIVE_STEPS))
    replan(tiny, Limits(iterations=REPRESENTATIVE_STEPS))
    Forcing(tiny, solved.plan).force(tiny.sites[0].id, iterations=REPRESENTATIVE_STEPS)
    board = Board(Posed(tiny), solved.plan.visits)
    for site in tiny.sites:
        board.offers(site.id)
    if everything:
        with_documents = tiny_instance_with_documents()
        plan = solve(with_documents, Limits(iterations=REPRESENTATIVE_STEPS)).plan
        board = Board(Posed(with_documents), plan.visits, rows=plan.rows)
        for site in with_documents.sites:
            board.offers(site.id)
        replan(with_documents, Limits(iterations=REPRESENTATIVE_STEPS))
        solve(tiny_instance_with_nights(), Limits(iterations=REPRESENTATIVE_STEPS))
    drop_outdated()
