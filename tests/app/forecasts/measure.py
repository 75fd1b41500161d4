"""How even the ranks of what comes are among what is foretold by real fits, 80 visits by 80 reported ones.

`python -m tests.app.forecasts.measure --months 300` prints two rows: months that always have some signal, of whose lack
ratings leave a chance, and months in which ratings are as right as is assumed of them."""

import argparse
import sys

from app.estimates.learning import learn
from app.forecasts.draws import draw
from tests.app.estimates.months import World
from tests.app.estimates.months import month as month_of_reports
from tests.app.forecasts.judgements import calibration
from tests.app.forecasts.learned_months import second_half

REPORTED, DRAWS = 80, 400
WORLDS = {"always some signal": World(), "ratings as assumed": World(has_assumed_ratings=True)}


def measure(world: World, *, first: int, months: int) -> str:
    """Foretell so many months of a world, and say how that went."""
    came, futures = [], []
    for number in range(first, first + months):
        month = month_of_reports(number, world=world)
        learned = learn(month.results[:REPORTED], month.priors(world))
        ahead, activations = second_half(month, reported=REPORTED)
        drawn = draw(ahead, learned, seed=number, national_seed=number, draws=DRAWS, has_split=False)
        came.append(activations)
        futures.append(drawn.published[-1])
    judged = calibration(futures, came)
    bias = sum(float(drawn.mean()) for drawn in futures) / sum(came) - 1
    held = f"90 % interval holds {judged.held:.1%}, distance from even ranks {judged.distance:.3f}"
    return f"{held}, bias {bias:+.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=300)
    parser.add_argument("--first", type=int, default=3_000, help="seed of the first month")
    given = parser.parse_args()
    for name, world in WORLDS.items():
        sys.stdout.write(f"{name}: {measure(world, first=given.first, months=given.months)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
