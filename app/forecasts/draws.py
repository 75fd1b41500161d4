"""Futures of a district's month: what visits share is drawn once for each, so that their sum is as uncertain as it is.

Everything is drawn from the posteriors of `app.estimates`; the same month and seeds give the same bytes."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.estimates.arrays import Floats, Singles, Truths
from app.estimates.learning import Learned
from app.estimates.pace import PaceDraws
from app.estimates.signal import SignalDraws
from app.estimates.streams import Purpose, stream
from app.forecasts.in_use import DrawnShare, InUse
from app.forecasts.month import MonthAhead, PolicySwitch, SiteAhead, VisitAhead

DRAWS = 1_000
# Assumed until the causes of many lost days are known: every second one is lost to the server of the whole country,
# for which no district makes up by better luck elsewhere.
NATIONAL_PART_OF_LOST_DAYS = 0.5
# Drawn and played together, so that their arrays stay in the processor's cache.
SITES_AT_A_TIME = 64
# Up to so many people the binomial distribution is drawn itself: the normal one beside it is too even.
FEW_PEOPLE = 60
NO_SITE = -1
TEAM_DAYS_OF_AS_NOW = 10
DATES_OF_AS_NOW = 5


class Cause(StrEnum):
    """What makes a forecast unsure: each of them somebody can find out more about, or guard against."""

    TURN_OUT = "turn_out"
    """Who comes, with a phone that works, and is counted here."""
    PACE = "pace"
    SIGNAL = "signal"
    LOSSES = "losses"
    WALK_INS = "walk_ins"


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
    shared = _shared(month, known, seed=seed, national_seed=national_seed, draws=draws)
    as_now = _AsNow.of(month)
    left = np.zeros(draws) if as_now is None else _never_visited(month, shared)
    tally = _Tally(by_day=np.zeros((len(shared.days), draws)), tail=np.zeros(draws), left=left)
    won_with: dict[Cause, Floats] = {}
    if has_split:
        won_with = {cause: np.zeros(draws) for cause in Cause if cause is not Cause.WALK_INS}
    for sites, rows in _blocks(month):
        block = _Block.drawn(sites, rows, shared)
        tally.add(block, shared, as_now)
        for cause, won in won_with.items():
            for _, won_by_row in block.play(cause):
                won += won_by_row.sum(axis=0, dtype=np.float64)
    return _added_up(month, shared, as_now, tally, won_with)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shared:
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


def _shared(month: MonthAhead, known: InUse | Learned, *, seed: int, national_seed: int, draws: int) -> _Shared:
    losses = known.losses.draw(stream(seed, Purpose.LOSSES), draws)
    pace = known.pace.draw(stream(seed, Purpose.PACE), draws)
    ordinals = range(month.on.toordinal(), month.deadline.toordinal() + 1)
    dates = {row.date for rows in _rows_by_site(month).values() for row in rows}
    return _Shared(
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A visit on its date, or what makes up for it on a later one."""

    visit: VisitAhead
    date: date
    is_make_up: bool = False


def _rows_by_site(month: MonthAhead) -> dict[int, list[_Row]]:
    """The visits of each site in the order in which they are held, also what may make up for them."""
    rows: dict[int, list[_Row]] = {site.site: [] for site in month.sites}
    for visit in month.visits:
        rows[visit.site].append(_Row(visit=visit, date=visit.date))
        if month.make_up is not None:
            place = bisect_right(month.working_days, visit.date) + month.make_up.after_working_days - 1
            if place < len(month.working_days):
                rows[visit.site].append(_Row(visit=visit, date=month.working_days[place], is_make_up=True))
    for of_site in rows.values():
        of_site.sort(key=lambda row: (row.date, row.is_make_up, row.visit.visit))
    return rows


def _blocks(month: MonthAhead) -> Iterator[tuple[list[SiteAhead], list[list[_Row]]]]:
    """The sites that are visited and their visits, some at a time, ascending."""
    rows = _rows_by_site(month)
    sites = sorted((site for site in month.sites if rows[site.site]), key=lambda site: site.site)
    for start in range(0, len(sites), SITES_AT_A_TIME):
        block = sites[start : start + SITES_AT_A_TIME]
        yield block, [rows[site.site] for site in block]


