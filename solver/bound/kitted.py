"""Teams that have whatever kit is best, for nothing: a bound where all outfits are too many for a linear program."""

from dataclasses import replace

import numpy as np

from solver.numeric.arrays import Arrays
from solver.numeric.kinds import Longs


def with_every_kit(arrays: Arrays) -> Arrays:
    """The arrays with one outfit a team, as good at each site and document as any of its own, that draws nothing.

    Whatever a plan does its teams can do so, too, on the same dates and at no more cost: who carries a kit is as many
    operators, on no more dates and with the same legs as who carries none. So no plan is worth less here.
    """
    a, teams = arrays, arrays.teams
    documents = a.documents
    if len(documents.worth):
        documents = documents._replace(
            rate=_best(a, documents.rate),
            pace=documents.pace[:teams],
            operators=documents.operators[:teams],
            machines=_best(a, documents.machines),
        )
    classes = np.unique(a.team_class[:teams], return_inverse=True)[1]
    return replace(
        a,
        team_works=a.team_works[:teams],
        shift_start=a.shift_start[:teams],
        shift_end=a.shift_end[:teams],
        max_stops=a.max_stops[:teams],
        team_class=classes.astype(np.int32),
        rate_numerator=_best(a, a.rate_numerator),
        rate_denominator=a.rate_denominator[:teams],
        outfit_team=a.outfit_team[:teams],
        outfit_draws=np.zeros((teams, 0), dtype=np.int64),
        outfit_cost=np.zeros(teams, dtype=np.int64),
        pool_count=np.zeros((0, a.dates), dtype=np.int64),
        documents=documents,
        out_minutes=a.out_minutes[:teams],
        out_metres=a.out_metres[:teams],
        home_minutes=a.home_minutes[:teams],
        home_metres=a.home_metres[:teams],
    )


def _best(arrays: Arrays, table: Longs) -> Longs:
    """`[k, ...]`: the most that any outfit of team k has in a table of outfits."""
    best = table[: arrays.teams].copy()
    np.maximum.at(best, arrays.outfit_team, table)
    return best
