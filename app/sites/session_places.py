"""Where the people of a site are served: there, or for a time at another site that has what theirs lacks."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.districts.kits import Kit, canonical_kits
from app.sites.models import Site
from app.words import Text, in_both

ASSUMED_SHARE = Decimal("0.5")
"""Of those who would come at home, those who come to another place: assumed, until somebody gives the share."""

PLACE = aliased(Site, name="session_place")
"""The site at which a visit of `Site` is held, in queries that join it by `is_held_at`."""


def is_held_at(day: InstrumentedAttribute[date]) -> ColumnElement[bool]:
    """Whether `PLACE` is where the session of `Site` is held on the day of a row; without such a row it is at home."""
    return and_(
        PLACE.district_code == Site.district_code,
        PLACE.code == Site.session_at,
        or_(Site.session_from.is_(None), Site.session_from <= day),
        or_(Site.session_until.is_(None), Site.session_until >= day),
    )


def held(name: str) -> ColumnElement[Any]:
    """A column of the site at which a session is held, in queries that join `PLACE`."""
    return case((PLACE.id.is_not(None), getattr(PLACE, name)), else_=getattr(Site, name))


def needed_at(own: Collection[str], of_place: Collection[str]) -> tuple[str, ...]:
    """The kits that a visit has to bring: machines that the people of a site need, a set where its session is held."""
    machines = [kit for kit in own if kit != Kit.SATELLITE]
    return canonical_kits([*machines, *(kit for kit in of_place if kit == Kit.SATELLITE)])


def is_moved_on(site: Site, day: date) -> bool:
    """Whether the session of a site is held elsewhere on a date."""
    return (
        site.session_at is not None
        and (site.session_from is None or site.session_from <= day)
        and (site.session_until is None or day <= site.session_until)
    )


def share_who_come(site: Site) -> Decimal:
    """Of those who would come at home, those who come to the place to which the session is moved."""
    return ASSUMED_SHARE if site.session_turn_out_share is None else site.session_turn_out_share


def places_of(session: Session, district_code: str, of_sites: Iterable[Site]) -> Mapping[str, Site]:
    """By code: the sites of a district to which sessions of these sites are moved, on whatever dates."""
    codes = {site.session_at for site in of_sites if site.session_at is not None}
    return by_code(session, district_code, codes)


def by_code(session: Session, district_code: str, codes: Collection[str]) -> Mapping[str, Site]:
    if not codes:
        return {}
    rows = session.scalars(select(Site).where(Site.district_code == district_code, Site.code.in_(codes)))
    return {site.code: site for site in rows}


def place_on(site: Site, day: date, places: Mapping[str, Site]) -> Site | None:
    """Where the session of a site is held on a date; None: at home."""
    return places[site.session_at] if site.session_at is not None and is_moved_on(site, day) else None


def held_name(name: str, place: str | None) -> Text:
    """The name of a site with the place to which its session is moved."""
    if place is None:
        return {"id": name, "en": name}
    return in_both("{name}, sesi di {place}", "{name}, session at {place}", name=name, place=place)
