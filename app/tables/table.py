"""A sheet as a table of records: its cells by field, the rows that are none (titles, totals, notes) with a remark."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.errors import FieldProblem
from app.languages import Said, said
from app.tables.figures import Manner, manner_of, manners_of
from app.tables.headers import (
    Header,
    Vocabulary,
    is_ours_by,
    office_header,
    own_header,
    plain_names,
    plain_words,
    texts_of,
)
from app.tables.sheets import Sheet, SheetRow

_TOTAL = re.compile(r"(sub ?-?total|grand total|total|jumlah|jml)( keseluruhan| total| seluruhnya| akhir)?\W*", re.I)
_PERCENT = re.compile(r"%|\bpersen", re.I)
_FEW = 2
"""Cells of a row behind the total that is a signature or a note, not a record."""
_CODE_LENGTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something about the file that stopped nothing, and that whoever sent it should know."""

    code: str
    message: Said
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    number: int
    """As a spreadsheet shows it (the header is row 1); of GeoJSON, the feature's place from 1."""
    cells: Mapping[str, str]
    """Text by column, as read; columns that this row does not mention are absent."""
    exact: frozenset[str] = frozenset()
    """Columns whose cell held a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    columns: tuple[str, ...]
    """Our fields where the header names them, other columns by their own name."""
    rows: tuple[Row, ...]
    row_word: str = "row"
    problems: tuple[FieldProblem, ...] = ()
    """Cells that hold no value, such as a formula error; their rows lack the cell."""
    header_row: int = 1
    labels: Mapping[str, str]
    """The name in the sheet of each field's column."""
    unmapped: tuple[str, ...] = ()
    """Names of columns that hold none of our fields; they are not read."""
    manners: frozenset[Manner] = frozenset()
    """What the sheet's figures show: nothing, one manner, or a mixture."""
    remarks: tuple[Remark, ...] = ()

    def place(self, number: int) -> str:
        """`row 12/`: what stands in front of the column in a pointer."""
        return f"{self.row_word} {number}/"


def table_of(
    sheet: Sheet,
    vocabulary: Vocabulary | None = None,
    *,
    mapping: Mapping[str, str | None] | None = None,
    manner: Manner | None = None,
) -> Table:
    """The table of a sheet. `mapping` says in which column a field is, or that it is in none; `manner`, how figures
    are written. Without a vocabulary the first row names the columns.

    Raises `InvalidRequest` for a header that cannot be used."""
    names = plain_names(sheet)
    if vocabulary is None or (not mapping and is_ours_by(names, vocabulary)):
        header = own_header(names, sheet)
        return _table(sheet, header, vocabulary, manner=manner, is_ours=True)
    header = office_header(sheet, vocabulary, mapping=mapping or {})
    return _table(sheet, header, vocabulary, manner=manner, is_ours=False)


def _table(
    sheet: Sheet, header: Header, vocabulary: Vocabulary | None, *, manner: Manner | None, is_ours: bool
) -> Table:
    field_of = {column: field for field, column in header.columns.items()}
    behind = sheet.rows[header.first + header.depth :]
    remarks = [] if is_ours else _unmapped_remarks(header, behind)
    kept, left_out = (list(behind), []) if is_ours else _records(behind, header)
    if vocabulary is not None and is_ours:
        kept, left_out = _without_totals(kept)
    problems = list(sheet.loose_problems)
    rows = [_row(row, sheet, header, field_of, problems, is_ours=is_ours) for row in kept]
    if vocabulary is not None and not is_ours:
        rows = _percents(rows, header, vocabulary)
    columns = [field_of[column] for column in sorted(field_of)]
    if vocabulary is not None and vocabulary.code_from and not is_ours and "code" not in columns and kept:
        rows, columns = _with_codes(rows, vocabulary.code_from), ["code", *columns]
        remarks.append(_codes_remark(vocabulary.code_from))
    shown = frozenset({manner}) if manner is not None else _manners(rows, behind, header, vocabulary)
    return Table(
        columns=tuple(columns),
        rows=tuple(rows),
        row_word=sheet.row_word,
        problems=tuple(problems),
        header_row=sheet.rows[header.first].number,
        labels={field: header.labels[column] for field, column in header.columns.items()},
        unmapped=tuple(label for column, label in enumerate(header.labels) if label and column not in field_of),
        manners=shown,
        remarks=tuple(remarks + left_out),
    )


