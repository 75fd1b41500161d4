import json
import shutil
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.commands.folders import (
    FolderReading,
    FolderRefused,
    difference_lines,
    load_example,
    load_folder,
    outcome_line,
    read_mappings,
)
from app.districts.counters.models import CounterPlace
from app.districts.issuing import ASSUMED as ASSUMED_OF_DOCUMENTS
from app.districts.issuing import issuing_figures
from app.districts.models import (
    Area,
    District,
    Document,
    HolidayOverride,
    ImportedRecord,
    IssuingKit,
    OwnPlanningFigures,
    Target,
)
from app.districts.opening_hours import read_windows
from app.districts.planning_figures import ASSUMED, planning_figures
from app.errors import InvalidRequest, NotFound
from app.sites.kinds import KIND_DEFAULTS, kind_defaults
from app.sites.models import OwnKindFigures, Site, SiteException, SiteKind
from app.sites.place_missing import PlaceMissing
from app.tables.figures import Manner
from app.tables.formats import Format, read_table, write_table
from app.teams.models import KitPool, Team, TeamLeave
from app.travel.models import Connection, TravelEntry
from tests.app.conftest import NOW
from tests.factories import make_kind_figures, make_local_day

ROOT = Path(__file__).parents[3]
SMALL = ROOT / "tests" / "corpus" / "small-district"
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/district.json"))
ALONE = [example for example in EXAMPLES if not (example / "sites.csv").exists()]
"""Provinces."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small district, to be changed."""
    return Path(shutil.copytree(SMALL, tmp_path / "small"))


def counts(session: Session) -> dict[str, int]:
    models = (District, Area, Target, Site, SiteException, Team, TeamLeave)
    return {model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0 for model in models}


def test_a_folder_becomes_a_district(session: Session) -> None:
    assert load_example(session, SMALL, now=NOW) == "16.73"
    assert counts(session) == {
        **{"districts": 1, "areas": 2, "targets": 1},
        **{"sites": 2, "site_exceptions": 2, "teams": 2, "team_leaves": 1},
    }


def test_a_second_time_changes_nothing(session: Session) -> None:
    load_example(session, SMALL, now=NOW)
    before = counts(session), session.scalars(select(Site.version)).all(), session.scalars(select(Team.version)).all()
    load_example(session, SMALL, now=NOW)
    session.expire_all()
    after = counts(session), session.scalars(select(Site.version)).all(), session.scalars(select(Team.version)).all()
    assert after == before


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_loads(session: Session, example: Path) -> None:
    code = load_example(session, example, now=NOW)
    assert example.name.startswith(f"{code}-")
    stored = counts(session)
    assert stored["districts"] == 1
    if example not in ALONE:
        assert stored["sites"] > 50
        assert stored["teams"] >= 1


def test_a_province_that_plans_nothing_itself_is_its_document_alone(session: Session) -> None:
    (province,) = ALONE
    assert load_example(session, province, now=NOW) == "65"
    assert counts(session) == dict.fromkeys(counts(session), 0) | {"districts": 1, "targets": 1}
    before = session.scalars(select(District.version)).all()
    load_example(session, province, now=NOW)
    session.expire_all()
    assert session.scalars(select(District.version)).all() == before


def test_a_district_is_never_its_document_alone(session: Session, folder: Path) -> None:
    for name in ("areas", "sites", "teams"):
        (folder / f"{name}.csv").unlink()
    with pytest.raises(NotFound, match=r"areas\.csv"):
        load_example(session, folder, now=NOW)


def test_a_province_with_one_table_needs_the_others(session: Session, folder: Path) -> None:
    edit("district.json", '"16.73"', '"16"')(folder)
    edit("district.json", '"parent_code": "16"', '"parent_code": null')(folder)
    for name in ("areas", "sites"):
        (folder / f"{name}.csv").unlink()
    with pytest.raises(NotFound, match=r"areas\.csv"):
        load_example(session, folder, now=NOW)


def test_a_wrong_field_of_a_province_alone_is_named_with_its_file(session: Session, tmp_path: Path) -> None:
    (province,) = ALONE
    text = (province / "district.json").read_text().replace('"Asia/Makassar"', '"Asia/Bogor"')
    (tmp_path / "district.json").write_text(text)
    with pytest.raises(FolderRefused) as refused:
        load_example(session, tmp_path, now=NOW)
    assert [problem.pointer for problem in refused.value.problems] == ["district.json/time_zone"]


