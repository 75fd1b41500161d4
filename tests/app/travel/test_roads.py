"""A road engine is asked for what is missing, and whatever it answers, plans go on."""

import json
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import make_engine
from app.districts.models import District
from app.settings import Settings
from app.travel.models import RoadLegs
from app.travel.road_engine import LARGEST_SIDE, RoadEngine, RoadEngineTrouble, Spot, road_engine_of
from app.travel.roads import LASTS, ask_due, key_of
from tests.factories import make_district, make_site, make_team

DAY, NIGHT = datetime(2023, 11, 13, 5, tzinfo=UTC), datetime(2023, 11, 13, 18, tzinfo=UTC)
"""Noon, and one o'clock at night, in Lubuklinggau."""
Answer = tuple[int, bytes]


class Roads:
    """A double of both engines: roads twice as long as the degrees between two spots, in a network with holes."""

    def __init__(self) -> None:
        self.asked: list[tuple[Spot, Spot]] = []
        self.questions = 0
        self.holes: set[Spot] = set()
        self.refuses: set[Spot] = set()
        self.instead: Callable[[], Answer] | None = None
        self.profile = "driving"
        self.most_questions: int | None = None

    def cells(self, origins: list[Spot], ends: list[Spot]) -> list[list[tuple[float, float] | None]] | None:
        self.questions += 1
        if self.refuses & {*origins, *ends}:
            return None
        self.asked += [(origin, end) for origin in origins for end in ends]
        return [
            [
                None if {origin, end} & self.holes else (self.seconds(origin, end), self.metres(origin, end))
                for end in ends
            ]
            for origin in origins
        ]

    @staticmethod
    def seconds(origin: Spot, end: Spot) -> float:
        return 100_000 * abs(origin[0] - end[0]) + 50_000 * abs(origin[1] - end[1]) + (700 if origin < end else 0)

    @staticmethod
    def metres(origin: Spot, end: Spot) -> float:
        return 222_000.4 * math.dist(origin, end)

    def failing(self) -> Answer | None:
        """What is said in place of a table, if anything is."""
        if self.instead is not None:
            return self.instead()
        return (503, b"") if self.questions == self.most_questions else None

    def osrm(self, path: str) -> Answer:
        url = urlsplit(path)
        spots = [
            (float(lat), float(lon)) for lon, lat in (pair.split(",") for pair in url.path.split("/")[-1].split(";"))
        ]
        query = {name: [int(part) for part in texts[0].split(";")] for name, texts in parse_qs(url.query).items()
                 if name in ("sources", "destinations")}  # fmt: skip
        assert url.path.startswith(f"/table/v1/{self.profile}/")
        cells = self.cells([spots[at] for at in query["sources"]], [spots[at] for at in query["destinations"]])
        if cells is None:
            return 400, b'{"code": "NoSegment"}'
        document = {
            "code": "Ok",
            "durations": [[None if cell is None else cell[0] for cell in row] for row in cells],
            "distances": [[None if cell is None else cell[1] for cell in row] for row in cells],
        }
        return 200, json.dumps(document).encode()

    def valhalla(self, body: Any) -> Answer:
        assert body["costing"] == "auto"
        sides = [[(spot["lat"], spot["lon"]) for spot in body[side]] for side in ("sources", "targets")]
        cells = self.cells(*sides)
        if cells is None:
            return 400, b'{"error_code": 154}'
        rows = [
            [
                {"time": None, "distance": None} if cell is None else {"time": cell[0], "distance": cell[1] / 1000}
                for cell in row
            ]
            for row in cells
        ]
        return 200, json.dumps({"sources_to_targets": rows}).encode()


@contextmanager
def serving(roads: Roads) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(roads.failing() or roads.osrm(self.path))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/sources_to_targets"
            self._send(roads.failing() or roads.valhalla(body))

        def _send(self, answer: Answer) -> None:
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def roads() -> Roads:
    return Roads()


@pytest.fixture(params=["osrm", "valhalla"])
def engine_of_roads(request: pytest.FixtureRequest, roads: Roads) -> Iterator[RoadEngine]:
    with serving(roads) as address:
        found = road_engine_of(Settings(road_engine_url=address, road_engine=request.param))
        assert found is not None
        yield found


