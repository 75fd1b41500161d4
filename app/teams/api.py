"""The teams over HTTP."""

from fastapi import APIRouter, Response

from app.access.idempotency import once
from app.access.permissions import Coordinator, Planner, Viewer, check_district, visible_team
from app.database import SessionDep
from app.districts import service as districts
from app.http_conventions import (
    CursorParam,
    IfMatchHeader,
    LimitParam,
    NowDep,
    Page,
    check_if_match,
    decode_cursor,
    json_answer,
    page_of,
)
from app.payloads import DistrictCodePath, Id
from app.tables.figures import Manner
from app.tables.formats import Format
from app.tables.transfer import (
    EXPORT_RESPONSES,
    IMPORT_OPENAPI,
    FormatParam,
    ImportAnswer,
    ImportMode,
    ImportWishDep,
    PreviewAnswer,
    UploadDep,
    WrittenFiguresParam,
    download,
    import_answer,
    outcome_or_refusal,
    preview_answer,
)
from app.teams import service as teams
from app.teams.schemas import (
    BreakIn,
    BreakOut,
    LeaveIn,
    LeaveOut,
    TeamIn,
    TeamOut,
    TeamPatch,
    break_out,
    leave_out,
    team_out,
)
from app.teams.values import POINT, VOCABULARY

router = APIRouter(prefix="/v1", tags=["teams"])


