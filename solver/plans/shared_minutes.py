"""Shares the operator-minutes of visits out among documents once a plan stands, as far as nobody has done it yet.

Work beyond what a visit's minutes or kits allow is cut, what serves nobody is taken back, and minutes that are left go
to whom they serve best.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from solver.contract.added_counts import net_gap_of
from solver.contract.capacity import WHOLE_RATE, is_equipped, signal_rate
from solver.contract.documents import IKD, SATELLITE, Carried, Document
from solver.contract.instance import Instance, Site, Team, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """A document that a team can issue at a site: a minute serves `rate` / `pace` people, `kits` operators at once."""

    name: str
    kind: str | None
    rate: int
    pace: int
    kits: int

    def served(self, work: int) -> int:
        return work * self.rate // self.pace

    def needed(self, people: int) -> int:
        """Return the operator-minutes that serve so many people."""
        return -(-people * self.pace // self.rate)


def says_work(instance: Instance) -> bool:
    """Whether the visits of a plan have to say what is done in them: not the first document alone, by every team."""
    return bool(instance.documents) or any(
        team.documents is not None and IKD not in team.documents for team in instance.teams
    )


class SharedMinutes:
    """What a visit of a plan can do for each document, with the kits that its team draws."""

    def __init__(self, instance: Instance, kits: Iterable[Carried]) -> None:
        self._instance = instance
        self._sites = {site.id: site for site in instance.sites}
        self._teams = {team.id: team for team in instance.teams}
        self._dates = {day: d for d, day in enumerate(instance.dates)}
        self._documents: dict[str, Document | None] = {
            IKD: None,
            **{document.id: document for document in instance.documents},
        }
        kinds = {pool.id: pool.kind for pool in instance.kits}
        self._drawn: dict[tuple[str, date, str], int] = defaultdict(int)
        for load in kits:
            self.draw(load.team, load.date, kinds[load.pool], load.count)

    def draw(self, team: str, day: date, kind: str, count: int) -> None:
        """Let a team carry so many kits of a kind more, or less, on a date."""
        self._drawn[team, day, kind] += count

    def shared(self, visits: Sequence[Visit], *, to_gap: Mapping[str, int] | None = None) -> tuple[Visit, ...]:
        """Return the visits with work for whom they serve, the work that they have coming first.

        `to_gap` is what each document still lacks where these are not all visits of a plan.
        """
        ordered = sorted(visits, key=lambda visit: (visit.date, visit.start, visit.team))
        left = {(site.id, name): self._people(site, name) for site in self._instance.sites for name in self._documents}
        lacking = dict(to_gap or {IKD: self._instance.net_gap})
        if to_gap is None:
            lacking |= {document.id: net_gap_of(self._instance, document) for document in self._instance.documents}
        works: list[dict[str, int]] = []
        for visit in ordered:
            works.append(self._cut(visit, left, lacking))
        for visit, work in zip(ordered, works, strict=True):
            self._fill(visit, work, left, lacking)
        shares = {
            _key(visit): tuple((name, work[name]) for name in self._documents if name in work)
            for visit, work in zip(ordered, works, strict=True)
        }
        return tuple(replace(visit, work=shares[_key(visit)]) for visit in visits)

    def worth_of(self, visit: Visit, left: dict[tuple[str, str], int], *, takes: bool = False) -> int:
        """Return what a visit's minutes are worth for those who are left, in milli-activations; `takes` serves them."""
        worth, room = 0, _Room(self._teams[visit.team].operators * visit.minutes)
        for offer in self._offers(visit):
            people = min(left[visit.site, offer.name], offer.served(room.left(offer, visit)))
            room.take(offer, offer.needed(people))
            worth += people * self._worth(offer.name)
            left[visit.site, offer.name] -= people if takes else 0
        return worth

    def left_by(self, visits: Iterable[Visit]) -> dict[tuple[str, str], int]:
        """Return who is left at each site for each document when the work of the visits is done."""
        left = {(site.id, name): self._people(site, name) for site in self._instance.sites for name in self._documents}
        for visit in visits:
            offers = {offer.name: offer for offer in self._offers(visit)}
            for name, work in visit.work or ():
                if name in offers:
                    left[visit.site, name] = max(0, left[visit.site, name] - offers[name].served(work))
        return left

    def _cut(self, visit: Visit, left: dict[tuple[str, str], int], to_gap: dict[str, int]) -> dict[str, int]:
        """The work that a visit has, as far as it serves anybody and its minutes and kits allow it."""
        given, work = dict(visit.work or ()), {}
        room = _Room(self._teams[visit.team].operators * visit.minutes)
        for offer in self._offers(visit):
            most = min(given.get(offer.name, 0), room.left(offer, visit))
            people = min(left[visit.site, offer.name], offer.served(most))
            if people > 0:
                work[offer.name] = offer.needed(people)
                room.take(offer, work[offer.name])
                left[visit.site, offer.name] -= people
                to_gap[offer.name] -= people
        return work

    def _fill(
        self, visit: Visit, work: dict[str, int], left: dict[tuple[str, str], int], to_gap: dict[str, int]
    ) -> None:
        """Let a visit serve whom its minutes still allow, the document first of which a minute is worth most."""
        offers = self._offers(visit)
        room = _Room(self._teams[visit.team].operators * visit.minutes)
        for offer in offers:
            room.take(offer, work.get(offer.name, 0))
        for offer in offers:
            had = work.get(offer.name, 0)
            before = offer.served(had)
            wanted = min(left[visit.site, offer.name], max(0, to_gap[offer.name]))
            more = min(wanted, offer.served(had + room.left(offer, visit)) - before)
            if more > 0:
                work[offer.name] = offer.needed(before + more)
                room.take(offer, work[offer.name] - had)
                left[visit.site, offer.name] -= more
                to_gap[offer.name] -= more

    def _offers(self, visit: Visit) -> list[_Offer]:
        team, site = self._teams[visit.team], self._sites[visit.site]
        if not is_equipped(site, partial(self._kits, team, visit.date)):
            return []
        has_set = self._kits(team, visit.date, SATELLITE) > 0
        signal = signal_rate(self._instance.connectivity, site, by_satellite=has_set)
        offers = []
        for name, document in self._documents.items():
            if team.documents is not None and name not in team.documents:
                continue
            kind = None if document is None else document.kit
            minutes = team.minutes_per_activation if document is None else document.minutes
            rate = signal if document is None or document.needs_signal else WHOLE_RATE
            kits = team.operators if kind is None else min(team.operators, self._kits(team, visit.date, kind))
            if rate and kits:
                offers.append(_Offer(name=name, kind=kind, rate=rate, pace=minutes * WHOLE_RATE, kits=kits))
        return sorted(offers, key=lambda offer: -self._worth(offer.name) * offer.rate / offer.pace)

    def _kits(self, team: Team, day: date, kind: str) -> int:
        return team.own_kits(kind) + self._drawn.get((team.id, day, kind), 0)

    def _people(self, site: Site, name: str) -> int:
        return site.people if name == IKD else site.people_of(name)

    def _worth(self, name: str) -> int:
        document = self._documents[name]
        return self._instance.weights.shortfall if document is None else document.shortfall


class _Room:
    """The operator-minutes that a visit has left, in all and with each kind of kit."""

    def __init__(self, operator_minutes: int) -> None:
        self._free = operator_minutes
        self._used: dict[str, int] = defaultdict(int)

    def left(self, offer: _Offer, visit: Visit) -> int:
        if offer.kind is None:
            return self._free
        return min(self._free, offer.kits * visit.minutes - self._used[offer.kind])

    def take(self, offer: _Offer, work: int) -> None:
        self._free -= work
        if offer.kind is not None:
            self._used[offer.kind] += work


def _key(visit: Visit) -> tuple[str, date, str]:
    return visit.team, visit.date, visit.site
