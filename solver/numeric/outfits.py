"""Outfits: each team with every set of kits that lets it work better, what tells them apart, and how fast they work."""

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.contract.capacity import WHOLE_RATE
from solver.contract.documents import IKD, SATELLITE
from solver.contract.instance import Instance
from solver.numeric.kinds import Bools, Ints, Longs
from solver.numeric.lists import longs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solver.contract.documents import KitPool
    from solver.contract.instance import Team


class Outfit(NamedTuple):
    """A team by its position, and how many kits it draws from each pool."""

    team: int
    draws: tuple[int, ...]


def outfits_of(instance: Instance) -> list[Outfit]:
    """Every team without a kit, then with all kits of the pools that let it work better somewhere on some date.

    A second satellite set adds nothing, nor does a machine without an operator, or one that no document or site needs.
    """
    none = (0,) * len(instance.kits)
    plain = [Outfit(team=k, draws=none) for k in range(len(instance.teams))]
    kept: list[Outfit] = []
    # Sets that make nobody work better are of no use, unless a document needs one.
    works_alike: list[bool] = []
    for k, team in enumerate(instance.teams):
        machines = _machines_of(instance, team)
        room = {SATELLITE: int(not team.works_by_satellite)}
        room |= {kind: int(not team.own_kits(kind)) for site in instance.sites for kind in site.needs_kits}
        room |= {kind: max(0, team.operators - team.own_kits(kind)) for kind in machines}
        counts = [range(_most_drawn(instance, pool, team, room) + 1) for pool in instance.kits]
        for draws in product(*counts):
            outfit = Outfit(team=k, draws=draws)
            drawn: dict[str, int] = {}
            for count, pool in zip(draws, instance.kits, strict=True):
                drawn[pool.kind] = drawn.get(pool.kind, 0) + count
            fits = all(count <= room.get(kind, 0) for kind, count in drawn.items())
            if any(draws) and fits and any(dates_of(instance, outfit)):
                kept.append(outfit)
                works_alike.append(SATELLITE not in machines and draws_set(instance, outfit))
    if not kept:
        return plain
    signal = signals_of(instance, [*plain, *kept])
    for n, outfit in enumerate(kept):
        works_alike[n] &= not (signal[len(plain) + n] > signal[outfit.team]).any()
    return [*plain, *(outfit for outfit, is_useless in zip(kept, works_alike, strict=True) if not is_useless)]


def draws_set(instance: Instance, outfit: Outfit) -> bool:
    """Whether an outfit carries a satellite set from a pool."""
    return any(count and pool.kind == SATELLITE for count, pool in zip(outfit.draws, instance.kits, strict=True))


def _machines_of(instance: Instance, team: "Team") -> set[str]:
    """The kinds of kits that documents need which a team may issue, and which somebody is left to be given."""
    return {
        document.kit
        for document in instance.documents
        if document.kit is not None
        and issues(team, document.id)
        and any(site.people_of(document.id) for site in instance.sites)
    }


def _most_drawn(instance: Instance, pool: "KitPool", team: "Team", room: dict[str, int]) -> int:
    """The most kits of a pool that are of use to a team."""
    if pool.teams is not None and team.id not in pool.teams:
        return 0
    return min(pool.count, pool.max_per_team, room.get(pool.kind, 0))


def dates_of(instance: Instance, outfit: Outfit) -> tuple[bool, ...]:
    """The dates on which a team works, and its kits are there."""
    dates = instance.teams[outfit.team].work_dates
    for count, pool in zip(outfit.draws, instance.kits, strict=True):
        if count:
            dates = tuple(works and other for works, other in zip(dates, pool.on_dates, strict=True))
    return dates


def classes_of(outfits: "Sequence[Outfit]", alike: "Sequence[bytes]") -> Ints:
    """Number the outfits by what tells them apart; teams are alike only if all their outfits are."""
    kinds: dict[int, list[tuple[tuple[int, ...], bytes]]] = {}
    for outfit, looks in zip(outfits, alike, strict=True):
        kinds.setdefault(outfit.team, []).append((outfit.draws, looks))
    numbers: dict[tuple[tuple[tuple[tuple[int, ...], bytes], ...], tuple[int, ...]], int] = {}
    keys = [(tuple(kinds[outfit.team]), outfit.draws) for outfit in outfits]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int32)


def signals_of(instance: Instance, outfits: "Sequence[Outfit]") -> Longs:
    """Throughput times success of each outfit at each site, in hundredths of a percent, more where a person takes fewer
    minutes; 0 where a kit is missing."""
    c = instance.connectivity
    rate = np.array(c.throughput_percent, dtype=np.int64) * np.array(c.success_percent, dtype=np.int64)
    level = np.array([site.connectivity for site in instance.sites], dtype=np.int64)
    minutes = np.array([site.minutes_percent for site in instance.sites], dtype=np.int64)
    signal = np.zeros((len(outfits), len(instance.sites)), dtype=np.int64)
    for q, outfit in enumerate(outfits):
        by_satellite = instance.teams[outfit.team].works_by_satellite or draws_set(instance, outfit)
        signal[q] = rate[np.maximum(level, c.satellite_level) if by_satellite else level] * 100 // minutes
    return np.where(equipped_of(instance, outfits), signal, 0)


def equipped_of(instance: Instance, outfits: "Sequence[Outfit]") -> Bools:
    """Whether each outfit has one of every kit that each site needs."""
    equipped = np.ones((len(outfits), len(instance.sites)), dtype=np.bool_)
    needs = [(i, kind) for i, site in enumerate(instance.sites) for kind in site.needs_kits]
    for q, outfit in enumerate(outfits if needs else ()):
        drawn = {pool.kind for count, pool in zip(outfit.draws, instance.kits, strict=True) if count}
        for i, kind in needs:
            equipped[q, i] &= kind in drawn or instance.teams[outfit.team].own_kits(kind) > 0
    return equipped


def rates_of(instance: Instance, outfits: "Sequence[Outfit]", signal: Longs) -> tuple[Longs, Longs]:
    """Capacity as a fraction of the service minutes: numerator per outfit and site, denominator per outfit."""
    worn = [instance.teams[outfit.team] for outfit in outfits]
    hands = longs(team.operators if issues(team, IKD) else 0 for team in worn)
    return hands[:, None] * signal, longs(team.minutes_per_activation * WHOLE_RATE for team in worn)


def issues(team: "Team", document: str) -> bool:
    return team.documents is None or document in team.documents
