"""Several teams are sent to one site on one date; whatever else changes only makes room for them."""

from solver.search import tables as t
from solver.search.operators.ruin_site import ruin_site
from tests.solver.search.operators.trial import applied, random_instances


def test_new_visits_are_of_one_site_on_one_date() -> None:
    sent, together = 0, 0
    for instance in random_instances():
        for trial in applied(ruin_site, instance):
            dates = int(trial.problem.number[t.DATES])
            new = [
                (site, r % dates)
                for r in trial.changed
                for site in trial.sites(trial.after[r])
                if site not in trial.sites(trial.before[r])
            ]
            assert len(set(new)) <= 1
            sent += len(new)
            together += len(new) > 1
    assert sent
    assert together


def test_no_more_teams_are_sent_than_the_site_takes() -> None:
    for instance in random_instances():
        for trial in applied(ruin_site, instance, times=20):
            assert (trial.state.on[:, :, t.TEAMS_ON] <= trial.problem.site[:, t.MAX_TEAMS, None]).all()