@pytest.mark.parametrize("name", ["district.json", "areas.csv", "sites.csv", "teams.csv"])
def test_a_missing_file_is_named(session: Session, folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(NotFound, match=name):
        load_example(session, folder, now=NOW)


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (edit("district.json", '"Asia/Jakarta"', '"Asia/Bogor"'), "district.json/time_zone"),
        (edit("district.json", '"2023-12-31"', '"2023-02-30"'), "district.json/targets/0/deadline"),
        (edit("areas.csv", "16.73.02", "17.71.02"), "areas.csv/row 3/code"),
        (edit("areas.csv", "min_activations=assumed", "population=public,too,many"), "areas.csv/row 3"),
        (edit("areas.csv", "-3.303", "51.5"), "areas.csv/row 3/lat"),
        (edit("areas.csv", "30649", "many"), "areas.csv/row 2/population"),
        (edit("sites.csv", "420", "-5"), "sites.csv/row 3/headcount"),
        (edit("sites.csv", "16.73.02", "16.73.77"), "sites.csv/row 2/area_code"),
        (edit("teams.csv", "07:30", "7 o'clock"), "teams.csv/row 2/shift_start"),
        (edit("teams.csv", "kits", "kitz"), "teams.csv/header/kitz"),
    ],
)
def test_an_error_names_the_file_the_row_and_the_column(
    session: Session, folder: Path, change: Callable[[Path], None], pointer: str
) -> None:
    change(folder)
    with pytest.raises(FolderRefused) as refused:
        load_example(session, folder, now=NOW)
    assert any(problem.pointer.startswith(pointer) for problem in refused.value.problems), refused.value.problems
    assert str(folder / pointer.partition("/")[0]) in refused.value.detail


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_document_that_is_no_object_is_refused(session: Session, folder: Path, text: str) -> None:
    (folder / "district.json").write_text(text)
    with pytest.raises(FolderRefused, match=r"district\.json"):
        load_example(session, folder, now=NOW)


@pytest.fixture
def lived_in(session: Session) -> Session:
    """The small district, loaded once and then changed by its people."""
    load_folder(session, SMALL, now=NOW)
    site = session.scalars(select(Site).order_by(Site.code)).all()[0]
    site.readiness, site.readiness_from, site.readiness_until = "asked", None, None
    site.contact_phone, site.headcount = "0812-0000-0001", 999
    team = session.scalars(select(Team).order_by(Team.code)).all()[0]
    team.operators = 7
    session.scalars(select(Target)).one().activated = 5_000
    session.flush()
    return session


def edited(session: Session) -> tuple[object, ...]:
    session.expire_all()
    site = session.scalars(select(Site).order_by(Site.code)).all()[0]
    team = session.scalars(select(Team).order_by(Team.code)).all()[0]
    target = session.scalars(select(Target)).one()
    return site.readiness, site.contact_phone, site.headcount, team.operators, target.activated


EDITS = ("asked", "0812-0000-0001", 999, 7, 5_000)


def test_a_second_load_keeps_what_people_changed_and_names_it(lived_in: Session) -> None:
    loaded = load_folder(lived_in, SMALL, now=NOW)
    assert edited(lived_in) == EDITS
    assert {change.fate for difference in loaded.differences for change in difference.changes} == {"kept"}
    assert {(difference.thing, change.field) for difference in loaded.differences for change in difference.changes} >= {
        ("site", "readiness"),
        ("site", "headcount"),
        ("site", "contact_phone"),
        ("team", "operators"),
        ("target", "activated"),
    }
    assert "edits of people kept" in outcome_line(loaded, dry_run=False)
    assert any("site" in line and "readiness" in line for line in difference_lines(loaded, most=100))


def test_overwrite_takes_the_files_and_shows_what_that_changes(lived_in: Session) -> None:
    loaded = load_folder(lived_in, SMALL, now=NOW, overwrite=True)
    assert edited(lived_in) != EDITS
    assert all(change.fate != "kept" for difference in loaded.differences for change in difference.changes)
    assert load_folder(lived_in, SMALL, now=NOW).differences == ()


