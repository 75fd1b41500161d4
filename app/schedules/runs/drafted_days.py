"""The gate to the planning core for team-days of drafts that hold breaks and shared kits, where a hand changed them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from operator import and_

from solver.contract.book import open_book
from solver.contract.documents import Carried
from solver.contract.instance import Instance, Team, Visit
from solver.contract.journal import open_journal
from solver.contract.journeys import Pause
from solver.contract.plan_rows import Rows
from solver.contract.verify import broken_rules
from solver.plans.kit_use import draw_kits
from solver.plans.paused_days import PausedDays

TeamDay = tuple[str, date]
_STEP = 5
"""Minutes between two starts of a break that are tried, beside those that begin or end with a visit."""


def rows_after(instance: Instance, rows: Rows, *, before: Sequence[Visit], after: Sequence[Visit]) -> Rows:
    """The rows of a plan whose visits have changed: those of changed team-days are chosen anew, all others stay.

    A break keeps its start where it can, else it breaks as few rules as it can; it may still break some. Kits stay with
    the team-days that have them; what a day without visits leaves free goes to a changed one that wins by it."""
    old, new = _by_day(before), _by_day(after)
    # A day of a trip keeps its breaks and kits as they are: what is laid out here begins and ends at the base.
    away = days_away(instance, rows)
    changed = {key for key in old.keys() | new.keys() if set(old.get(key, ())) != set(new.get(key, ()))} - away
    if not changed:
        return rows
    stood: dict[TeamDay, list[Pause]] = defaultdict(list)
    for pause in rows.breaks:
        stood[pause.team, pause.date].append(pause)
    breaks = [pause for pause in rows.breaks if (pause.team, pause.date) not in changed]
    for key in sorted(changed & new.keys()):
        breaks += _pauses(instance, new[key], stood[key])
    return replace(
        rows,
        breaks=tuple(sorted(breaks, key=lambda pause: (pause.team, pause.date, pause.start))),
        kits=_kits(instance, rows.kits, new, changed=changed, away=away),
    )


def days_away(instance: Instance, rows: Rows) -> frozenset[TeamDay]:
    """The team-days that begin or end away from the base, or hold a ride."""
    after = dict(pairwise(instance.dates))
    nights = {(night.team, day) for night in rows.nights for day in (night.date, after.get(night.date)) if day}
    return frozenset(nights | {(ride.team, ride.date) for ride in rows.rides})


def _kits(
    instance: Instance,
    rows: Sequence[Carried],
    days: Mapping[TeamDay, Sequence[Visit]],
    *,
    changed: set[TeamDay],
    away: frozenset[TeamDay],
) -> tuple[Carried, ...]:
    kept = [row for row in rows if (row.team, row.date) in days or (row.team, row.date) in away]
    having = {(row.team, row.date) for row in kept}
    wanting: dict[date, list[Visit]] = defaultdict(list)
    for key in sorted(changed - having):
        wanting[key[1]] += days.get(key, ())
    for day, visits in sorted(wanting.items()):
        out = Counter[str]()
        for row in kept:
            out[row.pool] += row.count if row.date == day else 0
        flags = tuple(day == other for other in instance.dates)
        free = tuple(
            replace(pool, count=max(0, pool.count - out[pool.id]), on_dates=tuple(map(and_, pool.on_dates, flags)))
            for pool in instance.kits
        )
        kept += draw_kits(replace(instance, kits=free), visits)
    return tuple(sorted(kept, key=lambda row: (row.team, row.date, row.pool)))


def breaks_off(instance: Instance, day: Sequence[Visit]) -> bool:
    """Whether no place for the break of a team-day lets all its visits keep the rules of the day."""
    pauses = _pauses(instance, day, ())
    return bool(pauses) and _faults(_small(instance, day), day, pauses) > 0


def takes_break(instance: Instance, team: str, day: date) -> bool:
    """Whether the team takes a break on that date if it goes out."""
    known = next(known for known in instance.teams if known.id == team)
    return bool(known.breaks) and bool(_numbers(instance, known, day))


def laid_around_break(
    instance: Instance, others: Sequence[Visit], visit: Visit, *, fixed: Collection[Visit], earliest: int
) -> tuple[Visit, ...] | None:
    """The team's day with one more visit and its break, all as early as can be; None if no order has room for it.

    `fixed` visits keep their starts, and nothing begins before `earliest`."""
    team = next(known for known in instance.teams if known.id == visit.team)
    numbers = _numbers(instance, team, visit.date)
    if len(numbers) != 1 or len(others) >= team.max_stops or not team.work_dates[instance.dates.index(visit.date)]:
        return None
    days, ordered = PausedDays(instance), sorted(others, key=lambda other: (other.start, other.site))
    best: tuple[int, tuple[Visit, ...]] | None = None
    for place in range(len(ordered) + 1):
        timed = days.day((*ordered[:place], visit, *ordered[place:]), numbers[0])
        if timed is None or any(stop.start < earliest for stop in timed.visits):
            continue
        if not set(fixed) <= set(timed.visits) or not _is_open(instance, timed.visits):
            continue
        retimed = len(set(timed.visits) - set(ordered))
        if best is None or retimed < best[0]:
            best = retimed, timed.visits
    return None if best is None else best[1]


def _is_open(instance: Instance, day: Sequence[Visit]) -> bool:
    index = instance.dates.index(day[0].date)
    named = {visit.site for visit in day}
    return all(site.open_dates[index] for site in instance.sites if site.id in named)


def _by_day(visits: Sequence[Visit]) -> Mapping[TeamDay, list[Visit]]:
    days: dict[TeamDay, list[Visit]] = defaultdict(list)
    for visit in visits:
        days[visit.team, visit.date].append(visit)
    return days


def _numbers(instance: Instance, team: Team, day: date) -> list[int]:
    index = instance.dates.index(day)
    return [number for number, rule in enumerate(team.breaks) if rule.on_dates[index]]


def _pauses(instance: Instance, day: Sequence[Visit], stood: Sequence[Pause]) -> list[Pause]:
    """The breaks of a team-day, one after the other."""
    team = next(known for known in instance.teams if known.id == day[0].team)
    small, pauses = _small(instance, day), list[Pause]()
    for number in _numbers(instance, team, day[0].date):
        before = next((pause for pause in stood if pause.number == number), None)
        tried = (
            Pause(team=team.id, date=day[0].date, number=number, start=start)
            for start in _starts(small, team, number, day, before)
        )
        pauses.append(min(tried, key=lambda pause: (_faults(small, day, [*pauses, pause]), pause != before)))
    return pauses


def _starts(instance: Instance, team: Team, number: int, day: Sequence[Visit], before: Pause | None) -> Iterator[int]:
    rule = team.breaks[number]
    first, last = rule.window.open, rule.window.close - rule.minutes
    setups = {site.id: site.setup_minutes for site in instance.sites}
    edges = {visit.start - rule.minutes for visit in day}
    edges |= {visit.start + setups[visit.site] for visit in day}
    edges |= {visit.start + setups[visit.site] + visit.minutes for visit in day}
    if before is not None:
        yield before.start
    yield from sorted({first, last, *range(first, last + 1, _STEP), *(edge for edge in edges if first <= edge <= last)})


def _small(instance: Instance, day: Sequence[Visit]) -> Instance:
    """The instance of one team-day."""
    named = {visit.site for visit in day}
    return replace(
        instance,
        sites=tuple(site for site in instance.sites if site.id in named),
        teams=tuple(team for team in instance.teams if team.id == day[0].team),
        kits=(),
        pinned=(),
        published=(),
    )


def _faults(small: Instance, day: Sequence[Visit], pauses: Sequence[Pause]) -> int:
    journal = open_journal(small, Rows(breaks=tuple(pauses)))
    return sum(1 for _ in broken_rules(open_book(small, day, journal=journal)))
