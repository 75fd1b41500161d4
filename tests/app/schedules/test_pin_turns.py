"""A pin that is set while a plan is being published waits for it, and is not lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.row_locks import take_turns
from app.errors import Conflict
from app.schedules.drafts import service as drafts
from app.schedules.models import Visit
from app.schedules.publishing import VisitNotInPlan
from app.schedules.trips import pins
from app.schedules.trips.models import Trip
from app.schedules.trips.pins import TripNotInPlan
from tests.app.conftest import NOW
from tests.app.schedules.trips.upriver import make_district_upriver, published_upriver

PATIENCE_SECONDS = 20


def pin_visit(session: Session, number: int) -> None:
    drafts.set_pinned(
        session, drafts.visit_to_pin(session, number, actor=COMMAND_LINE), pinned=True, actor=COMMAND_LINE, now=NOW
    )
    session.commit()


def pin_trip(session: Session, number: int) -> None:
    pins.set_pinned(
        session, pins.trip_to_pin(session, number, actor=COMMAND_LINE), pinned=True, actor=COMMAND_LINE, now=NOW
    )
    session.commit()


@pytest.mark.parametrize(("row", "pin", "lost"), [(Visit, pin_visit, VisitNotInPlan), (Trip, pin_trip, TripNotInPlan)])
def test_a_pin_waits_for_whoever_publishes_and_is_told_of_it(
    own_engine: Engine, row: Any, pin: Callable[[Session, int], None], lost: type[Conflict]
) -> None:
    with Session(own_engine) as publisher, Session(own_engine) as planner, ThreadPoolExecutor(1) as pool:
        district = make_district_upriver(publisher)
        published_upriver(publisher, district)
        publisher.commit()
        number = publisher.query(row.id).filter_by(in_force=True).order_by(row.id).limit(1).scalar()
        take_turns(publisher, district.code)
        pinning = pool.submit(pin, planner, number)
        for _ in range(10 * PATIENCE_SECONDS):
            waiting = publisher.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
            if waiting or pinning.done():
                break
            publisher.execute(text("SELECT pg_sleep(0.1)"))
        publisher.execute(update(row).where(row.id == number).values(in_force=False))
        publisher.commit()
        with pytest.raises(lost):
            pinning.result(PATIENCE_SECONDS)
