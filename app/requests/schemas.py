"""What requests for visits, their offers and their prices look like over HTTP."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, RootModel, model_validator

from app.districts.models import Document
from app.languages import said
from app.payloads import Day, Incoming, Line, Note, Outgoing
from app.requests.models import Channel, DeclineReason, RequestStatus
from app.schedules.visit_schemas import DayKitOut
from app.sites.models import MAX_HEADCOUNT, SiteKind
from app.sites.schemas import SitePatch
from app.tables.fields import MinuteOut
from app.words import Text

MOST_DATES = 92


class NewSiteIn(SitePatch):
    """A site that the district does not know yet. What is left out is assumed and marked so: the place is the centre of
    its area, the headcount the people expected, the signal fair, the code made of the number of the request."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Pabrik Karet Sumber Jaya", "kind": "agency", "area_code": "16.73.01"}]
        }
    )

    name: Line
    kind: SiteKind
    area_code: Line = Field(description="The kecamatan's region code.", examples=["16.73.01"])


def _each_once(days: list[date]) -> list[date]:
    return sorted(set(days))


class RequestIn(Incoming):
    """A site asks for a visit: one that is known by its code, or a new one by its facts."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "site_code": "10604402",
                    "channel": "phone",
                    "wished_dates": ["2023-11-21", "2023-11-22"],
                    "expected_people": 80,
                    "contact": "Bagian Tata Usaha, 0733-000000",
                },
                {
                    "site": {"name": "Pabrik Karet Sumber Jaya", "kind": "agency", "area_code": "16.73.01"},
                    "channel": "letter",
                    "wished_from": "2023-11-20",
                    "wished_until": "2023-11-24",
                    "expected_people": 120,
                },
            ]
        },
    )

    site_code: Line | None = None
    site: NewSiteIn | None = None
    channel: Channel
    wished_dates: (
        Annotated[list[Day], Field(min_length=1, max_length=MOST_DATES), AfterValidator(_each_once)] | None
    ) = None
    wished_from: Day | None = Field(default=None, description="A span instead of `wished_dates`.")
    wished_until: Day | None = Field(default=None, description="The last date of the span, included.")
    expected_people: Annotated[int, Field(ge=1, le=MAX_HEADCOUNT)] | None = Field(
        default=None,
        description="People who would come. A new site is planned with it; a known one with its own figures.",
    )
    contact: Line | None = Field(
        default=None, description="Whom to call at the site: its staff, no citizens. Shown inside the district only."
    )
    note: Note | None = Field(default=None, description="Shown inside the district only.")
    document: Document = Document.IKD

    @model_validator(mode="after")
    def _whole(self) -> "RequestIn":
        if (self.site_code is None) == (self.site is None):
            raise ValueError(
                said(
                    "Give 'site_code' of a known site, or 'site' with the facts of a new one.",
                    "Isi 'site_code' lokasi yang sudah ada, atau 'site' dengan data lokasi baru.",
                )
            )
        span = (self.wished_from, self.wished_until)
        if span != (None, None) and (None in span or self.wished_dates is not None):
            raise ValueError(
                said(
                    "Give 'wished_dates', or both 'wished_from' and 'wished_until', or none of them.",
                    "Isi 'wished_dates', atau 'wished_from' dan 'wished_until' keduanya, atau kosongkan semuanya.",
                )
            )
        if self.wished_from is not None and self.wished_until is not None:
            days = (self.wished_until - self.wished_from).days + 1
            if not 1 <= days <= MOST_DATES:
                raise ValueError(
                    said(
                        "The span from {start} to {end} has {days} dates; it has 1 to {most}.",
                        "Rentang {start} sampai {end} berisi {days} tanggal; batasnya 1 sampai {most}.",
                        start=self.wished_from,
                        end=self.wished_until,
                        days=days,
                        most=MOST_DATES,
                    )
                )
        return self

    def wished(self) -> tuple[date, ...]:
        """The dates asked for, ascending; empty: any."""
        if self.wished_from is None or self.wished_until is None:
            return tuple(self.wished_dates or ())
        days = (self.wished_until - self.wished_from).days + 1
        return tuple(self.wished_from + timedelta(days=index) for index in range(days))


class AcceptIn(Incoming):
    """Which offer is accepted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"offer": 1}]})

    offer: Annotated[int, Field(ge=1, le=10_000, description="The `number` of an offer of this request.")]