def _row(
    row: SheetRow,
    sheet: Sheet,
    header: Header,
    field_of: Mapping[int, str],
    problems: list[FieldProblem],
    *,
    is_ours: bool,
) -> Row:
    place = f"{sheet.row_word} {row.number}"
    extra = [cell for cell in row.cells[len(header.labels) :] if cell and cell.strip()]
    if extra and is_ours:
        problems.append(_too_long(place, extra[0], columns=len(header.labels)))
    cells: dict[str, str] = {}
    for column, field in field_of.items():
        problem = sheet.problems.get((row.number, column))
        if problem is not None:
            pointer = f"{place}/{field}"
            problems.append(
                FieldProblem(pointer=pointer, detail=problem.detail, value=problem.value, mend=problem.mend)
            )
            continue
        cell = row.cells[column] if column < len(row.cells) else ""
        if cell is not None:
            cells[field] = cell
    return Row(number=row.number, cells=cells, exact=frozenset(field_of[at] for at in row.exact if at in field_of))


def _too_long(place: str, value: str, *, columns: int) -> FieldProblem:
    return FieldProblem(
        pointer=place,
        detail=said(
            "It has more cells than the {columns} columns of the header.",
            "Selnya lebih banyak daripada {columns} kolom di kepala tabel.",
            columns=columns,
        ),
        value=value,
        mend=said(
            "Put cells that hold a separator into quotation marks, or name the column in the header.",
            "Beri tanda kutip pada sel yang memuat pemisah, atau beri nama kolomnya.",
        ),
    )


def _is_total(row: SheetRow) -> bool:
    """A row that begins with JUMLAH or TOTAL, behind which only figures stand."""
    texts = texts_of(row)
    rest = [text for at, cell in enumerate(row.cells) if (text := (cell or "").strip()) and at not in row.exact][1:]
    is_total = bool(texts) and _TOTAL.fullmatch(texts[0]) is not None
    return is_total and all(re.fullmatch(r"[\d.,% -]+", text) for text in rest)


def _without_totals(rows: Sequence[SheetRow]) -> tuple[list[SheetRow], list[Remark]]:
    totals = [row.number for row in rows if _is_total(row)]
    return [row for row in rows if row.number not in set(totals)], _remarks("total_row", totals)


