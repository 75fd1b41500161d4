"""What is stored of a site: who is there, where it is, when it is open, how ready it is."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from app.database import Base
from app.districts.models import ProvenanceByField


class SiteKind(StrEnum):
    AGENCY = "agency"
    SCHOOL = "school"
    CLINIC = "clinic"
    VILLAGE = "village"
    AREA_OFFICE = "area_office"
    ORGANISATION = "organisation"
    MALL = "mall"
    HOME = "home"


class Readiness(StrEnum):
    UNKNOWN = "unknown"
    ASKED = "asked"
    AGREED = "agreed"
    NOT_READY = "not_ready"
    DONE = "done"


class ReadinessCause(StrEnum):
    """What made the readiness of a site what it is."""

    ENTERED = "entered"
    """By a planner, one site at a time."""
    IMPORTED = "imported"
    INVITED = "invited"
    """Its contact was asked by mail."""
    REPLY = "reply"
    """Its contact answered an invitation."""
    REQUEST = "request"
    """A visit that the site asked for was booked."""
    VISITED = "visited"
    """The agreed dates are over, and a visit was held."""
    LAPSED = "lapsed"
    """The agreed dates are over without a visit."""


MAX_HEADCOUNT = 500_000


class Site(Base):
    """A place that can be visited; empty shares and limits mean the kind's default (`app.sites.kinds`)."""

    __tablename__ = "sites"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        UniqueConstraint("district_code", "id"),
        ForeignKeyConstraint(["district_code", "area_code"], ["areas.district_code", "areas.code"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["district_code", "session_at"], ["sites.district_code", "sites.code"], onupdate="CASCADE"
        ),
        CheckConstraint(
            "kind IN ('agency', 'school', 'clinic', 'village', 'area_office', 'organisation', 'mall', 'home')",
            name="kind",
        ),
        CheckConstraint("readiness IN ('unknown', 'asked', 'agreed', 'not_ready', 'done')", name="readiness"),
        CheckConstraint("readiness_from <= readiness_until", name="readiness_dates"),
        CheckConstraint("lat BETWEEN -11.5 AND 6.5 AND lon BETWEEN 94.5 AND 141.5", name="in_indonesia"),
        CheckConstraint("headcount BETWEEN 0 AND 500000", name="headcount"),
        CheckConstraint("already_activated BETWEEN 0 AND headcount", name="already_activated"),
        CheckConstraint("phone_ready_share BETWEEN 0 AND 1", name="phone_ready_share"),
        CheckConstraint("turn_out_share BETWEEN 0 AND 1", name="turn_out_share"),
        CheckConstraint("resident_share BETWEEN 0 AND 1", name="resident_share"),
        CheckConstraint("connectivity BETWEEN 0 AND 4", name="connectivity"),
        CheckConstraint("max_visit_dates BETWEEN 1 AND 366", name="max_visit_dates"),
        CheckConstraint("min_gap_days BETWEEN 1 AND 366", name="min_gap_days"),
        CheckConstraint("max_teams BETWEEN 1 AND 100", name="max_teams"),
        CheckConstraint("min_teams BETWEEN 1 AND 100 AND min_teams <= max_teams", name="min_teams"),
        CheckConstraint("needs_kits <@ ARRAY['satellite', 'biometric', 'card_printer']", name="needs_kits"),
        CheckConstraint("setup_minutes BETWEEN 0 AND 600", name="setup_minutes"),
        CheckConstraint("fixed_minutes BETWEEN 1 AND 1440", name="fixed_minutes"),
        CheckConstraint("people_ktp_el BETWEEN 0 AND 500000", name="people_ktp_el"),
        CheckConstraint("people_kia BETWEEN 0 AND 500000", name="people_kia"),
        CheckConstraint("people_birth_certificate BETWEEN 0 AND 500000", name="people_birth_certificate"),
        CheckConstraint("of_age_ktp_el BETWEEN 0 AND 500000", name="of_age_ktp_el"),
        CheckConstraint("of_age_kia BETWEEN 0 AND 500000", name="of_age_kia"),
        CheckConstraint("of_age_birth_certificate BETWEEN 0 AND 500000", name="of_age_birth_certificate"),
        CheckConstraint(
            "people_ktp_el <= of_age_ktp_el AND people_kia <= of_age_kia"
            " AND people_birth_certificate <= of_age_birth_certificate",
            name="needing_of_age",
        ),
        CheckConstraint("session_at <> code", name="session_elsewhere"),
        CheckConstraint("session_turn_out_share BETWEEN 0 AND 1", name="session_turn_out_share"),
        CheckConstraint("session_from <= session_until", name="session_dates"),
        CheckConstraint(
            "session_at IS NOT NULL OR num_nonnulls(session_turn_out_share, session_from, session_until) = 0",
            name="session_moved",
        ),
        CheckConstraint("preparation_from <= preparation_until", name="preparation_dates"),
        CheckConstraint("preparation_minutes BETWEEN 1 AND 1440", name="preparation_minutes"),
        CheckConstraint("preparing_percent BETWEEN 1 AND 300", name="preparing_percent"),
        CheckConstraint("activating_percent BETWEEN 1 AND 300", name="activating_percent"),
        CheckConstraint("returning_percent BETWEEN 0 AND 100", name="returning_percent"),
        CheckConstraint(
            "preparation_until IS NOT NULL OR num_nonnulls(preparation_from, preparation_minutes,"
            " preparing_percent, activating_percent, returning_percent) = 0",
            name="preparation_decided",
        ),
        CheckConstraint(
            "session_at IS NULL OR preparation_until IS NULL OR coalesce(session_from > preparation_until, false)"
            " OR coalesce(session_until < preparation_from, false)",
            name="preparation_at_home",
        ),
        Index("ix_sites_session_at", "district_code", "session_at", postgresql_where=text("session_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str]
    area_code: Mapped[str]
    code: Mapped[str]
    """Stable key of the office's own lists: NPSN of a school, region code of a village; text, never a number."""
    name: Mapped[str]
    kind: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]
    headcount: Mapped[int]
    already_activated: Mapped[int] = mapped_column(default=0)
    already_activated_as_of: Mapped[date | None]
    """The end of the day up to which `already_activated` counts; empty: before every result that is known."""
    phone_ready_share: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    turn_out_share: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    resident_share: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    connectivity: Mapped[int] = mapped_column(SmallInteger)
    connectivity_measured_on: Mapped[date | None]
    readiness: Mapped[str] = mapped_column(default="unknown")
    readiness_from: Mapped[date | None]
    readiness_until: Mapped[date | None]
    """`agreed`: the dates agreed on; `not_ready`: until when (empty: until further notice)."""
    must_visit: Mapped[bool] = mapped_column(default=False)
    max_visit_dates: Mapped[int | None]
    min_gap_days: Mapped[int | None]
    max_teams: Mapped[int | None]
    min_teams: Mapped[int | None]
    """An event: on a date with a visit so many teams come, or none; empty: 1."""
    needs_kits: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    """Kinds of kits without which a visit there serves nobody."""
    setup_minutes: Mapped[int | None]
    fixed_minutes: Mapped[int | None]
    contact_name: Mapped[str | None]
    contact_phone: Mapped[str | None]
    contact_email: Mapped[str | None]
    """Where invitations to its visits are sent; none without."""
    people_ktp_el: Mapped[int | None]
    """People there who still need a document; empty: nobody has said (`app.sites.needing`)."""
    people_ktp_el_as_of: Mapped[date | None]
    """The end of the day up to which that is so; empty: before every result that is known."""
    people_kia: Mapped[int | None]
    people_kia_as_of: Mapped[date | None]
    people_birth_certificate: Mapped[int | None]
    people_birth_certificate_as_of: Mapped[date | None]
    of_age_ktp_el: Mapped[int | None]
    """People there of the age that a document is for, whether they have it or not; empty: nobody has counted them."""
    of_age_kia: Mapped[int | None]
    of_age_birth_certificate: Mapped[int | None]
    zone: Mapped[str | None]
    """Between different zones only connections and travel entries lead; empty: the rest of the district."""
    session_at: Mapped[str | None]
    """Code of the site of the district at which its people are served in its place (`app.sites.session_places`)."""
    session_turn_out_share: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    """Of those who would come at home, those who come there."""
    session_from: Mapped[date | None]
    """First and last date on which that is so; empty: without end."""
    session_until: Mapped[date | None]
    preparation_from: Mapped[date | None]
    """First and last date on which its people are prepared without signal, to be activated at later visits; empty last
    date: they are not."""
    preparation_until: Mapped[date | None]
    preparation_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    """How long the preparation lasts; empty: long enough for all, if a team can stay so long."""
    preparing_percent: Mapped[int | None] = mapped_column(SmallInteger)
    """Minutes to prepare a person, of the usual ones to activate somebody; empty, like the next two: assumed."""
    activating_percent: Mapped[int | None] = mapped_column(SmallInteger)
    """Minutes to activate somebody who was prepared."""
    returning_percent: Mapped[int | None] = mapped_column(SmallInteger)
    """Of those prepared, those who come again."""
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute

    windows: Mapped[list["SiteWindow"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="SiteWindow.opens, SiteWindow.weekdays"
    )
    exceptions: Mapped[list["SiteException"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="SiteException.date, SiteException.opens"
    )


class SiteWindow(Base):
    """Opening hours on some weekdays; a site without any has its kind's."""

    __tablename__ = "site_windows"
    __table_args__ = (
        ForeignKeyConstraint(["site_id"], ["sites.id"], ondelete="CASCADE"),
        CheckConstraint(r"weekdays ~ '^[01]{7}$' AND weekdays <> '0000000'", name="weekdays"),
        CheckConstraint("opens >= 0 AND opens < closes AND closes <= 1440", name="hours"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    site_id: Mapped[int] = mapped_column(index=True)
    weekdays: Mapped[str]
    """Seven characters, Monday first."""
    opens: Mapped[int] = mapped_column(SmallInteger)
    """Minutes after local midnight, like `closes`."""
    closes: Mapped[int] = mapped_column(SmallInteger)


class SiteException(Base):
    """Opening hours on one date, replacing the weekly ones; no hours means closed that day."""

    __tablename__ = "site_exceptions"
    __table_args__ = (
        ForeignKeyConstraint(["site_id"], ["sites.id"], ondelete="CASCADE"),
        CheckConstraint(
            "(opens IS NULL AND closes IS NULL) OR (opens >= 0 AND opens < closes AND closes <= 1440)",
            name="hours",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    site_id: Mapped[int] = mapped_column(index=True)
    date: Mapped[date]
    opens: Mapped[int | None] = mapped_column(SmallInteger)
    closes: Mapped[int | None] = mapped_column(SmallInteger)


class ReadinessChange(Base):
    """One step in the readiness of a site: who made it, when and why; never changed."""

    __tablename__ = "readiness_changes"
    __table_args__ = (
        ForeignKeyConstraint(["district_code", "site_id"], ["sites.district_code", "sites.id"], ondelete="CASCADE"),
        CheckConstraint("readiness IN ('unknown', 'asked', 'agreed', 'not_ready', 'done')", name="readiness"),
        CheckConstraint(
            "cause IN ('entered', 'imported', 'invited', 'reply', 'request', 'visited', 'lapsed')", name="cause"
        ),
        Index("ix_readiness_changes_site_id", "site_id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str]
    site_id: Mapped[int]
    readiness: Mapped[str]
    readiness_from: Mapped[date | None]
    readiness_until: Mapped[date | None]
    cause: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_by: Mapped[str]
    """Readable prefix of a token, `worker` or `command line`."""


PROMISED = datetime(1970, 1, 1, tzinfo=UTC)
"""From when a promised date counts: it binds the runs that were asked for before it was promised, too."""


class WantedDate(Base):
    """A date on which a site asked for a visit and has none yet, or was promised one: demand of the runs to come."""

    __tablename__ = "wanted_dates"
    __table_args__ = (
        PrimaryKeyConstraint("request_id", "date"),
        ForeignKeyConstraint(["district_code", "site_id"], ["sites.district_code", "sites.id"], ondelete="CASCADE"),
        Index("ix_wanted_dates_site_id", "site_id"),
    )

    request_id: Mapped[int] = mapped_column(autoincrement=False)
    date: Mapped[date]
    district_code: Mapped[str]
    site_id: Mapped[int]
    counts_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """Before this moment an offer for it may still be accepted; `PROMISED`: one was."""


class OwnKindFigures(Base):
    """What a district says of its sites of a kind; empty fields mean the assumed figure, sites' own go before."""

    __tablename__ = "kind_figures"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('agency', 'school', 'clinic', 'village', 'area_office', 'organisation', 'mall', 'home')",
            name="kind",
        ),
        CheckConstraint("phone_ready_share BETWEEN 0 AND 1", name="phone_ready_share"),
        CheckConstraint("turn_out_share BETWEEN 0 AND 1", name="turn_out_share"),
        CheckConstraint("resident_share BETWEEN 0 AND 1", name="resident_share"),
        CheckConstraint("setup_minutes BETWEEN 0 AND 600", name="setup_minutes"),
        CheckConstraint("max_visit_dates BETWEEN 1 AND 366", name="max_visit_dates"),
        CheckConstraint("min_gap_days BETWEEN 1 AND 366", name="min_gap_days"),
        CheckConstraint("max_teams BETWEEN 1 AND 100", name="max_teams"),
        CheckConstraint("preparing_percent BETWEEN 1 AND 300", name="preparing_percent"),
        CheckConstraint("activating_percent BETWEEN 1 AND 300", name="activating_percent"),
        CheckConstraint("returning_percent BETWEEN 0 AND 100", name="returning_percent"),
        CheckConstraint("windows <> ''", name="windows"),
        CheckConstraint(
            "num_nonnulls(phone_ready_share, turn_out_share, resident_share, setup_minutes, max_visit_dates,"
            " min_gap_days, max_teams, windows, preparing_percent, activating_percent, returning_percent) >= 1",
            name="says_something",
        ),
    )

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    phone_ready_share: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    turn_out_share: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    resident_share: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    setup_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    max_visit_dates: Mapped[int | None] = mapped_column(SmallInteger)
    min_gap_days: Mapped[int | None] = mapped_column(SmallInteger)
    max_teams: Mapped[int | None] = mapped_column(SmallInteger)
    preparing_percent: Mapped[int | None] = mapped_column(SmallInteger)
    activating_percent: Mapped[int | None] = mapped_column(SmallInteger)
    returning_percent: Mapped[int | None] = mapped_column(SmallInteger)
    windows: Mapped[str | None]
    """As tables write them: `mon-thu 08:00-12:00; fri 08:00-11:00`."""
    source: Mapped[str | None]
    """In words: a measurement, a letter, a minute of a meeting."""
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class KindClosure(Base):
    """A time at which sites of a kind, or all of a district, take no visit: market day, exams, Friday prayer."""

    __tablename__ = "kind_closures"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('agency', 'school', 'clinic', 'village', 'area_office', 'organisation', 'mall', 'home')",
            name="kind",
        ),
        CheckConstraint(r"weekdays ~ '^[01]{7}$' AND weekdays <> '0000000'", name="weekdays"),
        CheckConstraint("num_nonnulls(weekdays, starts_on) >= 1", name="weekly_or_dated"),
        CheckConstraint("num_nonnulls(starts_on, ends_on) IN (0, 2) AND starts_on <= ends_on", name="dates"),
        CheckConstraint(
            "(closed_from IS NULL AND closed_until IS NULL)"
            " OR (closed_from >= 0 AND closed_from < closed_until AND closed_until <= 1440)",
            name="hours",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    kind: Mapped[str | None]
    """Empty: sites of every kind."""
    weekdays: Mapped[str | None]
    """Seven characters, Monday first; empty: every day between the dates."""
    starts_on: Mapped[date | None]
    """First and last date, both included; empty: every week without end."""
    ends_on: Mapped[date | None]
    closed_from: Mapped[int | None] = mapped_column(SmallInteger)
    """Minutes after local midnight, like `closed_until`; both empty: the whole day."""
    closed_until: Mapped[int | None] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute
