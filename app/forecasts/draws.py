"""Futures of a district's month: what visits share is drawn once for each, so that their sum is as uncertain as it is.

Everything is drawn from the posteriors of `app.estimates`; the same month and seeds give the same bytes."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from app.estimates.arrays import Floats, Singles
from app.estimates.learning import Learned
from app.estimates.streams import Purpose, stream
from app.forecasts.in_use import InUse
from app.forecasts.month import MonthAhead, PolicySwitch
from app.forecasts.shared_draws import Shared, shared_draws
from app.forecasts.site_draws import Block, Cause
from app.forecasts.site_rows import blocks

DRAWS = 1_000
NO_SITE = -1
TEAM_DAYS_OF_AS_NOW = 10
DATES_OF_AS_NOW = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """The drawn futures of one month."""

    seed: int
    national_seed: int
    days: tuple[date, ...]
    """Every date from the day of the forecast to the deadline."""
    published: Floats
    """`published[d, n]`: the count on the evening of day d in future n if no further visit is published."""
    as_now: Floats | None
    """The same if work then goes on as it does now; None where no visit says how, or no day is left for it."""
    last_published: date | None
    """The date of the last visit."""
    fixed: Mapping[Cause, Floats]
    """The published count at the deadline with one cause held at its mean; shape (draws,)."""
    expected_of_visit: Mapping[int, float]
    """Mean activations of each visit by its id; the chance of its loss is in it, what is made up for later, too."""


def draw(
    month: MonthAhead,
    known: InUse | Learned,
    *,
    seed: int,
    national_seed: int,
    draws: int = DRAWS,
    has_split: bool = True,
) -> Draws:
    """Draw the futures of a month.

    `national_seed` is for what all districts meet at once: the same for all that are to be added up. Without
    `has_split`, `Draws.fixed` stays empty."""
    shared = shared_draws(month, known, seed=seed, national_seed=national_seed, draws=draws)
    as_now = _AsNow.of(month)
    left = np.zeros(draws) if as_now is None else _never_visited(month, shared)
    tally = _Tally(by_day=np.zeros((len(shared.days), draws)), tail=np.zeros(draws), left=left)
    won_with: dict[Cause, Floats] = {}
    if has_split:
        won_with = {cause: np.zeros(draws) for cause in Cause if cause is not Cause.WALK_INS}
    for sites, rows in blocks(month):
        block = Block.drawn(sites, rows, shared)
        tally.add(block, shared, as_now)
        for cause, won in won_with.items():
            for _, won_by_row in block.play(cause):
                won += won_by_row.sum(axis=0, dtype=np.float64)
    return _added_up(month, shared, as_now, tally, won_with)


def _never_visited(month: MonthAhead, shared: Shared) -> Floats:
    """Residents who would come at the sites that no visit is published for; shape (draws,).

    Drawn by kind, area and level, not site by site: they only tell how soon going on as now runs dry."""
    planned = {visit.site for visit in month.visits}
    people: Counter[tuple[str, str, int]] = Counter()
    for site in month.sites:
        if site.site not in planned:
            people[site.kind, site.area, site.level] += site.people
    left = np.zeros(shared.draws)
    for (kind, area, level), number in sorted(people.items()):
        generator = stream(shared.seed, Purpose.CELL, int.from_bytes(f"{level} {kind} {area}".encode()))
        share = np.full(shared.draws, float(number))
        for model in (shared.turn_out, shared.phone_ready, shared.resident):
            share *= model.of_site(NO_SITE, kind=kind, area=area, level=level, generator=generator)
        left += share
    return left


@dataclass(frozen=True, slots=True, kw_only=True)
class _AsNow:
    """How work goes on after the last published visit."""

    starts_after: date
    days: tuple[date, ...]
    """The working days then left."""
    team_days: frozenset[tuple[date, int]]
    """The published ones among the last ones."""
    reported: int
    """Activations of the reported ones among the last ones."""
    number: int
    """Of the last team-days, both kinds."""
    team_days_a_day: float

    @classmethod
    def of(cls, month: MonthAhead) -> "_AsNow | None":
        """None where no team-day says how work goes on, or no day is left for it."""
        last = max((visit.date for visit in month.visits), default=month.on)
        days = tuple(day for day in month.working_days if day > last)
        reported = {(row.date, row.team): row.activated for row in month.recent}
        published = {(visit.date, visit.team) for visit in month.visits}
        all_of_them = sorted(reported.keys() | published)
        if not days or not all_of_them:
            return None
        dates = sorted({day for day, _ in all_of_them})[-DATES_OF_AS_NOW:]
        works = sum(dates[0] <= day <= dates[-1] for day in month.working_days)
        latest = all_of_them[-TEAM_DAYS_OF_AS_NOW:]
        return cls(
            starts_after=max(last, month.on),
            days=days,
            team_days=frozenset(published.intersection(latest)),
            reported=sum(reported.get(team_day, 0) for team_day in latest),
            number=len(latest),
            team_days_a_day=sum(day >= dates[0] for day, _ in all_of_them) / max(works, len(dates)),
        )

    def won(self, days: Sequence[date], tail: Floats, left: Floats) -> Floats:
        """What is won by each day beyond the published visits; shape (days, draws).

        The yield of the last team-days falls as the people who were never visited, or left over, become fewer."""
        a_day = (tail + self.reported) / self.number * self.team_days_a_day
        worked = np.array([bisect_right(self.days, day) for day in days], dtype=np.float64)
        return np.asarray(left * -np.expm1(-worked[:, None] * a_day / np.maximum(left, 1)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tally:
    """What has been added up, in place, of the blocks played so far."""

    by_day: Floats
    """`by_day[d, n]`: won on day d in future n."""
    tail: Floats
    """Won by the team-days that say how work goes on; shape (draws,)."""
    left: Floats
    """Residents who would still come after all visits; shape (draws,)."""
    of_visit: dict[int, float] = field(default_factory=dict)

    def add(self, block: Block, shared: Shared, as_now: _AsNow | None) -> None:
        left: list[Singles] = []
        for turn, won in block.play(None, left):
            for row, mean, of_row in zip(turn.rows, won.mean(axis=1, dtype=np.float64), won, strict=True):
                self.by_day[max(0, (row.date - shared.days[0]).days)] += of_row
                if as_now is not None and (row.visit.date, row.visit.team) in as_now.team_days:
                    np.add(self.tail, of_row, out=self.tail)
                self.of_visit[row.visit.visit] = self.of_visit.get(row.visit.visit, 0.0) + float(mean)
        np.add(self.left, left[0].sum(axis=0), out=self.left)


def _added_up(
    month: MonthAhead, shared: Shared, as_now: _AsNow | None, tally: _Tally, won_with: Mapping[Cause, Floats]
) -> Draws:
    most = np.inf if month.eligible_people is None else max(month.eligible_people, month.count)
    walk_ins = _walk_ins(month, shared)
    published = month.count + np.cumsum(tally.by_day + walk_ins, axis=0)
    came = walk_ins.sum(axis=0)
    fixed = {cause: np.minimum(month.count + won + came, most) for cause, won in won_with.items()}
    if won_with:
        fixed[Cause.WALK_INS] = np.minimum(month.count + tally.by_day.sum(axis=0) + came.mean(), most)
    goes_on = None if as_now is None else published + as_now.won(shared.days, tally.tail, tally.left)
    return Draws(
        seed=shared.seed,
        national_seed=shared.national_seed,
        days=shared.days,
        published=np.minimum(published, most),
        as_now=None if goes_on is None else np.minimum(goes_on, most),
        last_published=max((visit.date for visit in month.visits), default=None),
        fixed=fixed,
        expected_of_visit=tally.of_visit,
    )


def _walk_ins(month: MonthAhead, shared: Shared) -> Floats:
    """People who come by themselves; `came[d, n]` on day d in future n, the first of them with all days before it.

    Those who find the server down come on another day: a lost day of visits loses none of them."""
    ahead = month.walk_ins
    came = np.zeros((len(shared.days), shared.draws))
    rates = stream(shared.seed, Purpose.WALK_IN_RATE)
    wrong_by = rates.standard_gamma(ahead.strength, shared.draws) / ahead.strength
    factors = {switch: _factor(switch, shared) for switch in ahead.switches}
    for day, expected in ahead.expected:
        if day > month.deadline or expected <= 0:
            continue
        mean = expected * wrong_by
        for switch, factor in factors.items():
            if switch.starts_on <= day and (switch.ends_before is None or day < switch.ends_before):
                mean = mean * factor
        generator = stream(shared.seed, Purpose.WALK_IN_DAY, day.toordinal())
        if ahead.fano > 1:
            mean = generator.standard_gamma(mean / (ahead.fano - 1)) * (ahead.fano - 1)
        came[max(0, (day - shared.days[0]).days)] += generator.poisson(mean)
    return came


def _factor(switch: PolicySwitch, shared: Shared) -> Floats:
    """What a switch multiplies the walk-ins by: unknown, but the same wherever it is switched."""
    generator = stream(shared.national_seed, Purpose.POLICY_SWITCH, switch.starts_on.toordinal())
    return np.asarray(switch.factor * np.exp(switch.log_spread * generator.standard_normal(shared.draws)))
