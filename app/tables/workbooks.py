"""XLSX bytes to a grid of text and back. calamine reads the values; a first pass of our own finds what it would
swallow (formula errors) or choke on (zip bombs, a lone cell in the farthest corner, endlessly repeated strings)."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.parsers import expat

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from app.errors import PayloadTooLarge, invalid
from app.languages import said
from app.tables.fields import text_of

MAX_UNPACKED_BYTES = 100_000_000
"""Of all XML in the file: five thousand sites take about 5 MB."""
MAX_MEMBERS = 1_000
_OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")
_MEND = said(
    "Save the workbook as .xlsx (without a password) and send it again.",
    "Simpan buku kerja sebagai .xlsx (tanpa kata sandi) lalu kirim lagi.",
)
_MAIN = "xl/workbook.xml"
_NUMBER_TOO_LONG = 1e15
"""Spreadsheets keep 15 digits of a number; longer ones are already damaged."""
_LONGEST_SHEET_NAME = 31


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
    exact: tuple[frozenset[int], ...]
    """By row, the columns (from 0) whose cells hold numbers, not text that looks like one."""
    merged: tuple[tuple[int, int, int, int], ...]
    """First row, first column, last row, last column of joined cells, all from 0."""
    errors: tuple[CellError, ...]


def read_workbook(content: bytes, *, max_rows: int, max_columns: int) -> Grid:
    """Raises `InvalidRequest` for what is no workbook and `PayloadTooLarge` for one past the limits."""
    if content.startswith(_OLD_OFFICE):
        detail = said(
            "This is an old .xls file, or it is locked with a password.",
            "Ini berkas .xls lama, atau dikunci dengan kata sandi.",
        )
        raise invalid("body", detail, mend=_MEND)
    members = _in_their_places(_unpack(content))
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
        detail = said("The workbook cannot be read: {error}.", "Buku kerja tidak terbaca: {error}.", error=error)
        raise invalid("body", detail, mend=_MEND) from error
    errors = list(scan.errors)
    for number, row in enumerate(values, start=1):
        for column, value in enumerate(row):
            if isinstance(value, float) and abs(value) >= _NUMBER_TOO_LONG:
                errors.append(
                    CellError(
                        row=number,
                        column=column,
                        value=text_of(value),
                        detail=said(
                            "A number this long loses its last digits in a spreadsheet.",
                            "Bilangan sepanjang ini kehilangan angka terakhirnya di lembar kerja.",
                        ),
                        mend=said(
                            "Format the cell as text and type it again.",
                            "Jadikan sel itu teks lalu ketik ulang.",
                        ),
                    )
                )
    return Grid(
        rows=tuple(tuple(text_of(value) for value in row) for row in values),
        exact=tuple(
            frozenset(index for index, value in enumerate(row) if isinstance(value, int | float)) for row in values
        ),
        merged=tuple((top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()),
        errors=tuple(sorted(errors, key=lambda error: (error.row, error.column))),
    )


def write_workbook(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    further: Mapping[str, Sequence[Sequence[Any]]] | None = None,
) -> bytes:
    """A sheet with a frozen header row, and one like it for each of `further`, by name.

    Text stays text, even when it looks like a formula or a number."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        # The library would write the time of day; the same rows must give the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 a fixed, zoneless field of the format
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        _fill(book.add_worksheet("data"), columns, rows, bold=bold, day=day)
        taken = {"data", "history"}
        for name, own in (further or {}).items():
            _fill(book.add_worksheet(_sheet_name(name, taken)), columns, own, bold=bold, day=day)
    return content.getvalue()


