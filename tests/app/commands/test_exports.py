"""Every table that a folder may have is written by `jemput export`, and read back unchanged."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.cli import Thing
from app.commands.exports import EXPORTED, export_table, formats_of
from app.commands.folders import TABLES, load_folder
from app.districts.models import District
from app.tables.formats import Format
from app.teams.models import KitPool
from tests.app.conftest import NOW
from tests.factories import make_counter_place

EXAMPLE = Path(__file__).parents[3] / "examples" / "16.73-kota-lubuklinggau"


def test_everything_that_a_folder_has_can_be_exported() -> None:
    assert {thing.value for thing in Thing} == set(EXPORTED) == set(TABLES) - {"areas"}


def test_only_what_lies_somewhere_is_written_on_a_map() -> None:
    on_maps = {table for table in EXPORTED if Format.GEOJSON in formats_of(table)}
    assert on_maps == {"sites", "teams", "lodgings", "stations", "counters"}


@pytest.mark.parametrize("file_format", [Format.CSV, Format.XLSX])
def test_counters_and_kits_go_out_and_come_back_unchanged(
    session: Session, tmp_path: Path, file_format: Format
) -> None:
    load_folder(session, EXAMPLE, now=NOW)
    district = session.get_one(District, "16.73")
    make_counter_place(session, "KANTOR", 6, staff=2, note="Lantai 1")
    make_counter_place(session, "MPP", None)
    session.add(KitPool(district_code="16.73", code="SATELIT", name="Set satelit", kind="satellite", count=2))
    session.flush()
    before = {table: export_table(session, district, table, Format.CSV) for table in EXPORTED}
    folder = tmp_path / EXAMPLE.name
    shutil.copytree(EXAMPLE, folder)
    for table in ("counters", "kits"):
        (folder / f"{table}.{file_format.value}").write_bytes(export_table(session, district, table, file_format))
    loaded = load_folder(session, folder, now=NOW)
    assert [one for one in loaded.differences if one.thing in ("counter_place", "kit_pool") and one.changes] == []
    assert {table: export_table(session, district, table, Format.CSV) for table in EXPORTED} == before
    assert b"MPP" in before["counters"]
