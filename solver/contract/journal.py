"""A plan's nights, rides, breaks and kits in the order that the rules speak of: by team and date."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from solver.contract.documents import SATELLITE, KitPool
from solver.contract.instance import Instance, Team
from solver.contract.journeys import Break, Connection, Lodging
from solver.contract.plan_rows import Rows

DayKey = tuple[str, int]
"""A team's id and the position of a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A night of a known team at a known lodging."""

    team: Team
    date_index: int
    lodging: Lodging


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A ride of a known team on a known connection."""

    team: Team
    date_index: int
    connection: Connection
    start: int

    @property
    def ends_at(self) -> int:
        return self.start + self.connection.minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A break of a known team that its list has."""

    team: Team
    date_index: int
    number: int
    rule: Break
    start: int

    @property
    def ends_at(self) -> int:
        return self.start + self.rule.minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Kits of a known pool with a known team."""

    team: Team
    date_index: int
    pool: KitPool
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A row whose team, date or other name the instance does not have."""

    team: str
    date: date
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """The rows of a plan that the instance can place, as they stand and by team and date; `lost` are all others.

    Of several beds for one night the first counts, of several loads from one pool too, and no night follows the last
    date. A load that no team may have (below 1, or above the pool's limit) is not carried.
    """

    stays: tuple[Stay, ...] = ()
    passages: tuple[Passage, ...] = ()
    rests: tuple[Rest, ...] = ()
    loads: tuple[Load, ...] = ()
    lost: tuple[Lost, ...] = ()
    named_rides: frozenset[tuple[str, date, str]] = frozenset()
    """Team, date and connection of every ride, also of those whose start cannot be read."""
    beds: Mapping[DayKey, Lodging] = field(default_factory=dict)
    rests_on: Mapping[DayKey, tuple[Rest, ...]] = field(default_factory=dict)
    """In order of their starts."""
    carried: Mapping[DayKey, Mapping[str, Load]] = field(default_factory=dict)

    def kits_with(self, team: Team, date_index: int, kind: str) -> int:
        """Return how many kits of a kind are with a team on a date: its own, and those that it draws from pools."""
        drawn = self.carried.get((team.id, date_index), {})
        return team.own_kits(kind) + sum(load.count for load in drawn.values() if load.pool.kind == kind)

    def by_satellite(self, team: Team, date_index: int) -> bool:
        """Return whether a team works with a satellite set on a date."""
        return team.works_by_satellite or (bool(self.carried) and self.kits_with(team, date_index, SATELLITE) > 0)

    def days_away(self) -> Iterator[DayKey]:
        """Yield the team-days that end or begin away from base, some of them twice."""
        for team, date_index in self.beds:
            yield team, date_index
            yield team, date_index + 1


EMPTY = Journal()


def open_journal(instance: Instance, rows: Rows) -> Journal:
    """Sort the rows of a plan by what the instance knows of them."""
    teams = {team.id: team for team in instance.teams}
    positions = {day: index for index, day in enumerate(instance.dates)}
    lodgings = {lodging.id: lodging for lodging in instance.lodgings}
    connections = {connection.id: connection for connection in instance.connections}
    pools = {pool.id: pool for pool in instance.kits}
    lost: list[Lost] = []

    def is_known(team: str, day: date, name: str, known: bool) -> bool:
        if team in teams and day in positions and known:
            return True
        lost.append(Lost(team=team, date=day, name=name))
        return False

    stays = tuple(
        Stay(team=teams[row.team], date_index=positions[row.date], lodging=lodgings[row.lodging])
        for row in rows.nights
        if is_known(row.team, row.date, row.lodging, row.lodging in lodgings)
    )
    passages = tuple(
        Passage(
            team=teams[row.team],
            date_index=positions[row.date],
            connection=connections[row.connection],
            start=row.start,
        )
        for row in rows.rides
        if row.start is not None and is_known(row.team, row.date, row.connection, row.connection in connections)
    )
    rests = tuple(
        Rest(
            team=teams[row.team],
            date_index=positions[row.date],
            number=row.number,
            rule=teams[row.team].breaks[row.number],
            start=row.start,
        )
        for row in rows.breaks
        if is_known(
            row.team,
            row.date,
            f"break {row.number}",
            row.team in teams and 0 <= row.number < len(teams[row.team].breaks),
        )
    )
    loads = tuple(
        Load(team=teams[row.team], date_index=positions[row.date], pool=pools[row.pool], count=row.count)
        for row in rows.kits
        if is_known(row.team, row.date, row.pool, row.pool in pools)
    )
    return Journal(
        stays=stays,
        passages=passages,
        rests=rests,
        loads=loads,
        lost=tuple(lost),
        named_rides=frozenset((row.team, row.date, row.connection) for row in rows.rides),
        beds=_beds(stays, last=len(instance.dates) - 1),
        rests_on=_in_order(rests),
        carried=_carried(loads),
    )


def _beds(stays: Iterable[Stay], *, last: int) -> dict[DayKey, Lodging]:
    beds: dict[DayKey, Lodging] = {}
    for stay in stays:
        if stay.date_index < last:
            beds.setdefault((stay.team.id, stay.date_index), stay.lodging)
    return beds


def _in_order(rests: Iterable[Rest]) -> dict[DayKey, tuple[Rest, ...]]:
    ordered: dict[DayKey, tuple[Rest, ...]] = {}
    for rest in sorted(rests, key=lambda rest: (rest.start, rest.ends_at)):
        key = rest.team.id, rest.date_index
        ordered[key] = (*ordered.get(key, ()), rest)
    return ordered


def _carried(loads: Iterable[Load]) -> dict[DayKey, dict[str, Load]]:
    carried: dict[DayKey, dict[str, Load]] = {}
    for load in loads:
        if 1 <= load.count <= load.pool.max_per_team:
            carried.setdefault((load.team.id, load.date_index), {}).setdefault(load.pool.id, load)
    return carried
