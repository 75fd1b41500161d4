"""What a team could do at a site on a date if all kits that it may draw were free: for whom, in how short a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from solver.contract.capacity import WHOLE_RATE, signal_rate
from solver.contract.documents import IKD, SATELLITE, Document
from solver.contract.instance import Instance, Site, Team

NOT_ISSUED, TOO_FEW_KITS, NO_SIGNAL = "not_issued", "too_few_kits", "no_signal"
# In the order in which a planner would look: the later, the further a team gets.
LACKS = (NOT_ISSUED, TOO_FEW_KITS, NO_SIGNAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """The fewest minutes in which a team serves somebody, and the fewest rupiah for kits; or what it lacks (not None).

    Minutes are counted with all kits that it may draw, rupiah for the fewest, so both are no more than any plan's.
    """

    minutes: int
    kit_rupiah: int
    lack: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a team is able to do on a trip between two dates."""

    first: int
    last: int
    ability: Ability


class Abilities:
    """Tells what the teams of one instance are able to do."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._documents: dict[str, Document | None] = {
            IKD: None,
            **{document.id: document for document in instance.documents},
        }
        self._has_one_document = not instance.documents
        self.are_the_same_daily = all(all(pool.on_dates) for pool in instance.kits)
        """Whether a team is able to do the same on every date."""

    def wanted(self, site: Site) -> tuple[str, ...]:
        """The documents that somebody at a site is without."""
        return tuple(name for name in self._documents if (site.people if name == IKD else site.people_of(name)))

    def of(self, site: Site, team: Team, date_index: int, *, among: frozenset[str] | None = None) -> Ability:
        """Return what a team is able to do at a site on a date where somebody is left, with kits `among` some pools."""
        if self._has_one_document and team.documents is None:
            return self._for(IKD, site, team, date_index, among)
        options = [self._for(name, site, team, date_index, among) for name in self.wanted(site)]
        able = [option for option in options if option.lack is None]
        if able:
            minutes, rupiah = (min(getattr(option, name) for option in able) for name in ("minutes", "kit_rupiah"))
            return Ability(minutes=minutes, kit_rupiah=rupiah)
        lack = max((option.lack or "" for option in options), key=LACKS.index, default=NOT_ISSUED)
        return Ability(minutes=0, kit_rupiah=0, lack=lack)

    def spans(self, site: Site, team: Team, date_index: int) -> tuple[Span, ...]:
        """Return what a team is able to do there on a trip, whose kits stay with it: the longer it is, the fewer."""
        runs = {
            pool.id: _run(pool.on_dates, date_index)
            for pool in self._instance.kits
            if pool.on_dates[date_index] and self._may(pool.teams, team)
        }
        last = len(self._instance.dates) - 1
        if not runs:
            ability = self.of(site, team, date_index)
            return () if ability.lack else (Span(first=0, last=last, ability=ability),)
        firsts = sorted({0, *(first for first, _ in runs.values())})
        lasts = sorted({last, *(end for _, end in runs.values())}, reverse=True)
        spans: list[Span] = []
        for first in firsts:
            for end in lasts:
                among = frozenset(name for name, run in runs.items() if run[0] <= first and end <= run[1])
                ability = self.of(site, team, date_index, among=among)
                # Whatever a shorter trip can do no better is left to the longer one.
                if (
                    not any(
                        known.first <= first and end <= known.last and known.ability.minutes <= ability.minutes
                        for known in spans
                    )
                    and ability.lack is None
                ):
                    spans.append(Span(first=first, last=end, ability=ability))
        return tuple(spans)

    def dates_alike(self, team: Team) -> tuple[int, ...]:
        """Return the dates on which a team may draw the same, as bits."""
        alike: dict[tuple[bool, ...], int] = {}
        pools = [pool for pool in self._instance.kits if self._may(pool.teams, team)]
        for d in range(len(self._instance.dates)):
            key = tuple(pool.on_dates[d] for pool in pools)
            alike[key] = alike.get(key, 0) | 1 << d
        return tuple(alike.values())

    def _for(self, name: str, site: Site, team: Team, d: int, among: frozenset[str] | None) -> Ability:
        document = self._documents[name]
        if team.documents is not None and name not in team.documents:
            return _lacking(NOT_ISSUED)
        rupiah, hands = 0, team.operators
        machine = None if document is None else document.kit
        for kind in {*site.needs_kits, *([] if machine is None else [machine])}:
            own = team.own_kits(kind)
            drawn = list(self._drawable(team, kind, d, among))
            count = own + sum(count for count, _ in drawn)
            if count == 0 and team.operators:
                return _lacking(TOO_FEW_KITS)
            hands = min(hands, count) if kind == machine else hands
            rupiah += 0 if own else min((cost for _, cost in drawn), default=0)
        rate, set_rupiah = self._rate(site, team, d, among)
        if SATELLITE in (machine, *site.needs_kits):
            set_rupiah = 0
        if document is not None and not document.needs_signal:
            rate, set_rupiah = WHOLE_RATE, 0
        if rate * hands == 0:
            by_satellite = signal_rate(self._instance.connectivity, site, by_satellite=True)
            is_elsewhen = any(pool.kind == SATELLITE and self._may(pool.teams, team) for pool in self._instance.kits)
            return _lacking(TOO_FEW_KITS if hands and by_satellite and is_elsewhen else NO_SIGNAL)
        pace = (team.minutes_per_activation if document is None else document.minutes) * WHOLE_RATE
        return Ability(minutes=-(-pace // (rate * hands)), kit_rupiah=rupiah + set_rupiah)

    def _rate(self, site: Site, team: Team, d: int, among: frozenset[str] | None) -> tuple[int, int]:
        """The best rate of a team, and the rupiah without which it has none."""
        connectivity = self._instance.connectivity
        plain = signal_rate(connectivity, site, by_satellite=team.works_by_satellite)
        if not self._instance.kits:
            return plain, 0
        sets = [cost for _, cost in self._drawable(team, SATELLITE, d, among)]
        if not sets:
            return plain, 0
        return max(plain, signal_rate(connectivity, site, by_satellite=True)), 0 if plain else min(sets)

    def _drawable(self, team: Team, kind: str, d: int, among: frozenset[str] | None) -> Iterator[tuple[int, int]]:
        """Kits of a kind that a team may draw on a date, and what one costs, for each pool that has any."""
        for pool in self._instance.kits:
            if among is not None and pool.id not in among:
                continue
            count = min(pool.count, pool.max_per_team)
            if pool.kind == kind and pool.on_dates[d] and count > 0 and self._may(pool.teams, team):
                yield count, pool.cost_per_day

    def _may(self, teams: tuple[str, ...] | None, team: Team) -> bool:
        return teams is None or team.id in teams


def _lacking(lack: str) -> Ability:
    return Ability(minutes=0, kit_rupiah=0, lack=lack)


def _run(on_dates: Sequence[bool], d: int) -> tuple[int, int]:
    """The first and the last of the dates around one that are on without a gap."""
    first = last = d
    while first > 0 and on_dates[first - 1]:
        first -= 1
    while last + 1 < len(on_dates) and on_dates[last + 1]:
        last += 1
    return first, last
