"""The form of a place with counters: its fields as text, as its tables write them, in the reader's words."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.districts.counters.models import CounterPlace
from app.districts.counters.place_values import MARKED, PlaceFields, cells_of, read_cells
from app.districts.counters.places import fields_of
from app.languages import Language
from app.pages.edit_forms import PROVENANCE, Edited, provenance_of, provenance_values
from app.pages.hour_fields import hours_text
from app.tables.fields import text_of

TEXTS = (
    *("code", "name", "kind", "area_code", "lat", "lon", "windows", "staff", "rates", "starts_on", "ends_on", "note"),
)
_CHECKED = "open_on_days_off"


def place_values(place: CounterPlace, language: Language) -> dict[str, str]:
    """What a fresh form shows, by field."""
    fields = fields_of(place)
    cells = cells_of(fields)
    shown = {name: text_of(cells[name]) for name in TEXTS}
    shown |= {"windows": hours_text(fields.windows, language), "rates": rates_text(fields, language)}
    shown[_CHECKED] = "yes" if fields.open_on_days_off else ""
    return shown | provenance_values(fields.provenance, MARKED)


def blank_place_values() -> dict[str, str]:
    """What the form of a new place shows."""
    return dict.fromkeys((*TEXTS, _CHECKED), "") | provenance_values({}, MARKED) | {"kind": "sub_office"}


def place_changes(sent: Edited, provenance: Mapping[str, str], *, names: Iterable[str] | None = None) -> dict[str, Any]:
    """What the changed fields (or those in `names`) stand for; raises `InvalidRequest`."""
    wanted = sent.changed if names is None else frozenset(names)
    changes = read_cells({name: sent.values[name] for name in TEXTS if name in wanted})
    if _CHECKED in wanted:
        changes[_CHECKED] = sent.values[_CHECKED] == "yes"
    if any(name.startswith(PROVENANCE) for name in wanted):
        changes["provenance"] = provenance_of(sent.values, provenance)
    return changes


def rates_text(fields: PlaceFields, language: Language) -> str:
    """Rates as a table has them, `ikd 6; ikd 8 from 2024-07-01`, in the words of the reader."""
    text = str(cells_of(fields)["rates"])
    return text.replace(" from ", " sejak ") if language is Language.INDONESIAN else text
