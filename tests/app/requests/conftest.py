"""A published plan of two teams and six agencies, and a double of the planning core that answers requests."""

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules.models import Schedule
from tests.app.conftest import NOW
from tests.app.requests.fake_resident import FakeResident
from tests.app.schedules.conftest import district, job_tables, make_draft, own_engine
from tests.factories import make_site

__all__ = ["district", "job_tables", "own_engine"]


@pytest.fixture
def published(session: Session, district: District) -> Schedule:
    """November's plan in force, and a seventh agency that it did not know."""
    schedule = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    make_site(session, code="S-NEW", lat=-3.29, headcount=160)
    session.commit()
    return schedule


@pytest.fixture
def resident(api: FastAPI) -> FakeResident:
    double = FakeResident()
    api.state.resident = double
    return double
