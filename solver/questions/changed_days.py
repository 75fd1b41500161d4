"""More dates or fewer: on the weekdays there are, with the hours that sites and teams mostly have on them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from solver.contract.instance import Instance, Site, Window
from solver.questions.change import Change, ImpossibleChange

MOST_NEW_DAYS = 400


def change_days(instance: Instance, change: Change) -> Instance:
    """Go on for so many more dates of the same weekdays, or end so many dates earlier: the end is the deadline then."""
    if change.amount <= 0:
        keep = len(instance.dates) + change.amount
        if keep < 0:
            raise ImpossibleChange(
                f"{-change.amount} days cannot go: there are {len(instance.dates)}",
                f"{-change.amount} hari tidak dapat dikurangi: hanya ada {len(instance.dates)}",
            )
        return _cut(instance, keep)
    return _extend(instance, _next_dates(instance, count=change.amount))


def end_on(instance: Instance, until: date) -> Instance:
    """Move the deadline, and with it the end of the dates: later on the weekdays there are, or earlier."""
    if not instance.dates or until <= instance.dates[-1]:
        return _cut(instance, sum(day <= until for day in instance.dates))
    days = [day for day in _next_dates(instance, count=MOST_NEW_DAYS) if day <= until]
    return _extend(instance, days)


def _next_dates(instance: Instance, *, count: int) -> list[date]:
    """The dates that follow on the weekdays planned so far; holidays to come are not known here."""
    weekdays = {day.weekday() for day in instance.dates}
    if not weekdays:
        raise ImpossibleChange(
            "the instance has no date whose weekdays could go on",
            "tidak ada tanggal yang hari kerjanya dapat diteruskan",
        )
    if count > MOST_NEW_DAYS:
        raise ImpossibleChange(
            f"at most {MOST_NEW_DAYS} days can be added at once, not {count}",
            f"paling banyak {MOST_NEW_DAYS} hari dapat ditambahkan sekaligus, bukan {count}",
        )
    days: list[date] = []
    day = instance.dates[-1]
    while len(days) < count:
        day += timedelta(days=1)
        if day.weekday() in weekdays:
            days.append(day)
    return days


def _extend(instance: Instance, new: Sequence[date]) -> Instance:
    same = {
        weekday: [d for d, day in enumerate(instance.dates) if day.weekday() == weekday]
        for weekday in {day.weekday() for day in instance.dates}
    }

    def longer(flags: tuple[bool, ...]) -> tuple[bool, ...]:
        return flags + tuple(_mostly(flags, same[day.weekday()]) for day in new)

    sites = tuple(_site_with(instance, site, new, same=same) for site in instance.sites)
    teams = tuple(
        replace(
            team,
            work_dates=longer(team.work_dates),
            breaks=tuple(replace(rule, on_dates=longer(rule.on_dates)) for rule in team.breaks),
        )
        for team in instance.teams
    )
    target = instance.target
    walk_ins = dict(target.walk_ins_on)
    if walk_ins:
        # The counters go on as they ended.
        latest = walk_ins.get(instance.dates[-1], target.walk_ins_per_day)
        walk_ins = dict.fromkeys(new, latest) | walk_ins
    return replace(
        instance,
        dates=(*instance.dates, *new),
        sites=sites,
        teams=teams,
        kits=tuple(replace(pool, on_dates=longer(pool.on_dates)) for pool in instance.kits),
        lodgings=tuple(replace(place, open_dates=longer(place.open_dates)) for place in instance.lodgings),
        connections=tuple(replace(ride, run_dates=longer(ride.run_dates)) for ride in instance.connections),
        target=replace(target, walk_ins_on=tuple(sorted(walk_ins.items())), deadline=None, period_gap=None),
    )


def _site_with(instance: Instance, site: Site, new: Sequence[date], *, same: dict[int, list[int]]) -> Site:
    """On a new date a site is open, with the hours it mostly has, as on most dates of that weekday."""
    flags = tuple(_mostly(site.open_dates, same[day.weekday()]) for day in new)
    changed = {day: windows for day, windows in site.windows_on if day not in new}
    usual: dict[int, tuple[Window, ...]] = {}
    for weekday, indices in same.items():
        hours = Counter(site.windows_at(instance.dates[d]) for d in indices if site.open_dates[d])
        usual[weekday] = hours.most_common(1)[0][0] if hours else site.windows
    changed |= {day: usual[day.weekday()] for day in new if usual[day.weekday()] != site.windows}
    return replace(site, open_dates=site.open_dates + flags, windows_on=tuple(sorted(changed.items())))


def _mostly(flags: Sequence[bool], indices: Sequence[int]) -> bool:
    return 2 * sum(flags[index] for index in indices) >= max(1, len(indices))


def _cut(instance: Instance, keep: int) -> Instance:
    dates, gone = instance.dates[:keep], instance.dates[keep:]
    walk_ins = tuple((day, count) for day, count in instance.target.walk_ins_on if not gone or day < gone[0])
    return replace(
        instance,
        dates=dates,
        target=replace(instance.target, walk_ins_on=walk_ins, deadline=None, period_gap=None),
        sites=tuple(replace(site, open_dates=site.open_dates[:keep]) for site in instance.sites),
        teams=tuple(
            replace(
                team,
                work_dates=team.work_dates[:keep],
                breaks=tuple(replace(rule, on_dates=rule.on_dates[:keep]) for rule in team.breaks),
            )
            for team in instance.teams
        ),
        kits=tuple(replace(pool, on_dates=pool.on_dates[:keep]) for pool in instance.kits),
        lodgings=tuple(replace(place, open_dates=place.open_dates[:keep]) for place in instance.lodgings),
        connections=tuple(replace(ride, run_dates=ride.run_dates[:keep]) for ride in instance.connections),
        pinned=tuple(visit for visit in instance.pinned if visit.date in dates),
        published=tuple(visit for visit in instance.published if visit.date in dates),
    )
