"""A table into records, all or nothing: every bad row is found before anything is stored. Knows no domain word."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict, FieldProblem, InvalidRequest, summary_of
from app.languages import joined, said, shape_of
from app.tables.fields import placed, read_fields
from app.tables.table import Remark, Row, Table

Fields = TypeVar("Fields")
MOST_PROBLEMS = 100
"""Kinds of trouble that a refusal lists; the number of the others is told."""
_PLACE = re.compile(r"(row|feature) (\d+)(/.*)?")


class ImportRefused(InvalidRequest):
    """The file has rows that cannot be stored; nothing was changed. Rows with the same trouble are one problem."""

    def __init__(self, problems: Sequence[FieldProblem], *, rows: int, row_word: str):
        kinds = grouped(problems)
        bad = len({problem.pointer.partition("/")[0] for problem in problems})
        summary = joined(
            said(
                "Nothing was imported: {count} problems in {bad} places of {rows} {row_word}s.",
                "Tidak ada yang diimpor: {count} masalah di {bad} tempat dari {rows} baris.",
                count=len(problems),
                bad=bad,
                rows=rows,
                row_word=row_word,
            ),
            summary_of(kinds),
        )
        super().__init__(summary, problems=kinds[:MOST_PROBLEMS])
        self.more_problems = max(0, len(kinds) - MOST_PROBLEMS)


class ImportCollided(Conflict):
    """Somebody changed the district between the check of the file and its storing; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What an import did, or would do if it was a dry run."""

    created: int
    updated: int
    unchanged: int
    remarks: tuple[Remark, ...] = ()
    """What was left out, assumed or looks odd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Generic[Fields]):
    code: str
    row: int
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
        broken = {name for name in shape.readers if place + name in unreadable}
        record, troubles = _read_row(row, table, shape, existing=existing, broken=broken)
        if (code := row.cells.get("code", "").strip()) in seen:
            troubles.append(_same_code(code, table, row=seen[code]))
        elif code:
            seen[code] = row.number
        if code in existing and create_only:
            detail = said("The code is stored already.", "Kode ini sudah tersimpan.")
            mend = said("Leave 'mode=create' out to update it.", "Tanpa 'mode=create' baris ini memperbaruinya.")
            troubles.append(FieldProblem(pointer="code", detail=detail, value=code, mend=mend))
        problems += placed(troubles, place)
        if record is not None:
            records.append(record)
    if problems:
        raise ImportRefused(problems, rows=len(table.rows), row_word=table.row_word)
    return tuple(records)


def _read_row(
    row: Row, table: Table, shape: RecordShape[Fields], *, existing: Mapping[str, Fields], broken: set[str]
) -> tuple[Record[Fields] | None, list[FieldProblem]]:
    """The record of a row, None if it has problems. `broken`: columns whose cells could not be read at all."""
    cells = {name: text for name, text in row.cells.items() if name in shape.readers}
    values, troubles = read_fields(cells, shape.readers, manners=table.manners, exact=row.exact)
    broken = broken | {problem.pointer for problem in troubles}
    code = values.get("code")
    before = None if code is None else existing.get(code)
    stored = dict.fromkeys(shape.readers) | dict(shape.defaults)
    if before is not None:
        stored |= shape.values_of(before)
    changes = {name: shape.defaults.get(name) if value is None else value for name, value in values.items()}
    merged = shape.merge(stored, changes) | dict.fromkeys(broken)
    troubles += [_missing(name, table) for name in shape.required if merged[name] is None and name not in broken]
    troubles += shape.check(merged, before)
    if troubles or broken or code is None:
        return None, troubles
    return Record(code=code, row=row.number, fields=shape.make(merged), before=before), []


def _missing(name: str, table: Table) -> FieldProblem:
    if name in table.columns or not table.unmapped:
        detail, mend = said("It is missing.", "Belum diisi."), said("Fill this cell.", "Isi sel ini.")
        return FieldProblem(pointer=name, detail=detail, mend=mend)
    return FieldProblem(
        pointer=name,
        detail=said("It is missing: no column holds it.", "Belum ada: tidak ada kolom yang memuatnya."),
        mend=said(
            'Say which column it is: mapping={{"{name}": "…"}}; not read are {labels}.',
            'Sebutkan kolomnya: mapping={{"{name}": "…"}}; yang tidak dibaca: {labels}.',
            name=name,
            labels=", ".join(repr(label) for label in table.unmapped),
        ),
    )


