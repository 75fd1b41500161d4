"""What a new plan changes in an old one: visits added, withdrawn, moved to another team or date, or to another time."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from solver.contract.instance import Instance, Visit
from solver.plans.words import Text, both, clock_span


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A visit before and after."""

    before: Visit
    after: Visit

    def to_json(self) -> dict[str, Any]:
        return {"before": self.before.to_json(), "after": self.after.to_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The difference of two plans; `moved` changes team or date at one site, `retimed` start or minutes only."""

    added: tuple[Visit, ...]
    withdrawn: tuple[Visit, ...]
    moved: tuple[Move, ...]
    retimed: tuple[Move, ...]
    kept: int

    @property
    def count(self) -> int:
        """How many visits somebody has to be told of."""
        return len(self.added) + len(self.withdrawn) + len(self.moved) + len(self.retimed)

    @property
    def disturbed(self) -> int:
        """How many visits of the old plan are not as they were announced."""
        return len(self.withdrawn) + len(self.moved) + len(self.retimed)

    def to_json(self) -> dict[str, Any]:
        return {
            "added": [visit.to_json() for visit in self.added],
            "withdrawn": [visit.to_json() for visit in self.withdrawn],
            "moved": [move.to_json() for move in self.moved],
            "retimed": [move.to_json() for move in self.retimed],
            "kept": self.kept,
        }


def unrest_milli(instance: Instance, changes: int) -> int:
    """What so many changes have to win, in milli-activations, to be worth telling everybody of them."""
    return changes * instance.weights.shortfall // 2


def changes_between(old: Sequence[Visit], new: Sequence[Visit]) -> Changes:
    """Compare two plans; visits that left a site and others that came to it are paired, the most alike first."""
    before = {_key(visit): visit for visit in old}
    after = {_key(visit): visit for visit in new}
    same = [Move(before=before[key], after=after[key]) for key in after if key in before]
    retimed = tuple(move for move in same if move.before != move.after)
    leaving, coming = defaultdict(list), defaultdict(list)
    for key, visit in before.items():
        if key not in after:
            leaving[visit.site].append(visit)
    for key, visit in after.items():
        if key not in before:
            coming[visit.site].append(visit)
    moved: list[Move] = []
    for site in leaving:
        moved += _pairs(leaving[site], coming.get(site, []))
    return Changes(
        added=_sorted(visit for visits in coming.values() for visit in visits),
        withdrawn=_sorted(visit for visits in leaving.values() for visit in visits),
        moved=tuple(sorted(moved, key=lambda move: _order(move.before))),
        retimed=tuple(sorted(retimed, key=lambda move: _order(move.before))),
        kept=len(same) - len(retimed),
    )


def describe_changes(instance: Instance, changes: Changes) -> Iterator[Text]:
    """Say every change in a sentence, in order of kind and date; nothing else is to be told to anyone."""
    teller = _Teller(instance)
    yield from (teller.withdrawn(visit) for visit in changes.withdrawn)
    yield from (teller.moved(move) for move in changes.moved)
    yield from (teller.retimed(move) for move in changes.retimed)
    yield from (teller.added(visit) for visit in changes.added)


class _Teller:
    def __init__(self, instance: Instance) -> None:
        self._sites = {site.id: site for site in instance.sites}

    def withdrawn(self, visit: Visit) -> Text:
        return both(
            "Batal: {site}, {day} pukul {hours}, tim {team}.",
            "Withdrawn: {site}, {day}, {hours}, team {team}.",
            **self._facts(visit),
        )

    def added(self, visit: Visit) -> Text:
        return both(
            "Baru: {site}, {day} pukul {hours}, tim {team}.",
            "New: {site}, {day}, {hours}, team {team}.",
            **self._facts(visit),
        )

    def moved(self, move: Move) -> Text:
        before, after = move.before, move.after
        facts = {**self._facts(after), "old_day": before.date, "old_team": before.team}
        if before.date == after.date:
            return both(
                "Ganti tim: {site}, {day}: tim {old_team} diganti tim {team}, pukul {hours}.",
                "Other team: {site}, {day}: team {team} instead of {old_team}, {hours}.",
                **facts,
            )
        return both(
            "Pindah: {site}, dari {old_day} (tim {old_team}) ke {day} pukul {hours}, tim {team}.",
            "Moved: {site}, from {old_day} (team {old_team}) to {day}, {hours}, team {team}.",
            **facts,
        )

    def retimed(self, move: Move) -> Text:
        return both(
            "Ganti jam: {site}, {day}, tim {team}: pukul {hours}, semula {old_hours}.",
            "Other time: {site}, {day}, team {team}: {hours} instead of {old_hours}.",
            **self._facts(move.after),
            old_hours=self._hours(move.before),
        )

    def _facts(self, visit: Visit) -> dict[str, str | int | datetime.date | Text]:
        site = self._sites.get(visit.site)
        return {
            "site": site.name if site else visit.site,
            "day": visit.date,
            "hours": self._hours(visit),
            "team": visit.team,
        }

    def _hours(self, visit: Visit) -> Text:
        site = self._sites.get(visit.site)
        return clock_span(visit.start, visit.start + (site.setup_minutes if site else 0) + visit.minutes)


def _pairs(leaving: list[Visit], coming: list[Visit]) -> Iterator[Move]:
    """Take out of both lists the visits that belong together."""
    while leaving and coming:
        before, after = min(((old, new) for old in leaving for new in coming), key=lambda pair: _unlikeness(*pair))
        leaving.remove(before)
        coming.remove(after)
        yield Move(before=before, after=after)


def _unlikeness(old: Visit, new: Visit) -> tuple[int, bool, tuple[object, ...], tuple[object, ...]]:
    return abs((old.date - new.date).days), old.team != new.team, _order(old), _order(new)


def _sorted(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    return tuple(sorted(visits, key=_order))


def _order(visit: Visit) -> tuple[object, ...]:
    return visit.date, visit.team, visit.start, visit.site


def _key(visit: Visit) -> tuple[str, datetime.date, str]:
    return visit.team, visit.date, visit.site
