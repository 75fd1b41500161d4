"""What the phone's script would ask first, put into its page: on a slow signal each question takes half a second."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request

from app.access.me import me
from app.access.models import Role
from app.access.permissions import PerhapsSignedIn, credential_hash
from app.access.service import Actor
from app.database import SessionDep
from app.districts.service import date_of, get_district
from app.fieldwork.missing import missing_shown
from app.fieldwork.span import read_span, span_shown
from app.http_conventions import NowDep, content_etag

_DAYS = 8
"""As `DAYS` of `today_tasks.js`."""
_MOST_MISSING = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coordinator:
    """Who has logged in, the date there, and what the phone shows beside the days themselves."""

    actor: Actor
    today: date
    said: Mapping[str, Any]


def _coordinator(request: Request, session: SessionDep, actor: PerhapsSignedIn, now: NowDep) -> _Coordinator | None:
    if actor is None or actor.role is not Role.COORDINATOR or actor.district_code is None or actor.team_id is None:
        return None
    # The script asks for another week itself.
    if request.query_params:
        return None
    district = get_district(session, actor.district_code)
    missing = missing_shown(session, district, team_id=actor.team_id, after_id=0, limit=_MOST_MISSING, now=now)
    return _Coordinator(
        actor=actor,
        today=date_of(now, district),
        said={
            "me": me(session, actor, now=now).model_dump(mode="json"),
            "missing": [visit.model_dump(mode="json") for visit in missing],
        },
    )


async def _day_given(
    request: Request, coordinator: Annotated[_Coordinator | None, Depends(_coordinator, scope="function")]
) -> Mapping[str, Any] | None:
    if coordinator is None:
        return None
    rows = await read_span(
        request.app.state.sessions,
        secret_hash=credential_hash(request),
        first=coordinator.today,
        days=_DAYS,
        team_code=None,
        district_code=None,
    )
    district_code = coordinator.actor.district_code
    assert district_code is not None
    shows_contacts = coordinator.actor.may_write(district_code)
    days = orjson.dumps(span_shown(rows, coordinator.today, _DAYS, shows_contacts=shows_contacts))
    return {
        **coordinator.said,
        "first": coordinator.today.isoformat(),
        "days": orjson.loads(days),
        "etag": content_etag(days),
    }


DayGiven = Annotated[Mapping[str, Any] | None, Depends(_day_given, scope="function")]
"""A coordinator's own days; None for anybody else, and for the worker, which asks without a cookie."""
