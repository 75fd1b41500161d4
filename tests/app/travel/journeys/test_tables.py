"""Tables of lodgings, stations and connections: all or nothing, read back without loss, merged with people's edits."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.coded_things import Kind, TooManyThings, export_things, import_things, load_things
from app.districts.imported import Load
from app.districts.models import District
from app.tables.formats import Format, read_table
from app.tables.records import ImportRefused
from app.travel.journeys.connections import CONNECTIONS
from app.travel.journeys.lodgings import LODGINGS
from app.travel.journeys.stations import STATIONS
from app.travel.models import Connection, Lodging, Station
from tests.app.conftest import NOW

LODGING_ROWS = (
    "code,name,lat,lon,zone,cost_per_night,max_teams,weekdays,starts_on,ends_on,note,provenance\n"
    "INN,Mess Pemda,-3.4,102.9,Hulu,250000,2,mon-thu,2026-01-01,2026-12-31,kunci di RT,place=public\n"
    "HALL,Balai Desa,-3.41,102.91,,,,,,,,\n"
)
STATION_ROWS = (
    "code,name,kind,lat,lon,zone,note,provenance\n"
    "PEL-1,Pelabuhan Kota,harbour,-3.27,102.88,,,\n"
    "LAP-1,Lapter Hulu,airstrip,-3.5,102.95,Hulu,rumput,place=public\n"
)
CONNECTION_ROWS = (
    "code,name,origin,destination,way,departs_earliest,departs_latest,minutes,fare,max_teams,weekdays,starts_on,"
    "ends_on,dates_without,note,provenance\n"
    "UP,KM Hulu,PEL-1,station:LAP-1,boat,08:00,09:30,90,600000,1,mon;thu,2026-01-01,,2026-03-19;2026-03-20,,"
    "fare=assumed\n"
    "DOWN,,LAP-1,PEL-1,boat,14:00,,80,,,,,,,,\n"
    "TO-SITE,,INN,DESA-7,foot,06:00,18:00,30,,,,,,,,\n"
).replace("mon;thu", '"mon,thu"')
ALL: list[tuple[Kind[Any, Any], str, int]] = [
    (LODGINGS, LODGING_ROWS, 2),
    (STATIONS, STATION_ROWS, 2),
    (CONNECTIONS, CONNECTION_ROWS, 3),
]


def bring(
    session: Session, kind: Kind[Any, Any], district: District, content: bytes, file_format: Format = Format.CSV
) -> tuple[int, int, int]:
    table = read_table(content, file_format, kind.vocabulary, point=kind.point)
    outcome = import_things(session, kind, district, table, actor=COMMAND_LINE, now=NOW)
    return outcome.created, outcome.updated, outcome.unchanged


@pytest.fixture
def whole(session: Session, district: District) -> District:
    """With every row of the tables above."""
    for kind, rows, count in ALL:
        assert bring(session, kind, district, rows.encode()) == (count, 0, 0)
    return district


@pytest.mark.parametrize("file_format", [Format.CSV, Format.XLSX])
def test_every_export_is_read_back_unchanged(session: Session, whole: District, file_format: Format) -> None:
    for kind, _, count in ALL:
        content = export_things(session, kind, whole, file_format)
        assert bring(session, kind, whole, content, file_format) == (0, 0, count)


def test_places_are_read_back_from_geojson(session: Session, whole: District) -> None:
    for kind in (LODGINGS, STATIONS):
        content = export_things(session, kind, whole, Format.GEOJSON)
        assert bring(session, kind, whole, content, Format.GEOJSON) == (0, 0, 2)


def test_what_is_left_out_has_its_default(session: Session, whole: District) -> None:
    hall = session.scalars(select(Lodging).where(Lodging.code == "HALL")).one()
    assert (hall.zone, hall.cost_per_night, hall.max_teams, hall.weekdays) == (None, 0, None, "1111111")
    down = session.scalars(select(Connection).where(Connection.code == "DOWN")).one()
    assert (down.departs_earliest, down.departs_latest, down.fare, down.dates_without) == (840, None, 0, [])


def test_an_offices_own_sheets_are_understood(session: Session, district: District) -> None:
    lodgings = "Nama Penginapan;Lintang;Bujur;Zona;Biaya per malam;Kapasitas\nMess Pemda;-3,4;102,9;Hulu;1.250.000;2\n"
    stations = "Kode;Nama Pelabuhan;Jenis;Lintang;Bujur\nPEL-1;Tengkayu;Pelabuhan;-3,27;102,88\n"
    stations += "LAP-1;Lapter Hulu;Lapangan terbang;-3,5;102,95\n"
    connections = "Dari;Ke;Moda;Berangkat;Paling lambat;Menit;Tarif;Hari\n"
    connections += "PEL-1;LAP-1;speedboat;08.00;09.30;90;1.600.000;Senin, Kamis\n"
    assert bring(session, LODGINGS, district, lodgings.encode()) == (1, 0, 0)
    assert bring(session, STATIONS, district, stations.encode()) == (2, 0, 0)
    assert bring(session, CONNECTIONS, district, connections.encode()) == (1, 0, 0)
    inn = session.scalars(select(Lodging)).one()
    assert (inn.code, inn.lat, inn.zone, inn.cost_per_night, inn.max_teams) == (
        "MESS-PEMDA",
        -3.4,
        "Hulu",
        1_250_000,
        2,
    )
    assert session.scalars(select(Station.kind).order_by(Station.id)).all() == ["harbour", "airstrip"]
    boat = session.scalars(select(Connection)).one()
    assert (boat.code, boat.way, boat.weekdays) == ("PEL-1-LAP-1-08-00", "boat", "1001000")
    assert (boat.departs_earliest, boat.departs_latest, boat.fare) == (480, 570, 1_600_000)


def test_every_bad_row_is_told_and_nothing_is_stored(session: Session, district: District) -> None:
    assert bring(session, STATIONS, district, STATION_ROWS.encode()) == (2, 0, 0)
    header = CONNECTION_ROWS.partition("\n")[0]
    rows = (
        "A,,PEL-1,PEL-1,boat,08:00,,90,,,,,,,,",
        "B,,PEL-1,X,boat,08:00,,90,,,,,,,,",
        "C,,PEL-1,LAP-1,boat,08:00,07:00,90,,,,,,,,",
        "D,,PEL-1,LAP-1,boat,8 pagi,,90,,,,,,,,",
        "E,,PEL-1,LAP-1,kereta,08:00,,90,,,,,,,,",
        "F,,PEL-1,LAP-1,boat,08:00,,0,,,,,,,,",
        "G,,PEL-1,LAP-1,boat,08:00,,90,,,,,,2026-02-30,,",
        "H,,PEL-1,LAP-1,boat,08:00,,90,,,noday,,,,,",
        "I,,PEL-1,LAP-1,boat,08:00,,90,,,,2026-03-02,2026-03-01,,,",
        "J,,PEL-1,,boat,08:00,,90,,,,,,,,",
    )
    with pytest.raises(ImportRefused) as refused:
        bring(session, CONNECTIONS, district, "\n".join([header, *rows]).encode())
    assert {problem.pointer for problem in refused.value.problems} == {
        *("row 2/destination", "row 3/destination", "row 4/departs_latest", "row 5/departs_earliest", "row 6/way"),
        *("row 7/minutes", "row 8/dates_without", "row 9/weekdays", "row 10/ends_on", "row 11/destination"),
    }
    assert session.scalars(select(Connection)).all() == []


def test_a_folder_keeps_what_people_changed(session: Session, whole: District) -> None:
    def load(text: str) -> None:
        table = read_table(text.encode(), Format.CSV, LODGINGS.vocabulary)
        load_things(Load(session=session, actor=COMMAND_LINE, now=NOW, overwrite=False), whole, table, kind=LODGINGS)

    load("code,name,lat,lon,cost_per_night\nINN,Mess Pemda,-3.4,102.9,250000\n")
    inn = session.scalars(select(Lodging).where(Lodging.code == "INN")).one()
    inn.cost_per_night = 300_000
    session.flush()
    load("code,name,lat,lon,cost_per_night\nINN,Mess Baru,-3.4,102.9,260000\n")
    assert (inn.name, inn.cost_per_night, inn.zone) == ("Mess Baru", 300_000, "Hulu")


def test_a_district_holds_so_many_at_the_most(session: Session, district: District) -> None:
    few = replace(STATIONS, most=1)
    with pytest.raises(TooManyThings):
        bring(session, few, district, STATION_ROWS.encode())
