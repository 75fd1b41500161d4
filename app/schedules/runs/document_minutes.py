"""What results teach of the minutes of further documents, put into a planning problem."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from app.districts.issuing import issuing_figures
from app.districts.models import District, Document
from app.schedules.document_learning import document_paces, planned_minutes
from app.schedules.figures import Figure, Use, uses_of
from app.schedules.runs.basis import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesInUse:
    """The minutes of one document that a run plans with."""

    stated: int
    minutes: int
    visits: int
    """That teach it."""
    use: Use

    def to_json(self) -> dict[str, Any]:
        return {"stated": self.stated, "minutes": self.minutes, "visits": self.visits, "use": self.use.value}


def minutes_in_use(session: Session, district: District, basis: Basis, own: Document) -> dict[Document, MinutesInUse]:
    """Of every further document of a plan; where no visit teaches it, what is stated. `own`: the plan's first."""
    documents = [document for document in (own, *(row.document for row in basis.further)) if document != Document.IKD]
    if not documents:
        return {}
    stated, paces = issuing_figures(session, district.code), document_paces(session, district)
    in_use: dict[Document, MinutesInUse] = {}
    for document in documents:
        visits, given = len(paces.that_brought(document)), stated[document].minutes
        use = uses_of(session, district.code, document).of(Figure.PACE) if visits else Use.GIVEN
        minutes = planned_minutes(paces.fits[document], given) if use is Use.LEARNED else given
        in_use[document] = MinutesInUse(stated=given, minutes=minutes, visits=visits, use=use)
    return in_use


def at_minutes(basis: Basis, in_use: Mapping[Document, MinutesInUse], own: Document) -> Basis:
    """The basis with these minutes in place of those stated."""
    teams = basis.teams
    if own in in_use:
        teams = tuple(replace(team, minutes_per_activation=in_use[own].minutes) for team in teams)
    further = tuple(
        replace(row, figures=replace(row.figures, minutes=in_use[row.document].minutes)) for row in basis.further
    )
    return replace(basis, teams=teams, further=further)
