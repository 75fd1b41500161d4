"""What a file says now, what it said last time and what stands stored, made one: what people changed since is kept.
A merge of three sides, as version control does it, over records of fields; knows no domain word."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.tables.fields import named_words_text, text_of

Records = Mapping[str, Mapping[str, Any]]
"""By code, the values by field."""
Remembered = Mapping[str, Mapping[str, str]]
"""By code, the texts by field that a file held last time."""


class Fate(StrEnum):
    """What becomes of a record, or of a field, that the file and the store say differently."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    field: str
    stored: str
    given: str
    fate: Fate
    """`added` and `removed`: the stored or the given value is empty. `kept`: the stored one stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A record that the file and the store say differently."""

    thing: str
    code: str
    fate: Fate
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    records: dict[str, dict[str, Any]]
    """By code, what is to be stored; a code that is not here and was stored is to be removed."""
    differences: tuple[Difference, ...]


def as_text(value: Any) -> str:
    """The text by which two values are compared and one is remembered."""
    match value:
        case dict():
            return named_words_text(value)
        case tuple() | list():
            return "; ".join(sorted(str(item) for item in value))
        case _:
            return text_of(value)


def texts_of(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: as_text(value) for name, value in values.items()}


def reconcile(
    thing: str,
    *,
    given: Records,
    stored: Records,
    before: Remembered | None,
    overwrite: bool,
    removes: bool,
    together: Sequence[Sequence[str]] = (),
) -> Reconciled:
    """The records to store, and what differs.

    `before`: what the file held last time, None if nobody remembers; then whatever differs counts as changed by people.
    `together`: fields that stay as people left them if one of them does. `overwrite`: the file wins. `removes`: records
    that the file no longer names go; without it they stay untouched."""
    records: dict[str, dict[str, Any]] = {}
    differences: list[Difference] = []
    for code in _ordered(given, stored):
        last = None if before is None else before.get(code)
        if code not in stored:
            if overwrite or last is None:
                records[code] = dict(given[code])
                differences.append(Difference(thing=thing, code=code, fate=Fate.ADDED))
            else:
                # Somebody deleted it since.
                differences.append(Difference(thing=thing, code=code, fate=Fate.KEPT))
        elif code not in given:
            is_theirs = last is None or any(as_text(stored[code].get(name)) != text for name, text in last.items())
            if removes and (overwrite or not is_theirs):
                differences.append(Difference(thing=thing, code=code, fate=Fate.REMOVED))
                continue
            records[code] = dict(stored[code])
            if removes and before is not None and code in before:
                differences.append(Difference(thing=thing, code=code, fate=Fate.KEPT))
        else:
            changes = _changes(given[code], stored[code], last, overwrite=overwrite)
            changes = _all_or_none(changes, together)
            kept = {change.field for change in changes if change.fate is Fate.KEPT}
            records[code] = {
                **stored[code],
                **{name: value for name, value in given[code].items() if name not in kept},
            }
            if changes:
                fate = Fate.KEPT if len(kept) == len(changes) else Fate.CHANGED
                differences.append(Difference(thing=thing, code=code, fate=fate, changes=tuple(changes)))
    return Reconciled(records=records, differences=tuple(differences))


def _all_or_none(changes: Sequence[Change], together: Sequence[Sequence[str]]) -> list[Change]:
    kept = {change.field for change in changes if change.fate is Fate.KEPT}
    held = {field for group in together if kept & set(group) for field in group}
    return [replace(change, fate=Fate.KEPT) if change.field in held else change for change in changes]


def _ordered(given: Records, stored: Records) -> Iterable[str]:
    return dict.fromkeys((*given, *stored))


def _changes(
    given: Mapping[str, Any], stored: Mapping[str, Any], last: Mapping[str, str] | None, *, overwrite: bool
) -> list[Change]:
    changes = []
    for name, value in given.items():
        mine, theirs = as_text(value), as_text(stored.get(name))
        if mine == theirs:
            continue
        # A field that the file never named, and that is empty, nobody has edited.
        is_edited = last is None or last.get(name, "") != theirs
        if is_edited and not overwrite:
            fate = Fate.KEPT
        else:
            fate = Fate.ADDED if not theirs else Fate.REMOVED if not mine else Fate.CHANGED
        changes.append(Change(field=name, stored=theirs, given=mine, fate=fate))
    return changes
