"""Changes an instance as a planner would wish: teams, days, nights, kits, yield, people, walk-ins, target, places.

What must be assumed for a new team or a new day is copied from those there are, and said.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from solver.contract.documents import SATELLITE, KitPool
from solver.contract.faults import InvalidInstance
from solver.contract.instance import Instance, Site, Team, Window
from solver.contract.reading import instance_from_json
from solver.questions.change import Change as Change
from solver.questions.change import ImpossibleChange as ImpossibleChange
from solver.questions.moved_session import with_session_moved
from solver.questions.preparation import Pair, with_preparation

MOST_NEW_DAYS = 400


def apply(instance: Instance, change: Change) -> Instance:
    """Return the instance with one change; raises `ImpossibleChange`.

    Pins and published visits of what is gone are dropped; a pin that the change makes impossible is refused.
    """
    return _allowed(end_on(instance, change.until) if change.until else _CHANGES[change.what](instance, change))


def apply_all(instance: Instance, changes: Sequence[Change]) -> tuple[Instance, tuple[Pair, ...]]:
    """The instance with a group of changes, and the visits of it that are to come in pairs; raises `ImpossibleChange`.

    People are prepared last, on the dates and of the number that the other changes leave."""
    pairs: list[Pair] = []
    for change in sorted(changes, key=lambda change: change.terms is not None):
        if change.terms is None:
            instance = apply(instance, change)
        else:
            instance, pair = prepare(instance, change)
            pairs.append(pair)
    return instance, tuple(pairs)


def _allowed(changed: Instance) -> Instance:
    try:
        return instance_from_json(changed.to_json())
    except InvalidInstance as exc:
        raise ImpossibleChange(
            f"the changed instance is not allowed: {exc}", f"masalah yang diubah tidak diperbolehkan: {exc}"
        ) from exc


def add_teams(instance: Instance, change: Change) -> Instance:
    """Add copies of a team, or take away the teams that can do least."""
    if change.amount < 0:
        return _drop_teams(instance, -change.amount)
    if not instance.teams:
        raise ImpossibleChange(
            "there is no team to copy: add one to the instance first",
            "belum ada tim untuk disalin: tambahkan dahulu satu tim",
        )
    model = model_team(instance, change.team)
    taken = {team.id for team in instance.teams} | {site.id for site in instance.sites}
    copies: list[Team] = []
    number = 1
    while len(copies) < change.amount:
        name = f"{model.id}+{number}"
        number += 1
        if name not in taken:
            copies.append(replace(model, id=name, history_hours=0))
    kits = tuple(
        replace(pool, teams=(*pool.teams, *(copy.id for copy in copies)))
        if pool.teams is not None and model.id in pool.teams
        else pool
        for pool in instance.kits
    )
    overrides = tuple(
        replace(override, between=(copy.id, other))
        for copy in copies
        for override in instance.travel.overrides
        for here, other in (override.between, override.between[::-1])
        if here == model.id
    )
    travel = replace(instance.travel, overrides=(*instance.travel.overrides, *overrides))
    return replace(instance, teams=(*instance.teams, *copies), kits=kits, travel=travel)


def model_team(instance: Instance, name: str) -> Team:
    """Return the team that is copied: one by id, the one that can do most, or the one nearest to the average."""
    if name == "best":
        return max(instance.teams, key=daily_strength)
    if name == "average":
        mean = sum(daily_strength(team) for team in instance.teams) / len(instance.teams)
        return min(instance.teams, key=lambda team: abs(daily_strength(team) - mean))
    for team in instance.teams:
        if team.id == name:
            return team
    raise ImpossibleChange(
        f"there is no team {name!r} to copy: give best, average or an id",
        f"tidak ada tim {name!r} untuk disalin: isi best, average, atau kode tim",
    )


def daily_strength(team: Team) -> float:
    """Activations in an undisturbed shift times the share of dates the team works."""
    share = sum(team.work_dates) / max(1, len(team.work_dates))
    return share * team.operators * (team.shift.close - team.shift.open) / team.minutes_per_activation


def _drop_teams(instance: Instance, count: int) -> Instance:
    if count > len(instance.teams):
        raise ImpossibleChange(
            f"{count} teams cannot leave: there are {len(instance.teams)}",
            f"{count} tim tidak dapat dikurangi: hanya ada {len(instance.teams)}",
        )
    pinned = {visit.team for visit in instance.pinned}
    by_strength = sorted(instance.teams, key=lambda team: (team.id in pinned, daily_strength(team)))
    gone = {team.id for team in by_strength[:count]}
    kept = tuple(team for team in instance.teams if team.id not in gone)
    overrides = tuple(o for o in instance.travel.overrides if gone.isdisjoint(o.between))
    return replace(
        instance,
        teams=kept,
        kits=tuple(
            pool if pool.teams is None else replace(pool, teams=tuple(name for name in pool.teams if name not in gone))
            for pool in instance.kits
        ),
        travel=replace(instance.travel, overrides=overrides),
        pinned=tuple(visit for visit in instance.pinned if visit.team not in gone),
        published=tuple(visit for visit in instance.published if visit.team not in gone),
    )


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


def change_kits(instance: Instance, change: Change) -> Instance:
    """Give kits of a kind to the strongest teams without one, or take them from the weakest that have one.

    Where teams share such kits, the pool for most of them has more of them, or fewer.
    """
    pools = [n for n, pool in enumerate(instance.kits) if pool.kind == change.kind]
    if pools:
        return _change_pool(instance, change, max(pools, key=lambda n: _sharing(instance, instance.kits[n])))
    if change.kind != SATELLITE:
        return _change_own(instance, change)
    give = change.amount > 0
    ranked = sorted(instance.teams, key=daily_strength, reverse=give)
    chosen = [team.id for team in ranked if team.satellite != give][: abs(change.amount)]
    if len(chosen) < abs(change.amount):
        state = "without" if give else "with"
        raise ImpossibleChange(
            f"only {len(chosen)} teams are {state} a satellite kit, not {abs(change.amount)}",
            f"hanya {len(chosen)} tim {'tanpa' if give else 'dengan'} perangkat satelit, bukan {abs(change.amount)}",
        )
    teams = tuple(replace(team, satellite=give) if team.id in chosen else team for team in instance.teams)
    return replace(instance, teams=teams)


def _change_own(instance: Instance, change: Change) -> Instance:
    """Give kits that documents or sites need to the strongest teams without any, or take one from the weakest."""
    kinds = {document.kit for document in instance.documents if document.kit is not None}
    kinds |= {kind for site in instance.sites for kind in site.needs_kits}
    if change.kind not in kinds:
        known = ", ".join(sorted({SATELLITE, *kinds}))
        raise ImpossibleChange(
            f"no document or site needs a kit of the kind {change.kind!r}: give one of {known}",
            f"tidak ada dokumen atau lokasi yang memerlukan perangkat {change.kind!r}: isi salah satu dari {known}",
        )
    give = change.amount > 0
    ranked = sorted(instance.teams, key=daily_strength, reverse=give)
    chosen = [team.id for team in ranked if (team.own_kits(change.kind) == 0) == give][: abs(change.amount)]
    if len(chosen) < abs(change.amount):
        state = "without" if give else "with"
        raise ImpossibleChange(
            f"only {len(chosen)} teams are {state} a kit of the kind {change.kind!r}, not {abs(change.amount)}",
            f"hanya {len(chosen)} tim {'tanpa' if give else 'dengan'} perangkat {change.kind!r}, "
            f"bukan {abs(change.amount)}",
        )

    def with_kits(team: Team) -> Team:
        count = team.own_kits(change.kind) + (1 if give else -1)
        others = tuple((kind, n) for kind, n in team.kits if kind != change.kind)
        return replace(team, kits=(*others, *([(change.kind, count)] if count else [])))

    return replace(instance, teams=tuple(with_kits(team) if team.id in chosen else team for team in instance.teams))


def _sharing(instance: Instance, pool: KitPool) -> int:
    return len(instance.teams) if pool.teams is None else len(pool.teams)


def _change_pool(instance: Instance, change: Change, index: int) -> Instance:
    pool = instance.kits[index]
    if pool.count + change.amount < 0:
        raise ImpossibleChange(
            f"the pool {pool.id!r} has only {pool.count} kits, not {-change.amount}",
            f"kumpulan {pool.id!r} hanya punya {pool.count} perangkat, bukan {-change.amount}",
        )
    changed = replace(pool, count=pool.count + change.amount)
    return replace(instance, kits=(*instance.kits[:index], changed, *instance.kits[index + 1 :]))


def change_yield(instance: Instance, change: Change) -> Instance:
    """Let every team activate so many percent more people a minute; the people to be found stay as many.

    Operators and minutes per activation are both scaled by a hundred, so that the percentage is exact.
    """
    if instance.documents:
        raise ImpossibleChange(
            "the yield of a team with several documents is not one number: leave the documents out",
            "hasil tim dengan beberapa dokumen bukan satu angka: hapus dokumen lainnya",
        )
    if change.amount <= -100:
        raise ImpossibleChange(
            f"the yield cannot fall by {-change.amount} %: give more than -100",
            f"hasil tidak dapat turun {-change.amount} %: isi lebih dari -100",
        )
    teams = tuple(
        replace(
            team,
            operators=team.operators * (100 + change.amount),
            minutes_per_activation=team.minutes_per_activation * 100,
        )
        for team in instance.teams
    )
    return replace(instance, teams=teams)


def change_people(instance: Instance, change: Change) -> Instance:
    """Expect so many percent more people at every site, of every document, halves rounded up; the target stays."""
    if change.amount < -100:
        raise ImpossibleChange(
            f"people cannot fall by {-change.amount} %: give -100 or more",
            f"jumlah orang tidak dapat turun {-change.amount} %: isi -100 atau lebih",
        )

    def changed(people: int) -> int:
        return (people * (100 + change.amount) + 50) // 100

    sites = tuple(
        replace(
            site,
            people=changed(site.people),
            people_by_document=tuple((name, changed(people)) for name, people in site.people_by_document),
        )
        for site in instance.sites
    )
    return replace(instance, sites=sites)


def change_walk_ins(instance: Instance, change: Change) -> Instance:
    """Expect so many more activations a day at the counters from the first date on, or fewer, down to none."""
    target = instance.target
    most = max([target.walk_ins_per_day, *(count for _, count in target.walk_ins_on)])
    if most + change.amount < 0:
        raise ImpossibleChange(
            f"walk-ins cannot fall by {-change.amount}: there are at most {most} a day",
            f"aktivasi di loket tidak dapat turun {-change.amount}: paling banyak {most} sehari",
        )
    first = instance.dates[0] if instance.dates else date.max
    changed = replace(
        target,
        walk_ins_per_day=max(0, target.walk_ins_per_day + change.amount),
        walk_ins_on=tuple(
            (day, max(0, count + change.amount) if day >= first else count) for day, count in target.walk_ins_on
        ),
    )
    return replace(instance, target=changed)


def change_gap(instance: Instance, change: Change) -> Instance:
    """Raise or lower the target, and what of it is due by the last date in step; a gap below nothing is none."""
    before, due = instance.target.gap, instance.target.period_gap
    if before is None:
        raise ImpossibleChange(
            "the instance has no target to change: its gap is null", "tidak ada target untuk diubah: kekurangannya null"
        )
    gap = max(0, before + change.amount)
    # The line to the target is straight, so a part of the way stays that part; of no way, all is due.
    period_gap = None if due is None else -(-due * gap // before) if before else gap
    return replace(instance, target=replace(instance.target, gap=gap, period_gap=period_gap))


def change_nights(instance: Instance, change: Change) -> Instance:
    """Let every team be away so many calendar nights in a row more, or fewer; none fewer than none."""
    if not instance.lodgings:
        raise ImpossibleChange(
            "there is no lodging where a team could sleep: add one to the instance first",
            "belum ada penginapan untuk tim: tambahkan dahulu satu penginapan",
        )
    teams = tuple(replace(team, max_nights=max(0, team.max_nights + change.amount)) for team in instance.teams)
    return replace(instance, teams=teams)


def move_session(instance: Instance, change: Change) -> Instance:
    """Serve the people of a site at another one, for so many percent of them who come there."""
    site, place = _site_named(instance, change.site), _site_named(instance, change.place)
    if change.site == change.place:
        raise ImpossibleChange(
            f"the session of {change.site!r} is there already: give another site",
            f"sesi {change.site!r} memang di sana: isi lokasi lain",
        )
    if not 0 <= change.amount <= 100:
        raise ImpossibleChange(
            f"{change.amount} % of the people cannot come: give 0 to 100",
            f"{change.amount} % orang tidak mungkin datang: isi 0 sampai 100",
        )
    return with_session_moved(instance, site, place, percent=change.amount)


def prepare(instance: Instance, change: Change) -> tuple[Instance, Pair]:
    """Prepare the people of a site at one visit and activate them at a later one; raises `ImpossibleChange`."""
    assert change.terms is not None
    changed, pair = with_preparation(instance, _site_named(instance, change.site), change.terms)
    return _allowed(changed), pair


def _site_named(instance: Instance, name: str) -> Site:
    for site in instance.sites:
        if site.id == name:
            return site
    raise ImpossibleChange(
        f"there is no site {name!r} in this problem: give one that it has, and that is not done",
        f"tidak ada lokasi {name!r} dalam masalah ini: isi lokasi yang ada di dalamnya dan belum selesai",
    )


_CHANGES: dict[str, Callable[[Instance, Change], Instance]] = {
    "teams": add_teams,
    "days": change_days,
    "nights": change_nights,
    "kit": change_kits,
    "yield": change_yield,
    "people": change_people,
    "walk_ins": change_walk_ins,
    "gap": change_gap,
    "session": move_session,
    "prepare": lambda instance, change: prepare(instance, change)[0],
}
