"""A ride and a visit of one team at the same time, put into force at the same moment: one of both is refused."""

import threading
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.schedules.models import Visit
from app.schedules.trips.models import Ride, Trip
from tests.app.schedules.conftest import own_engine as own_engine
from tests.app.schedules.trips.upriver import make_district_upriver, published_upriver


def prepare(engine: Engine) -> tuple[int, int]:
    """A trip that is not in force, and a visit that is not in force either, at the time of one of its rides."""
    with Session(engine, expire_on_commit=False) as session:
        published_upriver(session, make_district_upriver(session))
        trip = session.scalars(select(Trip)).one()
        trip.in_force = False
        ride = session.scalars(select(Ride).order_by(Ride.starts_at)).first()
        visit = session.scalars(select(Visit).where(Visit.team_id == trip.team_id).order_by(Visit.date)).first()
        assert ride is not None
        assert visit is not None
        row = {column.name: getattr(visit, column.name) for column in Visit.__table__.columns if column.name != "id"}
        hours = {"arrives_at": ride.starts_at, "starts_at": ride.starts_at, "ends_at": ride.ends_at}
        other = session.scalars(select(Visit.site_id).where(Visit.site_id != visit.site_id)).first()
        again = {**row, **hours, "site_id": other, "uid": uuid4(), "in_force": False}
        visit_id = session.scalars(insert(Visit).returning(Visit.id), [again]).one()
        session.commit()
        return trip.id, visit_id


@pytest.mark.parametrize("ride_first", [True, False])
def test_of_a_ride_and_a_visit_at_once_the_later_is_refused(own_engine: Engine, ride_first: bool) -> None:
    trip_id, visit_id = prepare(own_engine)
    ride = update(Trip).where(Trip.id == trip_id).values(in_force=True)
    visit = update(Visit).where(Visit.id == visit_id).values(in_force=True)
    first, second = (ride, visit) if ride_first else (visit, ride)
    outcome: list[str] = []

    def follow() -> None:
        try:
            with own_engine.begin() as connection:
                connection.execute(second)
            outcome.append("stored")
        except IntegrityError as error:
            outcome.append(str(error.orig))

    with own_engine.begin() as connection:
        connection.execute(first)
        thread = threading.Thread(target=follow)
        thread.start()
        thread.join(timeout=1)
        assert outcome == [], "it waits to see what becomes of the other"
    thread.join(timeout=30)
    assert len(outcome) == 1
    assert "at the same time" in outcome[0]
    with Session(own_engine) as session:
        in_force = session.scalars(select(Trip.in_force)).all(), session.get_one(Visit, visit_id).in_force
    assert in_force == ([ride_first], not ride_first)