def test_what_the_file_changed_and_people_did_not_is_taken(lived_in: Session, folder: Path) -> None:
    text = (folder / "sites.csv").read_text()
    assert ",307," in text
    (folder / "sites.csv").write_text(text.replace(",307,", ",308,"))
    loaded = load_folder(lived_in, folder, now=NOW)
    changes = [change for difference in loaded.differences for change in difference.changes if change.fate == "changed"]
    assert [(change.stored, change.given) for change in changes] == [("307", "308")]
    assert lived_in.scalar(select(func.count()).select_from(Site).where(Site.headcount == 308)) == 1


def with_column(folder: Path, name: str, values: Sequence[str]) -> None:
    header, *rows = (folder / "sites.csv").read_text().splitlines()
    lines = [f"{header},{name}", *(f"{row},{value}" for row, value in zip(rows, values, strict=True))]
    (folder / "sites.csv").write_text("\n".join(lines) + "\n")


def test_columns_that_the_file_gains_are_taken_where_people_said_nothing(lived_in: Session, folder: Path) -> None:
    school, office = lived_in.scalars(select(Site).order_by(Site.code))
    office.people_kia = 150
    lived_in.flush()
    # In the file the office stands first; fewer children than people have said to be without a KIA.
    with_column(folder, "of_age_kia", ["100", "320"])
    with_column(folder, "people_kia", ["", ""])
    load_folder(lived_in, folder, now=NOW)
    lived_in.expire_all()
    assert (school.of_age_kia, school.people_kia) == (320, None)
    assert (office.of_age_kia, office.people_kia) == (None, 150)


def test_edits_older_than_any_memory_are_kept(lived_in: Session) -> None:
    lived_in.execute(delete(ImportedRecord))
    load_folder(lived_in, SMALL, now=NOW)
    assert edited(lived_in) == EDITS


def test_a_site_that_people_deleted_does_not_come_back(lived_in: Session) -> None:
    site = lived_in.scalars(select(Site).order_by(Site.code.desc())).first()
    assert site is not None
    code = site.code
    lived_in.delete(site)
    lived_in.flush()
    loaded = load_folder(lived_in, SMALL, now=NOW)
    assert ("site", code, "kept") in {
        (difference.thing, difference.code, difference.fate) for difference in loaded.differences
    }
    assert lived_in.scalars(select(Site.code).where(Site.code == code)).all() == []
    load_folder(lived_in, SMALL, now=NOW, overwrite=True)
    assert lived_in.scalars(select(Site.code).where(Site.code == code)).all() == [code]


def test_a_local_day_that_people_added_stays(lived_in: Session) -> None:
    make_local_day(lived_in, date(2023, 12, 1), is_working=False)
    load_folder(lived_in, SMALL, now=NOW)
    days = lived_in.scalars(select(HolidayOverride.date).where(HolidayOverride.date == date(2023, 12, 1)))
    assert days.all() == [date(2023, 12, 1)]


def test_a_table_of_the_folder_may_be_a_workbook(session: Session, folder: Path) -> None:
    table = read_table((folder / "sites.csv").read_bytes(), Format.CSV)
    rows = [row.cells for row in table.rows]
    (folder / "sites.xlsx").write_bytes(write_table(table.columns, rows, Format.XLSX))
    with pytest.raises(FolderRefused, match=r"sites\.csv, sites\.xlsx"):
        load_folder(session, folder, now=NOW)
    (folder / "sites.csv").unlink()
    load_folder(session, folder, now=NOW)
    assert counts(session)["sites"] == 2


FIGURES = {
    "planning_figures": {
        "slot_minutes": 30,
        "throughput_percent": [0, 30, 60, 90, 100],
        "provenance": {"throughput_percent": "measured"},
        "source": "Uji jaringan",
    },
    "site_kinds": [
        {
            "kind": "school",
            "turn_out_share": 0.62,
            "windows": [{"weekdays": "mon-fri", "opens": "07:00", "closes": "12:00"}],
            "provenance": {"turn_out_share": "measured"},
        },
        {"kind": "mall", "max_teams": 4},
    ],
    "documents": [{"document": "ktp_el", "minutes": 12, "provenance": {"minutes": "measured"}, "source": "Rekap"}],
}


def say(folder: Path, **more: Any) -> None:
    path = folder / "district.json"
    path.write_text(json.dumps(json.loads((SMALL / "district.json").read_text()) | more))


