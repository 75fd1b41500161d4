"""Futures are drawn once for the same facts, and anew once a fact changes."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.districts.service import get_district, get_target
from app.forecasts import district as drawing
from app.forecasts.district import drawn_district
from tests.factories import make_district, make_site, make_target


def test_the_same_facts_are_drawn_once_and_others_anew(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    make_district(session)
    target = make_target(session)
    make_site(session)
    monkeypatch.setattr(drawing, "_last_draws", drawing._LastDraws(most=2))
    district = get_district(session, "16.73")

    def drawn_on(day: int) -> object:
        return drawn_district(session, district, get_target(session, "16.73", "ikd"), on=date(2023, 11, day)).draws

    first = drawn_on(13)
    assert drawn_on(13) is first
    assert drawn_on(14) is not first
    target.activated += 1
    session.flush()
    assert drawn_on(13) is not first