def _fill(sheet: Any, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, bold: Any, day: Any) -> None:
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


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that spreadsheets allow and that no other sheet has, whatever its case; it is added to `taken`."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", wanted).strip("'")[:_LONGEST_SHEET_NAME] or "_"
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        ending = f" ({number})"
        name = plain[: _LONGEST_SHEET_NAME - len(ending)] + ending
    taken.add(name.lower())
    return name


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
                raise PayloadTooLarge(
                    said(
                        "The workbook has {parts} parts; at most {most} are read.",
                        "Buku kerja ini {parts} bagian; paling banyak {most} yang dibaca.",
                        parts=len(names),
                        most=MAX_MEMBERS,
                    )
                )
            for info in names:
                # Some programs write the separator of their own system.
                name = info.filename.replace("\\", "/")
                if not name.endswith((".xml", ".rels", "mimetype", "workbook.bin")) or name in members:
                    continue
                with archive.open(info) as member:
                    data = member.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise PayloadTooLarge(
                        said(
                            "The workbook unpacks to more than {megabytes} MB. Delete unused sheets "
                            "and empty formatted rows, or send CSV.",
                            "Buku kerja ini lebih dari {megabytes} MB setelah dibuka. Hapus lembar "
                            "yang tidak dipakai dan baris kosong yang diformat, atau kirim CSV.",
                            megabytes=MAX_UNPACKED_BYTES // 1_000_000,
                        )
                    )
                members[name] = data
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        detail = said("This is no XLSX workbook: {error}.", "Ini bukan buku kerja XLSX: {error}.", error=error)
        raise invalid("body", detail, mend=_MEND) from error
    return members


def _in_their_places(members: dict[str, bytes]) -> dict[str, bytes]:
    """The members with the main part where readers look for it, wherever the package says that it lies."""
    if "content.xml" in members and "mimetype" in members:
        raise invalid(
            "body", said("This is an OpenDocument sheet (.ods).", "Ini lembar OpenDocument (.ods)."), mend=_MEND
        )
    if "xl/workbook.bin" in members:
        raise invalid("body", said("This is a binary workbook (.xlsb).", "Ini buku kerja biner (.xlsb)."), mend=_MEND)
    main = _main_part(members)
    if main not in members:
        detail = said(
            "The workbook lacks its main part {part!r}.", "Bagian utama {part!r} buku kerja ini tidak ada.", part=main
        )
        raise invalid("body", detail, mend=_MEND)
    folder, _, name = main.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels".lstrip("/")
    places = {main: _MAIN, relations: "xl/_rels/workbook.xml.rels"}

    def place(path: str) -> str:
        return places.get(path) or (f"xl/{path.removeprefix(folder + '/')}" if path.startswith(f"{folder}/") else path)

    placed = {place(path): content for path, content in members.items()}
    if main != _MAIN and "_rels/.rels" in placed:
        placed["_rels/.rels"] = placed["_rels/.rels"].replace(main.encode(), _MAIN.encode())
    return placed


def _main_part(members: dict[str, bytes]) -> str:
    """The path of the part that the package's relations call its document."""
    targets: list[str] = []

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
            targets.append(attributes.get("Target", "").replace("\\", "/"))

    parser = expat.ParserCreate()
    parser.StartElementHandler = relation
    _parse(members.get("_rels/.rels", b"<none/>"), parser)
    return posixpath.normpath(targets[0].lstrip("/")) if targets else _MAIN


def _parse(data: bytes, parser: expat.XMLParserType) -> None:
    def refuse(*_: object) -> None:
        detail = said("The workbook holds a document type declaration.", "Buku kerja memuat deklarasi DOCTYPE.")
        raise invalid("body", detail, mend=_MEND)

    # No spreadsheet needs one, and entities are how a small XML file becomes a huge one.
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        detail = said("The workbook is damaged: {error}.", "Buku kerja rusak: {error}.", error=error)
        raise invalid("body", detail, mend=_MEND) from error


