"""What all visits of a month share, drawn once for each future."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from app.estimates.arrays import Floats, Singles, Truths
from app.estimates.learning import Learned
from app.estimates.pace import PaceDraws
from app.estimates.signal import SignalDraws
from app.estimates.streams import Purpose, stream
from app.forecasts.in_use import DrawnShare, InUse
from app.forecasts.month import MonthAhead
from app.forecasts.site_rows import rows_by_site

# Assumed until the causes of many lost days are known: every second one is lost to the server of the whole country,
# for which no district makes up by better luck elsewhere.
NATIONAL_PART_OF_LOST_DAYS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shared:
    """What is drawn once for each future."""

    seed: int
    national_seed: int
    draws: int
    days: tuple[date, ...]
    turn_out: DrawnShare
    phone_ready: DrawnShare
    resident: DrawnShare
    signal: SignalDraws
    pace: PaceDraws
    pace_of_team: Mapping[int, Floats]
    """People whom an operator serves in a minute at undisturbed signal."""
    rate_of_level: Singles
    """`rate_of_level[level, n]`: what the signal leaves of that pace in future n."""
    least_level: Mapping[int, int]
    make_up_chance: float
    lost_visit: Floats
    lost_day: Mapping[date, Truths]


def shared_draws(month: MonthAhead, known: InUse | Learned, *, seed: int, national_seed: int, draws: int) -> Shared:
    losses = known.losses.draw(stream(seed, Purpose.LOSSES), draws)
    pace = known.pace.draw(stream(seed, Purpose.PACE), draws)
    ordinals = range(month.on.toordinal(), month.deadline.toordinal() + 1)
    dates = {row.date for rows in rows_by_site(month).values() for row in rows}
    return Shared(
        seed=seed,
        national_seed=national_seed,
        draws=draws,
        days=tuple(date.fromordinal(number) for number in ordinals),
        turn_out=known.turn_out.draw(stream(seed, Purpose.TURN_OUT), draws),
        phone_ready=known.phone_ready.draw(stream(seed, Purpose.PHONE_READY), draws),
        resident=known.resident.draw(stream(seed, Purpose.RESIDENTS), draws),
        signal=known.signal.draw(stream(seed, Purpose.SIGNAL), draws),
        pace=pace,
        pace_of_team={
            team.team: pace.of_team(team.team, team.minutes_per_activation, stream(seed, Purpose.TEAM, team.team))
            for team in month.teams
        },
        rate_of_level=np.stack(
            [rate * _effect_of(level, pace, seed) for level, rate in enumerate(month.rate_of_level)]
        ).astype(np.float32),
        least_level={team.team: team.least_level for team in month.teams},
        make_up_chance=0.0 if month.make_up is None else month.make_up.chance,
        lost_visit=losses.visit,
        lost_day={day: _lost_day(day, losses.day, seed=seed, national_seed=national_seed) for day in sorted(dates)},
    )


def _effect_of(level: int, pace: PaceDraws, seed: int) -> Floats:
    """What was learned of the pace at a signal, beyond its rate: the same for every team, so anyone's tells it."""
    at_level, anywhere = (pace.of_team(0, 1.0, stream(seed, Purpose.TEAM), level=which) for which in (level, None))
    return np.asarray(at_level / anywhere)


def _lost_day(day: date, chance: Floats, *, seed: int, national_seed: int) -> Truths:
    """In which futures the whole day is lost: to the country's server, or to something of the district's own."""
    national = chance * NATIONAL_PART_OF_LOST_DAYS
    own = (chance - national) / (1 - national)
    number = day.toordinal()
    nowhere = stream(national_seed, Purpose.NATIONAL_DAY, number).random(len(chance)) < national
    return np.asarray(nowhere | (stream(seed, Purpose.DAY, number).random(len(chance)) < own))
