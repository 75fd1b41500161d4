"""What a forecast of one document counts on: who needs it at each site, and how much of each visit goes into it.

Who comes to a visit is learned and assumed of IKD, whatever else it brings; a phone is asked for by IKD alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.issuing import IssuingFigures, issuing_figures
from app.districts.models import District, Document, IssuingKit
from app.forecasts.month import TeamDayYield
from app.schedules.models import Visit
from app.schedules.planned_with import PlannedWith
from app.schedules.standing_results import KnownVisit
from app.sites.document_fields import AS_OF, PEOPLE
from app.sites.kinds import KindDefaults, kind_defaults
from app.sites.models import Site, SiteKind
from app.sites.needing import needing_at
from app.teams.issuing import kits_along
from app.teams.models import Team

UNDISTURBED = (1.0, 1.0, 1.0, 1.0, 1.0)
"""What is left of the pace at each signal where issuing needs none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """How a document is issued in a district, beside the others."""

    document: Document
    figures_of: Mapping[Document, IssuingFigures]
    """Of every further document; what IKD takes is said by each team."""

    @classmethod
    def of(cls, session: Session, district: District, document: str) -> "Issuing":
        return cls(document=Document(document), figures_of=issuing_figures(session, district.code))

    @property
    def figures(self) -> IssuingFigures | None:
        """None: it is IKD."""
        return self.figures_of.get(self.document)

    @property
    def kit(self) -> IssuingKit:
        return IssuingKit.NONE if self.figures is None else self.figures.kit

    @property
    def needs_signal(self) -> bool:
        return self.figures is None or self.figures.needs_signal

    def minutes_for_one(self, document: str, planned: PlannedWith) -> int:
        """Minutes of one operator for one person."""
        figures = self.figures_of.get(Document(document))
        return planned.minutes_per_activation if figures is None else figures.minutes

    def minutes_at(self, visit: KnownVisit, planned: PlannedWith) -> float:
        """The part of a visit's minutes that goes into the document, by whom it is to serve with each."""
        if not visit.expected_further:
            return visit.service_minutes
        own = visit.expected_activations * self.minutes_for_one(visit.document, planned)
        others = sum(people * self.minutes_for_one(name, planned) for name, people in visit.expected_further.items())
        # A visit that is to serve nobody may still serve whoever comes.
        return visit.service_minutes * own / (own + others) if own + others else visit.service_minutes


def people_needing(
    session: Session, district_code: str, sites: Sequence[Site], document: Document, reported: Sequence[KnownVisit]
) -> dict[int, int]:
    """By id of a site who there still needs a further document, less all whom visits since that was true have served.

    `reported`: every visit of it with a result."""
    kinds, left, since = kind_defaults(session, district_code), dict[int, int](), dict[int, date]()
    for site in sites:
        left[site.id], since[site.id] = _needing(site, kinds[SiteKind(site.kind)], document)
    for visit in reported:
        if visit.site_id in left and visit.date > since[visit.site_id]:
            left[visit.site_id] -= visit.activated or 0
    return {site: max(0, people) for site, people in left.items()}


def _needing(site: Site, defaults: KindDefaults, document: Document) -> tuple[int, date]:
    """Who needs it, and the end of the day up to which that is so."""
    known = needing_at(site, defaults).get(document)
    if known is None:
        return 0, date.min
    day: date | None = known.as_of or getattr(site, AS_OF[PEOPLE[document]])
    return known.people, day or date.min


def operators_at_once(
    session: Session, visits: Sequence[KnownVisit], planned: Mapping[int, PlannedWith], kit: IssuingKit
) -> dict[int, int]:
    """By id of a visit how many operators can issue what takes a kit: one with each that the team has or draws."""
    ids = [visit.id for visit in visits]
    rows = session.execute(
        select(Visit.id, Visit.day_kits, Team.kits).join(Team, Team.id == Visit.team_id).where(Visit.id.in_(ids))
    )
    with_kits = {row.id: kits_along(row.kits, row.day_kits).get(kit.value, 0) for row in rows}
    return {
        number: facts.operators if kit is IssuingKit.NONE else min(facts.operators, with_kits.get(number, 0))
        for number, facts in planned.items()
    }


def recent_yields(won_at_visits: Iterable[tuple[date, int, int]], *, since: date) -> tuple[TeamDayYield, ...]:
    """What team-days after a date won of a document; of visits their date, team and what they won."""
    won = Counter[tuple[date, int]]()
    for day, team, activated in won_at_visits:
        if day > since:
            won[day, team] += activated
    return tuple(TeamDayYield(team=team, date=day, activated=won[day, team]) for day, team in sorted(won))
