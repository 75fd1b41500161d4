"""A month of Kota Tarakan while a road engine dies in the middle: plans go on, each leg says what it rests on, and
the next turn asks for what is missing and no more."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.main import create_app
from app.settings import Settings
from app.travel.models import RoadLegs
from app.travel.road_engine import RoadEngine, RoadEngineTrouble, road_engine_of
from app.travel.roads import ask_due
from tests.app.months.lived import LivedMonth
from tests.app.months.stated import Stated
from tests.app.schedules.conftest import own_engine as own_engine
from tests.app.travel.test_roads import Roads, serving

FIRST, LAST = date(2024, 7, 1), date(2024, 7, 31)
BEGINS = datetime(2024, 6, 27, 2, tzinfo=UTC)


@pytest.fixture
def office(own_engine: Engine) -> Iterator[LivedMonth]:
    """In a database of its own: a worker asks the engine, in transactions of its own."""
    api = create_app(Settings(), own_engine)
    with Session(own_engine, expire_on_commit=False) as session:
        client = TestClient(api, headers={"Accept-Encoding": "identity"})
        with client:
            yield LivedMonth("65.71-kota-tarakan", api=api, client=client, session=session, begins=BEGINS)


@pytest.fixture
def roads() -> Roads:
    return Roads()


@pytest.fixture
def road_engine(roads: Roads) -> Iterator[RoadEngine]:
    with serving(roads) as address:
        engine = road_engine_of(Settings(road_engine_url=address))
        assert engine is not None
        yield engine


def test_plans_go_on_while_a_road_engine_dies_and_everybody_reads_what_each_leg_rests_on(
    office: LivedMonth, own_engine: Engine, roads: Roads, road_engine: RoadEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.travel.roads.LARGEST_SIDE", 15)
    office.looked_at(FIRST, LAST)
    roads.most_questions = 2
    with pytest.raises(RoadEngineTrouble):
        ask_due(own_engine, BEGINS, road_engine=road_engine)
    known = pairs(own_engine)
    assert 0 < known == len(roads.asked)

    period = f"{FIRST}..{LAST}"
    office.publish(office.make_plan(period=period, iterations=60)["id"])
    announced = office.agree()
    assert {"road", "great_circle"} == {row.visit.travel_source for row in announced.visits if row.visit.travel_metres}

    # The next night it is there again, and is asked for what nobody has told.
    roads.most_questions, before = None, list(roads.asked)
    ask_due(own_engine, BEGINS + timedelta(hours=16), road_engine=road_engine)
    assert len(roads.asked) == len(set(roads.asked)), "nothing is asked for twice"
    assert len(roads.asked) > len(before)
    assert pairs(own_engine) > known
    assert sources(office.agree()) == sources(announced), "what is announced stays"

    office.at(date(2024, 6, 28), 9)
    office.publish(office.make_plan(period=period, replan={}, iterations=20)["id"])
    stated = office.agree()
    assert {row.visit.travel_source for row in stated.visits if row.visit.travel_metres} == {"road"}


def pairs(engine: Engine) -> int:
    with Session(engine) as session:
        return sum(len(legs) for legs in session.scalars(select(RoadLegs.legs)))


def sources(stated: Stated) -> dict[UUID, str]:
    return {row.visit.uid: row.visit.travel_source for row in stated.visits}
