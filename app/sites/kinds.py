"""What planning takes of a site of each kind that has no figure of its own: the district's, else the assumed one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.ages import Ages, ages_of
from app.districts.models import Document
from app.districts.opening_hours import Window, read_windows
from app.sites.models import OwnKindFigures, SiteKind
from app.sites.preparations import ASSUMED, TERMS, PreparationTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDefaults:
    """The figures of a kind in force."""

    phone_ready_share: Decimal
    """Of the people there, who bring a phone that runs the application."""
    turn_out_share: Decimal
    """Of those, who come when a team is there."""
    resident_share: Decimal
    """Of those, who are registered in the district and so count."""
    setup_minutes: int
    max_visit_dates: int
    min_gap_days: int
    max_teams: int
    preparing_percent: int
    """Minutes to prepare a person first, of the usual ones to activate somebody."""
    activating_percent: int
    """Minutes to activate somebody who was prepared."""
    returning_percent: int
    """Of those prepared, those who come again."""
    windows: tuple[Window, ...]
    provenance: Mapping[str, str] = field(default_factory=dict)
    """By figure that the district set itself, where it came from; every other one is assumed."""
    ages: Mapping[Document, Ages] = field(default_factory=dict)
    """What the district has counted of those who need further documents, by age; the same for every kind."""

    @property
    def terms(self) -> PreparationTerms:
        """Those of a preparation at a site that says none."""
        return PreparationTerms(
            preparing_percent=self.preparing_percent,
            activating_percent=self.activating_percent,
            returning_percent=self.returning_percent,
        )


def _defaults(shares: str, limits: tuple[int, int, int, int], windows: str) -> KindDefaults:
    """`limits`: set-up minutes, visit dates, days between two visits, teams on one date."""
    phone_ready, turn_out, resident = (Decimal(share) for share in shares.split())
    setup_minutes, max_visit_dates, min_gap_days, max_teams = limits
    return KindDefaults(
        phone_ready_share=phone_ready,
        turn_out_share=turn_out,
        resident_share=resident,
        setup_minutes=setup_minutes,
        max_visit_dates=max_visit_dates,
        min_gap_days=min_gap_days,
        max_teams=max_teams,
        preparing_percent=ASSUMED.preparing_percent,
        activating_percent=ASSUMED.activating_percent,
        returning_percent=ASSUMED.returning_percent,
        windows=read_windows(windows),
    )


_OFFICE = "mon-thu 08:00-15:30; fri 08:00-11:00; fri 13:30-15:30"
KIND_DEFAULTS: dict[SiteKind, KindDefaults] = {
    SiteKind.AGENCY: _defaults("0.90 0.75 0.85", (30, 2, 5, 2), _OFFICE),
    SiteKind.SCHOOL: _defaults("0.80 0.80 0.90", (30, 2, 7, 2), "mon-thu 07:30-14:00; fri 07:30-11:00"),
    SiteKind.CLINIC: _defaults(
        "0.75 0.50 0.85", (20, 3, 5, 1), "mon-thu 08:00-14:00; fri 08:00-11:00; sat 08:00-12:00"
    ),
    SiteKind.VILLAGE: _defaults(
        "0.60 0.12 0.95",
        (45, 3, 7, 2),
        "mon-thu 08:00-16:00; fri 08:00-11:00; fri 13:30-16:00; sat 08:00-14:00",
    ),
    SiteKind.AREA_OFFICE: _defaults("0.70 0.40 0.95", (30, 3, 5, 2), _OFFICE),
    SiteKind.ORGANISATION: _defaults("0.80 0.50 0.80", (30, 2, 5, 2), "mon-sun 08:00-20:00"),
    SiteKind.MALL: _defaults("0.90 0.05 0.60", (45, 6, 3, 2), "mon-sun 10:00-20:00"),
    SiteKind.HOME: _defaults("0.50 0.95 1.00", (10, 1, 1, 1), "mon-sat 08:00-16:00"),
}
"""Assumed, all of it: shares after the rates newspapers report, hours after what such places usually keep."""

OF_RESIDENTS = SiteKind.VILLAGE
"""The kind whose headcount is of residents of all kinds: people of an age live there in the district's proportion. Of
whom a school, an office or a clinic has, a district's ages tell nothing until it counts those of the age itself."""

KIND_FIGURES = (
    "phone_ready_share",
    "turn_out_share",
    "resident_share",
    "setup_minutes",
    "max_visit_dates",
    "min_gap_days",
    "max_teams",
    *TERMS,
    "windows",
)


def kind_defaults(session: Session, district_code: str) -> Mapping[SiteKind, KindDefaults]:
    """The figures in force of every kind in a district, in two queries."""
    rows = session.scalars(select(OwnKindFigures).where(OwnKindFigures.district_code == district_code))
    figures = KIND_DEFAULTS | {SiteKind(own.kind): in_force(own) for own in rows}
    ages = ages_of(session, district_code)
    return {kind: replace(defaults, ages=ages) for kind, defaults in figures.items()} if ages else figures


def in_force(own: OwnKindFigures) -> KindDefaults:
    """What a district says of a kind, completed by what is assumed of it."""
    own_figures = {name: value for name in KIND_FIGURES if (value := getattr(own, name)) is not None}
    if own.windows is not None:
        own_figures["windows"] = read_windows(own.windows)
    return replace(KIND_DEFAULTS[SiteKind(own.kind)], **own_figures, provenance=dict(own.provenance))
