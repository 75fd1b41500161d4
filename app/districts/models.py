"""What is stored of a district: its areas, targets, reported figures, walk-ins and local days off."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Numeric,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Document(StrEnum):
    IKD = "ikd"
    KTP_EL = "ktp_el"
    KIA = "kia"
    BIRTH_CERTIFICATE = "birth_certificate"


FURTHER_DOCUMENTS = (Document.KTP_EL, Document.KIA, Document.BIRTH_CERTIFICATE)
"""What a visit can bring besides the digital identity."""


class IssuingKit(StrEnum):
    """What a team carries to issue a document."""

    NONE = "none"
    BIOMETRIC = "biometric"
    CARD_PRINTER = "card_printer"


class TargetOwner(StrEnum):
    """Who set a target; several owners may want different shares of the same people."""

    DISTRICT = "district"
    PROVINCE = "province"
    MINISTRY = "ministry"


class EligibleBase(StrEnum):
    """What the people counted as eligible are; sources often mix these up."""

    WAJIB_KTP = "wajib_ktp"
    KTP_HOLDERS = "ktp_holders"
    RESIDENTS = "residents"
    CHILDREN = "children"


class Provenance(StrEnum):
    """Where a figure came from; kept per field in the `provenance` columns."""

    GIVEN = "given"
    PUBLIC = "public"
    MEASURED = "measured"
    ASSUMED = "assumed"


ProvenanceByField = dict[str, str]


class District(Base):
    """A kabupaten, a kota, or a province that plans as one; `code` is the official region code."""

    __tablename__ = "districts"
    __table_args__ = (
        CheckConstraint(r"code ~ '^\d{2}(\.\d{2})?$'", name="code"),
        CheckConstraint("parent_code IS NULL OR code LIKE parent_code || '.%'", name="parent_is_prefix"),
        CheckConstraint("time_zone IN ('Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura')", name="time_zone"),
        CheckConstraint(r"working_weekdays ~ '^[01]{7}$' AND working_weekdays <> '0000000'", name="working_weekdays"),
        CheckConstraint("lat BETWEEN -11.5 AND 6.5 AND lon BETWEEN 94.5 AND 141.5", name="in_indonesia"),
        CheckConstraint("detour BETWEEN 1 AND 5 AND kmh BETWEEN 1 AND 200", name="travel"),
        CheckConstraint("cost_per_km >= 0 AND cost_per_team_day >= 0 AND budget >= 0", name="costs"),
        CheckConstraint("population >= 0", name="population"),
        CheckConstraint("make_up_days BETWEEN 1 AND 90", name="make_up_days"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_code: Mapped[str | None]
    """Region code of the province; the province itself need not be stored."""
    time_zone: Mapped[str]
    working_weekdays: Mapped[str] = mapped_column(default="1111100")
    """Seven characters, Monday first: `1` on a working weekday."""
    lat: Mapped[float]
    lon: Mapped[float]
    population: Mapped[int | None]
    detour: Mapped[float] = mapped_column(default=1.3)
    """Road metres per great-circle metre."""
    kmh: Mapped[int] = mapped_column(default=30)
    cost_per_km: Mapped[int] = mapped_column(default=0)
    cost_per_team_day: Mapped[int] = mapped_column(default=0)
    """Rupiah, like every amount of money."""
    budget: Mapped[int | None] = mapped_column(BigInteger)
    make_up_days: Mapped[int | None] = mapped_column(SmallInteger, default=10)
    """A visit that failed is offered again within so many days; empty: not at all."""
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class Area(Base):
    """A kecamatan, the unit of fairness."""

    __tablename__ = "areas"
    __table_args__ = (
        UniqueConstraint("district_code", "code"),
        CheckConstraint("code LIKE district_code || '.%'", name="inside_district"),
        CheckConstraint("min_activations >= 0", name="min_activations"),
        CheckConstraint("population >= 0", name="population"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    name: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]
    population: Mapped[int | None]
    min_activations: Mapped[int] = mapped_column(default=0)
    """The floor: activations a schedule owes this area."""
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class Target(Base):
    """A document to bring to a percentage (or count) of its base by a deadline; `owner` says who set it."""

    __tablename__ = "targets"
    __table_args__ = (
        UniqueConstraint("district_code", "document", "owner"),
        CheckConstraint("document IN ('ikd', 'ktp_el', 'kia', 'birth_certificate')", name="document"),
        CheckConstraint("owner IN ('district', 'province', 'ministry')", name="owner"),
        CheckConstraint("eligible_base IN ('wajib_ktp', 'ktp_holders', 'residents', 'children')", name="eligible_base"),
        CheckConstraint("target_percent > 0 AND target_percent <= 100", name="target_percent"),
        CheckConstraint("target_count > 0", name="target_count"),
        CheckConstraint("num_nonnulls(target_percent, target_count) >= 1", name="percent_or_count"),
        CheckConstraint("target_percent IS NULL OR eligible_people IS NOT NULL", name="percent_has_base"),
        CheckConstraint("eligible_people > 0 AND eligible_people <= 300000000", name="eligible_people"),
        CheckConstraint("activated >= 0 AND activated <= eligible_people", name="activated"),
        CheckConstraint("as_of <= deadline", name="deadline_after_count"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    document: Mapped[str]
    owner: Mapped[str] = mapped_column(default="district")
    target_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    target_count: Mapped[int | None]
    eligible_people: Mapped[int | None]
    eligible_base: Mapped[str | None]
    """What the base counts."""
    activated: Mapped[int]
    as_of: Mapped[date]
    """The day the count was taken."""
    source: Mapped[str | None]
    deadline: Mapped[date]
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class ReportedFigure(Base):
    """A figure somebody published about a target; contradictions among them become warnings."""

    __tablename__ = "reported_figures"
    __table_args__ = (
        CheckConstraint(
            "figure IN ('activated', 'percent', 'eligible_people', 'target_percent', 'target_count', 'deadline')",
            name="figure",
        ),
        CheckConstraint("eligible_base IN ('wajib_ktp', 'ktp_holders', 'residents', 'children')", name="eligible_base"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), index=True)
    document: Mapped[str]
    figure: Mapped[str]
    value: Mapped[str]
    """As printed: a number, or an ISO date for a deadline."""
    eligible_base: Mapped[str | None]
    """What a reported base counts, if the source says so."""
    reported_on: Mapped[date | None]
    source: Mapped[str | None]
    provenance: Mapped[str] = mapped_column(default="public")


class WalkInRate(Base):
    """Activations per working day at the fixed counters from a date on, until the next rate begins."""

    __tablename__ = "walk_in_rates"
    __table_args__ = (
        UniqueConstraint("district_code", "document", "starts_on"),
        CheckConstraint("per_working_day BETWEEN 0 AND 1000000", name="per_working_day"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    document: Mapped[str]
    starts_on: Mapped[date]
    per_working_day: Mapped[int]
    note: Mapped[str | None]
    provenance: Mapped[str] = mapped_column(default="assumed")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class WalkInCount(Base):
    """Activations counted at the fixed counters on one day; where it is known, no rate is asked."""

    __tablename__ = "walk_in_counts"
    __table_args__ = (CheckConstraint("activated BETWEEN 0 AND 1000000", name="activated"),)

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    document: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    activated: Mapped[int]
    note: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class OfficialCount(Base):
    """What an owner's count of a document was on one day; the target's own figures are those of the latest day."""

    __tablename__ = "official_counts"
    __table_args__ = (CheckConstraint("activated >= 0", name="activated"),)

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    document: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[date] = mapped_column(primary_key=True)
    """The end of this day."""
    activated: Mapped[int]
    source: Mapped[str | None]


class FigureUse(Base):
    """Whether planning uses a figure as it was given or as results teach it; without a row: as they teach it."""

    __tablename__ = "figure_uses"
    __table_args__ = (
        CheckConstraint(
            "figure IN ('turn_out', 'phone_ready', 'resident', 'pace', 'signal', 'loss', 'walk_ins')", name="figure"
        ),
        CheckConstraint("use IN ('learned', 'given')", name="use"),
    )

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    document: Mapped[str] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """Of site; empty: every kind that has no row of its own."""
    use: Mapped[str]


def _percents_by_level(column: str) -> CheckConstraint:
    """Five percentages, from no signal to excellent signal, none below the one before."""
    steps = " AND ".join(f"{column}[{level}] <= {column}[{level + 1}]" for level in range(1, 5))
    return CheckConstraint(
        f"cardinality({column}) = 5 AND array_position({column}, NULL) IS NULL"
        f" AND {column}[1] >= 0 AND {steps} AND {column}[5] BETWEEN 1 AND 100",
        name=column,
    )


class OwnPlanningFigures(Base):
    """What a district says itself of slots and signal; empty fields, like a missing row, mean the assumed figure."""

    __tablename__ = "planning_figures"
    __table_args__ = (
        CheckConstraint("slot_minutes BETWEEN 5 AND 120", name="slot_minutes"),
        _percents_by_level("throughput_percent"),
        _percents_by_level("success_percent"),
        CheckConstraint("satellite_level BETWEEN 0 AND 4", name="satellite_level"),
    )

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    slot_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    throughput_percent: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    success_percent: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    satellite_level: Mapped[int | None] = mapped_column(SmallInteger)
    source: Mapped[str | None]
    """In words: a measurement, a letter, a minute of a meeting."""
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class OwnIssuingFigures(Base):
    """What a district says itself of issuing a document; empty fields, like a missing row, mean the assumed figure."""

    __tablename__ = "issuing_figures"
    __table_args__ = (
        CheckConstraint("document IN ('ktp_el', 'kia', 'birth_certificate')", name="document"),
        CheckConstraint("minutes BETWEEN 1 AND 240", name="minutes"),
        CheckConstraint("kit IN ('none', 'biometric', 'card_printer')", name="kit"),
        CheckConstraint("num_nonnulls(minutes, kit, needs_signal, people_of_age) >= 1", name="says_something"),
        CheckConstraint(
            "num_nonnulls(people_of_age, people_holding, eligible_people, ages_as_of) IN (0, 4)", name="ages_whole"
        ),
        CheckConstraint("people_holding BETWEEN 0 AND people_of_age AND eligible_people > 0", name="ages"),
    )

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    document: Mapped[str] = mapped_column(primary_key=True)
    minutes: Mapped[int | None] = mapped_column(SmallInteger)
    """Of one operator for one person."""
    kit: Mapped[str | None]
    needs_signal: Mapped[bool | None]
    people_of_age: Mapped[int | None]
    """Of the district, of the age that the document is for; empty, as the three below: not counted."""
    people_holding: Mapped[int | None]
    """Those of them who have it."""
    eligible_people: Mapped[int | None]
    """Of the district, who must hold an identity card."""
    ages_as_of: Mapped[date | None]
    """The end of the day on which that was so."""
    source: Mapped[str | None]
    """In words: a measurement, a letter, a minute of a meeting."""
    provenance: Mapped[ProvenanceByField] = mapped_column(JSONB, default=dict)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class HolidayOverride(Base):
    """A day on which this district differs from the national calendar, either way."""

    __tablename__ = "holiday_overrides"
    __table_args__ = (UniqueConstraint("district_code", "date"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"))
    date: Mapped[date]
    is_working: Mapped[bool]
    name: Mapped[str]
    provenance: Mapped[str] = mapped_column(default="given")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute


class ImportedRecord(Base):
    """What a file of the district's folder said of one thing when it was last loaded."""

    __tablename__ = "imported_records"
    __table_args__ = (
        CheckConstraint(
            "thing IN ('district', 'area', 'target', 'reported_figure', 'walk_in', 'holiday', 'planning_figures',"
            " 'kind_figures', 'site', 'team', 'travel_entry', 'issuing_figures', 'kit_pool',"
            " 'lodging', 'station', 'connection', 'counter_place')",
            name="thing",
        ),
    )

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    thing: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    """Of an area, site or team its code; of the others what tells them apart."""
    cells: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Texts by field, as `app.tables.reconcile` compares them."""


class ColumnMatch(Base):
    """Which field a column of an office's sheets holds, where somebody matched it by hand."""

    __tablename__ = "column_matches"
    __table_args__ = (CheckConstraint("thing IN ('site', 'team', 'lodging', 'station', 'connection')", name="thing"),)

    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code", ondelete="CASCADE"), primary_key=True)
    thing: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    """The column's name in the sheet, with single blanks."""
    field: Mapped[str | None]
    """Empty: none, the column is not read."""