def test_folder_may_hold_the_figures_of_slots_signal_and_kinds(session: Session, folder: Path) -> None:
    say(folder, **FIGURES)
    load_folder(session, folder, now=NOW)
    figures, kinds = planning_figures(session, "16.73"), kind_defaults(session, "16.73")
    assert (figures.slot_minutes, figures.throughput_percent) == (30, (0, 30, 60, 90, 100))
    assert kinds[SiteKind.SCHOOL].turn_out_share == Decimal("0.62")
    assert kinds[SiteKind.SCHOOL].windows == read_windows("mon-fri 07:00-12:00")
    assert kinds[SiteKind.SCHOOL].provenance == {"turn_out_share": "measured", "windows": "given"}
    assert kinds[SiteKind.MALL].max_teams == 4
    recording = issuing_figures(session, "16.73")[Document.KTP_EL]
    assert (recording.minutes, recording.kit) == (12, IssuingKit.BIOMETRIC)
    assert load_folder(session, folder, now=NOW).differences == ()
    versions = (
        session.scalars(select(OwnKindFigures.version)).all(),
        session.scalars(select(OwnPlanningFigures.version)).all(),
    )
    assert versions == ([1, 1], [1])


def test_a_folder_may_hold_ways_and_keeps_what_people_changed_of_them(session: Session, folder: Path) -> None:
    load_folder(session, folder, now=NOW)
    team, (near, far) = session.scalars(select(Team)).first(), session.scalars(select(Site).order_by(Site.code)).all()
    assert team is not None
    ways = folder / "travel.csv"
    lines = ["code,origin,destination,minutes,metres,way", f"B,base:{team.code},{near.code},95,0,boat"]
    ways.write_text("\n".join([*lines, f"F,{near.code},{far.code},20,900,foot"]) + "\n")
    load_folder(session, folder, now=NOW)
    boat, path = session.scalars(select(TravelEntry).order_by(TravelEntry.code))
    assert (boat.minutes, boat.both_directions, path.metres) == (95, True, 900)

    boat.minutes = 110
    session.flush()
    ways.write_text("\n".join([*lines, f"F,{near.code},{far.code},25,900,foot"]) + "\n")
    loaded = load_folder(session, folder, now=NOW)
    assert (boat.minutes, path.minutes) == (110, 25)
    assert "kept travel entry B minutes: 110 -> 95" in [str(line) for line in difference_lines(loaded, most=20)]

    ways.write_text("\n".join([*lines, f"F,{near.code},nowhere,25,900,foot"]) + "\n")
    with pytest.raises(FolderRefused) as refusal:
        load_folder(session, folder, now=NOW)
    assert "travel.csv" in str(refusal.value)
    assert refusal.value.problems[0].pointer.endswith("row 3/destination")


def test_a_folder_may_hold_shared_kits_for_its_teams(session: Session, folder: Path) -> None:
    code = (folder / "teams.csv").read_text().splitlines()[1].partition(",")[0]
    pools = folder / "kits.csv"
    pools.write_text(f"kode,nama,jenis,jumlah,tim\nSATELIT,Set satelit,starlink,1,{code}\n")
    load_folder(session, folder, now=NOW)
    pool = session.scalars(select(KitPool)).one()
    assert (pool.kind, pool.count, len(pool.team_ids or [])) == ("satellite", 1, 1)
    pool.count = 2
    session.flush()
    loaded = load_folder(session, folder, now=NOW)
    assert pool.count == 2
    assert "kept shared kits SATELIT count: 2 -> 1" in [str(line) for line in difference_lines(loaded, most=20)]
    pools.write_text("kode,nama,jenis,jumlah\nSATELIT,Set satelit,satellite,0\n")
    with pytest.raises(FolderRefused) as refusal:
        load_folder(session, folder, now=NOW)
    assert refusal.value.problems[0].pointer.endswith("kits.csv/row 2/count")


