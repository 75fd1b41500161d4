from dataclasses import replace
from datetime import date

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.access.service import COMMAND_LINE
from app.districts.kits import Kit, canonical_kits
from app.districts.models import Document
from app.tables.formats import Format, read_table, write_table
from app.tables.records import ImportOutcome, ImportRefused
from app.teams import service as teams
from app.teams.leave import Leave, canonical_leave, leave_problems
from app.teams.models import Team, TeamLeave
from app.teams.values import POINT, READERS, VOCABULARY, TeamFields, canonical_documents, cells_of
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_team

HEADER = "code,name,operators,minutes_per_activation,base_lat,base_lon,shift_start,shift_end"
GOOD = "T,Tim 1,3,8,-3.29,102.86,07:30,16:00"
TEAMS = "/v1/districts/16.73/teams"


def bring(session: Session, text: str) -> ImportOutcome:
    table = read_table(text.encode(), Format.CSV, point=POINT)
    return teams.import_teams(session, "16.73", table, actor=COMMAND_LINE, now=NOW)


def test_rows_become_teams(session: Session) -> None:
    make_district(session)
    text = (
        f"{HEADER},kits,working_weekdays,max_stops,leave\n{GOOD},biometric;satellite,mon-sat,2,2023-11-20..2023-11-21\n"
    )
    assert bring(session, text) == ImportOutcome(created=1, updated=0, unchanged=0)
    team = session.scalars(select(Team)).one()
    assert (team.operators, team.shift_start, team.shift_end, team.max_stops) == (3, 450, 960, 2)
    assert (team.kits, team.working_weekdays) == (["satellite", "biometric"], "1111110")
    leave = session.scalars(select(TeamLeave)).one()
    assert (leave.starts_on, leave.ends_on, leave.reason) == (date(2023, 11, 20), date(2023, 11, 21), None)


def test_documents_of_a_team_are_read_in_the_offices_words(session: Session) -> None:
    make_district(session)
    rows = "T,Tim 1,3,8,-3.29,102.86,07:30,16:00"
    sheet = f"{HEADER},layanan\n{rows},Perekaman KTP-el; IKD; KIA\n"
    table = read_table(sheet.encode(), Format.CSV, VOCABULARY, point=POINT)
    teams.import_teams(session, "16.73", table, actor=COMMAND_LINE, now=NOW)
    assert session.scalars(select(Team.documents)).one() == ["ikd", "ktp_el", "kia"]
    bring(
        session, "code,name,operators,minutes_per_activation,documents\nT,Tim 1,3,8,ikd; ktp_el;kia; akta kelahiran\n"
    )
    assert session.scalars(select(Team.documents)).one() is None
    with pytest.raises(ImportRefused) as refused:
        bring(session, "code,documents\nT,sim\n")
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.value) == ("row 2/documents", "sim")
    assert "birth_certificate" in (problem.mend or "")


def test_the_same_file_twice_changes_nothing(session: Session) -> None:
    make_district(session)
    text = f"{HEADER},leave\n{GOOD},2023-11-20..2023-11-21 pelatihan\n"
    bring(session, text)
    leave_id = session.scalars(select(TeamLeave.id)).one()
    assert bring(session, text) == ImportOutcome(created=0, updated=0, unchanged=1)
    assert session.scalars(select(TeamLeave.id)).one() == leave_id
    assert len(session.scalars(select(AuditEntry)).all()) == 1


def test_a_file_that_names_no_leave_keeps_it(session: Session) -> None:
    make_district(session)
    bring(session, f"{HEADER},leave\n{GOOD},2023-11-20..2023-11-21\n")
    assert bring(session, "code,operators\nT,4\n").updated == 1
    assert session.scalars(select(Team.operators)).one() == 4
    assert len(session.scalars(select(TeamLeave)).all()) == 1
    bring(session, "code,leave\nT,\n")
    assert session.scalars(select(TeamLeave)).all() == []
    assert session.scalars(select(Team.version)).one() == 3


def test_every_bad_row_is_told_at_once_and_nothing_is_stored(session: Session) -> None:
    make_district(session)
    rows = [
        GOOD + ",,,",
        "U,Tim 2,0,8,102.86,-3.29,07:30,16:00,drone,,",
        "V,Tim 3,3,8,-3.29,102.86,16:00,07:30,,fri-mon,",
        "W,Tim 4,3,,-3.29,102.86,07.30,late,,,2023-11-20",
        "T,Tim 5,3,8,-3.29,102.86,07:30,16:00,,,",
    ]
    with pytest.raises(ImportRefused) as refused:
        bring(session, "\n".join([f"{HEADER},kits,working_weekdays,leave", *rows]))
    assert {problem.pointer for problem in refused.value.problems} == {
        "row 3/operators",
        "row 3/kits",
        "row 3/base_lat",
        "row 4/shift_end",
        "row 4/working_weekdays",
        "row 5/minutes_per_activation",
        "row 5/shift_end",
        "row 5/leave",
        "row 6/code",
    }
    assert all(problem.mend for problem in refused.value.problems)
    assert session.scalars(select(Team)).all() == []


