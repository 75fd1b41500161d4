"""The form of a target: its fields as text, and what is written in them as the API's request."""

from collections.abc import Mapping
from typing import Any

from app.districts.models import Document, Target, TargetOwner
from app.languages import Language
from app.pages.edit_forms import PROVENANCE, body_of, provenance_of, provenance_values, written

WORDS = ("owner", "eligible_base", "as_of", "deadline", "source")
WHOLES = ("target_count", "eligible_people", "activated")
DECIMALS = ("target_percent",)
MARKED = ("target_percent", "eligible_people", "activated", "deadline")
"""Figures beside which the form asks where they came from."""


def target_values(target: Target, language: Language) -> dict[str, str]:
    """What a fresh form shows, by field. A count that follows from its percentage is no field of its own."""
    shown = {name: written(getattr(target, name), language) for name in ("document", *WORDS, *WHOLES, *DECIMALS)}
    return shown | provenance_values(target.provenance, MARKED)


def blank_target_values(document: Document) -> dict[str, str]:
    """What the form of a new target shows."""
    own = {"document": document.value, "owner": TargetOwner.DISTRICT.value}
    return dict.fromkeys((*WORDS, *WHOLES, *DECIMALS), "") | own | provenance_values({}, MARKED)


def target_body(values: Mapping[str, str], provenance: Mapping[str, str]) -> dict[str, Any]:
    """The request of the API that the fields stand for: a target is set whole."""
    own = (*WORDS, *WHOLES, *DECIMALS)
    body = body_of(values, [name for name in own if values.get(name)], whole=WHOLES, decimal=DECIMALS)
    origins = {name: word for name, word in values.items() if name.startswith(PROVENANCE)}
    return body | {"provenance": provenance_of(origins, provenance)}
