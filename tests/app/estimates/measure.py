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
    arguments = parser.parse_args()
    names = arguments.estimator or ["real"]
    lines = ["| estimator | visits | error of total | bias ± | total held | sites held | pace bias | pace held | ms |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    judged = judge_months(dict.fromkeys(names, arguments.months), world=WORLDS[arguments.world], after=AFTER)
    for name, moments in judged.items():
        for visits, moment in moments.items():
            error = moment.total_error
            cells = (
                name,
                f"{visits}",
                f"{np.abs(error).mean():.1%} of {np.abs(moment.assumed_error).mean():.0%}",
                f"{error.mean():+.1%} ± {error.std() / np.sqrt(len(error)):.1%}",
                f"{moment.total_held.mean():.1%}",
                f"{moment.site_held.mean():.1%}",
                f"{moment.pace_error.mean():+.1%}",
                f"{moment.pace_held.mean():.1%}",
                f"{moment.cpu_milliseconds:.0f}",
            )
            lines.append(f"| {' | '.join(cells)} |")
        lines.append(f"{name} fails: {', '.join(sorted(failed_checks(moments))) or 'nothing'}")
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
