"""Ways to make room for a visit: as the kernel wrote them down, and with the hours that their days really have."""

from dataclasses import dataclass
from datetime import date

from solver.contract.instance import Site, Visit
from solver.plans.changes import Changes
from solver.questions import room
from solver.questions.placement import ChangedDay, Kind

VisitKey = tuple[str, date, str]
"""Team, date and site of a visit."""

_KINDS = {
    room.FITS: Kind.FITS,
    room.RETIMED: Kind.RETIMED,
    room.SHORTENED: Kind.SHORTENED,
    room.CHANGED: Kind.CHANGES_PLACES,
    room.PUSHED: Kind.PUSHES_OUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A visit to be placed: its site, the visit it comes from, the minutes wished for."""

    site: Site
    i: int
    leaves: Visit | None
    wished: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way for a site on one route, as the kernel wrote it down; on which stage, in which outfit if not its own."""

    route: int
    site: int
    variant: int
    leaves: Visit | None
    row: tuple[int, ...]
    stage: int = 0
    outfit: int = -1

    @property
    def kind(self) -> Kind:
        kind = Kind.RETIMED if self.row[room.ONTO] == self.route else _KINDS[self.variant]
        return Kind.MOVED if kind is Kind.FITS and self.leaves is not None else kind

    @property
    def disturbed(self) -> int:
        return self.row[room.DISTURBED]

    @property
    def order(self) -> tuple[int, ...]:
        """Ascending: better first, then what a planner would choose, then by place."""
        return (-self.row[room.RANK], self.variant, self.route, *self.row, self.stage, self.outfit)

    @property
    def quietness(self) -> tuple[int, ...]:
        return (self.disturbed, *self.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A way with the hours that its visits really have."""

    way: Way
    days: tuple[ChangedDay, ...]
    changes: Changes

    @property
    def before(self) -> tuple[Visit, ...]:
        return tuple(visit for day in self.days for visit in day.before)

    @property
    def after(self) -> tuple[Visit, ...]:
        return tuple(visit for day in self.days for visit in day.after)

    @property
    def disturbed(self) -> int:
        return self.changes.disturbed - (self.way.leaves is not None)

    @property
    def kind(self) -> Kind:
        kind = self.way.kind
        if kind not in (Kind.FITS, Kind.MOVED, Kind.RETIMED):
            return kind
        if self.disturbed:
            return Kind.RETIMED
        return Kind.FITS if self.way.leaves is None else Kind.MOVED


def placed(visit: Visit) -> VisitKey:
    return visit.team, visit.date, visit.site