def _same_code(code: str, table: Table, *, row: int) -> FieldProblem:
    return FieldProblem(
        pointer="code",
        detail=said(
            "{word} {row} has this code already.",
            "Kode ini sudah ada di baris {row}.",
            word=table.row_word.capitalize(),
            row=row,
        ),
        value=code,
        mend=said("Give each its own code, or delete one of them.", "Beri kode sendiri, atau hapus salah satu."),
    )


def grouped(problems: Iterable[FieldProblem]) -> list[FieldProblem]:
    """Problems of the same shape in the same column as one, with all its rows, where the first of them stood."""
    kinds: dict[tuple[str, ...], list[tuple[int, FieldProblem]]] = {}
    key: tuple[str, ...]
    for problem in problems:
        place = _PLACE.fullmatch(problem.pointer)
        if place is None:
            key, row = (problem.pointer, problem.detail), 0
        else:
            key, row = (place[3] or "", shape_of(problem.detail), shape_of(problem.mend or "")), int(place[2])
        kinds.setdefault(key, []).append((row, problem))
    groups = []
    for members in kinds.values():
        first = members[0][1]
        values = tuple(dict.fromkeys(problem.value for _, problem in members if problem.value is not None))
        rows = tuple(dict.fromkeys(row for row, _ in members))
        groups.append(replace(first, rows=rows, values=values) if len(members) > 1 and rows[0] else first)
    return groups


def count_changes(records: Iterable[Record[Any]], *, remarks: Sequence[Remark] = ()) -> ImportOutcome:
    created = updated = unchanged = 0
    for record in records:
        created += record.before is None
        updated += record.before is not None and record.before != record.fields
        unchanged += record.before == record.fields
    return ImportOutcome(created=created, updated=updated, unchanged=unchanged, remarks=tuple(remarks))


@contextmanager
def storing(session: Session) -> Iterator[None]:
    """Store what `read_records` accepted; a constraint broken by somebody else meanwhile raises `ImportCollided`."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        raise ImportCollided(
            said(
                "The district was changed while the file was read, so nothing was imported. Send the file again.",
                "Data berubah selagi berkas dibaca, jadi tidak ada yang diimpor. Kirim berkas sekali lagi.",
            )
        ) from error


def _header_problems(table: Table, shape: RecordShape[Any]) -> list[FieldProblem]:
    """Columns nobody knows (a misspelt one would otherwise be lost unseen), and a missing code."""
    problems = []
    for name in table.columns:
        if name not in shape.readers:
            near = difflib.get_close_matches(name, shape.readers, n=1)
            mend = (
                said("Did you mean {near!r}?", "Apakah maksudnya {near!r}?", near=near[0])
                if near
                else said("The columns are: {names}.", "Kolomnya: {names}.", names=", ".join(shape.readers))
            )
            detail = said("There is no such column.", "Kolom ini tidak dikenal.")
            problems.append(FieldProblem(pointer=f"header/{name}", detail=detail, value=name, mend=mend))
    if "code" not in table.columns and not table.unmapped:
        detail = said("The column is missing.", "Kolom ini tidak ada.")
        mend = said(
            "Add the column 'code': each row's stable key, such as a school's NPSN.",
            "Tambahkan kolom 'code': kunci tetap setiap baris, misalnya NPSN sekolah.",
        )
        problems.append(FieldProblem(pointer="header/code", detail=detail, mend=mend))
    elif not table.rows:
        detail = said("The table has no rows.", "Tabel tidak punya baris data.")
        mend = said("Add a {word} below the header.", "Tambahkan baris di bawah kepala tabel.", word=table.row_word)
        problems.append(FieldProblem(pointer="body", detail=detail, mend=mend))
    return problems
