"""What results teach of further documents put into a planning problem: their minutes, and who comes for them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.districts.issuing import issuing_figures
from app.districts.models import District, Document
from app.estimates.arrays import Floats
from app.estimates.learning import Learned
from app.estimates.shares import ShareDraws
from app.estimates.streams import Purpose, stream
from app.schedules.document_learning import DocumentPaces, planned_minutes, shared_minutes
from app.schedules.document_turn_out import WhoComes, who_comes
from app.schedules.figures import Figure, Use, Uses, uses_of
from app.schedules.runs.basis import Basis
from app.schedules.runs.further import people_with
from app.schedules.runs.futures import FUTURES, equally_likely, mean_of
from app.schedules.runs.plan_sites import PlanSite


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedDocument:
    """What a run takes of one further document."""

    document: Document
    stated: int
    """Minutes of one operator for one person."""
    learned_minutes: int
    """The same as visits have it."""
    visits: int
    """That teach them."""
    minutes_use: Use
    who: WhoComes

    @property
    def has_minutes(self) -> bool:
        """Whether the minutes are as learned."""
        return self.visits > 0 and self.minutes_use is Use.LEARNED

    @property
    def minutes(self) -> int:
        """The minutes that the run plans with."""
        return self.learned_minutes if self.has_minutes else self.stated

    def to_json(self) -> dict[str, Any]:
        """As the row of the run keeps it."""
        comes = any(self.who.is_learned(kind) for kind in self.who.fit.prior_shares)
        return {
            "stated": self.stated,
            "minutes": self.minutes,
            "visits": self.visits,
            "use": (Use.LEARNED if self.has_minutes else Use.GIVEN).value,
            "who_comes_of": self.who.document.value if comes else None,
            "who_comes_visits": self.who.visits if comes else 0,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedDocuments:
    """What a run takes of all its further documents; of who is registered here, results of IKD."""

    own: Document
    """The plan's first document."""
    documents: Mapping[Document, LearnedDocument]
    of_ikd: Learned
    uses_of_ikd: Uses

    @property
    def teach(self) -> bool:
        """Whether results change anything of the further documents."""
        kinds = self.of_ikd.turn_out.prior_shares
        return any(
            row.has_minutes or any(row.who.is_learned(kind) or self.has_resident(kind) for kind in kinds)
            for row in self.documents.values()
        )

    def has_own_comers(self, kind: str) -> bool:
        """Whether who comes to sites of a kind for the plan's own document is learned, and that is not IKD."""
        row = self.documents.get(self.own)
        return row is not None and (row.who.is_learned(kind) or self.has_resident(kind))

    def has_resident(self, kind: str) -> bool:
        """Whether the share of residents at sites of a kind is as learned."""
        return bool(self.of_ikd.evidence.resident) and self.uses_of_ikd.of(Figure.RESIDENT, kind) is Use.LEARNED

    def to_json(self) -> dict[str, Any]:
        """By document, as the row of the run keeps it."""
        return {document.value: row.to_json() for document, row in self.documents.items()}


def learn_documents(
    session: Session, district: District, basis: Basis, own: Document, of_ikd: Learned
) -> LearnedDocuments:
    """Of every further document of a plan; where no visit teaches it, what is stated."""
    documents = [document for document in (own, *(row.document for row in basis.further)) if document != Document.IKD]
    takes = issuing_figures(session, district.code)
    paces = DocumentPaces.of(shared_minutes(session, district), of_ikd.pace)
    learned: dict[Document, LearnedDocument] = {}
    for document in documents:
        visits, stated = len(paces.that_brought(document)), takes[document].minutes
        learned[document] = LearnedDocument(
            document=document,
            stated=stated,
            learned_minutes=planned_minutes(paces.fits[document], stated),
            visits=visits,
            minutes_use=uses_of(session, district.code, document).of(Figure.PACE),
            who=who_comes(session, district, document, of_ikd),
        )
    return LearnedDocuments(
        own=own, documents=learned, of_ikd=of_ikd, uses_of_ikd=uses_of(session, district.code, Document.IKD)
    )


