"""More kits or fewer: of a pool that teams share, or of teams' own."""

from dataclasses import replace

from solver.contract.documents import SATELLITE, KitPool
from solver.contract.instance import Instance, Team
from solver.questions.change import Change, ImpossibleChange
from solver.questions.changed_teams import daily_strength


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
