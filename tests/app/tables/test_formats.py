import io
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import AppError, InvalidRequest, PayloadTooLarge, UnsupportedMedia
from app.tables.fields import text_of
from app.tables.formats import Format, Table, format_of, read_sheet, read_table, write_table
from app.tables.sheets import MAX_ROWS

CORPUS = Path(__file__).parents[2] / "corpus"


def read_file(name: str) -> Table:
    return read_table((CORPUS / name).read_bytes(), Format(name.rpartition(".")[2]))


def read_csv(text: str) -> Table:
    return read_table(text.encode(), Format.CSV)


def workbook(cells: dict[str, Any], *, formats: dict[str, str] | None = None) -> bytes:
    """A workbook with these cells by their A1 name; a value in parentheses is a formula's result."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, value in cells.items():
            style = book.add_format({"num_format": formats[place]}) if formats and place in formats else None
            if isinstance(value, tuple):
                sheet.write_formula(place, "=A1", None, value[0])
            elif isinstance(value, date | time | timedelta):
                sheet.write_datetime(place, value, style)
            elif isinstance(value, bool):
                sheet.write_boolean(place, value)
            else:
                sheet.write(place, value, style)
    return content.getvalue()


def sheet_of(cells: str) -> bytes:
    """A workbook with the header `a`, `b` and this XML in row 2, whose first cell is `x`."""
    sheet = f"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
        <row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>
        <row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c>{cells}</row></sheetData></worksheet>"""
    return repacked(workbook({"A1": "a"}), sheet1=sheet.encode())


def repacked(content: bytes, **changed: bytes) -> bytes:
    """The same archive with some members replaced, named by the last part of their path without the ending."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            stem = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, changed.get(stem, old.read(name)))
    return result.getvalue()


def texts(table: Table) -> list[dict[str, str]]:
    return [dict(row.cells) for row in table.rows]


def test_csv_with_byte_order_mark_semicolons_and_quoted_line_breaks_is_read() -> None:
    table = read_file("semicolons-bom-blank-rows.csv")
    assert table.columns[:4] == ("code", "name", "kind", "area_code")
    first, second = table.rows
    assert first.cells["name"] == "SMA Negeri 2; Lubuklinggau"
    assert first.cells["lat"] == "-3,2759"
    assert first.cells["windows"] == "mon-thu 07:30-14:00\nfri 07:30-11:00"
    assert second.cells["code"] == "0012"
    assert second.cells["name"] == 'Puskesmas "Taba"'


def test_row_numbers_count_blank_rows_as_a_spreadsheet_does() -> None:
    assert [row.number for row in read_file("semicolons-bom-blank-rows.csv").rows] == [2, 5]


def test_csv_with_tabs_keeps_commas_in_cells() -> None:
    assert texts(read_file("tabs.csv")) == [{"code": "7", "name": "Desa, Maju", "kind": "village"}]


def test_latin_1_is_refused_with_the_line_and_the_mend() -> None:
    with pytest.raises(InvalidRequest, match=r"Line 2 holds the byte 0xE9.*CSV UTF-8"):
        read_file("latin-1.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\n ", "empty"),
        (b",,\n,,\n", "empty"),
        ("code,name\n".encode("utf-16"), "UTF-16"),
        (b'code,name\n1,"open\n2,x\n', "breaks off"),
        (b"code,,name\n1,2,3\n", "Column 2 has no name"),
        (b"code,name,Code\n1,2,3\n", "twice"),
        (b"code\n" + b"x" * 140_000, "breaks off"),
    ],
)
def test_broken_csv_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        read_table(content, Format.CSV)


def test_a_row_longer_than_the_header_is_a_problem_of_that_row() -> None:
    table = read_csv("code,name\n1,a\n2,b,c\n3\n")
    assert [(problem.pointer, problem.value) for problem in table.problems] == [("row 3", "c")]
    assert texts(table)[2] == {"code": "3", "name": ""}


def test_too_many_rows_and_columns_are_refused() -> None:
    with pytest.raises(PayloadTooLarge, match="Split it"):
        read_csv("code\n" + "1\n" * (MAX_ROWS + 1))
    with pytest.raises(PayloadTooLarge, match="101 columns"):
        read_csv(",".join(f"c{index}" for index in range(101)) + "\n1\n")
    features = ",".join(['{"type":"Feature"}'] * (MAX_ROWS + 1))
    with pytest.raises(PayloadTooLarge, match="Split it"):
        read_table(f'{{"type":"FeatureCollection","features":[{features}]}}'.encode(), Format.GEOJSON)


@pytest.mark.parametrize("text", ["=1+1", "+62 812", "-5", "@sum", "\ttab", "'quoted", "'=x", "＝1"])
def test_text_that_a_spreadsheet_would_run_is_guarded_and_comes_back(text: str) -> None:
    written = write_table(["code", "name"], [{"code": "1", "name": text}], Format.CSV)
    assert f"'{text}" in written.decode()
    assert texts(read_table(written, Format.CSV))[0]["name"] == text


def test_negative_numbers_are_not_guarded() -> None:
    assert b"\r\n-3.28\r\n" in write_table(["lat"], [{"lat": -3.28}], Format.CSV)


def test_numbers_dates_and_times_of_a_workbook_become_their_usual_text() -> None:
    content = workbook(
        {
            **{"A1": "code", "B1": "on", "C1": "at", "D1": "share", "E1": "flag", "F1": "long", "G1": "length"},
            **{"A2": 10000000.0, "B2": date(2023, 11, 20), "C2": time(8, 30), "D2": 0.85, "E2": True},
            **{"F2": datetime.fromisoformat("2023-11-20 08:30"), "G2": timedelta(hours=8, minutes=30)},
        },
        formats={"B2": "yyyy-mm-dd", "C2": "hh:mm", "D2": "0%", "F2": "yyyy-mm-dd hh:mm", "G2": "[h]:mm"},
    )
    assert texts(read_table(content, Format.XLSX)) == [
        {
            "code": "10000000",
            "on": "2023-11-20",
            "at": "08:30",
            "share": "0.85",
            "flag": "true",
            "long": "2023-11-20 08:30",
            "length": "8:30:00",
        }
    ]


def test_a_table_that_begins_lower_and_to_the_right_keeps_its_row_numbers() -> None:
    with pytest.raises(InvalidRequest, match="Column 1 has no name"):
        read_table(workbook({"B3": "code", "B4": "1"}), Format.XLSX)
    table = read_table(workbook({"A3": "code", "A4": "1", "A6": "2"}), Format.XLSX)
    assert [row.number for row in table.rows] == [4, 6]


@pytest.mark.parametrize("shown", ["#REF!", "#DIV/0!", "#N/A", "#VALUE!"])
def test_a_formula_error_is_a_problem_of_its_row_and_column(shown: str) -> None:
    table = read_table(workbook({"A1": "code", "B1": "headcount", "A2": "1", "B2": (shown,), "A3": "2"}), Format.XLSX)
    (problem,) = table.problems
    assert (problem.pointer, problem.value) == ("row 2/headcount", shown)
    assert "formula" in (problem.mend or "")
    assert "headcount" not in table.rows[0].cells


def test_a_row_that_holds_nothing_but_a_formula_error_is_not_blank() -> None:
    table = read_table(workbook({"A1": "code", "A2": "1", "A3": ("#REF!",)}), Format.XLSX)
    assert [problem.pointer for problem in table.problems] == ["row 3/code"]


def test_the_result_of_a_sound_formula_is_read() -> None:
    assert texts(read_table(workbook({"A1": "code", "A2": ("abc",)}), Format.XLSX)) == [{"code": "abc"}]


def test_text_that_only_looks_like_a_formula_error_is_text() -> None:
    assert texts(read_table(workbook({"A1": "code", "A2": "#REF!"}), Format.XLSX)) == [{"code": "#REF!"}]


def test_a_number_past_fifteen_digits_is_a_problem_because_its_end_is_lost() -> None:
    table = read_table(workbook({"A1": "code", "A2": 1673010101900001}), Format.XLSX)
    assert [problem.pointer for problem in table.problems] == ["row 2/code"]


def test_only_the_first_visible_sheet_is_read() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        hidden, shown = book.add_worksheet("notes"), book.add_worksheet("data")
        hidden.write("A1", "nothing")
        hidden.hide()
        shown.activate()
        shown.set_first_sheet()
        shown.write_column("A1", ["code", "7"])
    assert texts(read_table(content.getvalue(), Format.XLSX)) == [{"code": "7"}]


def test_a_lone_cell_in_the_farthest_corner_is_refused_before_it_takes_the_memory() -> None:
    with pytest.raises(PayloadTooLarge, match=r"row 1048576, column 16384"):
        read_table(workbook({"A1": "code", "XFD1048576": "x"}), Format.XLSX)


def test_formatted_empty_cells_far_away_do_no_harm() -> None:
    sheet = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
        <row r="1"><c r="A1" t="inlineStr"><is><t>code</t></is></c></row><row r="2"><c r="A2"><v>7</v></c></row>
        <row r="1000000"><c r="A1000000" s="0"/></row></sheetData></worksheet>"""
    table = read_table(repacked(workbook({"A1": "x"}), sheet1=sheet), Format.XLSX)
    assert texts(table) == [{"code": "7"}]


