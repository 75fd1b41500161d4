"""What is stored of a site that asks for a visit: the request, and what it was offered at which price."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Channel(StrEnum):
    """How the request came."""

    LETTER = "letter"
    PHONE = "phone"
    VISIT = "visit"
    MEETING = "meeting"
    OTHER = "other"


class RequestStatus(StrEnum):
    OPEN = "open"
    BOOKED = "booked"
    DECLINED = "declined"


class DeclineReason(StrEnum):
    """Why a request gets no visit."""

    NO_ROOM = "no_room"
    """The office cannot come on the dates asked for: the request stays demand of the runs to come."""
    NO_LONGER_WANTED = "no_longer_wanted"
    DUPLICATE = "duplicate"
    NOT_SERVED_HERE = "not_served_here"
    OTHER = "other"


class VisitRequest(Base):
    """A site that asks for a visit on some dates; `open` until somebody accepts an offer or declines."""

    __tablename__ = "visit_requests"
    __table_args__ = (
        ForeignKeyConstraint(["district_code", "site_id"], ["sites.district_code", "sites.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["district_code", "schedule_id"], ["schedules.district_code", "schedules.id"]),
        CheckConstraint("channel IN ('letter', 'phone', 'visit', 'meeting', 'other')", name="channel"),
        CheckConstraint("status IN ('open', 'booked', 'declined')", name="status"),
        CheckConstraint(
            "decline_reason IN ('no_room', 'no_longer_wanted', 'duplicate', 'not_served_here', 'other')",
            name="decline_reason",
        ),
        CheckConstraint("(status = 'declined') = (decline_reason IS NOT NULL)", name="declined_has_reason"),
        CheckConstraint("(status = 'booked') = (schedule_id IS NOT NULL)", name="booked_has_schedule"),
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_at"),
        CheckConstraint("expected_people BETWEEN 1 AND 500000", name="expected_people"),
        Index("ix_visit_requests_district_code_id", "district_code", "id"),
        Index("ix_visit_requests_site_id", "site_id"),
        Index("ix_visit_requests_schedule_id", "schedule_id", postgresql_where=text("schedule_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    document: Mapped[str]
    site_id: Mapped[int]
    channel: Mapped[str]
    wished_dates: Mapped[list[str]] = mapped_column(JSONB)
    """ISO dates, ascending; empty: any date."""
    expected_people: Mapped[int | None]
    contact: Mapped[str | None]
    """Staff of the site, as they gave it; shown inside the district only."""
    note: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="open")
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    received_by: Mapped[str]
    no_offer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Why there was no offer when last looked: rules by team, the nearest date that would do, a sentence."""
    accepted_offer: Mapped[int | None] = mapped_column(SmallInteger)
    schedule_id: Mapped[int | None]
    """The schedule that was published with its visit."""
    decline_reason: Mapped[str | None]
    decline_note: Mapped[str | None]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class RequestOffer(Base):
    """One team and date offered for a request, and all it changes in the plan in force.

    Until `expires_at` its team-days are nobody else's to offer."""

    __tablename__ = "request_offers"
    __table_args__ = (
        ForeignKeyConstraint(["district_code", "team_id"], ["teams.district_code", "teams.id"], ondelete="CASCADE"),
        CheckConstraint("starts_at < ends_at", name="times"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("(trip IS NOT NULL) = (kind = 'sends')", name="trip"),
        Index("ix_request_offers_held", "district_code", "expires_at"),
    )

    request_id: Mapped[int] = mapped_column(ForeignKey("visit_requests.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """Never used again within a request, so that nobody accepts what was not read."""
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    team_id: Mapped[int]
    date: Mapped[date]
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    kind: Mapped[str]
    """How room was made, in the solver's words: `fits`, `shortened`, …"""
    expected_activations: Mapped[int]
    """Of the visit that is offered."""
    expected_further: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    """People served besides, by further document."""
    day_kits: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """The shared kits that its team carries on that date, as `Visit.day_kits` has them."""
    lost_activations: Mapped[int]
    """Of the whole plan: what it expects without the offer less what it expects with it; negative is a gain."""
    lost_value_milli: Mapped[int] = mapped_column(BigInteger)
    extra_cost: Mapped[int] = mapped_column(BigInteger)
    """Rupiah."""
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """The announced visits that it changes, before and after, by codes."""
    team_days: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Every team-day that it touches: `team`, `date` and all `visits` it has then."""
    trip: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The new trip that its team-days are: `team`, `starts_on`, `ends_on`, names of its `beds`, and its `nights` and
    `rides` as plans name them."""
    plan_version: Mapped[int]
    """The schedule published last by anything but an accepted offer, when this was offered."""
    digest: Mapped[str]
    """SHA-256 (hex) of the touched team-days as they stood in force."""
    offered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """Accepting comes too late from this moment on; moved forward when the request is offered anew."""