@router.get("/districts/{code}/teams", response_model=Page[TeamOut])
def list_teams(
    session: SessionDep,
    actor: Coordinator,
    code: DistrictCodePath,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Response:
    """The teams of a district, in the order in which they were entered; a coordinator sees the own one."""
    check_district(actor, code)
    districts.get_district(session, code)
    rows = teams.list_teams(
        session,
        code,
        only_team_id=visible_team(actor, None),
        after_id=decode_cursor(cursor),
        limit=limit + 1,
    )
    page = page_of(rows, limit=limit, key=lambda row: row.id, shown=team_out)
    return json_answer(page)


@router.post("/districts/{code}/teams", response_model=TeamOut, status_code=201)
@once
def create_team(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    body: TeamIn,
) -> Response:
    """Add a team."""
    check_district(actor, code, write=True)
    team = teams.create_team(session, districts.get_district(session, code), body.given(), actor=actor, now=now)
    return json_answer(team_out(team), status_code=201, headers={"Location": f"/v1/teams/{team.id}"}, etag=team.version)


@router.post("/districts/{code}/teams/import", response_model=ImportAnswer, openapi_extra=IMPORT_OPENAPI)
@once
def import_teams(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    code: DistrictCodePath,
    upload: UploadDep,
    wish: ImportWishDep,
) -> Response:
    """Import a table of teams: all of it, or nothing and a list of every bad row, column and reason.

    An office's own sheet is understood; `…/import/preview` shows how.
    Rows are matched by `code`. Columns that the file lacks stay as they are; an empty cell empties the field. Teams
    that the file does not name stay. In GeoJSON the point is the team's base."""
    check_district(actor, code, write=True)
    outcome = teams.import_teams(
        session,
        code,
        upload.table(VOCABULARY, wish, point=POINT),
        actor=actor,
        now=now,
        create_only=wish.mode is ImportMode.CREATE,
        dry_run=wish.dry_run,
    )
    return json_answer(import_answer(outcome, wish))


@router.post("/districts/{code}/teams/import/preview", openapi_extra=IMPORT_OPENAPI)
def preview_teams(
    session: SessionDep, actor: Planner, now: NowDep, code: DistrictCodePath, upload: UploadDep, wish: ImportWishDep
) -> PreviewAnswer:
    """How an import would understand a file: its header, which column is which field, its figures, its troubles."""
    check_district(actor, code, write=True)
    table = upload.table(VOCABULARY, wish, point=POINT)
    outcome = outcome_or_refusal(lambda: teams.import_teams(session, code, table, actor=actor, now=now, dry_run=True))
    return preview_answer(table, outcome, language=wish.language)


@router.get("/districts/{code}/teams/export", responses=EXPORT_RESPONSES, response_class=Response)
def export_teams(
    session: SessionDep,
    actor: Viewer,
    code: DistrictCodePath,
    file_format: FormatParam = Format.CSV,
    figures: WrittenFiguresParam = Manner.ENGLISH,
) -> Response:
    """All teams as a file that the import reads without loss; in CSV, text that looks like a formula begins with '."""
    check_district(actor, code)
    districts.get_district(session, code)
    content = teams.export_teams(session, code, file_format, manner=figures)
    return download(content, file_format, name=f"teams-{code}")


@router.get("/teams/{team_id}", response_model=TeamOut)
def read_team(session: SessionDep, actor: Coordinator, team_id: Id) -> Response:
    """One team with its leave and breaks; a coordinator's token opens its own only."""
    team = teams.read_team(session, team_id, actor=actor)
    return json_answer(team_out(team), etag=team.version)


@router.patch("/teams/{team_id}", response_model=TeamOut)
def change_team(
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    team_id: Id,
    body: TeamPatch,
    if_match: IfMatchHeader = None,
) -> Response:
    """Change the fields that the body names; null empties one."""
    team = teams.read_team(session, team_id, actor=actor, write=True)
    check_if_match(if_match, team.version)
    team = teams.change_team(session, team, body.given(), actor=actor, now=now)
    return json_answer(team_out(team), etag=team.version)


@router.delete("/teams/{team_id}", status_code=204)
def delete_team(session: SessionDep, actor: Planner, now: NowDep, team_id: Id, if_match: IfMatchHeader = None) -> None:
    """Remove a team that no visit refers to; its tokens end with it."""
    team = teams.read_team(session, team_id, actor=actor, write=True)
    check_if_match(if_match, team.version)
    teams.delete_team(session, team, actor=actor, now=now)


@router.post("/teams/{team_id}/leave", response_model=LeaveOut, status_code=201)
@once
def add_leave(session: SessionDep, actor: Planner, now: NowDep, team_id: Id, body: LeaveIn) -> Response:
    """Send a team on leave: no new schedule counts on it those days."""
    team = teams.read_team(session, team_id, actor=actor, write=True)
    row = teams.add_leave(session, team, body.as_leave(), actor=actor, now=now)
    return json_answer(leave_out(row), status_code=201, headers={"Location": f"/v1/teams/{team.id}/leave/{row.id}"})


@router.delete("/teams/{team_id}/leave/{leave_id}", status_code=204)
def remove_leave(session: SessionDep, actor: Planner, now: NowDep, team_id: Id, leave_id: Id) -> None:
    """Take a leave back."""
    team = teams.read_team(session, team_id, actor=actor, write=True)
    teams.remove_leave(session, team, leave_id, actor=actor, now=now)


@router.post("/teams/{team_id}/breaks", response_model=BreakOut, status_code=201)
@once
def add_break(session: SessionDep, actor: Planner, now: NowDep, team_id: Id, body: BreakIn) -> Response:
    """Let a team pause: lunch, Friday prayer, the hours of Ramadan. New plans keep it, and say when it is taken."""
    team = teams.read_team(session, team_id, actor=actor, write=True)
    row = teams.add_break(session, team, body.as_rule(), actor=actor, now=now)
    return json_answer(break_out(row), status_code=201, headers={"Location": f"/v1/teams/{team.id}/breaks/{row.id}"})


@router.delete("/teams/{team_id}/breaks/{break_id}", status_code=204)
def remove_break(session: SessionDep, actor: Planner, now: NowDep, team_id: Id, break_id: Id) -> None:
    """Take a break back; plans that hold it stay as they are."""
    team = teams.read_team(session, team_id, actor=actor, write=True)
    teams.remove_break(session, team, break_id, actor=actor, now=now)
