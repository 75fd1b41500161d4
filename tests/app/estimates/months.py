"""Months whose truth is known: a district, its visits one after another, and what was reported of each."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from app.estimates.evidence import Outcome, SignalEffect, VisitResult
from app.estimates.learning import Priors
from app.estimates.signal import PRIOR_VISITS, prior_weights

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KINDS = ("agency", "clinic", "home", "mall", "school", "village")
AREAS = tuple(f"area-{number:02}" for number in range(10))
SIGNAL = SignalEffect(rate=(0.0, 0.3375, 0.616, 0.855, 0.98), satellite_level=3)
GIVEN_MINUTES = 6.0
OPERATORS = 2
VISITS_A_DAY = 8
FIRST_MORNING = datetime.combine(datetime(2026, 11, 2).date(), time(8), tzinfo=UTC)  # noqa: DTZ001


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How wild a truth is: standard deviations on the logit scale, and what is assumed against what is so."""

    assumed: float = 0.6
    true: float = 0.35
    kind: float = 0.6
    area: float = 0.35
    signal: float = 0.25
    site: float = 0.5
    team: float = 0.15
    district_pace: float = 0.2
    day: float = 0.15
    level_pace: float = 0.1
    """What the signal does to the pace, beside what is assumed of it."""
    has_assumed_ratings: bool = False
    """Ratings of signal are as right as is assumed of them: now and then there is none. Otherwise they are off by one
    level at most, and there is always some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A district with its truth; the first sites are visited, in their order, the last 60 never."""

    kind: Ints
    area: Ints
    level: Ints
    people: Ints
    turn_out: Floats
    came: Ints
    """To a visit, had there been one: a draw of the truth for sites without a visit."""
    pace: Floats
    """`pace[team, level]`: the factor on the pace given for that level."""
    results: tuple[VisitResult, ...]
    """One for each of the sites that are visited."""

    def priors(self, world: World) -> Priors:
        return Priors(
            turn_out=dict.fromkeys(KINDS, world.assumed),
            phone_ready=dict.fromkeys(KINDS, 0.8),
            resident=dict.fromkeys(KINDS, 0.9),
            signal=SIGNAL,
            areas=AREAS,
        )


def logistic(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logits)))


def logit(share: float) -> float:
    return log(share / (1 - share))