@pytest.fixture
def database(own_database: str) -> Iterator[Engine]:
    engine = make_engine(own_database)
    yield engine
    engine.dispose()


def make_office(session: Session, sites: int) -> District:
    district = make_district(session)
    make_team(session, code="T-1")
    for number in range(sites):
        make_site(session, code=f"S-{number}", lat=-3.28 + number / 500, lon=102.9)
    return district


def kept(database: Engine) -> dict[str, Any]:
    with Session(database) as session:
        return {row.origin: row.legs for row in session.scalars(select(RoadLegs))}


def test_every_pair_is_asked_for_once(database: Engine, roads: Roads, engine_of_roads: RoadEngine) -> None:
    with Session(database) as session, session.begin():
        make_office(session, 6)
    ask_due(database, DAY, road_engine=engine_of_roads)
    legs = kept(database)
    assert len(legs) == 7
    assert all(len(row) == 7 for row in legs.values())
    base, site = (-3.263, 102.8751), (-3.28, 102.9)
    expected = [math.ceil(roads.seconds(base, site) / 60), round(roads.metres(base, site))]
    assert legs[key_of(*base)][key_of(*site)] == expected
    assert legs[key_of(*site)][key_of(*base)] != expected

    questions = roads.questions
    ask_due(database, DAY + timedelta(minutes=1), road_engine=engine_of_roads)
    assert roads.questions == questions

    roads.asked.clear()
    with Session(database) as session, session.begin():
        make_site(session, code="NEW", lat=-3.2, lon=102.8)
    ask_due(database, DAY + timedelta(minutes=2), road_engine=engine_of_roads)
    new = (-3.2, 102.8)
    assert all(new in pair for pair in roads.asked)
    assert {pair[1] for pair in roads.asked if pair[0] == new} >= {base, site}
    assert all(len(row) == 8 for row in kept(database).values())


def test_large_districts_are_asked_for_in_parts(database: Engine, roads: Roads, engine_of_roads: RoadEngine) -> None:
    with Session(database) as session, session.begin():
        make_office(session, LARGEST_SIDE + 9)
    ask_due(database, DAY, road_engine=engine_of_roads)
    assert roads.questions == 4
    assert {len(row) for row in kept(database).values()} == {LARGEST_SIDE + 10}


def test_places_without_a_road_or_off_the_map_cost_their_own_cells_only(
    database: Engine, roads: Roads, engine_of_roads: RoadEngine
) -> None:
    with Session(database) as session, session.begin():
        make_office(session, 6)
    hole, off = (-3.28, 102.9), (-3.278, 102.9)
    roads.holes, roads.refuses = {hole}, {off}
    ask_due(database, DAY, road_engine=engine_of_roads)
    for origin, row in kept(database).items():
        for end, leg in row.items():
            assert (leg is None) == bool({key_of(*hole), key_of(*off)} & {origin, end}), (origin, end)


def test_old_answers_are_asked_for_anew_at_night_and_stand_until_then(
    database: Engine, roads: Roads, engine_of_roads: RoadEngine
) -> None:
    with Session(database) as session, session.begin():
        make_office(session, 2)
    ask_due(database, DAY, road_engine=engine_of_roads)
    questions, later = roads.questions, LASTS + timedelta(days=1)
    ask_due(database, DAY + later, road_engine=engine_of_roads)
    assert roads.questions == questions
    roads.instead = lambda: (503, b"")
    with pytest.raises(RoadEngineTrouble):
        ask_due(database, NIGHT + later, road_engine=engine_of_roads)
    before = kept(database)
    assert all(len(row) == 3 for row in before.values())
    roads.instead = None
    roads.holes = {(-3.28, 102.9)}
    ask_due(database, NIGHT + later, road_engine=engine_of_roads)
    assert kept(database) != before
    questions = roads.questions
    ask_due(database, NIGHT + later, road_engine=engine_of_roads)
    assert roads.questions == questions


