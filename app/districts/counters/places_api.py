"""Places with fixed counters over HTTP, and what was counted at each of them."""

from datetime import date

from fastapi import Response
from sqlalchemy.orm import Session

from app.access.permissions import Planner, Viewer
from app.access.service import Actor
from app.database import SessionDep
from app.districts import service as districts
from app.districts.coded_routes import CodedThings, Descriptions, coded_router
from app.districts.coded_things import read_thing
from app.districts.counters import place_counts
from app.districts.counters.models import CounterPlace, CounterPlaceCount
from app.districts.counters.place_schemas import (
    CounterPlaceIn,
    CounterPlaceOut,
    CounterPlacePatch,
    PlaceCountOut,
    place_out,
)
from app.districts.counters.places import COUNTER_PLACES
from app.districts.models import Document
from app.districts.schemas import WalkInCountIn
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
from app.payloads import CHANGE_REFUSALS, READ_REFUSALS, Id, IsoDay

router = coded_router(
    CodedThings(
        kind=COUNTER_PLACES,
        path="counter-places",
        new=CounterPlaceIn,
        patch=CounterPlacePatch,
        out=CounterPlaceOut,
        showing=lambda session, code: place_out,
        says=Descriptions(
            nouns="places with counters",
            lists="The places where the district has fixed counters, as they were entered.",
            creates="Add a place with fixed counters; its rates come on top of the general one (`walk-ins`).",
            matched="Rows are matched by `code`. Columns that the file lacks stay as they are, and places that it does "
            "not name.",
            changes="Change the fields that the body names; null empties one. `rates` are given whole.",
            deletes="Remove a place with what was counted there. One that has closed is better given its last day, "
            "`ends_on`.",
        ),
    ),
    tag="districts",
)

_COUNT = "/counter-places/{place_id}/counts/{document}/{day}"


@router.get("/counter-places/{place_id}/counts/{document}", responses=READ_REFUSALS)
def list_counter_place_counts(
    place_id: Id,
    document: Document,
    session: SessionDep,
    actor: Viewer,
    limit: LimitParam = 100,
    cursor: CursorParam = None,
) -> Page[PlaceCountOut]:
    """What was counted at a place, day by day."""
    place = _place(session, place_id, actor=actor)
    after = decode_cursor(cursor)
    rows = place_counts.list_place_counts(
        session, place, document, after=date.fromordinal(after) if after else None, limit=limit + 1
    )
    return page_of(rows, limit=limit, key=lambda row: row.day.toordinal(), shown=PlaceCountOut.model_validate)


@router.get(_COUNT, response_model=PlaceCountOut, responses=READ_REFUSALS)
def read_counter_place_count(
    place_id: Id, document: Document, day: IsoDay, session: SessionDep, actor: Viewer
) -> Response:
    place = _place(session, place_id, actor=actor)
    return _count_answer(place_counts.get_place_count(session, place, document, day))


@router.put(_COUNT, response_model=PlaceCountOut, responses={**CHANGE_REFUSALS, 201: {"model": PlaceCountOut}})
def put_counter_place_count(
    place_id: Id,
    document: Document,
    day: IsoDay,
    body: WalkInCountIn,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> Response:
    """Tell what one place won on a day, in place of its rate; a count of the whole district goes before it."""
    place = _place(session, place_id, actor=actor, write=True)
    district = districts.get_district(session, place.district_code)
    count, is_new = place_counts.put_place_count(
        session,
        place,
        document,
        day,
        activated=body.activated,
        note=body.note,
        today=districts.date_of(now, district),
        actor=actor,
        now=now,
        if_match=if_match,
    )
    return _count_answer(count, status_code=201 if is_new else 200)


@router.delete(_COUNT, status_code=204, responses=CHANGE_REFUSALS)
def delete_counter_place_count(
    place_id: Id,
    document: Document,
    day: IsoDay,
    session: SessionDep,
    actor: Planner,
    now: NowDep,
    if_match: IfMatchHeader = None,
) -> None:
    """Forget what was counted at a place on a day: its rate speaks for it again."""
    place = _place(session, place_id, actor=actor, write=True)
    count = place_counts.get_place_count(session, place, document, day, for_update=True)
    check_if_match(if_match, count.version)
    place_counts.delete_place_count(session, place, count, actor=actor, now=now)


def _place(session: Session, place_id: int, *, actor: Actor, write: bool = False) -> CounterPlace:
    place: CounterPlace = read_thing(session, COUNTER_PLACES, place_id, actor=actor, write=write)
    return place


def _count_answer(count: CounterPlaceCount, *, status_code: int = 200) -> Response:
    return json_answer(PlaceCountOut.model_validate(count), status_code=status_code, etag=count.version)
