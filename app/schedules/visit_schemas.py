"""What the visits of plans look like over HTTP."""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, Field

from app.districts.kits import Kit
from app.districts.models import Document
from app.schedules.standing_results import VisitState
from app.sites.models import SiteKind
from app.sites.preparations import VisitStage
from app.travel.models import LegSource, Way


class SessionPlaceOut(BaseModel):
    """The site at which the people of another one are served."""

    code: str
    name: str


class VisitSiteOut(BaseModel):
    code: str
    name: str
    kind: SiteKind
    area_code: str
    lat: float = Field(description="Where the visit is held, as `lon`.")
    lon: float
    session_at: SessionPlaceOut | None = Field(description="Where its session is moved to; null: held at the site.")


class VisitTeamOut(BaseModel):
    code: str
    name: str


class NeedingThenOut(BaseModel):
    """People of a site who needed a document, as far as was known."""

    people: int
    as_of: date | None = Field(description="The end of the day up to which that was so; null: nobody said.")


class PlannedWithOut(BaseModel):
    """What was known of site and team when the visit was published; results are judged by it."""

    kind: SiteKind
    area_code: str
    headcount: int
    already_activated: int
    already_activated_as_of: date | None
    phone_ready_share: float
    turn_out_share: float
    resident_share: float
    given_shares: list[str] = Field(description="Shares given for this very site; the others were assumed of its kind.")
    connectivity: int
    operators: int
    minutes_per_activation: int
    has_satellite: bool
    needing: dict[Document, NeedingThenOut] = Field(
        default_factory=dict,
        description="Who needed further documents there; empty of visits published before it was kept.",
    )
    session_at: str | None = Field(default=None, description="Code of the site at which the session is held, if moved.")


class DayBreakOut(BaseModel):
    """A pause of a team, as the plan has it."""

    starts_at: datetime
    ends_at: datetime
    name: str | None


class DayKitOut(BaseModel):
    """Kits of a pool, by its code and name, with a team for a day."""

    code: str
    name: str
    kind: Kit
    count: int


class VisitOut(BaseModel):
    """One team at one site; times are in the district's zone."""

    id: int
    uid: str
    trip_id: int | None = Field(
        description="Of the trip that it is part of (`GET …/trips`); null: a day from the base."
    )
    team: VisitTeamOut
    site: VisitSiteOut
    date: date
    stop_index: int
    arrives_at: datetime
    starts_at: datetime
    ends_at: datetime
    setup_minutes: int
    service_minutes: int
    travel_minutes: int
    travel_metres: int
    travel_source: LegSource = Field(description="What they rest on: a travel entry, a road engine, a great circle.")
    travel_way: Way | None = Field(description="Null: not known, as of every great circle.")
    breaks: Sequence[DayBreakOut] = Field(
        description="Of its team on that date; one that pauses the visit makes it end so much later."
    )
    carried: Sequence[DayKitOut] = Field(description="What its team draws from shared kits on that date.")
    document: Document = Field(description="Of the plan: what `expected_activations` counts.")
    expected_activations: int
    expected: dict[Document, int] = Field(
        description="People to be served with each document: those of `document` first, then further ones."
    )
    stage: VisitStage | None = Field(
        description="`preparation`: people are prepared for a later visit, and nobody counts; `follow_up`: that later "
        "visit; null: neither."
    )
    prepared: int | None = Field(
        description="Of a preparation those to prepare, of a follow-up those who were and are expected again."
    )
    planned_with: PlannedWithOut | None = Field(description="Null: never published.")
    state: VisitState = Field(description="`missed`: over, and nobody has reported; `lost`: reported as not held.")
    pinned: bool
    in_force: bool
    published_at: datetime | None
    withdrawn_at: datetime | None
    sequence: int
