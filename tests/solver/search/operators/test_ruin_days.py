"""Whole team-days are emptied, up to three and the one begun with."""

from solver.search.operators.ruin_days import ruin_days
from tests.solver.search.operators.trial import applied, random_instances


def test_a_day_is_emptied_but_for_its_pins_or_left_alone() -> None:
    emptied = 0
    for instance in random_instances():
        for trial in applied(ruin_days, instance):
            assert len(trial.changed) <= 3
            for r in trial.changed:
                assert trial.after[r] == [stop for stop in trial.before[r] if stop[2] >= 0]
                emptied += 1
    assert emptied