def at_minutes(basis: Basis, learned: LearnedDocuments) -> Basis:
    """The basis with the minutes that the run takes in place of those stated."""
    documents, teams = learned.documents, basis.teams
    if learned.own in documents:
        teams = tuple(replace(team, minutes_per_activation=documents[learned.own].minutes) for team in teams)
    further = tuple(
        replace(row, figures=replace(row.figures, minutes=documents[row.document].minutes)) for row in basis.further
    )
    return replace(basis, teams=teams, further=further)


def with_comers(basis: Basis, learned: LearnedDocuments, *, seed: int) -> tuple[Basis, dict[str, tuple[int, ...]]]:
    """The basis with the people who come for further documents; by code of a site how unsure that is.

    Of the plan's own document with its spread, of those besides it on average, rounded up."""
    of_ikd = learned.of_ikd.draw(stream(seed, Purpose.TURN_OUT), FUTURES)
    turn_out = {
        document: of_ikd.turn_out
        if row.who.document is Document.IKD
        else row.who.fit.draw(stream(seed, Purpose.TURN_OUT), FUTURES)
        for document, row in learned.documents.items()
    }
    sites: list[PlanSite] = []
    demand: dict[str, tuple[int, ...]] = {}

    def shares(planned: PlanSite, document: Document) -> Floats:
        own, kind = stream(seed, Purpose.SITE, planned.candidate.site.id), planned.candidate.site.kind
        come, _, resident = planned.candidate.shares
        is_learned = learned.documents[document].who.is_learned(kind)
        coming = _share(planned, turn_out[document] if is_learned else None, come, own)
        counted = _share(planned, of_ikd.resident if learned.has_resident(kind) else None, resident, own)
        return np.asarray(coming * counted)

    for planned in basis.sites:
        if planned.candidate.stage is None:
            further = {
                document: _left(planned, document, people, shares(planned, document))
                for document, people in planned.further.items()
            }
            planned = replace(planned, further=further)
            if learned.has_own_comers(planned.candidate.site.kind):
                values = _demand(planned, learned.own, shares(planned, learned.own), seed=seed)
                demand[planned.candidate.site.code] = values
                planned = replace(planned, people=mean_of(values))
        sites.append(planned)
    return replace(basis, sites=tuple(sites)), demand


def _share(planned: PlanSite, draws: ShareDraws | None, given: Decimal, generator: np.random.Generator) -> Floats:
    """A share of a site in every future: as it is learned, or as it was given."""
    if draws is None:
        return np.full(FUTURES, float(given))
    site = planned.candidate.site
    return draws.of_site(site.id, kind=site.kind, area=site.area_code, level=planned.connectivity, generator=generator)


def _given(planned: PlanSite) -> float:
    turn_out, _, resident = planned.candidate.shares
    return float(turn_out * resident)


def _left(planned: PlanSite, document: Document, people: int, share: Floats) -> int:
    """Who can still be served there with a further document, on average, rounded up; `people`: by what was given."""
    of_all, given = people_with(planned.candidate, document), _given(planned)
    served = of_all - people
    # Where nothing was learned it is what was given, whatever floating point makes of that.
    come = math.ceil(round(of_all * float(share.mean()) / given, 6)) if given else of_all
    return max(0, come - served)


def _demand(planned: PlanSite, document: Document, share: Floats, *, seed: int) -> tuple[int, ...]:
    """Equally likely numbers of people whom visits to the site can still serve with the plan's own document."""
    of_all, given = people_with(planned.candidate, document), _given(planned)
    needing, served = (round(of_all / given) if given else 0), of_all - planned.people
    own = stream(seed, Purpose.CELL, planned.candidate.site.id)
    return equally_likely(own.binomial(needing, np.clip(share, 0.0, 1.0)) - served)
