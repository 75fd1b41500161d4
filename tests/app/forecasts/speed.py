"""How long a forecast of a large district takes: 1,380 sites, 40 teams, 1,000 visits reported and as many published.

`python -m tests.app.forecasts.speed` prints processor seconds of the fit and of the draws, the least of some times."""

import argparse
import sys
import time
from datetime import timedelta

import numpy as np

from app.estimates.learning import learn
from app.forecasts.draws import draw
from app.forecasts.forecast import described
from app.forecasts.month import MonthAhead, SiteAhead, TeamAhead, VisitAhead, WalkInsAhead
from tests.app.estimates.months import AREAS, GIVEN_MINUTES, KINDS, SIGNAL, Month, World, month

SITES, TEAMS, VISITS, DAYS = 1_380, 40, 1_000, 25


def month_ahead(reported: Month) -> MonthAhead:
    """The published half of a month: sites by chance, most of which were visited in the reported half."""
    on, first = reported.results[-1].day, min(result.site for result in reported.results)
    days = tuple(on + timedelta(days=number) for number in range(1, DAYS + 1))
    chosen = np.random.default_rng(1).permutation(SITES)[:VISITS].tolist()
    return MonthAhead(
        on=on,
        deadline=days[-1] + timedelta(days=10),
        count=0,
        target=30_000,
        eligible_people=None,
        working_days=days,
        sites=tuple(
            SiteAhead(
                site=first + index,
                kind=KINDS[reported.kind[index]],
                area=AREAS[reported.area[index]],
                level=int(reported.level[index]),
                people=int(reported.people[index]),
            )
            for index in range(SITES)
        ),
        teams=tuple(TeamAhead(team=team, minutes_per_activation=GIVEN_MINUTES) for team in range(TEAMS)),
        visits=tuple(
            VisitAhead(
                visit=10_000 + number,
                site=first + index,
                team=number % TEAMS,
                date=days[number % DAYS],
                operators=2,
                minutes=180,
            )
            for number, index in enumerate(chosen)
        ),
        walk_ins=WalkInsAhead(expected=tuple((day, 12.0) for day in days), strength=20.0),
        rate_of_level=SIGNAL.rate,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=9)
    world = World()
    reported = month(3, world=world, visits=VISITS, unvisited=SITES - VISITS, teams=TEAMS)
    ahead = month_ahead(reported)
    spent = []
    for _ in range(parser.parse_args().times):
        began = time.process_time()
        learned = learn(reported.results, reported.priors(world))
        fitted = time.process_time()
        described(draw(ahead, learned, seed=5, national_seed=6), target=ahead.target)
        spent.append((fitted - began, time.process_time() - fitted))
    fits, draws = zip(*spent, strict=True)
    sys.stdout.write(f"fit {min(fits):.2f} s, draws {min(draws):.2f} s, both {min(map(sum, spent)):.2f} s\n")


if __name__ == "__main__":
    main()
