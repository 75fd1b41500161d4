"""Bytes to rows of text: CSV, XLSX, GeoJSON; nobody knows yet which row names the columns."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.errors import FieldProblem, PayloadTooLarge, invalid
from app.languages import said
from app.tables.fields import placed
from app.tables.geojson import read_features
from app.tables.workbooks import read_workbook

MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_CELL = 32_767
"""Characters of one cell, the limit of spreadsheets."""
INJECTION = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
"""Beginnings that make a spreadsheet run a text as a formula, and the sign that keeps it from doing so."""


_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_NAMED_DELIMITER = re.compile(r'"?sep=(\\t|[^"\w\s]|\t| )"?;*,*', re.IGNORECASE)
"""The line by which spreadsheets tell each other what separates the cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    number: int
    """As a spreadsheet shows it; of GeoJSON, the feature's place from 1 (its names stand in row 0)."""
    cells: tuple[str | None, ...]
    """Text as read; None where a feature does not mention the property."""
    exact: frozenset[int] = frozenset()
    """Columns whose cell held a number, which means one thing however people write figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file as rows, before anybody knows which of them names the columns. Blank rows are left out."""

    rows: tuple[SheetRow, ...]
    row_word: str = "row"
    """`row`, or `feature` in GeoJSON: the word in front of a number in a message."""
    problems: Mapping[tuple[int, int], FieldProblem] = field(default_factory=dict)
    """Cells that hold no value, such as a formula error, by row number and column."""
    loose_problems: tuple[FieldProblem, ...] = ()
    """What is wrong with the file beside its cells."""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """First row, first column, last row, last column of joined cells; rows are numbers, columns count from 0."""


def visible(text: str) -> str:
    """The text without characters of no width, which nobody means and nobody sees."""
    return _INVISIBLE.sub("", text)