def _records(rows: Sequence[SheetRow], header: Header) -> tuple[list[SheetRow], list[Remark]]:
    """The rows that are records, and remarks about the others."""
    others: dict[str, list[int]] = {"header_again": [], "column_numbers": [], "total_row": [], "note": []}
    kept: list[SheetRow] = []
    mapped = len(header.columns)
    names = [plain_words(label) for label in header.labels]
    for row in rows:
        texts = texts_of(row)
        numbers = [re.sub(r"\D", "", text) for text in texts]
        said_again = sum(plain_words(cell or "") == name != "" for cell, name in zip(row.cells, names, strict=False))
        if said_again >= max(2, mapped // 2):
            others["header_again"].append(row.number)
        elif not kept and len(texts) > _FEW and numbers == [str(number + 1) for number in range(len(texts))]:
            others["column_numbers"].append(row.number)
        elif _is_total(row):
            others["total_row"].append(row.number)
        elif mapped > _FEW + 1 and len(texts) <= (_FEW if others["total_row"] else 1):
            others["note"].append(row.number)
        else:
            kept.append(row)
    return kept, [remark for code, numbers in others.items() for remark in _remarks(code, numbers)]


_LEFT_OUT = {
    "header_again": said("The header again: not read as a record.", "Kepala tabel lagi: tidak dibaca sebagai data."),
    "column_numbers": said("Numbers of the columns: not read as a record.", "Nomor kolom: tidak dibaca sebagai data."),
    "total_row": said("A total: not read as a record.", "Baris jumlah: tidak dibaca sebagai data."),
    "note": said(
        "A title, a note or a signature: not read as a record.",
        "Judul, catatan atau tanda tangan: tidak dibaca sebagai data.",
    ),
}


def _remarks(code: str, rows: Sequence[int]) -> list[Remark]:
    return [Remark(code=code, message=_LEFT_OUT[code], rows=tuple(rows))] if rows else []


def _unmapped_remarks(header: Header, rows: Sequence[SheetRow]) -> list[Remark]:
    """One remark for each column that is not read though it holds something."""
    taken = set(header.columns.values())
    width = max((len(row.cells) for row in rows), default=0)
    remarks = []
    for column in range(width):
        if column in taken or not any(column < len(row.cells) and (row.cells[column] or "").strip() for row in rows):
            continue
        label = header.labels[column] if column < len(header.labels) else ""
        message = said(
            "Column {column} {label!r} is not read; mapping says which field it holds.",
            "Kolom {column} {label!r} tidak dibaca; mapping menyebut isian mana yang dimuatnya.",
            column=column + 1,
            label=label,
        )
        remarks.append(Remark(code="column_not_read", message=message))
    return remarks


def _percents(rows: Sequence[Row], header: Header, vocabulary: Vocabulary) -> list[Row]:
    """The rows with a percent sign behind the shares above 1 of columns that are named in percent."""
    named = [
        field
        for field in vocabulary.shares & header.columns.keys()
        if _PERCENT.search(header.labels[header.columns[field]])
    ]
    return [
        replace(
            row,
            cells={
                **row.cells,
                **{field: f"{row.cells[field]}%" for field in named if _above_one(row.cells.get(field))},
            },
        )
        for row in rows
    ]


def _above_one(cell: str | None) -> bool:
    return cell is not None and re.fullmatch(r"\s*([2-9]|1\d|1[.,]\d)[\d.,]*\s*", cell) is not None


def _with_codes(rows: Sequence[Row], fields: Sequence[str]) -> list[Row]:
    """The rows with a code made of some of their fields; the second of equals gets -2."""
    seen: dict[str, int] = {}
    coded = []
    for row in rows:
        parts = " ".join(row.cells.get(field, "") for field in fields)
        code = "-".join(plain_words(parts).upper().split())[:_CODE_LENGTH].strip("-")
        seen[code] = seen.get(code, 0) + 1
        unique = code if seen[code] == 1 or not code else f"{code[: _CODE_LENGTH - 5]}-{seen[code]}"
        coded.append(Row(number=row.number, cells={"code": unique, **row.cells}, exact=row.exact))
    return coded


def _codes_remark(fields: Sequence[str]) -> Remark:
    message = said(
        "The sheet has no column of codes, so each is made of {fields}; an equal row of a later file changes the same "
        "record, a renamed one makes a new record.",
        "Lembar ini tidak punya kolom kode, jadi kode dibuat dari {fields}; baris yang sama di berkas berikutnya "
        "mengubah catatan yang sama, yang berganti nama menjadi catatan baru.",
        fields=" + ".join(fields),
    )
    return Remark(code="codes_made", message=message)


def _manners(
    rows: Sequence[Row], behind: Sequence[SheetRow], header: Header, vocabulary: Vocabulary | None
) -> frozenset[Manner]:
    """What the sheet's figures show: those of our fields, and other columns where nothing else can be meant."""
    if vocabulary is None:
        return frozenset()
    ours = manners_of(
        cell
        for row in rows
        for field, cell in row.cells.items()
        if field in vocabulary.figures and field not in row.exact
    )
    taken = set(header.columns.values())
    others = {
        Manner.INDONESIAN
        for row in behind
        for column, cell in enumerate(row.cells)
        # 10.30 may be a time and 16.73 a code, but nobody writes either with a comma.
        if column not in taken and column not in row.exact and cell and "," in cell
        if manner_of(cell) is Manner.INDONESIAN
    }
    return ours or frozenset(others)
