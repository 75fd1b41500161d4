"""`/`: where a person who has logged in comes first."""

from sqlalchemy.orm import Session

from app.access.models import User
from tests.app.pages.conftest import Browser, log_in
from tests.factories import make_schedule


def test_a_coordinator_comes_to_the_day_and_to_the_days_of_a_plan_for_days_gone_by(
    session: Session, coordinator: User, password_hash: str, browser: Browser
) -> None:
    coordinator.password_hash = password_hash
    session.commit()
    budi = browser()
    log_in(budi, "budi")
    assert budi.get("/").headers["location"] == "/hari-ini"
    schedule = make_schedule(session)
    session.commit()
    assert budi.get("/").headers["location"] == "/hari-ini"
    schedule.is_back_test = True
    session.commit()
    assert budi.get("/").headers["location"] == f"/hari-ini?tanggal={schedule.first_date}"
