"""Why every site is in a plan or not, over HTTP: all reasons of a plan, filtered, and as a file."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from app.access.permissions import Viewer
from app.database import SessionDep
from app.http_conventions import CursorParam, LanguageDep, LimitParam, decode_cursor, page_of
from app.payloads import Id
from app.schedules import service as schedules
from app.schedules.questions.explanations import ExplanationOut
from app.schedules.questions.plain_reasons import SiteStanding
from app.schedules.reasons import service as reasons
from app.schedules.reasons.service import ReasonFilter, ReasonsPage
from app.tables.formats import Format
from app.tables.transfer import EXPORT_RESPONSES, download

router = APIRouter(prefix="/v1", tags=["schedules"])

_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"description": "No such schedule, or not yours to see."},
    409: {"description": "The run has no plan, or none yet."},
}


def _filter(
    standing: Annotated[SiteStanding | None, Query(description="Where the sites stand.")] = None,
    reason: Annotated[
        str | None,
        Query(max_length=40, description="Of impossible sites the rule that stops them; of others their standing."),
    ] = None,
    area: Annotated[str | None, Query(max_length=20, description="Code of a sub-district.")] = None,
) -> ReasonFilter:
    return ReasonFilter(standing=standing, reason=reason, area=area)


FilterDep = Annotated[ReasonFilter, Depends(_filter)]


@router.get("/schedules/{schedule_id}/explanations", responses=_REFUSALS)
def list_explanations(
    schedule_id: Id,
    session: SessionDep,
    actor: Viewer,
    wanted: FilterDep,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> ReasonsPage:
    """Why each site is in the plan of a schedule or not, with what forcing it in would cost.

    A worker finds all of them soon after the run, and again after the plan was changed; `state` says how far it is."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    listing = reasons.reasons(session, schedule, wanted, after_site_id=decode_cursor(cursor), limit=limit + 1)
    page = page_of(
        listing.reasons,
        limit=limit,
        key=lambda reason: reason.site_id,
        shown=lambda reason: ExplanationOut.model_validate(reason.answer),
    )
    return ReasonsPage(
        schedule_id=schedule.id,
        state=listing.state,
        found_at=None if listing.looked_at is None else listing.looked_at.found_at,
        unpriced=0 if listing.looked_at is None else listing.looked_at.unpriced,
        by_standing=listing.by_standing,
        items=page.items,
        next_cursor=page.next_cursor,
    )


@router.get(
    "/schedules/{schedule_id}/explanations.{file_format}",
    response_class=Response,
    responses={**EXPORT_RESPONSES, **_REFUSALS},
)
def export_explanations(
    session: SessionDep,
    actor: Viewer,
    schedule_id: Id,
    wanted: FilterDep,
    language: LanguageDep,
    file_format: Annotated[Format, Path(description="Ending of the file: csv, xlsx or geojson.")],
) -> Response:
    """Why each site is in the plan or not, one row a site; the sentence in the language asked for."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    content = reasons.export_reasons(session, schedule, wanted, file_format, language=language)
    return download(content, file_format, name=f"reasons-{schedule.district_code}-{schedule.id}")
