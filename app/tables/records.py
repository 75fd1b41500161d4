"""A table into records, all or nothing: every bad row is found before anything is stored. Knows no domain word."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict, FieldProblem, InvalidRequest
from app.tables.fields import placed, read_fields
from app.tables.formats import Table

Fields = TypeVar("Fields")
_SHOWN = 3


class ImportRefused(InvalidRequest):
    """The file has rows that cannot be stored; nothing was changed."""


class ImportCollided(Conflict):
    """Somebody changed the district between the check of the file and its storing; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What an import did, or would do if it was a dry run."""

    created: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Generic[Fields]):
    code: str
    fields: Fields
    before: Fields | None
    """The stored fields of this code; None if it is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordShape(Generic[Fields]):
    """How the rows of one kind of record are read."""

    readers: Mapping[str, Callable[[str], Any]]
    """By column: its text to its value."""
    required: tuple[str, ...]
    defaults: Mapping[str, Any]
    """By column: the value of an empty cell, where that is not None."""
    values_of: Callable[[Fields], dict[str, Any]]
    merge: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]
    """Stored values (or the defaults) with the changes that a row names."""
    make: Callable[[dict[str, Any]], Fields]
    check: Callable[[Mapping[str, Any], Fields | None], list[FieldProblem]]
    """Problems of a row's values beside what is stored; a value that could not be read is None."""


def read_records(
    table: Table, shape: RecordShape[Fields], *, existing: Mapping[str, Fields], create_only: bool = False
) -> tuple[Record[Fields], ...]:
    """The records of a table, by their `code`: stored fields, overwritten by the columns that the table has.

    Raises `ImportRefused` with every problem of every row."""
    problems = list(table.problems)
    unreadable = {problem.pointer for problem in problems}
    problems += _header_problems(table, shape)
    records: list[Record[Fields]] = []
    seen: dict[str, int] = {}
    for row in table.rows:
        place = table.place(row.number)
        cells = {name: text for name, text in row.cells.items() if name in shape.readers}
        values, found = read_fields(cells, shape.readers)
        broken = {problem.pointer for problem in found}
        broken |= {name for name in shape.readers if place + name in unreadable}
        code = values.get("code")
        before = None if code is None else existing.get(code)
        if code is not None and code in seen:
            found.append(
                FieldProblem(
                    pointer="code",
                    detail=f"{table.row_word.capitalize()} {seen[code]} has this code already.",
                    value=code,
                    mend="Give each its own code, or delete one of them.",
                )
            )
        elif code is not None:
            seen[code] = row.number
        if before is not None and create_only:
            mend = "Leave 'mode=create' out to update it."
            found.append(FieldProblem(pointer="code", detail="The code is stored already.", value=code, mend=mend))
        stored = dict.fromkeys(shape.readers) | dict(shape.defaults)
        if before is not None:
            stored |= shape.values_of(before)
        changes = {name: shape.defaults.get(name) if value is None else value for name, value in values.items()}
        merged = shape.merge(stored, changes) | dict.fromkeys(broken)
        found += [
            FieldProblem(pointer=name, detail="It is missing.", mend="Fill this cell.")
            for name in shape.required
            if merged[name] is None and name not in broken
        ]
        found += shape.check(merged, before)
        problems += placed(found, place)
        if not found and not broken and code is not None:
            records.append(Record(code=code, fields=shape.make(merged), before=before))
    if problems:
        raise _refusal(problems, table)
    return tuple(records)


def count_changes(records: Iterable[Record[Any]]) -> ImportOutcome:
    created = updated = unchanged = 0
    for record in records:
        created += record.before is None
        updated += record.before is not None and record.before != record.fields
        unchanged += record.before == record.fields
    return ImportOutcome(created=created, updated=updated, unchanged=unchanged)


@contextmanager
def storing(session: Session) -> Iterator[None]:
    """Store what `read_records` accepted; a constraint broken by somebody else meanwhile raises `ImportCollided`."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        raise ImportCollided(
            "The district was changed while the file was read, so nothing was imported. Send the file again."
        ) from error


def _header_problems(table: Table, shape: RecordShape[Any]) -> list[FieldProblem]:
    """Columns nobody knows (a misspelt one would otherwise be lost unseen), and a missing code."""
    problems = []
    for name in table.columns:
        if name not in shape.readers:
            near = difflib.get_close_matches(name, shape.readers, n=1)
            mend = f"Did you mean {near[0]!r}?" if near else f"The columns are: {', '.join(shape.readers)}."
            detail = "There is no such column."
            problems.append(FieldProblem(pointer=f"header/{name}", detail=detail, value=name, mend=mend))
    if "code" not in table.columns:
        mend = "Add the column 'code': each row's stable key, such as a school's NPSN."
        problems.append(FieldProblem(pointer="header/code", detail="The column is missing.", mend=mend))
    elif not table.rows:
        mend = f"Add a {table.row_word} below the header."
        problems.append(FieldProblem(pointer="body", detail="The table has no rows.", mend=mend))
    return problems


def _refusal(problems: list[FieldProblem], table: Table) -> ImportRefused:
    bad_rows = len({problem.pointer.partition("/")[0] for problem in problems})
    shown = "; ".join(f"{problem.pointer}: {problem.detail}" for problem in problems[:_SHOWN])
    return ImportRefused(
        f"Nothing was imported: {len(problems)} problems in {bad_rows} places of {len(table.rows)} "
        f"{table.row_word}s. {shown}",
        problems=problems,
    )
