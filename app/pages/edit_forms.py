"""Forms that change a record: what the person changed, and what somebody else changed since the form was shown."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from fastapi import Request, Response

from app.districts.models import Provenance
from app.errors import AppError, Conflict, FieldProblem, InvalidRequest, PreconditionFailed
from app.languages import Language
from app.pages.forms import decimals, wholes
from app.pages.frame import page, problems_by_field
from app.pages.readers import Reader
from app.tables.fields import WEEKDAYS

SEEN = "seen"
"""The hidden field that holds what stood in the others when the form was shown, as JSON."""
PROVENANCE = "from."
"""Begins the names of the fields that say where a figure came from."""
_DAY = "day."
"""Begins the names of the boxes of weekdays."""
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


def day_values(mask: str | None) -> dict[str, str]:
    """The form's boxes of weekdays, of seven characters with Monday first; none is ticked for None."""
    return {_DAY + day: "yes" if (mask or "0000000")[at] == "1" else "" for at, day in enumerate(WEEKDAYS)}


def days_of(values: Mapping[str, str]) -> str | None:
    """The weekdays that are ticked as the API takes them; None for none."""
    return ",".join(day for day in WEEKDAYS if values.get(_DAY + day) == "yes") or None


def has_days(names: Iterable[str]) -> bool:
    """Whether a box of a weekday is among the fields."""
    return any(name.startswith(_DAY) for name in names)


def written(value: object, language: Language) -> str:
    """A stored value as its field shows it; empty for None."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        plain = f"{value.normalize():f}"
        return plain.replace(".", ",") if language is Language.INDONESIAN else plain
    return str(value)


def by_others(
    stored: Mapping[str, str],
    sent: Edited | None,
    refused: AppError | None,
    *,
    choices: Mapping[str, Sequence[tuple[str, str]]] = MappingProxyType({}),
) -> list[tuple[str, str]]:
    """What somebody else changed, of a form that was shown too early: each field, and what it holds now, in the words
    of its `choices` where it is one. Hours, days and origins are many fields of one name, told by it alone."""
    meanwhile = () if sent is None or not isinstance(refused, PreconditionFailed) else sent.meanwhile
    said = {name: dict(options) for name, options in choices.items()}
    holds = {name: said.get(name, {}).get(stored[name], stored[name]) for name in meanwhile}
    return list({name.partition(".")[0]: "" if "." in name else words for name, words in holds.items()}.items())


def problems_of_form(refused: AppError | None) -> dict[str, list[FieldProblem]]:
    """As `problems_by_field`; nothing of a form that was shown too early, which a sentence of its own explains."""
    return {} if isinstance(refused, PreconditionFailed) else problems_by_field(refused)


def record_form(
    request: Request,
    template: str,
    reader: Reader,
    values: Mapping[str, str],
    *,
    stored: Mapping[str, str],
    refused: AppError | None = None,
    **context: Any,
) -> Response:
    """The page of a record's form: what stands in its fields, what is stored, and what was refused of it, with the
    refusal's status."""
    return page(
        request,
        template,
        reader,
        status_code=200 if refused is None else refused.status_code,
        values=values,
        seen_name=SEEN,
        seen=stored,
        problems=problems_of_form(refused),
        refusal=None if refused is None else refused.detail,
        is_stale=isinstance(refused, PreconditionFailed),
        **context,
    )


PROVENANCES = tuple(Provenance)
