"""Months whose truth is known: posteriors that are right by construction, and a plain simulator of what happens.

The simulator shares no code with the forecast: it goes through the visits of one future by their dates, one by one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from app.forecasts.month import MonthAhead, SiteAhead, TeamAhead, VisitAhead, WalkInsAhead

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KINDS = ("village", "school", "agency", "mall")
SHARE_OF_KIND = {"village": 0.2, "school": 0.7, "agency": 0.6, "mall": 0.1}
RATES = (0.0, 0.34, 0.62, 0.86, 0.98)
START = date(2024, 6, 3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownShares:
    """Shares whose effects are drawn from the distribution that makes the truth."""

    share: float | None = None
    """The same for every kind; None: that of the kind."""
    shared_spread: float = 0.45
    kind_spread: float = 0.3
    area_spread: float = 0.25
    site_spread: float = 0.5

    def draw(self, generator: np.random.Generator, count: int) -> "KnownShareDraws":
        return KnownShareDraws(
            known=self,
            level=self.shared_spread * generator.standard_normal(count),
            of_kind={kind: self.kind_spread * generator.standard_normal(count) for kind in KINDS},
            of_area={area: self.area_spread * generator.standard_normal(count) for area in map(str, range(8))},
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownShareDraws:
    known: KnownShares
    level: Floats
    of_kind: Mapping[str, Floats]
    of_area: Mapping[str, Floats]

    def of_site(self, site: int, *, kind: str, area: str, level: int, generator: np.random.Generator) -> Floats:
        share = self.known.share or SHARE_OF_KIND[kind]
        own = self.known.site_spread * generator.standard_normal(len(self.level))
        logit = np.log(share / (1 - share)) + self.level + self.of_kind[kind] + self.of_area[area] + own
        return np.asarray(1 / (1 + np.exp(-logit)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownPace:
    shared_spread: float = 0.15
    team_spread: float = 0.1
    day_spread: float = 0.15

    def draw(self, generator: np.random.Generator, count: int) -> "KnownPaceDraws":
        return KnownPaceDraws(known=self, district=self.shared_spread * generator.standard_normal(count))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownPaceDraws:
    known: KnownPace
    district: Floats

    def of_team(self, team: int, given: float, generator: np.random.Generator, *, level: int | None = None) -> Floats:
        own = self.known.team_spread * generator.standard_normal(len(self.district))
        return np.asarray(np.exp(self.district + own) / given)

    def of_day(self, generator: np.random.Generator) -> Floats:
        shape = self.known.day_spread**-2
        return np.asarray(generator.standard_gamma(shape, len(self.district)) / shape)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownSignal:
    agreement: float = 0.7

    def draw(self, generator: np.random.Generator, count: int) -> "KnownSignalDraws":
        return KnownSignalDraws(agreement=generator.beta(10 * self.agreement, 10 * (1 - self.agreement), count))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownSignalDraws:
    agreement: Floats

    def met(self, rated: int, generator: np.random.Generator) -> Ints:
        count = len(self.agreement)
        other = np.clip(rated + np.where(generator.random(count) < 0.5, -1, 1), 0, 4)
        return np.where(generator.random(count) < self.agreement, rated, other)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownLosses:
    visit: tuple[float, float] = (4.0, 56.0)
    day: tuple[float, float] = (2.0, 38.0)

    def draw(self, generator: np.random.Generator, count: int) -> "KnownLossDraws":
        return KnownLossDraws(visit=generator.beta(*self.visit, count), day=generator.beta(*self.day, count))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownLossDraws:
    visit: Floats
    day: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWorld:
    """Posteriors that are right: the truth of a month is one draw of them."""

    turn_out: KnownShares = KnownShares()
    phone_ready: KnownShares = KnownShares(share=0.8, shared_spread=0.2, kind_spread=0.1, area_spread=0.1)
    resident: KnownShares = KnownShares(share=0.9, shared_spread=0.1, kind_spread=0.1, area_spread=0.1)
    pace: KnownPace = KnownPace()
    signal: KnownSignal = KnownSignal()
    losses: KnownLosses = KnownLosses()


def make_month(
    *,
    sites: int = 40,
    teams: int = 4,
    days: int = 15,
    visits_a_day: int = 1,
    days_after: int = 5,
    seed: int = 1,
    walk_ins: float = 12.0,
    target: int = 2_600,
) -> MonthAhead:
    """A month in which each team visits so many sites on each of its first days, then none on the days after."""
    generator = np.random.default_rng(seed)
    dates = _working_days(START, days + days_after)
    return MonthAhead(
        on=START - timedelta(days=1),
        deadline=dates[-1],
        count=1_000,
        target=target,
        eligible_people=None,
        working_days=dates,
        sites=tuple(
            SiteAhead(
                site=100 + number,
                kind=KINDS[number % len(KINDS)],
                area=str(number % 8),
                level=int(generator.integers(2, 5)),
                people=int(generator.integers(20, 600)),
            )
            for number in range(sites)
        ),
        teams=tuple(TeamAhead(team=team, minutes_per_activation=6.0) for team in range(1, teams + 1)),
        visits=tuple(
            VisitAhead(
                visit=1_000 + (day * teams + team) * visits_a_day + number,
                site=100 + ((day * teams + team) * visits_a_day + number) % sites,
                team=team + 1,
                date=dates[day],
                operators=2,
                minutes=int(generator.choice([120, 180, 240])),
            )
            for day in range(days)
            for team in range(teams)
            for number in range(visits_a_day)
        ),
        walk_ins=WalkInsAhead(expected=tuple((day, walk_ins) for day in dates), strength=20.0),
        rate_of_level=RATES,
    )


def _working_days(start: date, number: int) -> tuple[date, ...]:
    days = (start + timedelta(days=offset) for offset in range(2 * number + 7))
    return tuple(day for day in days if day.weekday() < 5)[:number]


def count_at_the_deadline(month: MonthAhead, world: KnownWorld, generator: np.random.Generator) -> int:
    """The count with which one true future of the month ends."""
    return _live(month, world, generator)[month.deadline]


def _live(month: MonthAhead, world: KnownWorld, generator: np.random.Generator) -> dict[date, int]:
    """The count on the evening of every day on which something happened."""
    shares = [model.draw(generator, 1) for model in (world.turn_out, world.phone_ready, world.resident)]
    pace = world.pace.draw(generator, 1)
    signal = world.signal.draw(generator, 1)
    losses = world.losses.draw(generator, 1)
    wanting: dict[int, list[int]] = {}
    for site in month.sites:
        come, ready, here = (
            float(share.of_site(site.site, kind=site.kind, area=site.area, level=site.level, generator=generator)[0])
            for share in shares
        )
        came = generator.binomial(site.people, come)
        served = generator.binomial(came, ready)
        residents = int(generator.binomial(served, here))
        wanting[site.site] = [1] * residents + [0] * int(served - residents)
        generator.shuffle(wanting[site.site])
    of_team = {t.team: float(pace.of_team(t.team, t.minutes_per_activation, generator)[0]) for t in month.teams}
    level_of = {site.site: site.level for site in month.sites}
    won: defaultdict[date, int] = defaultdict(int)
    for day, visits in _by_date(month.visits):
        if generator.random() < losses.day[0]:
            continue
        for visit in visits:
            if generator.random() < losses.visit[0]:
                continue
            met = int(signal.met(level_of[visit.site], generator)[0])
            busy = visit.operators * visit.minutes * of_team[visit.team] * month.rate_of_level[met]
            room = int(generator.poisson(busy * pace.of_day(generator)[0]))
            queue = wanting[visit.site]
            won[day] += sum(queue[:room])
            wanting[visit.site] = queue[room:]
    wrong_by = generator.gamma(month.walk_ins.strength, 1 / month.walk_ins.strength)
    for day, expected in month.walk_ins.expected:
        odds = month.walk_ins.fano - 1
        won[day] += int(generator.negative_binomial(expected * wrong_by / odds, 1 / month.walk_ins.fano))
    counts: dict[date, int] = {}
    count = month.count
    for day in sorted({*won, month.deadline}):
        count += won[day]
        counts[day] = count
    return counts


def _by_date(visits: Sequence[VisitAhead]) -> list[tuple[date, list[VisitAhead]]]:
    days: defaultdict[date, list[VisitAhead]] = defaultdict(list)
    for visit in sorted(visits, key=lambda visit: (visit.date, visit.visit)):
        days[visit.date].append(visit)
    return sorted(days.items())
