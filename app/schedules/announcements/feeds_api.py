"""Feeds over HTTP, for calendar programs to subscribe to; the address holds the token."""

from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response

from app.access.permissions import note_use
from app.http_conventions import IfNoneMatchHeader, NowDep, is_unchanged
from app.schedules.announcements.feeds import open_feed, write_feed

router = APIRouter(prefix="/v1", tags=["feeds"])

MAX_ALARM_MINUTES = 7 * 24 * 60


@router.get(
    "/feeds/{token}.ics",
    response_class=Response,
    responses={
        200: {
            "content": {"text/calendar": {"schema": {"type": "string"}}},
            "description": "The feed (RFC 5545): visits in force, and for 90 days those called off as CANCELLED.",
        },
        304: {"description": "The feed is as the caller's ETag or date says."},
        404: {"description": "No feed has this address, or it was revoked or has expired."},
    },
)
@router.head("/feeds/{token}.ics", include_in_schema=False)
def read_feed(
    request: Request,
    token: Annotated[str, Path(description="The secret of a feed token: of a team, a site, an area or the district.")],
    now: NowDep,
    alarm: Annotated[
        int | None,
        Query(ge=0, le=MAX_ALARM_MINUTES, description="Minutes before each visit at which it rings; absent: never."),
    ] = None,
    if_none_match: IfNoneMatchHeader = None,
    if_modified_since: Annotated[str | None, Header(description="Counts only without If-None-Match.")] = None,
) -> Response:
    """The published visits of a team, a site, an area or a district, for calendar programs to subscribe to.

    A visit that left the plan stays as CANCELLED for 90 days, so that readers take it away."""
    sessions = request.app.state.sessions
    feed = open_feed(sessions, token, now=now)
    note_use(request, feed.token_id, now=now)
    headers = {"ETag": feed.etag(alarm_minutes=alarm), "Cache-Control": "private, no-cache"}
    if feed.changed_at is not None:
        headers["Last-Modified"] = format_datetime(feed.changed_at, usegmt=True)
    if _is_known(feed.changed_at, headers["ETag"], if_none_match=if_none_match, if_modified_since=if_modified_since):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="jemput-bola.ics"'
    written = write_feed(sessions, feed, alarm_minutes=alarm)
    if written.left_out:
        # What is mended in our program changes no visit: readers are to ask again.
        headers = {name: value for name, value in headers.items() if name not in ("ETag", "Last-Modified")}
    return Response(written.content, headers=headers, media_type="text/calendar; charset=utf-8")


def _is_known(
    changed_at: datetime | None, etag: str, *, if_none_match: str | None, if_modified_since: str | None
) -> bool:
    """Whether the reader has this state (RFC 9110, 13.2.2); a date that cannot be read is ignored."""
    if if_none_match is not None:
        return is_unchanged(if_none_match, etag)
    if if_modified_since is None or changed_at is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except (ValueError, OverflowError):
        return False
    return since.tzinfo is not None and changed_at.replace(microsecond=0) <= since