def test_a_folder_may_hold_lodgings_stations_and_connections(session: Session, folder: Path) -> None:
    (folder / "lodgings.csv").write_text("kode,nama,lintang,bujur,biaya per malam\nINN,Mess,-3.27,102.9,250000\n")
    (folder / "stations.csv").write_text("kode,nama,jenis,lintang,bujur\nPEL,Pelabuhan,pelabuhan,-3.28,102.88\n")
    boats = folder / "connections.csv"
    boats.write_text("kode,dari,ke,cara,berangkat,menit\nUP,PEL,INN,kapal,08.00,90\n")
    (folder / "travel.csv").write_text("origin,destination,minutes,metres,way,code\nPEL,INN,20,900,foot,WALK\n")
    load_folder(session, folder, now=NOW)
    boat = session.scalars(select(Connection)).one()
    assert (boat.departs_earliest, boat.minutes, boat.way) == (480, 90, "boat")
    assert boat.origin_station_id is not None
    assert boat.destination_lodging_id is not None
    assert session.scalars(select(TravelEntry.destination_lodging_id)).one() == boat.destination_lodging_id

    boat.minutes = 100
    session.flush()
    loaded = load_folder(session, folder, now=NOW)
    assert boat.minutes == 100
    assert "kept connection UP minutes: 100 -> 90" in [str(line) for line in difference_lines(loaded, most=20)]

    boats.write_text("kode,dari,ke,cara,berangkat,menit\nUP,PEL,PEL,kapal,08.00,90\n")
    with pytest.raises(FolderRefused) as refusal:
        load_folder(session, folder, now=NOW)
    assert refusal.value.problems[0].pointer.endswith("connections.csv/row 2/destination")


def test_figures_that_the_folder_no_longer_holds_are_assumed_again(session: Session, folder: Path) -> None:
    say(folder, **FIGURES)
    load_folder(session, folder, now=NOW)
    loaded = load_folder(session, SMALL, now=NOW)
    assert [(difference.thing, difference.code, difference.fate) for difference in loaded.differences] == [
        ("planning_figures", "16.73", "removed"),
        ("issuing_figures", "ktp_el", "removed"),
        ("kind_figures", "school", "removed"),
        ("kind_figures", "mall", "removed"),
    ]
    assert planning_figures(session, "16.73") == ASSUMED
    assert kind_defaults(session, "16.73") == KIND_DEFAULTS
    assert issuing_figures(session, "16.73") == ASSUMED_OF_DOCUMENTS


def test_figures_that_people_set_stay_as_they_left_them(session: Session, folder: Path) -> None:
    say(folder, **FIGURES)
    load_folder(session, folder, now=NOW)
    session.scalars(select(OwnPlanningFigures)).one().slot_minutes = 20
    session.scalars(select(OwnKindFigures).filter_by(kind="mall")).one().max_teams = 2
    session.flush()
    make_kind_figures(session, "clinic", max_teams=3)
    for path in (folder, SMALL):
        load_folder(session, path, now=NOW)
        kinds = kind_defaults(session, "16.73")
        assert planning_figures(session, "16.73").slot_minutes == 20
        assert (kinds[SiteKind.MALL].max_teams, kinds[SiteKind.CLINIC].max_teams) == (2, 3)
    load_folder(session, folder, now=NOW, overwrite=True)
    assert planning_figures(session, "16.73").slot_minutes == 30


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"planning_figures": {"slot_minutes": 4}}, "planning_figures/slot_minutes"),
        ({"planning_figures": {"slots": 15}}, "planning_figures/slots"),
        (
            {"planning_figures": {"slot_minutes": 15, "provenance": {"kmh": "given"}}},
            "planning_figures/provenance/kmh",
        ),
        ({"planning_figures": {"success_percent": [5, 4, 3, 2, 1]}}, "planning_figures/success_percent/1"),
        ({"site_kinds": [{"kind": "mall", "max_teams": 0}]}, "site_kinds/0/max_teams"),
        ({"site_kinds": [{"kind": "market", "max_teams": 1}]}, "site_kinds/0/kind"),
        ({"site_kinds": [{"kind": "mall", "max_teams": 1}, {"kind": "mall", "max_teams": 2}]}, "site_kinds/1"),
        ({"site_kinds": {"mall": {"max_teams": 1}}}, "site_kinds"),
        ({"documents": [{"document": "kia", "minutes": 0}]}, "documents/0/minutes"),
        ({"documents": [{"document": "kia"}]}, "documents/0/"),
        ({"documents": [{"document": "ikd", "minutes": 5}]}, "documents/0/document"),
        ({"documents": [{"document": "kia", "minutes": 5}, {"document": "kia", "minutes": 6}]}, "documents/1"),
    ],
)
def test_figure_of_the_folder_that_cannot_be_is_refused_at_its_place(
    session: Session, folder: Path, more: dict[str, Any], pointer: str
) -> None:
    say(folder, **more)
    with pytest.raises(FolderRefused) as refused:
        load_folder(session, folder, now=NOW)
    assert [problem.pointer for problem in refused.value.problems] == [f"district.json/{pointer}"]


