"""All districts side by side, read together: the same figures as of each alone, and no query more for more of them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts import service as districts
from app.districts.models import Document, OfficialCount
from app.districts.targets.required_line import required_line
from app.reports.overview import counted_once, overview
from tests.app.conftest import NOW
from tests.factories import make_district, make_figure, make_local_day, make_target

TODAY = NOW.date()
CODES = ("16.73", "17.71", "36.04")


@pytest.fixture
def province(session: Session) -> None:
    """Three districts: one whose count stands still, one with days off of its own, one that counted before."""
    still, off, counted = CODES
    for code in CODES:
        make_district(session, code)
    as_of, deadline = TODAY - timedelta(days=3), TODAY + timedelta(days=40)
    make_target(session, still, as_of=as_of, deadline=deadline, activated=4_015)
    make_figure(session, "activated", "4015", district_code=still, reported_on=as_of - timedelta(days=20))
    make_figure(session, "activated", "3000", district_code=off, reported_on=as_of - timedelta(days=9))
    make_target(session, off, as_of=as_of, deadline=deadline + timedelta(days=50), activated=2_000)
    make_local_day(session, TODAY + timedelta(days=1), is_working=False, district_code=off)
    make_local_day(session, TODAY + timedelta(days=80), is_working=False, district_code=off)
    make_target(session, counted, as_of=as_of, deadline=deadline, activated=700)
    for days, activated in ((10, 700), (30, 500)):
        session.add(
            OfficialCount(
                district_code=counted,
                document="ikd",
                owner="district",
                as_of=as_of - timedelta(days=days),
                activated=activated,
                source="Rekap",
            )
        )
    session.flush()


def test_read_together_figures_are_those_of_each_district_alone(session: Session, province: None) -> None:
    rows = {row.code: row for row in overview(session, COMMAND_LINE, Document.IKD, now=NOW)}
    seen: set[date] = set()
    for code in CODES:
        district = districts.get_district(session, code)
        target = districts.get_target(session, code, "ikd")
        line = required_line(session, district, target, before=TODAY + timedelta(days=1))
        row = rows[code]
        assert row.counted_up_to == districts.counted_up_to(session, target)
        assert (row.working_days_left, row.required_on_this_day) == (line.days_after(TODAY), line.required_on(TODAY))
        seen.add(row.counted_up_to)
    assert len(seen) == 3, "the three districts are to differ"


def test_more_districts_take_no_more_queries(session: Session, province: None) -> None:
    statements: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *call: statements.append(call[2]))
    taken = []
    for more in (0, 5):
        for number in range(more):
            make_district(session, f"32.{number + 1:02}")
            make_target(session, f"32.{number + 1:02}", deadline=TODAY + timedelta(days=40))
        statements.clear()
        assert len(overview(session, COMMAND_LINE, Document.IKD, now=NOW)) == 3 + more
        taken.append(len(statements))
    assert taken[0] == taken[1]


def test_a_province_is_not_counted_beside_its_districts(session: Session, province: None) -> None:
    for code in ("16", "34"):
        make_district(session, code, parent_code=None)
        make_target(session, code, as_of=TODAY, deadline=TODAY + timedelta(days=40), activated=4_000)
    rows = overview(session, COMMAND_LINE, Document.IKD, now=NOW)
    assert {row.code for row in rows} == {*CODES, "16", "34"}
    assert [row.code for row in counted_once(rows)] == ["16.73", "17.71", "34", "36.04"]
