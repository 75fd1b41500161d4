"""Sheets as offices of Kota Lubuk Linggau keep them; the places are public, the figures made up."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

AREAS = (
    ("16.73.01", "Lubuk Linggau Timur I", -3.287896, 102.900376),
    ("16.73.02", "Lubuk Linggau Barat I", -3.307317, 102.827804),
)
HEAD = ("No", "Nama Lokasi", "Jenis", "Kecamatan", "Koordinat", "", "Jumlah Penduduk", "", "Pengguna HP (%)", "Sinyal")
TAIL = ("Tgl Survei", "Wajib Dikunjungi", "Jam Buka", "Keterangan")
UNDER = ("", "", "", "", "Lintang", "Bujur", "Wajib KTP", "Sudah IKD", "", "", "", "", "", "")
NUMBERS = tuple(f"({number})" for number in range(1, 15))
PLACE = ("3°17'S", "102°54'E")
TIMUR, BARAT = "Lubuk Linggau Timur I", "Lubuk Linggau Barat I"
ROWS: tuple[tuple[Any, ...], ...] = (
    (1, "Puskesmas Perumnas", "Puskesmas", "Lubuklinggau Timur 1", *PLACE, "1.234", "310", "62,5", "baik"),
    (2, "Kelurahan Air Kuti", "Kelurahan", f"Kec. {TIMUR}", "", "", "3.120", "1.004", "55", "cukup"),
    (3, "Desa Watas", "Desa", BARAT, "", "", "842", "", "48,25", "tidak ada"),
    (4, "SMA Negeri 2", "SMA", "16.73.01", "-3,2759", "102,9119", "420", "12", "80", "sangat baik"),
    (5, "SMA Negeri 2", "Sekolah", TIMUR, "-3,2759", "102,9119", "420", "12", "80", "baik"),
)
ROW_TAILS: tuple[tuple[Any, ...], ...] = (
    ("13/11/2023", "ya", "Senin-Kamis 08.00-14.00; Jumat 08.00-11.00", "dekat pasar"),
    ("13 November 2023", "tidak", "", ""),
    (datetime.fromisoformat("2023-11-10"), "Ya", "Senin s.d. Sabtu 08.00 - 14.00", ""),
    ("", "", "", ""),
    ("", "", "", "ganda?"),
)


def lines(rows: Sequence[tuple[Any, ...]] = ROWS) -> list[tuple[Any, ...]]:
    """The sheet from its first row to its last, cell by cell."""
    return [
        ("DAFTAR LOKASI JEMPUT BOLA IKD TAHUN 2023",),
        ("Disdukcapil Kota Lubuk Linggau, per 13 November 2023",),
        (),
        (*HEAD, *TAIL),
        UNDER,
        NUMBERS,
        *((*row, *tail) for row, tail in zip(rows, ROW_TAILS, strict=True)),
        ("JUMLAH", "", "", "", "", "", "6.036", "1.338"),
        (),
        ("", "Lubuk Linggau, 14 November 2023"),
        ("", "Kepala Dinas,"),
    ]


def workbook() -> bytes:
    """The sheet with joined cells over its groups of columns, as a spreadsheet program saves it."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Rekap")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for row, cells in enumerate(lines()):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(row, column, cell, day)
                elif cell != "":
                    sheet.write(row, column, cell)
        sheet.merge_range(0, 0, 0, 13, lines()[0][0])
        sheet.merge_range(3, 4, 3, 5, "Koordinat")
        sheet.merge_range(3, 6, 3, 7, "Jumlah Penduduk")
        for column in (0, 1, 2, 3, 8, 9, 10, 11, 12, 13):
            sheet.merge_range(3, column, 4, column, (*HEAD, *TAIL)[column])
    return content.getvalue()


def semicolons() -> bytes:
    """The same as a CSV, as the Indonesian setting of a spreadsheet program saves it."""
    content = io.StringIO(newline="")
    writer = csv.writer(content, delimiter=";")
    for cells in lines():
        shown = (cell.strftime("%d/%m/%Y") if isinstance(cell, datetime) else cell for cell in cells)
        writer.writerow([*shown, *[""] * (14 - len(cells))])
    return content.getvalue().encode("utf-8-sig")
