"""A district with a village up the river."""

import pytest
from sqlalchemy.orm import Session

from app.districts.models import District
from tests.app.schedules.trips.upriver import make_district_upriver


@pytest.fixture
def district(session: Session, job_tables: None) -> District:
    return make_district_upriver(session)