def test_a_zip_bomb_is_refused() -> None:
    huge = b"<x>" + b" " * 110_000_000 + b"</x>"
    with pytest.raises(PayloadTooLarge, match="unpacks to more than 100 MB"):
        read_table(repacked(workbook({"A1": "code"}), styles=huge), Format.XLSX)


def test_a_text_repeated_without_end_is_refused() -> None:
    content = workbook({"A1": "code"})
    strings = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>%s</t></si></sst>' % (
        b"x" * 1_000_000
    )
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (row, row) for row in range(1, 201))
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData>'
        b"</worksheet>" % cells
    )
    with pytest.raises(PayloadTooLarge, match="repeats long texts"):
        read_table(repacked(content, sharedStrings=strings, sheet1=sheet), Format.XLSX)


def test_an_entity_bomb_is_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
    with pytest.raises(InvalidRequest, match="document type declaration"):
        read_table(repacked(workbook({"A1": "code"}), sheet1=bomb), Format.XLSX)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 not really",
        b"code,name\n1,a\n",
        bytes.fromhex("D0CF11E0A1B11AE1") + b"old",
        repacked(workbook({"A1": "code"}), sheet1=b"<worksheet><row"),
        repacked(workbook({"A1": "code"}), workbook=b"<workbook/>"),
        repacked(workbook({"A1": "code"}), sheet1=b'<?xml version="1.0" encoding="UTF-0"?><worksheet/>'),
    ],
)
def test_what_is_no_workbook_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_table(content, Format.XLSX)
    assert refused.value.problems[0].mend


def test_a_damaged_workbook_never_fails_in_another_way() -> None:
    whole = workbook({"A1": "code", "B1": "name", "A2": "1", "B2": "x"})
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    for start in range(0, len(sheet), 23):
        for part in (b"", b"<v>", b'r="ZZZ9"', b'r="A99999999999"', b't="s"', b"\xff"):
            damaged = repacked(whole, sheet1=sheet[:start] + part + sheet[start + 7 :])
            try:
                read_table(damaged, Format.XLSX)
            except AppError:
                continue


