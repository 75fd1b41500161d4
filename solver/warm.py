"""Compiles whatever a run calls before anybody waits for it."""

from multiprocessing import get_context

from solver.bound.bounds import upper_bounds
from solver.contract.tiny import (
    tiny_instance,
    tiny_instance_with_documents,
    tiny_instance_with_kits,
    tiny_instance_with_nights,
)
from solver.numeric.arrays import build_arrays
from solver.numeric.compilation import drop_outdated, record_compiled
from solver.questions.forcing import Forcing
from solver.questions.placing import Board, Posed
from solver.replan import replan
from solver.solve import solve
from solver.stopping import Limits, never

REPRESENTATIVE_STEPS = 600


def warm(*, everything: bool = False) -> None:
    """Compile by solving a tiny instance, and drop what older sources left behind.

    With `everything` also what only plans of several documents and with nights call, as much again: in a process beside
    this one, since all that knows several documents is compiled for itself.
    """
    beside = get_context("spawn").Process(target=_warm_documents) if everything else None
    if beside is not None:
        beside.start()
    _warm_one_document()
    if beside is not None:
        solve(tiny_instance_with_nights(), Limits(iterations=REPRESENTATIVE_STEPS))
        beside.join()
        if beside.exitcode != 0:
            raise RuntimeError(f"compiling for several documents ended with exit code {beside.exitcode}; see above")
        record_compiled()
    drop_outdated()


def _warm_one_document() -> None:
    # A third of what bounds call is the same for several documents. It is found in the cache beside, where the search,
    # which is not, is compiled first.
    for _ in upper_bounds(build_arrays(tiny_instance_with_kits()), should_stop=never):
        pass
    tiny = tiny_instance()
    solved = solve(tiny, Limits(iterations=REPRESENTATIVE_STEPS))
    replan(tiny, Limits(iterations=REPRESENTATIVE_STEPS))
    Forcing(tiny, solved.plan).force(tiny.sites[0].id, iterations=REPRESENTATIVE_STEPS)
    board = Board(Posed(tiny), solved.plan.visits)
    for site in tiny.sites:
        board.offers(site.id)


def _warm_documents() -> None:
    tiny = tiny_instance_with_documents()
    plan = solve(tiny, Limits(iterations=REPRESENTATIVE_STEPS)).plan
    board = Board(Posed(tiny), plan.visits, rows=plan.rows)
    for site in tiny.sites:
        board.offers(site.id)
    replan(tiny, Limits(iterations=REPRESENTATIVE_STEPS))
