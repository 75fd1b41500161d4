"""Months of visits that bring several documents, whose true minutes are known: who was served, and until when."""

from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import log

import numpy as np
import numpy.typing as npt

from app.estimates.document_pace import ServedWith, SharedMinutes, fit_paces
from app.estimates.pace import fit_pace

KITS = {"ikd": None, "kia": "card_printer", "ktp_el": "biometric", "birth_certificate": None}
STATED = {"ikd": 8.0, "kia": 5.0, "ktp_el": 8.0, "birth_certificate": 10.0}
WITH_KIT = {"card_printer": 1, "biometric": 1}
TEAMS = 4
FURTHER = ("kia", "ktp_el", "birth_certificate")
OPERATORS = 3
LEVEL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMonth:
    """What is true of a district, and what its visits tell of it."""

    minutes: dict[str, float]
    """Of one operator for one person with each document, on average of the teams."""
    visits: tuple[SharedMinutes, ...]


def shared_month(
    seed: int,
    *,
    visits: int,
    alone: float,
    wrong_by: float = 0.35,
    team_spread: float = 0.15,
    day_spread: float = 0.15,
) -> SharedMonth:
    """Simulate one month; the same seed, the same month.

    `alone`: the share of visits that bring one document; `wrong_by`: the spread of the log of what is stated beside
    what is true. Each operator takes the next person whom it can serve, those with a kit the ones who need it first."""
    random = np.random.default_rng(seed)
    true = {name: STATED[name] * float(np.exp(random.normal(0, wrong_by))) for name in STATED}
    true["ikd"] = STATED["ikd"]
    of_team = random.normal(0, team_spread, TEAMS)
    of_team = np.exp(of_team - of_team.mean())
    told = []
    for visit in range(visits):
        team = int(random.integers(TEAMS))
        brought = list(STATED)
        if random.random() < alone:
            brought = [FURTHER[int(random.integers(len(FURTHER)))]]
        day = float(of_team[team] * np.exp(random.normal(0, day_spread)))
        people = {name: int(random.poisson(120 / STATED[name] / len(brought) * 1.5)) for name in brought}
        minutes = {name: random.gamma(4.0, true[name] * day / 4.0, count) for name, count in people.items()}
        served, busy = _worked(minutes, full=float(random.uniform(90, 240)))
        told.append(
            SharedMinutes(
                visit=visit,
                team=team,
                level=LEVEL,
                busy_minutes=busy,
                operators=OPERATORS,
                with_kit=WITH_KIT,
                served=tuple(
                    ServedWith(
                        document=name,
                        people=count,
                        stated_minutes=STATED[name],
                        kit=KITS[name],
                        needs_signal=name != "ktp_el",
                    )
                    for name, count in served.items()
                    if count
                ),
            )
        )
    return SharedMonth(minutes=true, visits=tuple(told))


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthErrors:
    """What is learned of each further document, in the order of `FURTHER`, beside what is true."""

    error: tuple[float, ...]
    """The log of the minutes learned over the true ones."""
    stated_error: tuple[float, ...]
    held: tuple[bool, ...]
    """Whether the 90 % interval holds the true ones."""


def errors_of_month(seed: int, *, visits: int, alone: float) -> MonthErrors:
    """Simulate a month, and learn from it; of IKD nothing is known but what is stated."""
    month = shared_month(seed, visits=visits, alone=alone)
    fits = fit_paces(month.visits, FURTHER, known={"ikd": fit_pace(())})
    true = [month.minutes[name] for name in FURTHER]
    learned = [fits[name].summary_together(STATED[name]) for name in FURTHER]
    return MonthErrors(
        error=tuple(log(summary.mean / minutes) for summary, minutes in zip(learned, true, strict=True)),
        stated_error=tuple(log(STATED[name] / minutes) for name, minutes in zip(FURTHER, true, strict=True)),
        held=tuple(summary.low <= minutes <= summary.high for summary, minutes in zip(learned, true, strict=True)),
    )


def _worked(minutes: dict[str, npt.NDArray[np.float64]], *, full: float) -> tuple[dict[str, int], float]:
    """Who was served within the full minutes, and until when anybody was."""
    waiting = {name: list(each) for name, each in minutes.items()}
    served = dict.fromkeys(minutes, 0)
    kits: list[str | None] = ["card_printer", "biometric", *[None] * (OPERATORS - 2)]
    free = [(0.0, number) for number in range(OPERATORS)]
    heapify(free)
    last = 0.0
    while True:
        now, number = free[0]
        able = [name for name, each in waiting.items() if each and KITS[name] in (None, kits[number])]
        if not able or now == np.inf:
            if now == np.inf:
                return served, last
            heapreplace(free, (np.inf, number))
            continue
        name = max(able, key=lambda name: (KITS[name] is not None, len(waiting[name])))
        end = now + float(waiting[name].pop())
        if end > full:
            heapreplace(free, (np.inf, number))
            last = full
            continue
        served[name] += 1
        last = max(last, end)
        heapreplace(free, (end, number))
