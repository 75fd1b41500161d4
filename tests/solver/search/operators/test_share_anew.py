"""Minutes are shared out among documents in another order; who goes where and for how long stays."""

from random import Random

from solver.search import tables as t
from solver.search.operators.share_anew import share_anew
from tests.solver.document_instances import documents_instance
from tests.solver.search.operators.trial import applied


def test_stops_stay_and_no_operator_works_longer_than_the_visit() -> None:
    shared = 0
    for seed in range(12):
        instance = documents_instance(Random(seed), sites=5, teams=2, dates=3)
        if not instance.documents:
            continue
        for trial in applied(share_anew, instance, times=20):
            problem, state = trial.problem, trial.state
            assert trial.changed == []
            for r in range(len(state.stops)):
                operators = problem.outfit[state.outfit[r], t.OPERATORS]
                for stop in state.stop[r, : state.stops[r]]:
                    count = int(problem.number[t.DOCUMENTS])
                    work = stop[t.STOP_COLUMNS : t.STOP_COLUMNS + count].sum()
                    assert work <= operators * stop[t.MINUTES]
                    shared += work > 0
    assert shared
