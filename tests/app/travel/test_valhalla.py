"""A real road engine on a small map of our own: a grid of streets with a one-way street in it, and a hamlet apart."""

import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import make_engine
from app.settings import Settings
from app.travel.models import RoadLegs
from app.travel.road_engine import RoadEngine, road_engine_of
from app.travel.roads import ask_due, key_of
from tests.app.calendars.real_servers import free_port
from tests.app.travel.test_roads import DAY
from tests.factories import make_district, make_site, make_team

PROGRAMS = Path(sys.prefix) / "valhalla" / "valhalla"
WEST, SOUTH, STEP, SIDE = 102.86, -3.30, 0.01, 5
ONE_WAY_COLUMN = 2
HAMLET = (-3.10, 103.10)


def crossing(column: int, row: int) -> tuple[float, float]:
    """Latitude and longitude of a crossing of the grid."""
    return SOUTH + STEP * row, WEST + STEP * column


def write_map(path: Path) -> None:
    """The streets as OpenStreetMap would have them; northwards only on one of them."""
    import osmium
    from osmium.osm import mutable

    writer = osmium.SimpleWriter(str(path))
    for row in range(SIDE):
        for column in range(SIDE):
            lat, lon = crossing(column, row)
            writer.add_node(mutable.Node(id=SIDE * row + column + 1, version=1, location=(lon, lat)))
    for number, shift in enumerate((0.0, 0.01)):
        writer.add_node(mutable.Node(id=100 + number, version=1, location=(HAMLET[1] + shift, HAMLET[0])))
    streets = [[SIDE * row + column + 1 for column in range(SIDE)] for row in range(SIDE)]
    streets += [[SIDE * row + column + 1 for row in range(SIDE)] for column in range(SIDE)]
    for number, nodes in enumerate([*streets, [100, 101]], 1):
        tags = {"highway": "residential"} | ({"oneway": "yes"} if number == SIDE + 1 + ONE_WAY_COLUMN else {})
        writer.add_way(mutable.Way(id=number, version=1, nodes=nodes, tags=tags))
    writer.close()


@pytest.fixture(scope="module")
def valhalla(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoadEngine]:
    if not (PROGRAMS / "bin" / "valhalla_service").is_file():
        pytest.skip("no Valhalla for this machine: make .venv/.dev says why")
    folder = tmp_path_factory.mktemp("valhalla")
    write_map(folder / "streets.osm.pbf")
    make_config = [
        sys.executable,
        str(PROGRAMS / "valhalla_build_config.py"),
        "--mjolnir-tile-dir",
        str(folder / "tiles"),
    ]
    config = json.loads(subprocess.run(make_config, capture_output=True, check=True).stdout)
    port = free_port()
    config["httpd"]["service"] |= {
        "listen": f"tcp://127.0.0.1:{port}",
        "loopback": f"ipc://{folder}/loopback",
        "interrupt": f"ipc://{folder}/interrupt",
    }
    (folder / "config.json").write_text(json.dumps(config))
    build = [PROGRAMS / "bin" / "valhalla_build_tiles", "-c", folder / "config.json", folder / "streets.osm.pbf"]
    subprocess.run(build, capture_output=True, check=True)
    service = subprocess.Popen(
        [PROGRAMS / "bin" / "valhalla_service", folder / "config.json", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        engine = road_engine_of(Settings(road_engine_url=f"http://127.0.0.1:{port}", road_engine="valhalla"))
        assert engine is not None
        wait_for(engine)
        yield engine
    finally:
        service.kill()
        service.wait()


def wait_for(engine: RoadEngine) -> None:
    """Until it answers."""
    patience = time.monotonic() + 60
    while True:
        try:
            with engine.asking(seconds=5) as asking:
                asking.table([crossing(0, 0)], [crossing(1, 0)])
        except Exception:
            if time.monotonic() > patience:
                raise
            time.sleep(0.05)
        else:
            return


def straight_metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """North and south, east and west, as the streets go."""
    return 111_195 * (abs(one[0] - other[0]) + abs(one[1] - other[1]) * math.cos(math.radians(SOUTH)))


def test_streets_are_as_long_as_they_are(valhalla: RoadEngine) -> None:
    spots = [crossing(0, 0), crossing(4, 0), crossing(4, 4)]
    with valhalla.asking(seconds=20) as asking:
        table = asking.table(spots, spots)
    for i, row in enumerate(table):
        for j, leg in enumerate(row):
            assert leg is not None
            assert leg[1] == pytest.approx(straight_metres(spots[i], spots[j]), rel=0.02, abs=5)
            # A residential street is driven at between 15 and 60 km an hour.
            assert leg[1] * 60 / 60_000 <= leg[0] <= leg[1] * 60 / 15_000 + 1


def test_against_a_one_way_street_it_is_farther(valhalla: RoadEngine) -> None:
    south, north = crossing(ONE_WAY_COLUMN, 0), crossing(ONE_WAY_COLUMN, 4)
    with valhalla.asking(seconds=20) as asking:
        ((there,),) = asking.table([south], [north])
        ((back,),) = asking.table([north], [south])
    assert there is not None
    assert back is not None
    assert back[1] > there[1] * 1.3
    assert back[0] > there[0]


@pytest.fixture
def database(own_database: str) -> Iterator[Engine]:
    engine = make_engine(own_database)
    yield engine
    engine.dispose()


def test_a_district_is_asked_for_with_a_hamlet_that_no_road_leads_to(valhalla: RoadEngine, database: Engine) -> None:
    base, near, far = crossing(0, 0), crossing(3, 1), crossing(1, 4)
    with Session(database) as session, session.begin():
        make_district(session)
        make_team(session, base_lat=base[0], base_lon=base[1])
        for lat, lon in (near, far, HAMLET):
            make_site(session, lat=lat, lon=lon)
    ask_due(database, DAY, road_engine=valhalla)
    with Session(database) as session:
        legs = {row.origin: row.legs for row in session.scalars(select(RoadLegs))}
    town, hamlet = [key_of(*spot) for spot in (base, near, far)], key_of(*HAMLET)
    assert all(legs[origin][end] is not None for origin in town for end in town)
    assert all(legs[spot][hamlet] is None and legs[hamlet][spot] is None for spot in town)
    assert legs[town[0]][town[1]][1] == pytest.approx(straight_metres(base, near), rel=0.02)
