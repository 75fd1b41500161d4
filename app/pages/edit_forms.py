"""Forms that change a record: what the person changed, and what somebody else changed since the form was shown."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.districts.models import Provenance
from app.errors import AppError, Conflict, FieldProblem, InvalidRequest, PreconditionFailed
from app.pages.forms import decimals, wholes
from app.pages.frame import problems_by_field

SEEN = "seen"
"""The hidden field that holds what stood in the others when the form was shown, as JSON."""
PROVENANCE = "from."
"""Begins the names of the fields that say where a figure came from."""
REFUSALS = (InvalidRequest, Conflict, PreconditionFailed)
"""What a form shows beside its fields; anything else is a page of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A form that was sent, beside the record as it is stored now."""

    values: Mapping[str, str]
    """What stands in each field: what the person wrote, elsewhere what is stored."""
    changed: frozenset[str]
    """The fields that the person changed."""
    meanwhile: Sequence[str]
    """Those that somebody else changed since."""


def edited(form: Mapping[str, str], stored: Mapping[str, str]) -> Edited:
    """Who changed which field of a form; `stored`: what a fresh form would show. A form that tells nothing of what it
    showed changes every field that differs."""
    seen = _seen(form, stored)
    sent = {name: form.get(name, "").strip() for name in stored.keys() | seen.keys()}
    changed = frozenset(name for name in sent if sent[name] != seen.get(name, ""))
    return Edited(
        values={name: sent[name] if name in changed else stored.get(name, "") for name in sent},
        changed=changed,
        meanwhile=[name for name in stored if stored[name] != seen.get(name, "")],
    )


def _seen(form: Mapping[str, str], stored: Mapping[str, str]) -> Mapping[str, str]:
    try:
        seen = json.loads(form.get(SEEN, ""))
    except ValueError:
        return stored
    if not isinstance(seen, dict):
        return stored
    return {str(name): text for name, text in seen.items() if isinstance(text, str)}


def body_of(
    values: Mapping[str, str], changed: Iterable[str], *, whole: Iterable[str], decimal: Iterable[str]
) -> dict[str, Any]:
    """The changed fields as the API takes them; an empty one is null."""
    wanted = {name: values.get(name, "") for name in changed}
    body: dict[str, Any] = {name: text or None for name, text in wanted.items()}
    return body | wholes(wanted, tuple(whole)) | decimals(wanted, tuple(decimal))


def provenance_values(provenance: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The form's fields for where figures came from."""
    return {PROVENANCE + name: provenance.get(name, "") for name in names}


def provenance_of(values: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """The record's provenance as the form says it; figures that the form does not show keep theirs."""
    said = {name.removeprefix(PROVENANCE): word or None for name, word in values.items() if name.startswith(PROVENANCE)}
    return {name: word for name, word in (dict(stored) | said).items() if word is not None}


def problems_of_form(refused: AppError | None) -> dict[str, list[FieldProblem]]:
    """As `problems_by_field`; nothing of a form that was shown too early, which a sentence of its own explains."""
    return {} if isinstance(refused, PreconditionFailed) else problems_by_field(refused)


PROVENANCES = tuple(Provenance)