def test_geojson_points_fill_the_coordinate_columns() -> None:
    table = read_file("swapped-coordinates.geojson")
    assert table.row_word == "feature"
    assert [(row.number, row.cells["lat"], row.cells["lon"]) for row in table.rows] == [
        (1, "-3.2759", "102.9119"),
        (2, "102.9", "-3.28"),
    ]
    assert table.rows[1].cells["headcount"] == "60"


@pytest.mark.parametrize(
    ("feature", "pointer"),
    [
        ('{"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2]]},"properties":{}}', "feature 1/lat"),
        ('{"type":"Feature","geometry":{"type":"Point","coordinates":["1",2]},"properties":{}}', "feature 1/lat"),
        ('{"type":"Feature","geometry":{"type":"Point","coordinates":[true,2]},"properties":{}}', "feature 1/lat"),
        ('{"type":"Feature","geometry":null,"properties":{"a":[1]}}', "feature 1/a"),
        ('{"type":"Feature","geometry":null,"properties":{"lat":1}}', "feature 1/lat"),
        ('{"type":"Feature","geometry":null,"properties":[]}', "feature 1/properties"),
        ("7", "feature 1/properties"),
    ],
)
def test_broken_features_are_problems_of_their_place(feature: str, pointer: str) -> None:
    table = read_table(f'{{"type":"FeatureCollection","features":[{feature}]}}'.encode(), Format.GEOJSON)
    assert pointer in [problem.pointer for problem in table.problems]


@pytest.mark.parametrize("content", [b"{", b"[]", b"7", b'{"type":"Feature"}', b'{"features":{}}', b"[" * 5000])
def test_what_is_no_feature_collection_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_table(content, Format.GEOJSON)


@pytest.mark.parametrize(
    ("content_type", "file_format"),
    [
        ("text/csv", Format.CSV),
        ("Text/CSV; charset=UTF-8", Format.CSV),
        ("application/geo+json", Format.GEOJSON),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Format.XLSX),
    ],
)
def test_the_content_type_tells_the_format(content_type: str, file_format: Format) -> None:
    assert format_of(content_type) is file_format


@pytest.mark.parametrize("content_type", [None, "", "application/json", "text/csv; charset=latin-1", "text/csvx"])
def test_other_content_types_are_refused(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMedia):
        format_of(content_type)


# What a stored text may be: no control characters, no halves of a character, no blanks around it.
TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u200b\u2060\ufeff"), max_size=20
).map(str.strip)
VALUES = st.one_of(
    st.none(),
    TEXT,
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-180, 180),
    st.decimals(0, 1, places=4),
    st.dates(date(2000, 1, 1), date(2100, 12, 31)),
)


@pytest.mark.parametrize(
    "part", ["<f>300+21</f>", "<f>300+21</f><v/>", "<f>300+21</f><v></v>", '<f t="shared" si="0"/>']
)
def test_a_formula_that_was_never_calculated_is_a_problem_and_no_empty_cell(part: str) -> None:
    table = read_table(sheet_of(f'<c r="B2">{part}</c>'), Format.XLSX)
    (problem,) = table.problems
    assert problem.pointer == "row 2/b"
    assert "never calculated" in problem.detail
    assert "save it there" in (problem.mend or "")
    assert "b" not in table.rows[0].cells


def test_a_nought_that_a_program_left_in_place_of_a_result_is_a_problem() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["code", "headcount"])
        sheet.write_row("A2", ["1"])
        sheet.write_formula("B2", "=100+21")
    assert [problem.value for problem in read_table(content.getvalue(), Format.XLSX).problems] == ["=100+21"]


def test_a_formula_whose_result_is_an_empty_text_is_an_empty_cell() -> None:
    table = read_table(sheet_of('<c r="B2" t="str"><f>""</f><v></v></c>'), Format.XLSX)
    assert (table.problems, table.rows[0].cells["b"]) == ((), "")