def test_another_engine_is_asked_for_everything_anew(database: Engine, roads: Roads) -> None:
    with Session(database) as session, session.begin():
        make_office(session, 2)
    with serving(roads) as address:
        for profile in ("driving", "driving", "foot"):
            engine = road_engine_of(Settings(road_engine_url=address, road_profile=profile))
            assert engine is not None
            roads.profile = profile
            ask_due(database, DAY, road_engine=engine)
    assert roads.questions == 2
    with Session(database) as session:
        assert {row.partition(" http")[0] for row in session.scalars(select(RoadLegs.asked_of))} == {"osrm foot"}


def test_what_was_told_before_the_engine_failed_is_not_asked_for_again(
    database: Engine, roads: Roads, engine_of_roads: RoadEngine
) -> None:
    with Session(database) as session, session.begin():
        make_office(session, LARGEST_SIDE + 9)
    roads.most_questions = 1
    with pytest.raises(RoadEngineTrouble):
        ask_due(database, DAY, road_engine=engine_of_roads)
    assert [len(row) for row in kept(database).values()] == [LARGEST_SIDE] * LARGEST_SIDE
    roads.most_questions = None
    ask_due(database, DAY, road_engine=engine_of_roads)
    assert {len(row) for row in kept(database).values()} == {LARGEST_SIDE + 10}
    assert len(roads.asked) == len(set(roads.asked))


NONSENSE: list[Answer] = [
    (200, b""),
    (200, b"<html>"),
    (200, b"[]"),
    (200, b"null"),
    (200, b'{"code": "Ok"}'),
    (200, b'{"code": "Ok", "durations": [], "distances": []}'),
    (200, b'{"code": "Ok", "durations": [[1]], "distances": [[1]]}'),
    (200, b'{"sources_to_targets": [[{"time": 60}]]}'),
    (200, b'{"sources_to_targets": {"0": 1}}'),
    (200, b'{"sources_to_targets": [["x", "x", "x"], ["x", "x", "x"], ["x", "x", "x"]]}'),
    (302, b""),
    (500, b"oops"),
]


@pytest.mark.parametrize("answer", NONSENSE)
def test_nonsense_is_one_trouble_and_keeps_nothing(
    database: Engine, roads: Roads, engine_of_roads: RoadEngine, answer: Answer
) -> None:
    with Session(database) as session, session.begin():
        make_office(session, 2)
    roads.instead = lambda: answer
    with pytest.raises(RoadEngineTrouble, match="the road engine"):
        ask_due(database, DAY, road_engine=engine_of_roads)
    assert kept(database) == {}


@pytest.mark.parametrize("cell", [-1, 1e12, "NaN", '"7"', "true and"])
def test_figures_that_no_road_has_are_one_trouble(database: Engine, roads: Roads, cell: object) -> None:
    with Session(database) as session, session.begin():
        make_office(session, 1)
    rows = f"[[{cell}, {cell}], [{cell}, {cell}]]"
    roads.instead = lambda: (200, f'{{"code": "Ok", "durations": {rows}, "distances": {rows}}}'.encode())
    with serving(roads) as address:
        engine = road_engine_of(Settings(road_engine_url=address))
        assert engine is not None
        with pytest.raises(RoadEngineTrouble):
            ask_due(database, DAY, road_engine=engine)
    assert kept(database) == {}


def test_an_engine_that_is_not_there_is_one_trouble(database: Engine) -> None:
    with Session(database) as session, session.begin():
        make_office(session, 1)
    engine = road_engine_of(Settings(road_engine_url="http://127.0.0.1:9"))
    assert engine is not None
    with pytest.raises(RoadEngineTrouble, match="does not answer"):
        ask_due(database, DAY, road_engine=engine)


def test_a_district_that_the_engine_chokes_on_keeps_no_other_waiting(
    database: Engine, roads: Roads, engine_of_roads: RoadEngine
) -> None:
    with Session(database) as session, session.begin():
        make_office(session, 1)
        make_district(session, "17.71")
        make_site(session, "17.71", code="S", lat=-3.8, lon=102.3)
    answers = iter([(500, b"oops")])

    def first_fails() -> Answer:
        roads.instead = None
        return next(answers)

    roads.instead = first_fails
    with pytest.raises(RoadEngineTrouble):
        ask_due(database, DAY, road_engine=engine_of_roads)
    with Session(database) as session:
        assert session.scalars(select(RoadLegs.district_code).distinct()).all() == ["17.71"]