OFFICE_SHEET = """Daftar lokasi jemput bola
Nama Lokasi;Jenis;Kecamatan;Warga Dekat;Sinyal;Lintang;Bujur;Nama Kontak
SMA Negeri 1;SMA;16.73.01;1.234;baik;;;Kepala Sekolah
"""


def test_a_folder_with_an_offices_sheet_is_read_as_it_is_told(session: Session, folder: Path) -> None:
    (folder / "sites.csv").write_text(OFFICE_SHEET)
    reading = FolderReading(
        mappings={"sites": {"headcount": "Warga Dekat", "contact_name": None}},
        manner=Manner.INDONESIAN,
        place_missing=PlaceMissing.AREA,
    )
    loaded = load_folder(session, folder, now=NOW, reading=reading)
    site = session.scalars(select(Site).where(Site.name == "SMA Negeri 1")).one()
    area = session.scalars(select(Area).where(Area.code == "16.73.01")).one()
    assert (site.headcount, site.contact_name) == (1234, None)
    assert (site.lat, site.lon, site.provenance["place"]) == (area.lat, area.lon, "assumed")
    assert "place_assumed" in {remark.code for remark in loaded.remarks}


def test_the_same_folder_a_second_time_changes_nothing(session: Session, folder: Path) -> None:
    (folder / "sites.csv").write_text(OFFICE_SHEET)
    reading = FolderReading(
        mappings={"sites": {"headcount": "Warga Dekat"}}, manner=Manner.INDONESIAN, place_missing=PlaceMissing.AREA
    )
    load_folder(session, folder, now=NOW, reading=reading)
    assert load_folder(session, folder, now=NOW, reading=reading).differences == ()


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (FolderReading(manner=Manner.INDONESIAN, place_missing=PlaceMissing.AREA), r"row 3/headcount: It is missing"),
        (
            FolderReading(mappings={"sites": {"headcount": "Warga Dekat"}}, place_missing=PlaceMissing.AREA),
            r"sites\.csv.*1\.234",
        ),
        (
            FolderReading(mappings={"sites": {"headcount": "Warga Dekat"}}, manner=Manner.INDONESIAN),
            r"sites\.csv.*lat",
        ),
    ],
    ids=["mapping", "figures", "place"],
)
def test_a_sheet_that_needs_a_word_is_refused_without_it(
    session: Session, folder: Path, reading: FolderReading, said: str
) -> None:
    (folder / "sites.csv").write_text(OFFICE_SHEET)
    with pytest.raises(FolderRefused, match=said):
        load_folder(session, folder, now=NOW, reading=reading)


def test_mappings_are_said_by_table() -> None:
    assert read_mappings(
        ['sites={"headcount": "Warga Dekat", "contact_name": null}', 'areas={"name": "Kecamatan"}']
    ) == {
        "sites": {"headcount": "Warga Dekat", "contact_name": None},
        "areas": {"name": "Kecamatan"},
    }


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ('{"headcount": "Warga Dekat"}', "does not begin with a table of the folder"),
        ('villages={"headcount": "Warga Dekat"}', "the tables are areas, sites, teams"),
        ("sites=headcount", "This is no JSON object of field to column name"),
    ],
)
def test_a_mapping_that_cannot_be_read_is_refused_with_the_mend(word: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        read_mappings([word])


def test_counters_of_a_folder_are_loaded_and_named_in_their_file(session: Session, folder: Path) -> None:
    table = folder / "counters.csv"
    table.write_text("code,name,kind,windows,rates\nMPP,Mal,mall,mon-sat 09:00-15:00,20\n")
    load_folder(session, folder, now=NOW)
    place = session.scalars(select(CounterPlace)).one()
    assert (place.kind, place.rates[0]["per_open_day"]) == ("mall", 20)
    table.write_text("code,name,kind,windows,rates\nMPP,Mal,tenda,mon-sat 09:00-15:00,20\n")
    with pytest.raises(FolderRefused) as refused:
        load_folder(session, folder, now=NOW)
    assert [problem.pointer for problem in refused.value.problems] == ["counters.csv/row 2/kind"]
