"""More teams or fewer: copies of one there is, or without those that can do least."""

from dataclasses import replace

from solver.contract.instance import Instance, Team
from solver.questions.change import Change, ImpossibleChange


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
