"""`/jalur`: boats, planes, mud, and whatever else between two places no straight line tells."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts import coded_things
from app.pages.edit_forms import PROVENANCES, Edited
from app.pages.forms import filled_in, read_as, wholes
from app.pages.frame import Form, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.pages.texts import options, text
from app.pages.thing_pages import ThingPages
from app.payloads import Id
from app.sites.models import Site
from app.teams.models import Team
from app.travel.entries import TRAVEL_ENTRIES, fields_of
from app.travel.models import Lodging, Station, TravelEntry, Way
from app.travel.places import PREFIXES, PlaceKind, places_of, written
from app.travel.schemas import TravelEntryIn, TravelEntryPatch
from app.travel.values import EntryFields

router = pages_router()

HERE = "/jalur"
_FIELDS = ("origin", "destination", "minutes", "metres", "way", "both_directions", "note", "provenance")
_FIGURES = ("minutes", "metres")


@router.get(HERE)
def list_ways(
    request: Request,
    session: SessionDep,
    reader: PlannerPage,
    cara: Annotated[str, Query(max_length=40)] = "",
    tersimpan: Annotated[bool, Query()] = False,
) -> Response:
    rows = coded_things.list_things(session, TRAVEL_ENTRIES, reader.district.code)
    way = next((known for known in Way if known == cara), None)
    places = places_of(session, reader.district.code)
    fields = {row.id: fields_of(row, places) for row in rows}
    names = names_of_places(session, reader)
    return page(
        request,
        "ways/list.html",
        reader,
        ways=[
            (row.id, fields[row.id], [names[written(place, reader.language)] for place in _ends(fields[row.id])])
            for row in rows
            if way is None or row.way == way
        ],
        has_any=bool(rows),
        way=way or "",
        way_options=options("moving", Way, reader.language),
        is_stored=tersimpan,
    )


@router.get(f"{HERE}/baru")
def new_way(request: Request, session: SessionDep, reader: PlannerPage) -> Response:
    return _PAGES.new(request, session, reader)


@router.post(f"{HERE}/baru")
@once
def create_way(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    return _PAGES.create(request, session, reader, form)


@router.get(f"{HERE}/{{entry_id}}")
def one_way(request: Request, session: SessionDep, reader: PlannerPage, entry_id: Id) -> Response:
    return _PAGES.one(request, session, reader, _PAGES.row(session, reader, entry_id))


@router.post(f"{HERE}/{{entry_id}}")
@once
def change_way(request: Request, session: SessionDep, reader: PlannerPage, entry_id: Id, form: Form) -> Response:
    return _PAGES.change(request, session, reader, entry_id, form)


@router.post(f"{HERE}/{{entry_id}}/hapus")
@once
def delete_way(request: Request, session: SessionDep, reader: PlannerPage, entry_id: Id, form: Form) -> Response:
    return _PAGES.delete(request, session, reader, entry_id, form)


def names_of_places(session: Session, reader: DistrictReader) -> dict[str, str]:
    """What people call each place that a way may begin or end at, by its name in the form."""
    code = reader.district.code
    teams = session.execute(select(Team.code, Team.base_name).where(Team.district_code == code).order_by(Team.code))
    names = {
        PREFIXES[PlaceKind.BASE][0] + row.code: row.base_name or text("ways.base_of", reader.language, team=row.code)
        for row in teams
    }
    others: Mapping[PlaceKind, type[Lodging | Station]] = {PlaceKind.STATION: Station, PlaceKind.LODGING: Lodging}
    for kind, model in others.items():
        rows = session.execute(select(model.code, model.name).where(model.district_code == code).order_by(model.name))
        names |= {PREFIXES[kind][0] + row.code: row.name for row in rows}
    sites = session.execute(select(Site.code, Site.name).where(Site.district_code == code).order_by(Site.name))
    names |= {row.code: row.name for row in sites}
    return {written(name, reader.language): called for name, called in names.items()}


def _ends(fields: EntryFields) -> tuple[str, str]:
    return fields.origin, fields.destination


def _blank() -> dict[str, str]:
    return dict.fromkeys(_FIELDS, "") | {"way": Way.BOAT.value, "both_directions": "yes", "provenance": "given"}


def _values(session: Session, reader: DistrictReader, entry: TravelEntry) -> dict[str, str]:
    fields = fields_of(entry, places_of(session, entry.district_code))
    shown = {name: str(getattr(fields, name)) for name in ("minutes", "metres", "way", "provenance")}
    shown |= {name: written(getattr(fields, name), reader.language) for name in ("origin", "destination")}
    return shown | {"both_directions": "yes" if fields.both_directions else "", "note": fields.note or ""}


def _changes(session: Session, sent: Edited, entry: TravelEntry | None) -> dict[str, Any]:
    if entry is not None:
        return read_as(TravelEntryPatch, _body(sent, sent.changed)).given()
    return read_as(TravelEntryIn, filled_in(_body(sent, _FIELDS))).given()


def _body(sent: Edited, names: Iterable[str]) -> dict[str, Any]:
    """The request of the API that these fields stand for."""
    wanted = {name: sent.values[name] for name in names if name in _FIELDS}
    body: dict[str, Any] = {name: value or None for name, value in wanted.items()}
    if "both_directions" in wanted:
        body["both_directions"] = wanted["both_directions"] == "yes"
    return body | wholes(wanted, _FIGURES)


_PAGES = ThingPages(
    kind=TRAVEL_ENTRIES,
    template="ways/one.html",
    named="entry",
    back=f"{HERE}?tersimpan=true",
    blank=_blank,
    values=_values,
    changes=_changes,
    around=lambda session, reader: {"names": names_of_places(session, reader)},
    choices=lambda reader: {
        "way": options("moving", Way, reader.language),
        "provenance": options("provenance", PROVENANCES, reader.language),
    },
)
