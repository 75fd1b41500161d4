"""XLSX bytes to a grid of text and back. calamine reads the values; a first pass of our own finds what it would
swallow (formula errors) or choke on (zip bombs, a lone cell in the farthest corner, endlessly repeated strings)."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.parsers import expat

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from app.errors import PayloadTooLarge, invalid
from app.tables.fields import text_of

MAX_UNPACKED_BYTES = 100_000_000
"""Of all XML in the file: five thousand sites take about 5 MB."""
MAX_MEMBERS = 1_000
_OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")
_MEND = "Save the workbook as .xlsx (without a password) and send it again."
_NUMBER_TOO_LONG = 1e15
"""Spreadsheets keep 15 digits of a number; longer ones are already damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """A cell that holds no value: a formula error, or a number too long for a spreadsheet."""

    row: int
    """As the spreadsheet shows it, from 1."""
    column: int
    """From 0."""
    value: str
    detail: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The first visible sheet, every cell as text; `rows[0]` is the spreadsheet's row 1."""

    rows: tuple[tuple[str, ...], ...]
    errors: tuple[CellError, ...]


def read_workbook(content: bytes, *, max_rows: int, max_columns: int) -> Grid:
    """Raises `InvalidRequest` for what is no workbook and `PayloadTooLarge` for one past the limits."""
    if content.startswith(_OLD_OFFICE):
        raise invalid("body", "This is an old .xls file, or it is locked with a password.", mend=_MEND)
    members = _unpack(content)
    sheet_name, sheet_path = _first_visible_sheet(members)
    scan = _SheetScan(members, sheet_path, max_rows=max_rows, max_columns=max_columns)
    # calamine sees only what was counted above: the same members, stored plainly.
    repacked = io.BytesIO()
    with zipfile.ZipFile(repacked, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    repacked.seek(0)
    try:
        sheet = CalamineWorkbook.from_filelike(repacked).get_sheet_by_name(sheet_name)
        values = sheet.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise invalid("body", f"The workbook cannot be read: {error}.", mend=_MEND) from error
    errors = list(scan.errors)
    for number, row in enumerate(values, start=1):
        for column, value in enumerate(row):
            if isinstance(value, float) and abs(value) >= _NUMBER_TOO_LONG:
                errors.append(
                    CellError(
                        row=number,
                        column=column,
                        value=text_of(value),
                        detail="A number this long loses its last digits in a spreadsheet.",
                        mend="Format the cell as text and type it again.",
                    )
                )
    return Grid(
        rows=tuple(tuple(text_of(value) for value in row) for row in values),
        errors=tuple(sorted(errors, key=lambda error: (error.row, error.column))),
    )


def write_workbook(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """One sheet with a frozen header row; text stays text, even when it looks like a formula or a number."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        # The library would write the time of day; the same rows must give the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 a fixed, zoneless field of the format
        sheet = book.add_worksheet("data")
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        for index, name in enumerate(columns):
            sheet.write_string(0, index, name, bold)
            sheet.set_column(index, index, max(10, len(name) + 2))
        for number, row in enumerate(rows, start=1):
            for index, value in enumerate(row):
                match value:
                    case None | "":
                        continue
                    case bool():
                        sheet.write_boolean(number, index, value)
                    case int() | float() | Decimal() if _survives(value):
                        sheet.write_number(number, index, value)
                    case date() if value.year > 1900 and not isinstance(value, datetime):
                        sheet.write_datetime(number, index, value, day)
                    case _:
                        sheet.write_string(number, index, text_of(value))
    return content.getvalue()


def _survives(value: Any) -> bool:
    """Whether a spreadsheet's number, of which the writer keeps 16 digits, gives the same value back."""
    return abs(value) < _NUMBER_TOO_LONG and text_of(float(f"{value:.16G}")) == text_of(value)


def _unpack(content: bytes) -> dict[str, bytes]:
    """The XML members by name; pictures and macros are left out."""
    members: dict[str, bytes] = {}
    left = MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.infolist()
            if len(names) > MAX_MEMBERS:
                raise PayloadTooLarge(f"The workbook has {len(names)} parts; at most {MAX_MEMBERS} are read.")
            for info in names:
                if not info.filename.endswith((".xml", ".rels")) or info.filename in members:
                    continue
                with archive.open(info) as member:
                    data = member.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise PayloadTooLarge(
                        f"The workbook unpacks to more than {MAX_UNPACKED_BYTES // 1_000_000} MB. "
                        "Delete unused sheets and empty formatted rows, or send CSV."
                    )
                members[info.filename] = data
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise invalid("body", f"This is no XLSX workbook: {error}.", mend=_MEND) from error
    return members


def _parse(data: bytes, parser: expat.XMLParserType) -> None:
    def refuse(*_: object) -> None:
        raise invalid("body", "The workbook holds a document type declaration.", mend=_MEND)

    # No spreadsheet needs one, and entities are how a small XML file becomes a huge one.
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise invalid("body", f"The workbook is damaged: {error}.", mend=_MEND) from error


def _first_visible_sheet(members: dict[str, bytes]) -> tuple[str, str]:
    """Name and member path of the sheet that people see first."""
    targets: dict[str, str] = {}
    sheets: list[tuple[str, str]] = []

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "sheet" and attributes.get("state", "visible") == "visible":
            relation_id = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            sheets.append((attributes.get("name", ""), relation_id))

    for path, handler in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", sheet)):
        parser = expat.ParserCreate()
        parser.StartElementHandler = handler
        _parse(members.get(path, b"<none/>"), parser)
    for name, relation_id in sheets:
        target = targets.get(relation_id, "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if path in members and "chartsheet" not in path:
            return name, path
    raise invalid("body", "The workbook has no visible sheet.", mend="Put the table on the first sheet, and unhide it.")


class _SheetScan:
    """One pass over a sheet's XML: its true size, and its cells with formula errors."""

    def __init__(self, members: dict[str, bytes], path: str, *, max_rows: int, max_columns: int):
        self.errors: list[CellError] = []
        self._max_rows, self._max_columns = max_rows, max_columns
        self._string_lengths = _shared_string_lengths(members)
        self._text_left = MAX_UNPACKED_BYTES
        self._row, self._column = 0, -1
        self._kind = ""
        self._text: list[str] | None = None
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        _parse(members[path], parser)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() else self._row + 1
            self._column = -1
        elif name == "c":
            self._kind = attributes.get("t", "n")
            place = re.fullmatch(r"([A-Z]{1,4})(\d{1,8})", attributes.get("r", ""))
            if place is None:
                self._column += 1
            else:
                self._row, self._column = int(place[2]), _column_index(place[1])
        elif name in ("v", "is"):
            # Cells without a value (formatting alone) take no room in the table.
            if self._row > self._max_rows or self._column >= self._max_columns:
                raise PayloadTooLarge(
                    f"The sheet has a value in row {self._row}, column {self._column + 1}; at most "
                    f"{self._max_rows} rows and {self._max_columns} columns are read. Clear cells far from the "
                    "table, or split the file."
                )
            self._text = []

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        if self._text is None or tag.rpartition(":")[2] not in ("v", "is"):
            return
        text, self._text = "".join(self._text), None
        if self._kind == "e":
            self.errors.append(
                CellError(
                    row=self._row,
                    column=self._column,
                    value=text,
                    detail=f"The cell shows the formula error {text}.",
                    mend="Mend the formula, or type the value in its place.",
                )
            )
        elif self._kind == "s" and text.isdecimal():
            index = int(text)
            self._text_left -= self._string_lengths[index] if index < len(self._string_lengths) else 0
            if self._text_left < 0:
                raise PayloadTooLarge("The sheet repeats long texts past every good reason. Send the table as CSV.")


def _shared_string_lengths(members: dict[str, bytes]) -> list[int]:
    lengths: list[int] = []

    def start(tag: str, _: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "si":
            lengths.append(0)

    def characters(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.CharacterDataHandler = characters
    _parse(members.get("xl/sharedStrings.xml", b"<none/>"), parser)
    return lengths


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
