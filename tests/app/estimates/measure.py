"""`python -m tests.app.estimates.measure --months 1000`: how well the estimators tell what is true, as a table."""

import argparse

import numpy as np

from tests.app.estimates.judging import AFTER, ESTIMATORS, failed_checks, judge_months
from tests.app.estimates.months import World

WORLDS = {
    "as assumed of spreads": World(),
    "wild": World(kind=1.0, area=0.6, site=0.9),
    "calm": World(kind=0.2, area=0.1, site=0.25),
    "more come than assumed": World(true=0.75),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=1000)
    parser.add_argument("--world", choices=WORLDS, default=next(iter(WORLDS)))
    parser.add_argument("--estimator", choices=ESTIMATORS, action="append")
    asked = parser.parse_args()
    names = asked.estimator or ["real"]
    told = ["| estimator | visits | error of total | bias ± | total held | sites held | pace bias | pace held | ms |"]
    told.append("|---|---|---|---|---|---|---|---|---|")
    judged = judge_months(dict.fromkeys(names, asked.months), world=WORLDS[asked.world], after=AFTER)
    for name, moments in judged.items():
        for visits, one in moments.items():
            error = one.total_error
            cells = (
                name,
                f"{visits}",
                f"{np.abs(error).mean():.1%} of {np.abs(one.assumed_error).mean():.0%}",
                f"{error.mean():+.1%} ± {error.std() / np.sqrt(len(error)):.1%}",
                f"{one.total_held.mean():.1%}",
                f"{one.site_held.mean():.1%}",
                f"{one.pace_error.mean():+.1%}",
                f"{one.pace_held.mean():.1%}",
                f"{one.cpu_milliseconds:.0f}",
            )
            told.append(f"| {' | '.join(cells)} |")
        told.append(f"{name} fails: {', '.join(sorted(failed_checks(moments))) or 'nothing'}")
    print("\n".join(told))  # noqa: T201


if __name__ == "__main__":
    main()
