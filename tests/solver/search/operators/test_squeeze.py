"""The minutes of one day are given out anew, all its stops stay."""

from solver.search import tables as t
from solver.search.operators.squeeze import squeeze
from tests.solver.search.operators.trial import applied, random_instances


def test_one_day_keeps_its_stops_and_has_other_minutes() -> None:
    squeezed = 0
    for instance in random_instances():
        for trial in applied(squeeze, instance):
            assert len(trial.changed) <= 1
            for r in trial.changed:
                # Where travel defies the triangle inequality a shorter day may not fit, and is emptied.
                if not trial.after[r]:
                    continue
                assert trial.sites(trial.after[r]) == trial.sites(trial.before[r])
                slot = int(trial.problem.number[t.SLOT])
                for site, minutes, pin in trial.after[r]:
                    if pin < 0 and trial.problem.site[site, t.FIXED] < 0:
                        assert minutes >= slot
                        assert minutes % slot == 0
                squeezed += 1
    assert squeezed
