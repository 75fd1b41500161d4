"""Changes an instance as a planner would wish: teams, days, nights, kits, yield, people, walk-ins, target, places.

What must be assumed for a new team or a new day is copied from those there are, and said.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from solver.contract.faults import InvalidInstance
from solver.contract.instance import Instance, Site
from solver.contract.reading import instance_from_json
from solver.questions.change import Change as Change
from solver.questions.change import ImpossibleChange as ImpossibleChange
from solver.questions.changed_days import change_days, end_on
from solver.questions.changed_kits import change_kits
from solver.questions.changed_teams import add_teams
from solver.questions.moved_session import with_session_moved
from solver.questions.preparation import Pair, with_preparation


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
