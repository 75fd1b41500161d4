"""Strings of neighbouring stops leave a few routes; nothing else changes."""

from itertools import groupby

from solver.search import tables as t
from solver.search.operators.ruin_strings import ruin_strings
from tests.solver.search.operators.trial import applied, random_instances


def test_strings_are_taken_out_of_a_few_routes_and_nothing_is_added() -> None:
    ruined = 0
    for instance in random_instances():
        for trial in applied(ruin_strings, instance):
            # The route begun with, and at most three near it.
            assert len(trial.changed) <= 4
            for r in trial.changed:
                old, new = trial.sites(trial.before[r]), trial.sites(trial.after[r])
                assert [site for site in old if site in new] == new
                ruined += 1
    assert ruined


def test_what_leaves_a_route_without_pins_is_one_string() -> None:
    strings = 0
    for instance in random_instances():
        for trial in applied(ruin_strings, instance):
            for r in trial.changed:
                kept = trial.sites(trial.after[r])
                # A day that no longer fits without what was taken out is emptied.
                if not kept or any(pin >= 0 for *_, pin in trial.before[r]):
                    continue
                gone = [site not in kept for site in trial.sites(trial.before[r])]
                assert [is_gone for is_gone, _ in groupby(gone)].count(True) == 1
                strings += 1
    assert strings


def test_all_that_left_is_remembered_as_removed() -> None:
    for instance in random_instances():
        for trial in applied(ruin_strings, instance, times=10):
            removed = trial.state.removed[: trial.state.clock[t.REMOVED]].tolist()
            for r in trial.changed:
                assert set(trial.sites(trial.before[r])) - set(trial.sites(trial.after[r])) <= set(removed)
