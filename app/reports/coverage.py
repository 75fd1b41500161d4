"""Which areas published visits reach and which they leave out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Integer, Numeric, case, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.districts import service as districts
from app.districts.ages import Ages, ages_of
from app.districts.models import District, Document
from app.schedules.models import Schedule, Visit
from app.sites.document_fields import OF_AGE, PEOPLE
from app.sites.kinds import OF_RESIDENTS
from app.sites.models import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaCoverage:
    """One area of a district, and what is planned in it."""

    code: str
    name: str
    sites: int
    people_left: int
    """At its sites, less those who have the document already; somebody at two sites counts twice."""
    floor: int
    """Activations that a schedule owes the area."""
    visits: int
    """In force, from `since` to `until`."""
    expected_activations: int
    """Of these visits."""
    next_visit: date | None
    """The first of them from the day of the question on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Every area of a district, those left out first, the most people before the fewest."""

    district_code: str
    document: str
    since: date
    until: date
    areas: tuple[AreaCoverage, ...]

    @property
    def left_out(self) -> tuple[AreaCoverage, ...]:
        """Areas with people left and no visit."""
        return tuple(area for area in self.areas if area.visits == 0 and area.people_left > 0)


def coverage_until_deadline(
    session: Session, district: District, document: str, *, on: date, owner: str | None = None
) -> Coverage:
    """From the day after the count of a target to its deadline; raises `NotFound` without a target."""
    target = districts.get_target(session, district.code, document, owner=owner)
    since = districts.counted_up_to(session, target) + timedelta(days=1)
    return coverage(session, district, document, since=min(since, target.deadline), until=target.deadline, on=on)


def coverage(session: Session, district: District, document: str, *, since: date, until: date, on: date) -> Coverage:
    """What published visits of a document bring each area between two dates, both included."""
    sites = {
        code: (number, people)
        for code, number, people in session.execute(
            select(Site.area_code, func.count(), func.sum(_people_left(document, ages_of(session, district.code))))
            .where(Site.district_code == district.code)
            .group_by(Site.area_code)
        )
    }
    # A plain text: an enumeration would be compared as JSON.
    name = str(document)
    brought = func.coalesce(cast(Visit.expected_further[name].astext, Integer), 0)
    expected = case((Schedule.document == document, Visit.expected_activations), else_=brought)
    planned = {
        code: (number, people, following)
        for code, number, people, following in session.execute(
            select(
                Site.area_code,
                func.count(),
                func.sum(expected),
                func.min(Visit.date).filter(Visit.date >= on),
            )
            .join(Schedule, Schedule.id == Visit.schedule_id)
            .join(Site, Site.id == Visit.site_id)
            .where(
                Visit.district_code == district.code,
                Visit.in_force,
                or_(Schedule.document == document, Visit.expected_further.has_key(name)),
                Visit.date.between(since, until),
            )
            .group_by(Site.area_code)
        )
    }
    rows = []
    for area in districts.list_areas(session, district.code):
        number, people = sites.get(area.code, (0, 0))
        visits, brings, following = planned.get(area.code, (0, 0, None))
        rows.append(
            AreaCoverage(
                code=area.code,
                name=area.name,
                sites=number,
                people_left=people,
                floor=area.min_activations,
                visits=visits,
                expected_activations=brings,
                next_visit=following,
            )
        )
    rows.sort(key=lambda area: (area.visits > 0, -area.people_left, area.code))
    return Coverage(district_code=district.code, document=document, since=since, until=until, areas=tuple(rows))


def _people_left(document: str, ages: Mapping[Document, Ages]) -> ColumnElement[int]:
    """Who at a site is without a document, by its own figure, else as `app.sites.needing` derives it."""
    if document == Document.IKD:
        return Site.headcount - Site.already_activated
    further = Document(document)
    own, of_age, part = getattr(Site, PEOPLE[further]), getattr(Site, OF_AGE[further]), ages.get(further)
    if part is None:
        return func.coalesce(own, 0)
    derived = case(
        # No share is known of a district that has nobody of the age.
        (of_age.is_not(None), _rounded_down(of_age, part.lacking, part.of_age) if part.of_age else 0),
        (Site.kind == OF_RESIDENTS.value, _rounded_down(Site.headcount, part.lacking, part.eligible)),
        else_=0,
    )
    return func.coalesce(own, derived)


def _rounded_down(people: InstrumentedAttribute[int], part: int, whole: int) -> ColumnElement[int]:
    # The product passes what an integer column holds.
    return cast(func.div(cast(people, Numeric) * part, whole), Integer)
