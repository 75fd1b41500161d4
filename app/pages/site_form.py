"""The form of a site: its fields as text, and what is written in them as the API's request."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.districts.kits import Kit
from app.districts.window_schemas import WindowOut
from app.languages import Language
from app.pages.edit_forms import PROVENANCE, Edited, body_of, provenance_of, provenance_values, written
from app.sites.document_fields import AS_OF, OF_AGE, PEOPLE
from app.sites.schemas import SiteOut
from app.sites.values import CONTACT_COLUMNS, LIMITS, SHARES
from app.tables.fields import WEEKDAYS, minute_text

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
_HOURS, _KIT = "hours.", "kit."
_WINDOWS_A_DAY = 2


def site_values(site: SiteOut, language: Language) -> dict[str, str]:
    """What a fresh form shows, by field: `hours.fri.0.opens` is when the first window of Fridays opens."""
    shown = {name: written(getattr(site, name), language) for name in (*WORDS, *DATES, *WHOLES, *DECIMALS)}
    # Coordinates are copied from maps and devices, which write a point.
    shown |= {"lat": str(site.lat), "lon": str(site.lon), "must_visit": "yes" if site.must_visit else ""}
    return shown | _kits(site.needs_kits) | _hours(site.windows) | provenance_values(site.provenance, MARKED)


def blank_site_values() -> dict[str, str]:
    """What the form of a new site shows."""
    names = (*WORDS, *DATES, *WHOLES, *DECIMALS, "must_visit")
    shown = dict.fromkeys(names, "") | _kits([]) | _hours([]) | provenance_values({}, MARKED)
    return shown | {"readiness": "unknown"}


def _kits(needed: list[Kit]) -> dict[str, str]:
    return {_KIT + kit.value: "yes" if kit in needed else "" for kit in Kit}


def _hours(windows: list[WindowOut]) -> dict[str, str]:
    shown = {}
    for at, day in enumerate(WEEKDAYS):
        of_day = sorted((window.opens, window.closes) for window in windows if window.weekdays[at] == "1")
        for slot in range(max(_WINDOWS_A_DAY, len(of_day))):
            opens, closes = of_day[slot] if slot < len(of_day) else (None, None)
            shown[f"{_HOURS}{day}.{slot}.opens"] = "" if opens is None else minute_text(opens)
            shown[f"{_HOURS}{day}.{slot}.closes"] = "" if closes is None else minute_text(closes)
    return shown


def hour_fields(values: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """By weekday, the pairs of fields that hold its windows."""
    return [
        (
            day,
            [
                (name, name.removesuffix("opens") + "closes")
                for name in sorted(values)
                if name.startswith(f"{_HOURS}{day}.") and name.endswith(".opens")
            ],
        )
        for day in WEEKDAYS
    ]


def site_body(sent: Edited, provenance: Mapping[str, str]) -> dict[str, Any]:
    """The request of the API that the changed fields stand for."""
    own = (*WORDS, *DATES, *WHOLES, *DECIMALS)
    body = body_of(sent.values, [name for name in sent.changed if name in own], whole=WHOLES, decimal=DECIMALS)
    body |= {name: float(body[name]) for name in ("lat", "lon") if isinstance(body.get(name), Decimal)}
    if "must_visit" in sent.changed:
        body["must_visit"] = sent.values["must_visit"] == "yes"
    if any(name.startswith(_KIT) for name in sent.changed):
        body["needs_kits"] = [kit.value for kit in Kit if sent.values.get(_KIT + kit.value) == "yes"]
    if any(name.startswith(_HOURS) for name in sent.changed):
        body["windows"] = _windows(sent.values)
    if any(name.startswith(PROVENANCE) for name in sent.changed):
        body["provenance"] = provenance_of(sent.values, provenance)
    return body


def _windows(values: Mapping[str, str]) -> list[dict[str, str]]:
    """A window of which one hour alone is filled in stays one, for the API to refuse."""
    return [
        {"weekdays": day, "opens": values[opens], "closes": values.get(closes, "")}
        for day, pairs in hour_fields(values)
        for opens, closes in pairs
        if values[opens] or values.get(closes)
    ]