@pytest.mark.parametrize("file_format", list(Format))
def test_an_export_is_imported_without_a_change(
    client: TestClient, session: Session, bearer: AsRole, file_format: Format
) -> None:
    make_district(session)
    make_team(session, code="-1", kits=["biometric"], leaves=[TeamLeave(starts_on=NOW.date(), ends_on=NOW.date())])
    make_team(session, working_weekdays="1111110", base_name="Kantor")
    planner = bearer(Role.PLANNER, "16.73")
    exported = client.get(f"{TEAMS}/export", params={"format": file_format.value}, headers=planner)
    headers = planner | {"Content-Type": exported.headers["content-type"]}
    answer = client.post(f"{TEAMS}/import", content=exported.content, headers=headers)
    assert answer.json() == {"created": 0, "updated": 0, "unchanged": 2, "dry_run": False, "remarks": []}


def test_an_import_answers_over_http(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73") | {"Content-Type": "text/csv"}
    tried = client.post(f"{TEAMS}/import?dry_run=true", content=f"{HEADER}\n{GOOD}\n", headers=headers)
    assert tried.json() == {"created": 1, "updated": 0, "unchanged": 0, "dry_run": True, "remarks": []}
    assert session.scalars(select(Team)).all() == []
    assert client.post(f"{TEAMS}/import", content=f"{HEADER}\n{GOOD}\n", headers=headers).json()["created"] == 1
    again = client.post(f"{TEAMS}/import?mode=create", content=f"{HEADER}\n{GOOD}\n", headers=headers)
    assert [problem["pointer"] for problem in again.json()["errors"]] == ["row 2/code"]


VISIBLE = st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\u200b\u2060\ufeff")
TEXT = st.text(VISIBLE, min_size=1, max_size=12)
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
TEAM_FIELDS = st.builds(
    TeamFields,
    code=TEXT,
    name=TEXT,
    operators=st.integers(1, 100),
    minutes_per_activation=st.integers(1, 240),
    base_lat=st.floats(-3.5, -3.1),
    base_lon=st.floats(102.7, 103.0),
    shift_start=st.integers(0, 700),
    shift_end=st.integers(701, 1440),
    kits=st.sets(st.sampled_from([kit.value for kit in Kit])).map(lambda kits: canonical_kits(tuple(kits))),
    base_name=st.none() | TEXT,
    working_weekdays=st.none() | st.integers(1, 127).map(lambda days: f"{days:07b}"),
    max_stops=st.integers(1, 20),
    leave=st.lists(st.builds(Leave, DAYS, DAYS, st.none() | TEXT), max_size=3)
    .map(canonical_leave)
    .filter(lambda leaves: not leave_problems(leaves)),
    provenance=st.dictionaries(st.sampled_from(["operators", "base"]), st.sampled_from(["given", "assumed"])),
    documents=st.sets(st.sampled_from(list(Document))).map(lambda documents: canonical_documents(tuple(documents))),
    zone=st.none() | TEXT,
    max_nights=st.integers(0, 60),
    rest_days=st.integers(0, 30),
).flatmap(
    lambda team: st.builds(
        lambda away: replace(team, away_shift_start=away[0], away_shift_end=away[1]),
        st.just((None, None)) | st.tuples(st.integers(0, 700), st.integers(701, 1440)),
    )
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(TEAM_FIELDS, min_size=1, max_size=4, unique_by=lambda team: team.code))
def test_any_team_survives_import_and_export_in_every_format(session: Session, written: list[TeamFields]) -> None:
    with session.begin_nested() as trial:
        make_district(session)
        for file_format in Format:
            content = write_table(tuple(READERS), [cells_of(team) for team in written], file_format, point=POINT)
            table = read_table(content, file_format, point=POINT)
            outcome = teams.import_teams(session, "16.73", table, actor=COMMAND_LINE, now=NOW)
            created = len(written) if file_format is Format.CSV else 0
            assert outcome == ImportOutcome(created=created, updated=0, unchanged=len(written) - created)
            exported = read_table(teams.export_teams(session, "16.73", file_format), file_format, point=POINT)
            exported_cells = {row.cells["code"]: dict(row.cells) for row in exported.rows}
            assert exported_cells == {row.cells["code"]: dict(row.cells) for row in table.rows}
        trial.rollback()
