"""Bytes to a table and back: CSV, XLSX, GeoJSON. Knows no domain word."""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.errors import UnsupportedMedia, invalid
from app.languages import said
from app.tables.fields import text_of
from app.tables.figures import Manner
from app.tables.geojson import write_features
from app.tables.headers import Vocabulary
from app.tables.sheets import INJECTION, Sheet, csv_sheet, geojson_sheet, xlsx_sheet
from app.tables.table import Table as Table
from app.tables.table import table_of
from app.tables.workbooks import write_workbook


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


def format_of(content_type: str | None) -> Format:
    """The format of a Content-Type header; raises `UnsupportedMedia` for any other, or another charset."""
    media, _, parameters = (content_type or "").partition(";")
    for known, media_type in _MEDIA_TYPES.items():
        if media.strip().lower() == media_type.partition(";")[0]:
            charset = parameters.partition("charset=")[2].strip(' "').lower()
            if charset not in ("", "utf-8", "utf8", "us-ascii"):
                raise UnsupportedMedia(
                    said(
                        "The charset {charset!r} is not read. Save the file as UTF-8.",
                        "Charset {charset!r} tidak dibaca. Simpan berkas sebagai UTF-8.",
                        charset=charset,
                    )
                )
            return known
    names = ", ".join(media_type.partition(";")[0] for media_type in _MEDIA_TYPES.values())
    raise UnsupportedMedia(
        said(
            "The Content-Type {content_type!r} is not one this import reads. Send the file with one of: {names}.",
            "Content-Type {content_type!r} tidak dibaca oleh impor ini. Kirim berkas dengan salah satu dari: {names}.",
            content_type=content_type,
            names=names,
        )
    )


def read_sheet(content: bytes, file_format: Format, *, point: tuple[str, str] | None = ("lat", "lon")) -> Sheet:
    """The rows of a file. `point` names the columns that a GeoJSON geometry fills (latitude, longitude).

    Raises `InvalidRequest` for an unreadable file and `PayloadTooLarge` for one past the limits."""
    if not content.strip():
        raise invalid(
            "body",
            said("The file is empty.", "Berkas kosong."),
            mend=said(
                "Send the file itself as the body of the request.", "Kirim berkas itu sendiri sebagai isi permintaan."
            ),
        )
    match file_format:
        case Format.CSV:
            return csv_sheet(content)
        case Format.XLSX:
            return xlsx_sheet(content)
        case Format.GEOJSON:
            return geojson_sheet(content, point=point)


def read_table(
    content: bytes,
    file_format: Format,
    vocabulary: Vocabulary | None = None,
    *,
    point: tuple[str, str] | None = ("lat", "lon"),
    mapping: Mapping[str, str | None] | None = None,
    manner: Manner | None = None,
) -> Table:
    """The table of a file; see `read_sheet` and `table_of`."""
    return table_of(read_sheet(content, file_format, point=point), vocabulary, mapping=mapping, manner=manner)


def write_table(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    file_format: Format,
    *,
    point: tuple[str, str] | None = ("lat", "lon"),
    manner: Manner = Manner.ENGLISH,
    sheet_for_each: str | None = None,
) -> bytes:
    """The bytes of a file whose cells are str, int, float, Decimal, bool, date or None; reading it gives them back.

    `sheet_for_each`: a column for each of whose values a workbook has a further sheet, with its rows alone.

    `manner` is how a CSV writes decimals, and with them its separator; the other formats know numbers."""
    match file_format:
        case Format.CSV:
            return _write_csv(columns, rows, manner=manner)
        case Format.XLSX:
            further: dict[str, list[list[Any]]] = {}
            if sheet_for_each is not None:
                for row in rows:
                    further.setdefault(str(row[sheet_for_each]), []).append([row.get(name) for name in columns])
            whole = [[row.get(name) for name in columns] for row in rows]
            return write_workbook(columns, whole, further=dict(sorted(further.items())))
        case Format.GEOJSON:
            return write_features(columns, rows, point=point)


def _write_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, manner: Manner) -> bytes:
    is_indonesian = manner is Manner.INDONESIAN

    def written(value: Any) -> str:
        if isinstance(value, str):
            return _guarded(value)
        text = text_of(value)
        return text.replace(".", ",") if is_indonesian and isinstance(value, float | Decimal) else text

    content = io.StringIO(newline="")
    # Where the comma stands before decimals, spreadsheets separate cells by semicolons.
    writer = csv.writer(content, delimiter=";" if is_indonesian else ",")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([written(row.get(name)) for name in columns])
    return content.getvalue().encode()


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(INJECTION) else text
