"""Who else comes to a visit, in its calendar entry; and that other company is a change of the entry."""

from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.calendars.ics import CalendarEntry, EntryStatus, read_calendar
from app.districts.models import District
from app.schedules.exchanging import _Meetings, _retell_staying
from app.schedules.models import Schedule, Visit
from app.schedules.publishing import publish
from app.sites.models import Site
from app.teams.models import Team
from tests.app.conftest import NOW
from tests.app.schedules.trips.upriver import TUESDAY, make_district_upriver, plan_upriver, visit, visits_of

ALONE = [visit(TUESDAY, "S-0", 540)]
TOGETHER = [*ALONE, visit(TUESDAY, "S-0", 540, team="T-2")]
WITH_T_2 = "Tim: Regu T-1, bersama T-2"


@pytest.fixture
def district(session: Session, job_tables: None) -> District:
    district = make_district_upriver(session)
    session.scalars(select(Site).where(Site.code == "S-0")).one().max_teams = 2
    for team in session.scalars(select(Team)):
        team.name = f"Regu {team.code}"
    return district


def published(session: Session, district: District, visits: list[dict[str, object]], hours: int) -> Schedule:
    schedule = plan_upriver(session, district, visits=visits, nights=[], rides=[])
    publish(session, schedule, actor=COMMAND_LINE, now=NOW + timedelta(hours=hours))
    session.commit()
    return schedule


def entries(client: TestClient, session: Session, district: District) -> dict[str, CalendarEntry]:
    """Of the district's feed, by team."""
    _, secret = access.issue_token(session, Role.FEED, now=NOW, district_code=district.code)
    session.commit()
    answer = client.get(f"/v1/feeds/{secret}.ics")
    assert answer.status_code == 200, answer.text
    shown = read_calendar(answer.content).entries
    return {entry.summary.removeprefix("BATAL: ").partition(":")[0]: entry for entry in shown}


def test_an_entry_names_the_other_teams_and_counts_when_they_change(
    client: TestClient, session: Session, district: District
) -> None:
    published(session, district, ALONE, 0)
    alone = entries(client, session, district)["Regu T-1"]
    assert "bersama" not in (alone.description or "")
    published(session, district, TOGETHER, 1)
    both = entries(client, session, district)
    assert (both["Regu T-1"].uid, both["Regu T-1"].sequence) == (alone.uid, 1)
    assert WITH_T_2 in (both["Regu T-1"].description or "")
    assert "Team: Regu T-1, together with T-2" in (both["Regu T-1"].description or "")
    assert both["Regu T-2"].sequence == 0
    published(session, district, TOGETHER, 2)
    assert entries(client, session, district)["Regu T-1"].sequence == 1, "the same company is no change"
    published(session, district, ALONE, 3)
    again = entries(client, session, district)
    assert (again["Regu T-1"].sequence, "bersama" in (again["Regu T-1"].description or "")) == (2, False)
    assert again["Regu T-2"].status is EntryStatus.CANCELLED
    assert "bersama" not in (again["Regu T-2"].description or ""), "of what is called off nobody is told who else goes"


def test_another_teams_new_code_is_a_change_too(session: Session, district: District) -> None:
    schedule = published(session, district, TOGETHER, 0)
    other = session.scalars(select(Team).where(Team.code == "T-2")).one()
    other.name = "Regu Dua"
    session.commit()
    session.expire_all()
    assert [row.sequence for row in visits_of(session, schedule) if row.team_id != other.id] == [0]
    other.code = "T-9"
    session.commit()
    session.expire_all()
    assert [row.sequence for row in visits_of(session, schedule) if row.team_id != other.id] == [1]


def test_a_visit_that_stays_in_force_is_told_of_others_who_leave(session: Session, district: District) -> None:
    schedule = published(session, district, TOGETHER, 0)
    first, second = sorted(visits_of(session, schedule), key=lambda row: row.team_id)
    second.in_force = False
    session.flush()
    _retell_staying(session, _Meetings([second], []), now=NOW + timedelta(hours=1))
    assert (first.sequence, first.changed_at) == (1, NOW + timedelta(hours=1))
    _retell_staying(session, _Meetings([second], [second]), now=NOW + timedelta(hours=2))
    assert first.sequence == 1
    elsewhere = Visit(site_id=first.site_id, date=date(2023, 11, 22), team_id=second.team_id)
    _retell_staying(session, _Meetings([elsewhere], []), now=NOW + timedelta(hours=2))
    assert first.sequence == 1, "on another day"
