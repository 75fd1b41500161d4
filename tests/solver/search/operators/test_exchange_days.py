"""Two team-days exchange their work as far as it fits."""

from solver.search.operators.exchange_days import exchange_days
from tests.solver.search.operators.trial import applied, random_instances


def test_two_days_have_what_the_other_had_or_less() -> None:
    exchanged = 0
    for instance in random_instances():
        for trial in applied(exchange_days, instance):
            assert len(trial.changed) <= 2
            if len(trial.changed) < 2:
                continue
            one_day, other = trial.changed
            for mine, theirs in ((one_day, other), (other, one_day)):
                pinned = {site for site, _, pin in trial.before[mine] if pin >= 0}
                new = trial.sites(trial.after[mine])
                assert set(new) <= pinned | set(trial.sites(trial.before[theirs]))
            exchanged += any(trial.after[r] for r in trial.changed)
    assert exchanged