def csv_sheet(content: bytes) -> Sheet:
    mend = said("Save it as 'CSV UTF-8', or send the XLSX file itself.", "Simpan sebagai 'CSV UTF-8', atau kirim XLSX.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise invalid("body", said("The file is UTF-16, not UTF-8.", "Berkas ini UTF-16, bukan UTF-8."), mend=mend)
    try:
        # Some programs put a second byte order mark in front of the first.
        text = content.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise invalid(
            "body",
            said(
                "Line {line} holds the byte 0x{byte:02X}, which is not UTF-8; the file may be Latin-1.",
                "Baris {line} memuat bita 0x{byte:02X}, yang bukan UTF-8; mungkin berkas ini Latin-1.",
                line=line,
                byte=content[error.start],
            ),
            mend=mend,
        ) from error
    delimiter, text = _delimiter(text)
    # A quoted line break is part of its cell, and an unfinished quote must not swallow the rest unseen.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[SheetRow] = []
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MAX_ROWS + 1:
                raise _too_many_rows()
            rows.append(SheetRow(number=number, cells=tuple(visible(_without_guard(cell)) for cell in cells)))
    except csv.Error as error:
        raise invalid(
            "body",
            said(
                "The CSV breaks off near line {line}: {error}.",
                "CSV terputus di sekitar baris {line}: {error}.",
                line=reader.line_num,
                error=error,
            ),
            mend=said("Check the quotation marks there.", "Periksa tanda kutip di sana."),
        ) from error
    return _sheet(rows)


def _delimiter(text: str) -> tuple[str, str]:
    """The separator of cells and the text behind the line that names it; without such a line the comma, semicolon or
    tab that the first lines have most of, outside quotes."""
    first, _, rest = text.partition("\n")
    if (named := _NAMED_DELIMITER.fullmatch(first.strip("\r"))) is not None:
        return named[1].replace("\\t", "\t"), rest
    lines = ["".join(line.split('"')[::2]) for line in text.splitlines()[:40] if line.strip()]
    counts = {sign: [line.count(sign) for line in lines] for sign in ",;\t"}
    if max(count[0] for count in counts.values()) > 1:
        return max(counts, key=lambda sign: counts[sign][0]), text
    # A title above the header, or a single column: what stands in most lines.
    below = {sign: count[1:] or count for sign, count in counts.items()}
    return max(below, key=lambda sign: (sum(map(bool, below[sign])), max(below[sign]))), text


def xlsx_sheet(content: bytes) -> Sheet:
    grid = read_workbook(content, max_rows=MAX_ROWS + 1, max_columns=MAX_COLUMNS)
    problems = {
        (error.row, error.column): FieldProblem(pointer="", detail=error.detail, value=error.value, mend=error.mend)
        for error in grid.errors
    }
    rows = [
        SheetRow(number=number, cells=tuple(map(visible, cells)), exact=exact)
        for number, (cells, exact) in enumerate(zip(grid.rows, grid.exact, strict=True), start=1)
    ]
    merged = tuple((top + 1, left, bottom + 1, right) for top, left, bottom, right in grid.merged)
    return _sheet(rows, problems=problems, merged=merged)


def _sheet(
    rows: Sequence[SheetRow],
    *,
    problems: Mapping[tuple[int, int], FieldProblem] | None = None,
    merged: tuple[tuple[int, int, int, int], ...] = (),
) -> Sheet:
    """The rows that hold something, with a problem for every cell too long to keep."""
    all_problems = dict(problems or {})
    troubled = {row for row, _ in all_problems}
    filled = tuple(row for row in rows if row.number in troubled or any(cell and cell.strip() for cell in row.cells))
    if not filled:
        raise invalid(
            "body",
            said("The table is empty.", "Tabel kosong."),
            mend=said("Begin with a row of column names.", "Mulai dengan baris nama kolom."),
        )
    for row in filled:
        for index, cell in enumerate(row.cells):
            if cell is not None and len(cell) > MAX_CELL:
                all_problems[row.number, index] = FieldProblem(
                    pointer="",
                    detail=said(
                        "The cell has {count} characters.", "Sel ini berisi {count} karakter.", count=len(cell)
                    ),
                    value=cell,
                    mend=said("Shorten it to {most}.", "Singkatkan menjadi {most}.", most=MAX_CELL),
                )
    return Sheet(rows=filled, problems=all_problems, merged=merged)


def _too_many_rows() -> PayloadTooLarge:
    return PayloadTooLarge(
        said(
            "The table has more than {most} rows. Split it into several files.",
            "Tabel ini lebih dari {most} baris. Bagi menjadi beberapa berkas.",
            most=MAX_ROWS,
        )
    )


def _without_guard(cell: str) -> str:
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in INJECTION else cell


def geojson_sheet(content: bytes, *, point: tuple[str, str] | None) -> Sheet:
    features = read_features(content, point=point, max_text=MAX_CELL)
    if len(features) > MAX_ROWS:
        raise _too_many_rows()
    columns = list(dict.fromkeys(name for feature in features for name in (*feature.cells, *feature.troubled)))
    if len(columns) > MAX_COLUMNS:
        raise PayloadTooLarge(
            said(
                "The features have {count} properties in all; at most {most} are read.",
                "Fitur-fiturnya memuat {count} properti; paling banyak {most} yang dibaca.",
                count=len(columns),
                most=MAX_COLUMNS,
            )
        )
    place = {name: index for index, name in enumerate(columns)}
    problems: dict[tuple[int, int], FieldProblem] = {}
    loose: list[FieldProblem] = []
    rows = [SheetRow(number=0, cells=tuple(columns))]
    for number, feature in enumerate(features, start=1):
        for problem in feature.problems:
            if problem.pointer in place:
                problems[number, place[problem.pointer]] = problem
            else:
                loose += placed([problem], f"feature {number}/")
        cells = tuple(None if (cell := feature.cells.get(name)) is None else visible(cell) for name in columns)
        exact = frozenset(place[name] for name in feature.numbers)
        rows.append(SheetRow(number=number, cells=cells, exact=exact))
    return Sheet(rows=tuple(rows), row_word="feature", problems=problems, loose_problems=tuple(loose))
