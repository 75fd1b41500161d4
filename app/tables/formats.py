"""Bytes to rows of text and back: CSV, XLSX, GeoJSON. Knows no domain word."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.errors import FieldProblem, PayloadTooLarge, UnsupportedMedia, invalid
from app.tables.fields import placed, text_of
from app.tables.geojson import read_features, write_features
from app.tables.workbooks import read_workbook, write_workbook

MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_CELL = 32_767
"""Characters of one cell, the limit of spreadsheets."""
_INJECTION = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
"""Beginnings that make a spreadsheet run a text as a formula, and the sign that keeps it from doing so."""


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    GEOJSON = "geojson"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.GEOJSON: "application/geo+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    number: int
    """As a spreadsheet shows it (the header is row 1); of GeoJSON, the feature's place from 1."""
    cells: Mapping[str, str]
    """Text by column, as read; columns that this row does not mention are absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    row_word: str = "row"
    """`row`, or `feature` in GeoJSON: the word in front of a number in a message."""
    problems: tuple[FieldProblem, ...] = ()
    """Cells that hold no value, such as a formula error; their rows lack the cell."""

    def place(self, number: int) -> str:
        """`row 12/`: what stands in front of the column in a pointer."""
        return f"{self.row_word} {number}/"


def format_of(content_type: str | None) -> Format:
    """The format of a Content-Type header; raises `UnsupportedMedia` for any other, or another charset."""
    media, _, parameters = (content_type or "").partition(";")
    for known, media_type in _MEDIA_TYPES.items():
        if media.strip().lower() == media_type.partition(";")[0]:
            charset = parameters.partition("charset=")[2].strip(' "').lower()
            if charset not in ("", "utf-8", "utf8", "us-ascii"):
                raise UnsupportedMedia(f"The charset {charset!r} is not read. Save the file as UTF-8.")
            return known
    names = ", ".join(media_type.partition(";")[0] for media_type in _MEDIA_TYPES.values())
    raise UnsupportedMedia(
        f"The Content-Type {content_type!r} is not one this import reads. Send the file with one of: {names}."
    )


def read_table(content: bytes, file_format: Format, *, point: tuple[str, str] | None = ("lat", "lon")) -> Table:
    """The table of a file. `point` names the columns that a GeoJSON geometry fills (latitude, longitude).

    Raises `InvalidRequest` for an unreadable file and `PayloadTooLarge` for one past the limits."""
    if not content.strip():
        raise invalid("body", "The file is empty.", mend="Send the file itself as the body of the request.")
    match file_format:
        case Format.CSV:
            return _read_csv(content)
        case Format.XLSX:
            return _read_xlsx(content)
        case Format.GEOJSON:
            return _read_geojson(content, point=point)


def write_table(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    file_format: Format,
    *,
    point: tuple[str, str] | None = ("lat", "lon"),
) -> bytes:
    """The bytes of a file whose cells are str, int, float, Decimal, bool, date or None; reading it gives them back."""
    match file_format:
        case Format.CSV:
            return _write_csv(columns, rows)
        case Format.XLSX:
            return write_workbook(columns, [[row.get(name) for name in columns] for row in rows])
        case Format.GEOJSON:
            return write_features(columns, rows, point=point)


def _read_csv(content: bytes) -> Table:
    mend = "Save it as 'CSV UTF-8', or send the XLSX file itself."
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise invalid("body", "The file is UTF-16, not UTF-8.", mend=mend)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise invalid(
            "body",
            f"Line {line} holds the byte 0x{content[error.start]:02X}, which is not UTF-8; the file may be Latin-1.",
            mend=mend,
        ) from error
    # A quoted line break is part of its cell, and an unfinished quote must not swallow the rest unseen.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MAX_ROWS + 1:
                raise _too_many_rows()
            rows.append((number, [_without_guard(cell) for cell in cells]))
    except csv.Error as error:
        raise invalid(
            "body", f"The CSV breaks off near line {reader.line_num}: {error}.", mend="Check the quotation marks there."
        ) from error
    return _table(rows, problems={})


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab: whichever the header row has most of, outside quotes."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = "".join(header.split('"')[::2])
    return max(",;\t", key=unquoted.count)


def _read_xlsx(content: bytes) -> Table:
    grid = read_workbook(content, max_rows=MAX_ROWS + 1, max_columns=MAX_COLUMNS)
    problems = {
        (error.row, error.column): FieldProblem(pointer="", detail=error.detail, value=error.value, mend=error.mend)
        for error in grid.errors
    }
    return _table([(number, list(cells)) for number, cells in enumerate(grid.rows, start=1)], problems=problems)


def _table(numbered: Sequence[tuple[int, list[str]]], *, problems: Mapping[tuple[int, int], FieldProblem]) -> Table:
    """Header and rows of numbered records; `problems` by row number and column index."""
    troubled = {row for row, _ in problems}
    filled = [
        (number, cells) for number, cells in numbered if number in troubled or any(cell.strip() for cell in cells)
    ]
    if not filled:
        raise invalid("body", "The table is empty.", mend="Begin with a row of column names.")
    header_number, header = filled[0]
    while header and not header[-1].strip():
        header.pop()
    columns = _columns(header, header_number)
    found: list[FieldProblem] = []
    rows: list[Row] = []
    for number, cells in filled[1:]:
        place = f"row {number}/"
        extra = [cell for cell in cells[len(columns) :] if cell.strip()]
        if extra:
            found.append(
                FieldProblem(
                    pointer=f"row {number}",
                    detail=f"It has more cells than the {len(columns)} columns of the header.",
                    value=extra[0],
                    mend="Put cells that hold a separator into quotation marks, or name the column in the header.",
                )
            )
        padded = cells + [""] * (len(columns) - len(cells))
        mentioned: dict[str, str] = {}
        for index, name in enumerate(columns):
            problem = problems.get((number, index))
            if problem is None and len(padded[index]) > MAX_CELL:
                problem = FieldProblem(
                    pointer="",
                    detail=f"The cell has {len(padded[index])} characters.",
                    value=padded[index],
                    mend=f"Shorten it to {MAX_CELL}.",
                )
            if problem is None:
                mentioned[name] = padded[index]
            else:
                found.append(
                    FieldProblem(pointer=place + name, detail=problem.detail, value=problem.value, mend=problem.mend)
                )
        rows.append(Row(number=number, cells=mentioned))
    return Table(columns=columns, rows=tuple(rows), problems=tuple(found))


def _columns(header: Sequence[str], number: int) -> tuple[str, ...]:
    """The column names, in lower case with underscores; raises for an empty, a doubled or too many of them."""
    if len(header) > MAX_COLUMNS:
        raise PayloadTooLarge(f"The table has {len(header)} columns; at most {MAX_COLUMNS} are read.")
    names = tuple("_".join(cell.strip().lower().split()) for cell in header)
    for index, name in enumerate(names):
        if not name:
            raise invalid(
                f"row {number}", f"Column {index + 1} has no name in the header.", mend="Name it, or delete the column."
            )
        if name in names[:index]:
            raise invalid(f"row {number}/{name}", "The header has this column twice.", value=name, mend="Delete one.")
    return names


def _too_many_rows() -> PayloadTooLarge:
    return PayloadTooLarge(f"The table has more than {MAX_ROWS} rows. Split it into several files.")


def _without_guard(cell: str) -> str:
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in _INJECTION else cell


def _write_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    content = io.StringIO(newline="")
    writer = csv.writer(content)
    writer.writerow(columns)
    for row in rows:
        values = [row.get(name) for name in columns]
        writer.writerow([_guarded(value) if isinstance(value, str) else text_of(value) for value in values])
    return content.getvalue().encode()


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_INJECTION) else text


def _read_geojson(content: bytes, *, point: tuple[str, str] | None) -> Table:
    features = read_features(content, point=point, max_text=MAX_CELL)
    if len(features) > MAX_ROWS:
        raise _too_many_rows()
    columns: dict[str, None] = {}
    problems: list[FieldProblem] = []
    for number, feature in enumerate(features, start=1):
        columns |= dict.fromkeys(feature.cells)
        problems += placed(feature.problems, f"feature {number}/")
    if len(columns) > MAX_COLUMNS:
        raise PayloadTooLarge(f"The features have {len(columns)} properties in all; at most {MAX_COLUMNS} are read.")
    return Table(
        columns=tuple(columns),
        rows=tuple(Row(number=number, cells=feature.cells) for number, feature in enumerate(features, start=1)),
        row_word="feature",
        problems=tuple(problems),
    )
