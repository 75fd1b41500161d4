"""The visits that letters are about: of the plan in force, or of a draft (`weeks` puts them into weeks of teams)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import date as Day
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.districts.models import Area, District, Document
from app.schedules.document_schemas import expected_of
from app.schedules.document_words import all_brought
from app.schedules.fellow_teams import fellows_in_force, fellows_in_plan
from app.schedules.models import Schedule, Visit
from app.schedules.trips.reading import WholeTrip, trip_on, trips_in_force, trips_of, whole_trips
from app.sites.models import Site
from app.sites.preparations import staged_name
from app.sites.session_places import PLACE, held, held_name, is_held_at
from app.teams.models import Team


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One visit as a letter tells it; the moments are local."""

    uid: UUID
    team_id: int
    team_code: str
    team_name: str
    base_name: str | None
    date: date
    arrives_at: datetime
    starts_at: datetime
    ends_at: datetime
    home_minutes: int
    day_breaks: list[dict[str, Any]]
    site_code: str
    site_name: str
    area_name: str
    """Where the visit is held."""
    place_name: str | None = None
    """The site to which the session is moved."""
    with_teams: list[str] | None = None
    """Codes of the other teams at the site that day."""
    document: str = Document.IKD.value
    """Of the plan."""
    expected_activations: int = 0
    expected_further: Mapping[str, int] = field(default_factory=dict)
    day_kits: Sequence[Mapping[str, Any]] = ()
    stage: str | None = None
    prepared: int | None = None
    trip: WholeTrip | None = None
    """With nights away, boats or planes; None: a day from the base and back."""

    @property
    def goes_out_on(self) -> Day:
        """The date on which the team leaves its base for it."""
        return self.date if self.trip is None else self.trip.trip.starts_on

    @property
    def is_back_on(self) -> Day:
        return self.date if self.trip is None else self.trip.trip.ends_on

    @property
    def brings(self) -> str | None:
        """What is to be brought to it beside what every visit of the plan brings: each document with the people who are
        expected, and shared kits; None: nothing."""
        further = {name: people for name, people in self.expected_further.items() if people}
        expected = expected_of(self.document, self.expected_activations, further)
        documents = all_brought(expected)["id"] if further else ""
        return "; ".join(filter(None, (documents, ", ".join(kit["name"] for kit in self.day_kits)))) or None

    @property
    def where(self) -> str:
        """The site, with the place where its session is held, and what it is to people who are prepared first."""
        return staged_name(held_name(self.site_name, self.place_name), self.stage)["id"]

    def to_json(self) -> dict[str, Any]:
        """What an issued letter keeps of it; `starts` and `ends` are minutes after local midnight."""
        return {
            "uid": str(self.uid),
            "date": self.date.isoformat(),
            "starts": self.starts_at.hour * 60 + self.starts_at.minute,
            "ends": self.ends_at.hour * 60 + self.ends_at.minute,
            "site_code": self.site_code,
            "site_name": self.site_name,
        } | ({} if self.place_name is None else {"session_at_name": self.place_name})


def stops_in_force(
    session: Session,
    district: District,
    document: str,
    *,
    first: date,
    last: date,
    team_ids: Sequence[int] | None = None,
) -> list[Stop]:
    """The stops of the plan in force of a document, whichever schedule carries them, by team, day and hour."""
    trips = whole_trips(session, trips_in_force(district.code, first=first, last=last, document=document))
    query = _STOPS.add_columns(fellows_in_force().label("with_teams")).where(
        Visit.district_code == district.code, Visit.in_force, Schedule.document == document
    )
    return _stops(session, query, district, trips, first=first, last=last, team_ids=team_ids)


def stops_of_draft(
    session: Session, district: District, schedule: Schedule, *, first: date, last: date, team_ids: Sequence[int] | None
) -> list[Stop]:
    """The stops of a plan that is not published."""
    query = _STOPS.add_columns(fellows_in_plan().label("with_teams")).where(Visit.schedule_id == schedule.id)
    return _stops(session, query, district, trips_of(session, schedule), first=first, last=last, team_ids=team_ids)


_STOPS = (
    select(
        *(Visit.uid, Visit.team_id, Team.code.label("team_code"), Team.name.label("team_name"), Team.base_name),
        *(Visit.date, Visit.arrives_at, Visit.starts_at, Visit.ends_at, Visit.home_minutes, Visit.day_breaks),
        *(Site.code.label("site_code"), Site.name.label("site_name"), Area.name.label("area_name")),
        *(PLACE.name.label("place_name"), Schedule.document),
        *(Visit.expected_activations, Visit.expected_further, Visit.day_kits, Visit.stage, Visit.prepared),
    )
    .join(Schedule, Schedule.id == Visit.schedule_id)
    .join(Team, Team.id == Visit.team_id)
    .join(Site, Site.id == Visit.site_id)
    .outerjoin(PLACE, is_held_at(Visit.date))
    .join(Area, Area.code == held("area_code"))
    .order_by(Team.code, Visit.date, Visit.starts_at, Visit.id)
)
_MOMENTS = ("arrives_at", "starts_at", "ends_at")


def _stops(
    session: Session,
    query: Select[*tuple[Any, ...]],
    district: District,
    trips: Sequence[WholeTrip],
    *,
    first: date,
    last: date,
    team_ids: Sequence[int] | None,
) -> list[Stop]:
    """The stops for which a team leaves its base between two dates: those of a trip together, on whatever date."""
    zone = ZoneInfo(district.time_zone)
    ends = [whole.trip.ends_on for whole in trips if whole.trip.starts_on <= last]
    query = query.where(Visit.date.between(first, max([last, *ends])))
    rows = session.execute(query if team_ids is None else query.where(Visit.team_id.in_(team_ids)))
    stops = []
    for row in rows:
        fields = row._asdict()
        moments = {name: fields[name].astimezone(zone) for name in _MOMENTS}
        stop = Stop(**(fields | moments), trip=trip_on(trips, row.team_id, row.date))
        if first <= stop.goes_out_on <= last:
            stops.append(stop)
    return stops
