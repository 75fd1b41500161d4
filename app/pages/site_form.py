"""The form of a site: its fields as text, and what is written in them as the API's request."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.districts.kits import Kit
from app.languages import Language
from app.pages.edit_forms import PROVENANCE, Edited, body_of, provenance_of, provenance_values, written
from app.pages.hour_fields import HOURS, hour_values, windows_in
from app.sites.document_fields import AS_OF, OF_AGE, PEOPLE
from app.sites.schemas import SiteOut
from app.sites.values import CONTACT_COLUMNS, LIMITS, SHARES

WORDS = ("code", "name", "kind", "area_code", "zone", "readiness", "session_at", *CONTACT_COLUMNS)
DATES = (
    *(*AS_OF.values(), "connectivity_measured_on", "readiness_from", "readiness_until"),
    *("session_from", "session_until", "preparation_from", "preparation_until"),
)
WHOLES = (
    *(
        "headcount",
        "already_activated",
        "connectivity",
        *LIMITS,
        "min_teams",
        "fixed_minutes",
        *PEOPLE.values(),
        *OF_AGE.values(),
    ),
    *("preparation_minutes", "preparing_percent", "activating_percent", "returning_percent"),
)
DECIMALS = ("lat", "lon", *SHARES, "session_turn_out_share")
MARKED = (
    *(
        "headcount",
        "already_activated",
        "place",
        "connectivity",
        *SHARES,
        *LIMITS,
        "windows",
        *PEOPLE.values(),
        *OF_AGE.values(),
    ),
    *("session_turn_out_share", "preparing_percent", "activating_percent", "returning_percent"),
)
"""Figures beside which the form asks where they came from."""
_KIT = "kit."


def site_values(site: SiteOut, language: Language) -> dict[str, str]:
    """What a fresh form shows, by field."""
    shown = {name: written(getattr(site, name), language) for name in (*WORDS, *DATES, *WHOLES, *DECIMALS)}
    # Coordinates are copied from maps and devices, which write a point.
    shown |= {"lat": str(site.lat), "lon": str(site.lon), "must_visit": "yes" if site.must_visit else ""}
    return shown | _kits(site.needs_kits) | hour_values(site.windows) | provenance_values(site.provenance, MARKED)


def blank_site_values() -> dict[str, str]:
    """What the form of a new site shows."""
    names = (*WORDS, *DATES, *WHOLES, *DECIMALS, "must_visit")
    shown = dict.fromkeys(names, "") | _kits([]) | hour_values([]) | provenance_values({}, MARKED)
    return shown | {"readiness": "unknown"}


def _kits(needed: list[Kit]) -> dict[str, str]:
    return {_KIT + kit.value: "yes" if kit in needed else "" for kit in Kit}


def site_body(sent: Edited, provenance: Mapping[str, str]) -> dict[str, Any]:
    """The request of the API that the changed fields stand for."""
    own = (*WORDS, *DATES, *WHOLES, *DECIMALS)
    body = body_of(sent.values, [name for name in sent.changed if name in own], whole=WHOLES, decimal=DECIMALS)
    body |= {name: float(body[name]) for name in ("lat", "lon") if isinstance(body.get(name), Decimal)}
    if "must_visit" in sent.changed:
        body["must_visit"] = sent.values["must_visit"] == "yes"
    if any(name.startswith(_KIT) for name in sent.changed):
        body["needs_kits"] = [kit.value for kit in Kit if sent.values.get(_KIT + kit.value) == "yes"]
    if any(name.startswith(HOURS) for name in sent.changed):
        body["windows"] = windows_in(sent.values)
    if any(name.startswith(PROVENANCE) for name in sent.changed):
        body["provenance"] = provenance_of(sent.values, provenance)
    return body