class DeclineIn(Incoming):
    """Why the request gets no visit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "no_room", "note": "Semua tim penuh."}]})

    reason: DeclineReason = Field(
        description="`no_room`: the office cannot come then, so the request stays demand of the runs to come; "
        "`no_longer_wanted`, `duplicate`, `not_served_here` and `other` end it."
    )
    note: Note | None = None


class PlacedOut(Outgoing):
    """A visit by codes, in local time."""

    team: str
    date: date
    site: str
    starts: MinuteOut
    minutes: int = Field(description="Of service, after the set-up.")


class ChangedVisitOut(Outgoing):
    """An announced visit that would not be as it was announced."""

    change: Literal["retimed", "moved", "withdrawn", "added"] = Field(
        description="`retimed`: other hours or another length on the same day; `moved`: another team or date."
    )
    before: PlacedOut | None
    after: PlacedOut | None


class PriceOut(Outgoing):
    """The whole plan with the offer less the plan without it, each counted by the verifier."""

    lost_activations: int = Field(description="What the plan expects less than before; negative: it gains as much.")
    extra_cost: int = Field(description="Rupiah; negative is saved.")
    changed_visits: list[ChangedVisitOut] = Field(description="Whom else somebody has to tell.")
    text: Text


class OfferedNightOut(Outgoing):
    """A night of an offered trip."""

    date: date
    lodging: str = Field(description="Its code.")


class OfferedRideOut(Outgoing):
    """A boat or plane of an offered trip."""

    date: date
    connection: str = Field(description="Its code.")
    starts_at: MinuteOut


class OfferedTripOut(Outgoing):
    """The new trip that an offer sends its team on."""

    starts_on: date
    ends_on: date
    nights: list[OfferedNightOut]
    rides: list[OfferedRideOut]
    text: Text


class OfferOut(Outgoing):
    """A team and date that the site can have."""

    number: int
    team: str
    date: date
    starts_at: datetime = Field(description="The set-up begins.")
    ends_at: datetime
    expected_activations: int = Field(description="Of this visit.")
    expected: dict[Document, int] = Field(
        description="People to be served with each document: those of the request's own first, then further ones."
    )
    carried: list[DayKitOut] = Field(description="What its team draws from shared kits on that date.")
    kind: str = Field(
        description="`fits`: nobody is touched; `retimed`: later visits of the day begin otherwise; `shortened`: a "
        "neighbour has less time; `changes_places`: one goes to another day; `pushes_out`: one leaves the plan; "
        "`moved`: the site's own visit moves; `sends`: the team goes on a new trip, where nothing else would do."
    )
    trip: OfferedTripOut | None = Field(default=None, description="Of an offer that `sends`.")
    expires_at: datetime = Field(description="Until then its team-days are offered to nobody else.")
    price: PriceOut


class OfferList(RootModel[list[OfferOut]]):
    """The offers that stand."""


class AgainstOut(Outgoing):
    """Why a team cannot come on some dates."""

    team: str
    rule: str
    dates: list[date]
    text: Text | None = Field(description="Of the first of them.")


class NearestOut(Outgoing):
    """The nearest date that would do."""

    team: str
    date: date


class NoOfferOut(Outgoing):
    """Why nothing can be offered."""

    rule: str | None = Field(
        description="A rule of planning; or `no_plan`: none is published for these dates; `cannot_plan`: the district "
        "cannot be planned as it is stored; `site_done`; `held`: what is left is being offered to another request."
    )
    text: Text
    against: list[AgainstOut] = Field(description="By team, the first rule against each date that was asked for.")
    nearest: NearestOut | None


class RequestSiteOut(Outgoing):
    id: int
    code: str
    name: str
    area_code: str


class BookedOut(Outgoing):
    """What was accepted, and the schedule that was published with it."""

    schedule_id: int
    offer: OfferOut | None


class VisitRequestOut(Outgoing):
    """A request, with the offers that stand at this moment."""

    id: int
    district_code: str
    document: Document
    site: RequestSiteOut
    channel: Channel
    wished_dates: list[date] = Field(description="Empty: any.")
    expected_people: int | None
    contact: str | None = Field(description="Shown inside the district only.")
    note: str | None = Field(description="Shown inside the district only.")
    status: RequestStatus
    is_unmet: bool = Field(description="Demand of the runs to come: the site is visited on a wished date if it can be.")
    received_at: datetime
    received_by: str
    offers: list[OfferOut]
    no_offer: NoOfferOut | None = Field(description="Given where nothing could be offered when last asked.")
    booked: BookedOut | None
    decline_reason: DeclineReason | None
    decline_note: str | None = Field(description="Shown inside the district only.")
    closed_at: datetime | None
    closed_by: str | None
    version: int


def placed_of(visit: Mapping[str, Any]) -> PlacedOut:
    """A visit as the planning core writes it."""
    return PlacedOut(
        team=visit["team"],
        date=visit["date"],
        site=visit["site"],
        starts=visit["start"],
        minutes=visit["minutes"],
    )