def month(seed: int, *, world: World = World(), visits: int = 160, unvisited: int = 60, teams: int = 5) -> Month:
    """Simulate one month; the same seed, the same month."""
    random = np.random.default_rng(seed)
    count = visits + unvisited
    kind, area = random.integers(len(KINDS), size=count), random.integers(len(AREAS), size=count)
    level = random.integers(1, 5, size=count)
    people = np.clip(np.rint(np.exp(random.normal(log(120), 0.6, count))), 20, 600).astype(np.int64)

    def shares(middle: float, *, kinds: float, areas: float, sites: float, signal: float) -> Floats:
        by_kind, by_area = random.normal(0, kinds, len(KINDS)), random.normal(0, areas, len(AREAS))
        by_level = random.uniform(-signal, signal, 5)
        own = random.normal(0, sites, count)
        return logistic(logit(middle) + by_kind[kind] + by_area[area] + by_level[level] + own)

    turn_out = shares(world.true, kinds=world.kind, areas=world.area, sites=world.site, signal=world.signal)
    phone_ready = shares(0.75, kinds=0.3, areas=0.2, sites=0.3, signal=0.1)
    resident = shares(0.92, kinds=0.3, areas=0.2, sites=0.3, signal=0.1)
    came = random.binomial(people, turn_out)
    ready = random.binomial(came, phone_ready)

    team = random.integers(teams, size=count)
    district = np.exp(random.normal(-0.05, world.district_pace))
    by_team, by_level = random.normal(0, world.team, teams), random.normal(0, world.level_pace, 5)
    factor = district * np.exp(by_team[:, None] + by_level)
    met = np.clip(level + random.choice([-1, 0, 1], p=[0.15, 0.7, 0.15], size=count), 1, 4)
    if world.has_assumed_ratings:
        chances = np.cumsum(prior_weights() / PRIOR_VISITS, axis=1)
        met = (random.random(count)[:, None] > chances[level, :-1]).sum(axis=1)
    rate = np.array(SIGNAL.rate)
    # Planned minutes serve what is assumed to come, at the pace given and the signal rated, in quarters of an hour.
    wanted = people * world.assumed * 0.8 * GIVEN_MINUTES / (OPERATORS * rate[level])
    minutes = np.clip(np.ceil(wanted / 15) * 15, 30, 360).astype(np.int64)
    day_shape = 1 / world.day**2
    pace = factor[team, met] * random.gamma(day_shape, 1 / day_shape, count) * rate[met] * OPERATORS / GIVEN_MINUTES
    needed = np.where(ready > 0, random.gamma(np.maximum(ready, 1)) / np.maximum(pace, 1e-9), 0.0)
    full = needed > minutes
    in_time = random.binomial(np.maximum(ready - 1, 0), np.minimum(minutes / np.maximum(needed, 1e-9), 1.0))
    served = np.where(full, in_time, ready)
    last = np.where(full, np.maximum(minutes - random.uniform(0, 1, count) / np.maximum(pace, 1e-9), 0.0), needed)
    unready = random.binomial(came - ready, np.where(ready > 0, served / np.maximum(ready, 1), 1.0))
    elsewhere = random.binomial(served, 1 - resident)
    left = came - served - unready
    # Of the full ones some say so, some count some of those who were sent away, some say nothing.
    telling = random.random(count)
    seen_leaving = random.binomial(np.maximum(left, 0), 0.5)
    lost_days = random.random(visits // VISITS_A_DAY + 1) < random.beta(2, 38)
    lost_visits = random.random(count) < random.beta(2, 28)

    results = []
    for visit in range(visits):
        day = visit // VISITS_A_DAY
        start = FIRST_MORNING + timedelta(days=day)
        if lost_days[day] or lost_visits[visit]:
            happened: dict[str, Any] = lost("network_down" if lost_days[day] else "site_closed")
        else:
            silent, counted = telling[visit] < 0.2, telling[visit] > 0.8
            happened = {
                "outcome": Outcome.HELD,
                "served": int(served[visit]),
                "activated": int(served[visit] - elsewhere[visit]),
                "other_district": int(elsewhere[visit]),
                "phone_not_ready": int(unready[visit]),
                "turned_away": int(seen_leaving[visit]) if counted and full[visit] else None,
                "ran_out_of_time": None if silent else bool(full[visit]),
                "started_at": start,
                "last_served_at": start + timedelta(minutes=float(last[visit])),
                "ended_at": start + timedelta(minutes=int(minutes[visit])),
                "signal_met": int(met[visit]),
                "cause": None,
            }
        results.append(
            VisitResult(
                visit=visit,
                site=visit,
                kind=KINDS[kind[visit]],
                area=AREAS[area[visit]],
                level=int(level[visit]),
                team=int(team[visit]),
                operators=OPERATORS,
                has_satellite=False,
                day=start.date(),
                service_minutes=int(minutes[visit]),
                given_minutes_per_activation=GIVEN_MINUTES,
                invited=int(people[visit]),
                **happened,
            )
        )
    return Month(
        kind=kind,
        area=area,
        level=level,
        people=people,
        turn_out=turn_out,
        came=came,
        pace=factor,
        results=tuple(results),
    )


def lost(cause: str) -> dict[str, Any]:
    """What is told of a visit that was not held."""
    return {
        "outcome": Outcome.NOT_HELD,
        "served": 0,
        "activated": 0,
        "other_district": 0,
        "phone_not_ready": 0,
        "turned_away": None,
        "ran_out_of_time": None,
        "started_at": None,
        "last_served_at": None,
        "ended_at": None,
        "signal_met": None,
        "cause": cause,
    }
