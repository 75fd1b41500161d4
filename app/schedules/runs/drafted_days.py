"""The gate to the planning core for team-days of drafts that hold breaks, where a hand changed them."""

from collections.abc import Collection, Sequence
from datetime import date

from solver.contract.instance import Instance, Team, Visit
from solver.plans.paused_days import PausedDays
from solver.plans.standing_rows import StandingRows


def breaks_off(instance: Instance, day: Sequence[Visit]) -> bool:
    """Whether no place for the break of a team-day lets all its visits keep the rules of the day."""
    rows = StandingRows(instance)
    pauses = rows.pauses(day, ())
    return bool(pauses) and rows.faults(day, pauses) > 0


def takes_break(instance: Instance, team: str, day: date) -> bool:
    """Whether the team takes a break on that date if it goes out."""
    known = next(known for known in instance.teams if known.id == team)
    return bool(_numbers(instance, known, day))


def laid_around_break(
    instance: Instance, others: Sequence[Visit], visit: Visit, *, fixed: Collection[Visit], earliest: int
) -> tuple[Visit, ...] | None:
    """The team's day with one more visit and its break, all as early as can be; None if no order has room for it.

    `fixed` visits keep their starts, and nothing begins before `earliest`."""
    team = next(known for known in instance.teams if known.id == visit.team)
    numbers = _numbers(instance, team, visit.date)
    if not numbers or len(others) >= team.max_stops or not team.work_dates[instance.dates.index(visit.date)]:
        return None
    days, ordered = PausedDays(instance), sorted(others, key=lambda other: (other.start, other.site))
    best: tuple[int, tuple[Visit, ...]] | None = None
    for place in range(len(ordered) + 1):
        timed = days.day((*ordered[:place], visit, *ordered[place:]), numbers)
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


def _numbers(instance: Instance, team: Team, day: date) -> tuple[int, ...]:
    index = instance.dates.index(day)
    return tuple(number for number, rule in enumerate(team.breaks) if rule.on_dates[index])