def _first_visible_sheet(members: dict[str, bytes]) -> tuple[str, str]:
    """Name and member path of the sheet that people see first."""
    targets: dict[str, str] = {}
    sheets: list[tuple[str, str]] = []

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "").replace("\\", "/")

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "sheet" and attributes.get("state", "visible") == "visible":
            relation_id = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            sheets.append((attributes.get("name", ""), relation_id))

    for path, handler in (("xl/_rels/workbook.xml.rels", relation), (_MAIN, sheet)):
        parser = expat.ParserCreate()
        parser.StartElementHandler = handler
        _parse(members.get(path, b"<none/>"), parser)
    for name, relation_id in sheets:
        target = targets.get(relation_id, "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if path in members and "chartsheet" not in path:
            return name, path
    raise invalid(
        "body",
        said("The workbook has no visible sheet.", "Buku kerja tidak punya lembar yang terlihat."),
        mend=said(
            "Put the table on the first sheet, and unhide it.",
            "Taruh tabel di lembar pertama dan tampilkan lembar itu.",
        ),
    )


class _SheetScan:
    """One pass over a sheet's XML: its true size, its cells with formula errors, its formulas without a value."""

    def __init__(self, members: dict[str, bytes], path: str, *, max_rows: int, max_columns: int):
        self.errors: list[CellError] = []
        self._max_rows, self._max_columns = max_rows, max_columns
        self._string_lengths = _shared_string_lengths(members)
        self._text_left = MAX_UNPACKED_BYTES
        self._row, self._column = 0, -1
        self._kind = ""
        self._text: list[str] | None = None
        self._formula: list[str] | None = None
        self._in_formula = False
        self._result: str | None = None
        # Programs that write formulas without calculating them ask for it, and some put a nought in its place.
        self._is_uncalculated = b"fullCalcOnLoad" in members.get(_MAIN, b"")
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
            self._kind, self._formula, self._result = attributes.get("t", "n"), None, None
            place = re.fullmatch(r"([A-Z]{1,4})(\d{1,8})", attributes.get("r", ""))
            if place is None:
                self._column += 1
            else:
                self._row, self._column = int(place[2]), _column_index(place[1])
        elif name == "f":
            self._formula, self._in_formula = [], True
        if name in ("v", "is", "f"):
            # Cells without a value (formatting alone) take no room in the table.
            if self._row > self._max_rows or self._column >= self._max_columns:
                raise PayloadTooLarge(
                    said(
                        "The sheet has a value in row {row}, column {column}; at most {rows} rows "
                        "and {columns} columns are read. Clear cells far from the table, or split "
                        "the file.",
                        "Lembar ini berisi nilai di baris {row}, kolom {column}; paling banyak "
                        "{rows} baris dan {columns} kolom yang dibaca. Kosongkan sel yang jauh dari "
                        "tabel, atau bagi berkasnya.",
                        row=self._row,
                        column=self._column + 1,
                        rows=self._max_rows,
                        columns=self._max_columns,
                    )
                )
            if name != "f":
                self._text = []

    def _characters(self, text: str) -> None:
        if self._in_formula and self._formula is not None:
            self._formula.append(text)
        elif self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "f":
            self._in_formula = False
        elif name == "c" and self._formula is not None:
            self._end_formula("".join(self._formula))
            self._formula = None
        if self._text is None or name not in ("v", "is"):
            return
        text, self._text = "".join(self._text), None
        self._result = text
        if self._kind == "e":
            self.errors.append(
                CellError(
                    row=self._row,
                    column=self._column,
                    value=text,
                    detail=said(
                        "The cell shows the formula error {text}.", "Sel ini menampilkan galat rumus {text}.", text=text
                    ),
                    mend=said(
                        "Mend the formula, or type the value in its place.",
                        "Perbaiki rumusnya, atau ketik nilainya langsung.",
                    ),
                )
            )
        elif self._kind == "s" and text.isdecimal():
            index = int(text)
            self._text_left -= self._string_lengths[index] if index < len(self._string_lengths) else 0
            if self._text_left < 0:
                raise PayloadTooLarge(
                    said(
                        "The sheet repeats long texts past every good reason. Send the table as CSV.",
                        "Lembar ini mengulang teks panjang secara tidak wajar. Kirim tabelnya sebagai CSV.",
                    )
                )

    def _end_formula(self, formula: str) -> None:
        # A formula whose result is an empty text has been calculated: its cell is empty.
        has_value = self._result is not None and (self._result.strip() != "" or self._kind == "str")
        if has_value and not (self._is_uncalculated and self._result == "0" and self._kind == "n"):
            return
        self.errors.append(
            CellError(
                row=self._row,
                column=self._column,
                value=f"={formula}",
                detail=said(
                    "The cell holds a formula that was never calculated, so it has no value.",
                    "Sel ini memuat rumus yang belum pernah dihitung, jadi tidak punya nilai.",
                ),
                mend=said(
                    "Open the file in a spreadsheet program, save it there and send it again; or type the value.",
                    "Buka berkas ini di program lembar kerja, simpan di sana lalu kirim lagi; atau ketik nilainya.",
                ),
            )
        )


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
