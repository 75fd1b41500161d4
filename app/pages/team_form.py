"""The form of a team: its fields as text, and what is written in them as the API's request."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.districts.kits import Kit
from app.districts.models import Document
from app.pages.edit_forms import (
    PROVENANCE,
    Edited,
    body_of,
    day_values,
    days_of,
    has_days,
    provenance_of,
    provenance_values,
)
from app.tables.fields import minute_text
from app.teams.schemas import TeamOut

_AWAY = ("away_shift_start", "away_shift_end")
WORDS = ("code", "name", "base_name", "shift_start", "shift_end", "zone", *_AWAY)
WHOLES = ("operators", "minutes_per_activation", "max_stops", "max_nights", "rest_days")
DECIMALS = ("base_lat", "base_lon")
MARKED = ("operators", "minutes_per_activation", "base", "shift", "max_stops")
"""Figures beside which the form asks where they came from."""
_KIT, _DOCUMENT = "kit.", "document."


def team_values(team: TeamOut) -> dict[str, str]:
    """What a fresh form shows, by field: `day.fri`, `kit.satellite` and `document.kia` are ticked by `yes`."""
    shown = {name: str(getattr(team, name)) for name in ("code", "name", *WHOLES, *DECIMALS)}
    shown |= {"base_name": team.base_name or "", "zone": team.zone or ""}
    shown |= {name: "" if (at := getattr(team, name)) is None else minute_text(at) for name in _AWAY}
    shown |= {"shift_start": minute_text(team.shift_start), "shift_end": minute_text(team.shift_end)}
    shown |= _ticks(team.kits, team.working_weekdays, team.documents)
    return shown | provenance_values(team.provenance, MARKED)


def blank_team_values() -> dict[str, str]:
    """What the form of a new team shows."""
    names = (*WORDS, *WHOLES, *DECIMALS)
    return dict.fromkeys(names, "") | _ticks([], None, None) | provenance_values({}, MARKED)


def _ticks(kits: list[Kit], weekdays: str | None, documents: list[Document] | None) -> dict[str, str]:
    issued = list(Document) if documents is None else documents
    return (
        {_KIT + kit.value: "yes" if kit in kits else "" for kit in Kit}
        | {_DOCUMENT + document.value: "yes" if document in issued else "" for document in Document}
        | day_values(weekdays)
    )


def team_body(sent: Edited, provenance: Mapping[str, str]) -> dict[str, Any]:
    """The request of the API that the changed fields stand for; no weekday ticked: the
    district's; no document: every one."""
    own = (*WORDS, *WHOLES, *DECIMALS)
    body = body_of(sent.values, [name for name in sent.changed if name in own], whole=WHOLES, decimal=DECIMALS)
    body |= {name: float(body[name]) for name in DECIMALS if isinstance(body.get(name), Decimal)}
    if any(name.startswith(_KIT) for name in sent.changed):
        body["kits"] = [kit.value for kit in Kit if sent.values.get(_KIT + kit.value) == "yes"]
    if any(name.startswith(_DOCUMENT) for name in sent.changed):
        issued = [document.value for document in Document if sent.values.get(_DOCUMENT + document.value) == "yes"]
        body["documents"] = issued or None
    if has_days(sent.changed):
        body["working_weekdays"] = days_of(sent.values)
    if any(name.startswith(PROVENANCE) for name in sent.changed):
        body["provenance"] = provenance_of(sent.values, provenance)
    return body
