"""`/cetak/{tim}/{hari}`: a team's day on one page of paper, also for browsers without scripts."""

from datetime import timedelta
from urllib.parse import quote, urlencode

from fastapi import Request, Response

from app.access.token_rules import team_code_of
from app.database import SessionDep
from app.letters.day_sheet import sheet_content
from app.pages.frame import go_to, page, pages_router
from app.pages.readers import CoordinatorPage
from app.payloads import IsoDay

router = pages_router()


@router.get("/cetak")
def own_sheet(session: SessionDep, reader: CoordinatorPage) -> Response:
    """Today's sheet of a coordinator's own team; whoever sees every team chooses one first."""
    code = team_code_of(session, reader.actor.team_id)
    return go_to("/hari-ini" if code is None else f"/cetak/{quote(code, safe='')}/{reader.today}")


# A team's code may hold a slash.
@router.get("/cetak/{team:path}/{day}")
def sheet(request: Request, team: str, day: IsoDay, session: SessionDep, reader: CoordinatorPage) -> Response:
    code = reader.district.code
    content = sheet_content(
        session, day, actor=reader.actor, team_code=team, district_code=code, language=reader.language
    )
    folder = f"/cetak/{quote(team, safe='')}"
    return page(
        request,
        "today/day_sheet.html",
        reader,
        sheet=content,
        before=f"{folder}/{day - timedelta(days=1)}",
        after=f"{folder}/{day + timedelta(days=1)}",
        pdf="/v1/assignments.pdf?" + urlencode({"date": day, "team": team, "district": code}),
    )
