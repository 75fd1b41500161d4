"""Sets of instances by name, and the peers that can stand beside.

They lie with the tests because peers are no dependency of the service."""

import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from solver.contract.instance import Instance
from solver.contract.reading import write_instance
from tests.benchmark.districts import SIZES, Spread, core, district, orienteering
from tests.benchmark.peers import PACKAGES, peer_version
from tests.benchmark.routing import NotComparable, routing

# Spread, size, seed, whether the gap can be closed. Two seeds of the smallest: there luck shows most.
DISTRICTS: tuple[tuple[Spread, str, int, bool], ...] = (
    ("city", "s", 1, False),
    ("city", "s", 2, True),
    ("countryside", "s", 1, False),
    ("archipelago", "s", 1, False),
    ("city", "m", 1, True),
    ("countryside", "m", 1, False),
    ("archipelago", "m", 1, False),
    ("countryside", "l", 1, False),
    ("archipelago", "l", 1, False),
)
PROVINCES: tuple[tuple[Spread, str, int, bool], ...] = (("countryside", "xl", 1, False),)
# Sites, teams, and for how large a share of the work there are team-days: few enough that capacity binds.
CORES = {"s": (60, 2, 0.75), "m": (250, 5, 0.75), "l": (1000, 16, 0.75)}
# One date and many short stops: sites, teams, minutes that windows are open (a shift has 3,000), in clusters or not.
ROUNDS = ((100, 2, 400, False), (100, 4, 1500, True), (200, 3, 1500, False))
WIDE_MINUTES = 1000

# Scores of public instances, and how they are known (docs/benchmarks.md).
BEST_KNOWN = {
    "toptw-c101-m2": (590, "proven optimal by our bound"),
    "toptw-r101-m2": (349, "proven optimal by our bound"),
    "toptw-rc101-m1": (219, "proven optimal by our bound"),
    "toptw-pr01-m2": (502, "best of all runs here"),
}


def write_districts(folder: Path) -> None:
    """Write the districts of our own making up to about a thousand sites."""
    _write(folder, DISTRICTS)


def write_provinces(folder: Path) -> None:
    """Write what takes minutes to plan: 5,000 sites, 60 teams, 60 dates."""
    _write(folder, PROVINCES)


def write_cores(folder: Path) -> None:
    """Write the instances that route optimisers can plan too."""
    for size, (sites, teams, share) in CORES.items():
        name = f"core-{size}"
        write_instance(core(sites=sites, teams=teams, capacity_share=share, seed=1, name=name), folder / f"{name}.json")


def write_rounds(folder: Path) -> None:
    """Write instances of one date and many short stops, which route optimisers can plan too."""
    for sites, teams, window_minutes, clustered in ROUNDS:
        name = f"rounds-{sites}-m{teams}-{'narrow' if window_minutes < WIDE_MINUTES else 'wide'}"
        made = orienteering(
            sites=sites, teams=teams, window_minutes=window_minutes, clustered=clustered, seed=1, name=name
        )
        write_instance(made, folder / f"{name}.json")


def write_examples(folder: Path) -> None:
    """Write the example districts; needs the whole application."""
    from tests.benchmark import examples

    examples.write_examples(folder)


@cache
def installed_peers() -> tuple[str, ...]:
    """Return the peers that can be run here; says on standard error which cannot."""
    found = []
    for name, package in PACKAGES.items():
        try:
            peer_version(name)
        except PackageNotFoundError:
            sys.stderr.write(f"{name} is left out: install {package}, or run `make bench`\n")
        else:
            found.append(name)
    return tuple(found)


def is_comparable(instance: Instance) -> bool:
    """Whether route optimisers know all that the instance asks for."""
    try:
        routing(instance)
    except NotComparable:
        return False
    return True


def _write(folder: Path, chosen: tuple[tuple[Spread, str, int, bool], ...]) -> None:
    for spread, size, seed, closable in chosen:
        name = f"{spread}-{size}-{'closable' if closable else 'open'}-{seed}"
        instance = district(spread, SIZES[size], seed=seed, closable=closable, name=name)
        write_instance(instance, folder / f"{name}.json.gz")


SETS: dict[str, Callable[[Path], None]] = {
    "districts": write_districts,
    "provinces": write_provinces,
    "cores": write_cores,
    "rounds": write_rounds,
    "examples": write_examples,
}