def test_a_workbook_whose_parts_are_named_with_backslashes_is_read() -> None:
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook({"A1": "code", "A2": "7"}))) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            info = zipfile.ZipInfo()
            # The library itself would write the standard's separator.
            info.filename = name.replace("/", "\\")
            new.writestr(info, old.read(name))
    assert texts(read_table(result.getvalue(), Format.XLSX)) == [{"code": "7"}]


@pytest.mark.parametrize("main", ["xl/workbook2.xml", "book/workbook.xml"])
def test_a_workbook_whose_main_part_has_another_name_is_read(main: str) -> None:
    folder, _, name = main.rpartition("/")
    moved = {"xl/workbook.xml": main, "xl/_rels/workbook.xml.rels": f"{folder}/_rels/{name}.rels"}
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        f'Target="{main}"/></Relationships>'
    ).encode()

    def place(path: str) -> str:
        return moved.get(path, path.replace("xl/", f"{folder}/") if path.startswith("xl/") else path)

    plain = workbook({"A1": "code", "A2": "7"})
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(result, "w") as new:
        for path in old.namelist():
            new.writestr(place(path), relations if path == "_rels/.rels" else old.read(path))
    assert texts(read_table(result.getvalue(), Format.XLSX)) == [{"code": "7"}]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}, "OpenDocument"),
        ({"xl/workbook.bin": b"x"}, "binary workbook"),
        ({"word/document.xml": b"<x/>"}, "main part"),
    ],
)
def test_another_kind_of_archive_is_refused_as_what_it_is(members: dict[str, bytes], words: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in members.items():
            archive.writestr(name, part)
    with pytest.raises(InvalidRequest, match=words):
        read_table(content.getvalue(), Format.XLSX)


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "sep=;\r"])
def test_the_line_that_names_the_separator_is_taken_at_its_word(line: str) -> None:
    table = read_csv(f"{line}\ncode;name\n1;a,b,c\n")
    assert (texts(table), table.rows[0].number) == ([{"code": "1", "name": "a,b,c"}], 2)


def test_byte_order_marks_and_characters_of_no_width_are_left_out() -> None:
    table = read_table("\ufeff\ufeffco\u200bde,name\n\u200b1,\ufeffSD 1\u2060\n".encode(), Format.CSV)
    assert texts(table) == [{"code": "1", "name": "SD 1"}]
    features = (
        '\ufeff\ufeff{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1\u200b"}}]}'
    )
    assert read_table(features.encode(), Format.GEOJSON).rows[0].cells["code"] == "1"


def test_a_title_with_a_comma_does_not_decide_the_separator() -> None:
    sheet = read_sheet(b"Daftar lokasi, 2023\ncode;lat\n1;-3,28\n", Format.CSV)
    assert [row.cells for row in sheet.rows[1:]] == [("code", "lat"), ("1", "-3,28")]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "code": st.text("abc019-=+'", min_size=1, max_size=8),
                "lat": st.floats(-11, 6),
                "lon": st.floats(95, 141),
                "a": VALUES,
                "b": VALUES,
            }
        ),
        min_size=1,
        max_size=5,
    ),
    file_format=st.sampled_from(Format),
)
def test_a_table_survives_every_format(rows: list[dict[str, Any]], file_format: Format) -> None:
    columns = ("code", "lat", "lon", "a", "b")
    table = read_table(write_table(columns, rows, file_format), file_format)
    assert not table.problems
    assert [{name: row.cells[name] for name in columns} for row in table.rows] == [
        {name: text_of(row[name]) for name in columns} for row in rows
    ]


def test_decimals_are_written_without_trailing_zeros() -> None:
    written = write_table(["share"], [{"share": Decimal("0.8000")}, {"share": Decimal("1.0000")}], Format.CSV)
    assert written == b"share\r\n0.8\r\n1\r\n"


def test_the_same_rows_give_the_same_workbook() -> None:
    rows = [{"code": "1", "name": "a"}]
    assert write_table(["code", "name"], rows, Format.XLSX) == write_table(["code", "name"], rows, Format.XLSX)