def _never_visited(month: MonthAhead, shared: _Shared) -> Floats:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Turn:
    """The first visits of the sites of a block, or the second, …: no two at one site.

    Arrays have a row for each visit and a column for each future."""

    rows: list[_Row]
    positions: NDArray[np.intp]
    """Of their sites in the block."""
    pace: Singles
    """People who would be served at undisturbed signal."""
    rate: Singles
    """What the signal leaves of them."""
    held: Singles
    """1 where the visit is held, otherwise 0."""
    luck: Singles
    """Standard normal: of two equal hours one serves more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Block:
    """All that is drawn for some sites: how many people come there, and what each visit could serve."""

    residents: Singles
    """`residents[i, n]`: people at site i in future n who come, can be served and count here."""
    others: Singles
    """People who are served as they are but count elsewhere."""
    even_residents: Singles
    """The same with every share at its mean."""
    even_others: Singles
    turns: tuple[_Turn, ...]

    @classmethod
    def drawn(cls, sites: Sequence[SiteAhead], rows: Sequence[Sequence[_Row]], shared: _Shared) -> "_Block":
        come, even = _demand(sites, shared)
        turns = []
        for turn in range(max(map(len, rows))):
            positions = [position for position, of_site in enumerate(rows) if len(of_site) > turn]
            turns.append(
                _turn(
                    [rows[position][turn] for position in positions], [sites[p] for p in positions], positions, shared
                )
            )
        return cls(
            residents=come[0],
            others=come[1],
            even_residents=even[0],
            even_others=even[1],
            turns=tuple(turns),
        )

    def play(self, cause: Cause | None, left: list[Singles] | None = None) -> Iterator[tuple[_Turn, Singles]]:
        """What every visit wins, turn by turn, with one cause held at its mean; `left` is given the residents who
        remain."""
        is_even = cause is Cause.TURN_OUT
        residents = (self.even_residents if is_even else self.residents).copy()
        others = (self.even_others if is_even else self.others).copy()
        for turn in self.turns:
            pace = turn.pace if cause is not Cause.PACE else _mean(turn.pace)
            rate = turn.rate if cause is not Cause.SIGNAL else _mean(turn.rate)
            held = turn.held if cause is not Cause.LOSSES else _mean(turn.held)
            wanting = residents[turn.positions]
            waiting = wanting + others[turn.positions]
            served = pace * rate
            served = np.maximum(np.rint(served + turn.luck * np.sqrt(served)), 0)
            np.minimum(served, waiting, out=served)
            served *= held
            won = np.rint(served * wanting / np.maximum(waiting, 1))
            residents[turn.positions] = wanting - won
            others[turn.positions] -= served - won
            yield turn, won
        if left is not None:
            left.append(residents)


def _mean(values: Singles) -> Singles:
    return np.asarray(values.mean(axis=1, keepdims=True))


def _demand(sites: Sequence[SiteAhead], shared: _Shared) -> tuple[Singles, Singles]:
    """Who comes to each site, as drawn and with the shares at their means: residents, then others; (2, sites, draws)
    each."""
    ready, residents = (np.empty((len(sites), shared.draws), dtype=np.float32) for _ in range(2))
    luck = np.zeros((2, len(sites), shared.draws), dtype=np.float32)
    few: list[tuple[int, Singles, Singles]] = []
    for row, site in enumerate(sites):
        generator = stream(shared.seed, Purpose.SITE, site.site)
        turn_out, phone_ready, resident = (
            model.of_site(site.site, kind=site.kind, area=site.area, level=site.level, generator=generator)
            for model in (shared.turn_out, shared.phone_ready, shared.resident)
        )
        come = turn_out * phone_ready
        ready[row], residents[row] = come, resident
        if site.people <= FEW_PEOPLE:
            few.append(
                (
                    row,
                    _few(site.people, come, resident, generator),
                    _few(
                        site.people,
                        np.full_like(come, come.mean()),
                        np.full_like(come, resident.mean()),
                        generator,
                    ),
                )
            )
        else:
            for each in luck:
                generator.standard_normal(dtype=np.float32, out=each[row])
    people = np.array([[site.people] for site in sites], dtype=np.float32)
    drawn, even = _many(people, ready, residents, luck), _many(people, _mean(ready), _mean(residents), luck)
    for row, as_drawn, as_even in few:
        drawn[:, row], even[:, row] = as_drawn, as_even
    return drawn, even


def _few(people: int, ready: Floats, residents: Floats, generator: Generator) -> Singles:
    come = generator.binomial(people, ready)
    count_here = generator.binomial(come, residents)
    return np.stack([count_here, come - count_here]).astype(np.float32)


def _many(people: Singles, ready: Singles, residents: Singles, luck: Singles) -> Singles:
    come = _binomial(people, ready, luck[0])
    count_here = _binomial(come, residents, luck[1])
    return np.stack([count_here, come - count_here])


def _binomial(number: Singles, share: Singles, luck: Singles) -> Singles:
    """The normal distribution in place of the binomial one, whole and within its bounds."""
    mean = number * share
    return np.asarray(np.minimum(np.maximum(np.rint(mean + luck * np.sqrt(mean * (1 - share))), 0), number))


def _turn(rows: list[_Row], sites: Sequence[SiteAhead], positions: Sequence[int], shared: _Shared) -> _Turn:
    futures = np.arange(shared.draws)
    held = np.empty((len(rows), shared.draws), dtype=np.float32)
    pace, rate, luck = (np.empty_like(held) for _ in range(3))
    for number, (row, site) in enumerate(zip(rows, sites, strict=True)):
        generator, is_held = _luck_of(row.visit, row.visit.date, Purpose.VISIT, shared)
        if row.is_make_up:
            was_held = is_held
            generator, is_held = _luck_of(row.visit, row.date, Purpose.MAKE_UP, shared)
            is_held &= ~was_held & (generator.random(shared.draws) < shared.make_up_chance)
        held[number] = is_held
        least = max(shared.least_level[row.visit.team], row.visit.least_level)
        met = np.maximum(shared.signal.met(site.level, generator), least)
        rate[number] = shared.rate_of_level[met, futures]
        operator_minutes = row.visit.operators * row.visit.minutes
        pace[number] = operator_minutes * shared.pace_of_team[row.visit.team] * shared.pace.of_day(generator)
        generator.standard_normal(dtype=np.float32, out=luck[number])
    return _Turn(
        rows=rows,
        positions=np.array(positions, dtype=np.intp),
        pace=pace,
        rate=rate,
        held=held,
        luck=luck,
    )


def _luck_of(visit: VisitAhead, day: date, purpose: Purpose, shared: _Shared) -> tuple[Generator, Truths]:
    """A visit's own stream, and in which futures it is held on that day."""
    generator = stream(shared.seed, purpose, visit.visit)
    return generator, np.asarray((generator.random(shared.draws) >= shared.lost_visit) & ~shared.lost_day[day])


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

    def add(self, block: _Block, shared: _Shared, as_now: _AsNow | None) -> None:
        left: list[Singles] = []
        for turn, won in block.play(None, left):
            for row, mean, of_row in zip(turn.rows, won.mean(axis=1, dtype=np.float64), won, strict=True):
                self.by_day[max(0, (row.date - shared.days[0]).days)] += of_row
                if as_now is not None and (row.visit.date, row.visit.team) in as_now.team_days:
                    np.add(self.tail, of_row, out=self.tail)
                self.of_visit[row.visit.visit] = self.of_visit.get(row.visit.visit, 0.0) + float(mean)
        np.add(self.left, left[0].sum(axis=0), out=self.left)


def _added_up(
    month: MonthAhead, shared: _Shared, as_now: _AsNow | None, tally: _Tally, won_with: Mapping[Cause, Floats]
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


def _walk_ins(month: MonthAhead, shared: _Shared) -> Floats:
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


def _factor(switch: PolicySwitch, shared: _Shared) -> Floats:
    """What a switch multiplies the walk-ins by: unknown, but the same wherever it is switched."""
    generator = stream(shared.national_seed, Purpose.POLICY_SWITCH, switch.starts_on.toordinal())
    return np.asarray(switch.factor * np.exp(switch.log_spread * generator.standard_normal(shared.draws)))
