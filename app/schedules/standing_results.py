"""What is known to have happened at visits: of each visit the one result that no other corrects, its state, and what
it won as far as anybody knows."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from app.schedules.models import Schedule, Visit, VisitOutcome, VisitResult
from app.sites.preparations import VisitStage

HELD_SHARE = 14 / 15 * 19 / 20
"""Of visits that are over and unreported, those that took place, until results say otherwise: one visit in 15 is lost
by itself, one day in 20 with all its visits (the priors of `app.estimates.losses`)."""


class VisitState(StrEnum):
    """Where a visit stands on its way from a plan to a fact."""

    PLANNED = "planned"
    DONE = "done"
    MISSED = "missed"
    """Over, and nobody has reported what happened."""
    LOST = "lost"
    """Reported as not held."""
    CANCELLED = "cancelled"
    """Withdrawn from the published plan."""


def state_of(visit: Visit, result: VisitResult | None, *, now: datetime) -> VisitState:
    """`result`: the standing one. What happened counts, in whatever plan the visit stands by then."""
    if result is not None:
        return VisitState.LOST if result.outcome == VisitOutcome.NOT_HELD else VisitState.DONE
    if visit.withdrawn_at is not None:
        return VisitState.CANCELLED
    return VisitState.MISSED if visit.published_at is not None and visit.ends_at <= now else VisitState.PLANNED


def standing_results(session: Session, district_code: str, uids: Collection[uuid.UUID]) -> dict[uuid.UUID, VisitResult]:
    """By the visit's identity."""
    rows = session.scalars(
        select(VisitResult).where(
            VisitResult.district_code == district_code, VisitResult.stands, VisitResult.visit_uid.in_(uids)
        )
    )
    return {row.visit_uid: row for row in rows}


def is_reported() -> ColumnElement[bool]:
    """Of a visit in a query: somebody has reported what happened."""
    result = aliased(VisitResult)
    return exists().where(
        and_(result.district_code == Visit.district_code, result.visit_uid == Visit.uid, result.stands)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVisit:
    """A visit of a published plan, or one that was reported although it had been withdrawn."""

    id: int
    uid: uuid.UUID
    document: str
    team_id: int
    site_id: int
    date: date
    starts_at: datetime
    service_minutes: int
    expected_activations: int
    pinned: bool
    is_over: bool
    outcome: str | None
    """Of the standing result; None: nobody has reported, and `activated` is None, too."""
    activated: int | None
    other_district: int = 0
    """Served, and counted elsewhere."""
    held_share: float = HELD_SHARE
    """The chance that it took place, if it is over and nobody has reported."""
    expected_further: Mapping[str, int] = field(default_factory=dict)
    """People to be served with further documents."""
    served_further: Mapping[str, int] = field(default_factory=dict)
    """Those that the standing result tells of."""
    stage: str | None = None
    prepared_people: int | None = None
    """By the plan: of a preparation those whom it prepares, of a follow-up those who are expected again."""
    were_prepared: int | None = None
    """As reported."""

    @property
    def is_reported(self) -> bool:
        return self.outcome is not None

    @property
    def is_lost(self) -> bool:
        return self.outcome == VisitOutcome.NOT_HELD

    @property
    def won(self) -> float:
        """Activations: as reported, else as expected; of an unreported visit times the chance that it was held."""
        if self.activated is not None:
            return self.activated
        return self.expected_activations * (self.held_share if self.is_over else 1)

    @property
    def prepared(self) -> float:
        """People prepared for a later visit, known as `won` is."""
        if self.stage != VisitStage.PREPARATION:
            return 0
        if self.is_reported:
            return self.were_prepared or 0
        return (self.prepared_people or 0) * (self.held_share if self.is_over else 1)

    def of(self, document: str) -> "KnownVisit":
        """The same as a visit of another document that it brings, too; a report that tells nothing of it is none."""
        if document == self.document:
            return self
        heads = 0 if self.is_lost else self.served_further.get(document)
        expected = {self.document: self.expected_activations, **self.expected_further}
        return replace(
            self,
            document=document,
            expected_activations=expected.pop(document, 0),
            expected_further=expected,
            outcome=None if heads is None else self.outcome,
            activated=heads,
            other_district=0,
        )


_COLUMNS = (
    *(Visit.id, Visit.uid, Schedule.document, Visit.team_id, Visit.site_id, Visit.date, Visit.starts_at, Visit.ends_at),
    *(Visit.service_minutes, Visit.expected_activations, Visit.expected_further, Visit.pinned),
    *(VisitResult.outcome, VisitResult.activated, VisitResult.other_district, VisitResult.served_further),
    *(Visit.stage, Visit.prepared.label("prepared_people"), VisitResult.prepared.label("were_prepared")),
)


def known_visits(
    session: Session,
    district_code: str,
    *,
    until: date,
    now: datetime,
    after: date = date.min,
    document: str | None = None,
    held_share: float = HELD_SHARE,
) -> Sequence[KnownVisit]:
    """Every visit that counts, with a date after `after` and up to `until`, by date, start and id.

    `document`: those that bring it, as visits of it (`KnownVisit.of`); `held_share`: of visits that are over and
    unreported, those that took place."""
    same = and_(
        VisitResult.district_code == Visit.district_code, VisitResult.visit_uid == Visit.uid, VisitResult.stands
    )
    wanted = [Visit.district_code == district_code, Visit.date > after, Visit.date <= until]
    if document is not None:
        # A plain text: an enumeration would be compared as JSON.
        name = str(document)
        brings = (Visit.expected_further.has_key(name), VisitResult.served_further.has_key(name))
        wanted.append(or_(Schedule.document == document, *brings))
    carrier = aliased(Visit)
    in_force = (
        select(*_COLUMNS)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .outerjoin(VisitResult, same)
        .where(*wanted, Visit.in_force)
    )
    withdrawn = (
        select(*_COLUMNS)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .join(VisitResult, and_(same, VisitResult.visit_id == Visit.id))
        .where(*wanted, ~Visit.in_force, ~exists().where(carrier.uid == Visit.uid, carrier.in_force))
    )
    rows = session.execute(union_all(in_force, withdrawn)).all()
    visits = [
        KnownVisit(
            id=row.id,
            uid=row.uid,
            document=row.document,
            team_id=row.team_id,
            site_id=row.site_id,
            date=row.date,
            starts_at=row.starts_at,
            service_minutes=row.service_minutes,
            expected_activations=row.expected_activations,
            pinned=row.pinned,
            is_over=row.ends_at <= now,
            outcome=row.outcome,
            activated=row.activated,
            other_district=row.other_district or 0,
            held_share=held_share,
            expected_further=row.expected_further,
            served_further=row.served_further or {},
            stage=row.stage,
            prepared_people=row.prepared_people,
            were_prepared=row.were_prepared,
        )
        for row in rows
    ]
    if document is not None:
        visits = [visit.of(document) for visit in visits]
    return sorted(visits, key=lambda visit: (visit.date, visit.starts_at, visit.id))


def whole_activations(visits: Iterable[KnownVisit]) -> int:
    """What visits won together, in whole people, rounded down."""
    return int(sum(visit.won for visit in visits))
