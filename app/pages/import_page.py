"""`/lokasi/impor`, `/tim/impor` and others: an office's own table: choose the file, see how it is read, take it over.

Nothing is stored before the last step, not even the file, which may hold telephone numbers: the page of the second
step carries it."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.districts.coded_things import import_things
from app.districts.column_matches import keep_matches, matched_columns
from app.districts.service import get_district
from app.errors import AppError, Conflict, InvalidRequest, PayloadTooLarge, UnsupportedMedia, invalid
from app.languages import Language, said
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.journeys_form import ROOMS, Room
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_files import FileForm
from app.pages.sent_once import once
from app.pages.texts import text
from app.sites import service as sites
from app.sites.place_missing import PlaceMissing
from app.sites.values import VOCABULARY as SITE_VOCABULARY
from app.tables.bad_rows import bad_rows
from app.tables.figures import Manner
from app.tables.formats import Format, read_table
from app.tables.headers import Vocabulary
from app.tables.records import ImportOutcome, ImportRefused
from app.tables.table import Table
from app.tables.transfer import PreviewAnswer, outcome_or_refusal, preview_answer
from app.teams import service as teams
from app.teams.values import POINT as TEAM_POINT
from app.teams.values import VOCABULARY as TEAM_VOCABULARY

router = pages_router()

_COLUMN = "column."
"""Begins the names of the fields that say what a column of the sheet holds."""
_RECOGNISED = TypeAdapter(dict[str, str])
_REFUSALS = (InvalidRequest, Conflict, UnsupportedMedia, PayloadTooLarge)
_MOST_BAD_ROWS = 300
"""Shown beside the sheet; of the others, how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What a table may be of."""

    name: str
    """Of the section of sentences for its fields, and of what is remembered about its columns."""
    home: str
    """The page of all of them."""
    vocabulary: Vocabulary
    point: tuple[str, str] | None
    """The fields that the place of a GeoJSON feature is read into."""
    take: Callable[..., ImportOutcome]
    may_lack_place: bool
    """Whether the form asks what becomes of rows without a place."""


SITES = Thing(
    name="site",
    home="/lokasi",
    vocabulary=SITE_VOCABULARY,
    point=("lat", "lon"),
    take=sites.import_sites,
    may_lack_place=True,
)
TEAMS = Thing(
    name="team",
    home="/tim",
    vocabulary=TEAM_VOCABULARY,
    point=TEAM_POINT,
    take=teams.import_teams,
    may_lack_place=False,
)


def _of_room(room: Room) -> Thing:
    kind = room.kind

    def take(session: Session, district_code: str, table: Table, **how: Any) -> ImportOutcome:
        return import_things(session, kind, get_district(session, district_code), table, **how)

    return Thing(
        name=room.section,
        home=room.path,
        vocabulary=kind.vocabulary,
        point=kind.point,
        take=take,
        may_lack_place=False,
    )


_THINGS = {thing.home: thing for thing in (SITES, TEAMS, *map(_of_room, ROOMS.values()))}


def _thing(request: Request) -> Thing:
    return _THINGS["/" + request.url.path.split("/")[1]]


ThingDep = Annotated[Thing, Depends(_thing)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file on its way from one step to the next, and how it is to be read."""

    thing: Thing
    content: bytes
    file_name: str
    file_format: Format
    manner: Manner | None
    place_missing: PlaceMissing
    mapping: Mapping[str, str | None]
    """By field, the column that holds it; None: no column does. Empty: as the names of the columns say."""
    recognised: Mapping[str, str] | None
    """By column, the field that its name says; None before the first look."""

    recalled: Sequence[str] = ()
    """The columns that are read as somebody matched them the last time, and not as they are named."""

    def table(self) -> Table:
        return read_table(
            self.content,
            self.file_format,
            self.thing.vocabulary,
            point=self.thing.point,
            mapping=self.mapping,
            manner=self.manner,
        )


@router.get("/lokasi/impor")
@router.get("/tim/impor")
@router.get("/penginapan/impor")
@router.get("/stasiun/impor")
@router.get("/sambungan/impor")
def choose_file(request: Request, reader: PlannerPage, thing: ThingDep) -> Response:
    return _choice(request, reader, thing)


@router.post("/lokasi/impor")
@router.post("/tim/impor")
@router.post("/penginapan/impor")
@router.post("/stasiun/impor")
@router.post("/sambungan/impor")
def read_file(request: Request, session: SessionDep, reader: PlannerPage, thing: ThingDep, sent: FileForm) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    try:
        brought = Brought(
            thing=thing,
            content=sent.content,
            file_name=sent.file_name[-200:],
            file_format=sent.file_format,
            manner=_manner(sent.fields.get("figures", "")),
            place_missing=_place_missing(sent.fields.get("place_missing", "")),
            mapping={},
            recognised=None,
        )
        return _preview(request, session, reader, _as_last_time(session, reader, brought))
    except _REFUSALS as refused:
        return _choice(request, reader, thing, refused=refused)


@router.post("/lokasi/impor/langkah")
@router.post("/tim/impor/langkah")
@router.post("/penginapan/impor/langkah")
@router.post("/stasiun/impor/langkah")
@router.post("/sambungan/impor/langkah")
@once
def go_on(request: Request, session: SessionDep, reader: PlannerPage, thing: ThingDep, form: Form) -> Response:
    """Look at the file again with other columns, or take it over."""
    check_district(reader.actor, reader.district.code, write=True)
    try:
        brought = _brought(thing, form)
        if form.get("do") != "take":
            return _preview(request, session, reader, brought)
        with session.begin_nested():
            outcome = _take(session, reader, brought, brought.table())
            _keep_columns(session, reader, brought, form)
    except ImportRefused:
        # Somebody changed the district since the preview, or the columns were changed without a look.
        return _preview(request, session, reader, brought)
    except _REFUSALS as refused:
        return _choice(request, reader, thing, refused=refused)
    counts = f"baru={outcome.created}&berubah={outcome.updated}&sama={outcome.unchanged}"
    return go_to(f"{thing.home}/impor/selesai?{counts}")


@router.get("/lokasi/impor/selesai")
@router.get("/tim/impor/selesai")
@router.get("/penginapan/impor/selesai")
@router.get("/stasiun/impor/selesai")
@router.get("/sambungan/impor/selesai")
def done(
    request: Request, reader: PlannerPage, thing: ThingDep, baru: int = 0, berubah: int = 0, sama: int = 0
) -> Response:
    return page(request, "imports/done.html", reader, thing=thing, created=baru, updated=berubah, unchanged=sama)


def _take(
    session: Session, reader: DistrictReader, brought: Brought, table: Table, *, dry_run: bool = False
) -> ImportOutcome:
    own = {"place_missing": brought.place_missing} if brought.thing.may_lack_place else {}
    return brought.thing.take(
        session, reader.district.code, table, actor=reader.actor, now=reader.now, dry_run=dry_run, **own
    )


def _as_last_time(session: Session, reader: DistrictReader, brought: Brought) -> Brought:
    """The file with its columns read as this district matched them before; as they are named, if that does not do."""
    recognised = _recognised(brought.table())
    matched = matched_columns(session, reader.district.code, brought.thing.name, recognised)
    other = {label: field or "" for label, field in matched.items() if (field or "") != recognised[label]}
    if not other:
        return brought
    # What was matched by hand takes its field from the column that is only named so.
    taken = set(other.values())
    chosen = {label: "" if field in taken else field for label, field in recognised.items()} | other
    recalled = replace(
        brought, mapping=_holding(brought.thing, chosen), recognised=recognised, recalled=tuple(sorted(other))
    )
    try:
        recalled.table()
    except InvalidRequest:
        return brought
    return recalled


def _recognised(table: Table) -> dict[str, str]:
    """By column, the field that it is read as."""
    return {label: field for field, label in table.labels.items()} | dict.fromkeys(table.unmapped, "")


def _keep_columns(session: Session, reader: DistrictReader, brought: Brought, form: Mapping[str, str]) -> None:
    recognised = brought.recognised or {}
    chosen = {label: field for label, field in _chosen(form).items() if label in recognised}
    keep_matches(
        session,
        reader.district.code,
        brought.thing.name,
        matched={label: field or None for label, field in chosen.items() if field != recognised[label]},
        recognised=[label for label, field in chosen.items() if field == recognised[label]],
    )


def _brought(thing: Thing, form: Mapping[str, str]) -> Brought:
    """What the page of the second step carried; raises `InvalidRequest` for a form that is none of ours."""
    try:
        content = base64.b64decode(form.get("content", ""), altchars=b"-_", validate=True)
        file_format = Format(form.get("format", ""))
        recognised = _RECOGNISED.validate_json(form.get("recognised", ""))
    except (binascii.Error, ValueError) as error:
        raise invalid(
            "/file",
            said("The file did not arrive whole.", "Berkas tidak sampai dengan utuh."),
            mend=said("Choose it once more.", "Pilih sekali lagi."),
        ) from error
    return Brought(
        thing=thing,
        content=content,
        file_name=form.get("file_name", "")[-200:],
        file_format=file_format,
        manner=_manner(form.get("figures", "")),
        place_missing=_place_missing(form.get("place_missing", "")),
        mapping=_mapping(thing, form, recognised),
        recognised=recognised,
    )


def _chosen(form: Mapping[str, str]) -> dict[str, str]:
    """By column, the field that the form says; empty for a column that is not read."""
    return {name.removeprefix(_COLUMN): field for name, field in form.items() if name.startswith(_COLUMN)}


def _mapping(thing: Thing, form: Mapping[str, str], recognised: Mapping[str, str]) -> dict[str, str | None]:
    """What each column holds, if somebody chose otherwise than the page had recognised."""
    chosen = _chosen(form)
    return {} if not chosen or chosen == recognised else _holding(thing, chosen)


def _holding(thing: Thing, chosen: Mapping[str, str]) -> dict[str, str | None]:
    """By field, its column; raises `InvalidRequest` for two columns of one field."""
    holding: dict[str, str | None] = dict.fromkeys(thing.vocabulary.words)
    for label, field in chosen.items():
        if not field:
            continue
        if holding.get(field) is not None:
            raise invalid(
                "/" + field,
                said(
                    "Two columns hold {field}: {one} and {other}.",
                    "Dua kolom berisi {field}: {one} dan {other}.",
                    field=said(
                        text(f"{thing.name}.{field}", Language.ENGLISH),
                        text(f"{thing.name}.{field}", Language.INDONESIAN),
                    ),
                    one=holding[field],
                    other=label,
                ),
                mend=said("Choose one of them.", "Pilih salah satu."),
            )
        holding[field] = label
    # A code is made from other columns where none holds it; saying so would forbid that.
    made = "code" if thing.vocabulary.code_from else None
    return {field: label for field, label in holding.items() if label is not None or field != made}


def _manner(word: str) -> Manner | None:
    return Manner(word) if word in tuple(Manner) else None


def _place_missing(word: str) -> PlaceMissing:
    return PlaceMissing(word) if word in tuple(PlaceMissing) else PlaceMissing.REFUSE


def _preview(request: Request, session: Session, reader: DistrictReader, brought: Brought) -> Response:
    table = brought.table()
    outcome = outcome_or_refusal(lambda: _take(session, reader, brought, table, dry_run=True))
    shown = preview_answer(table, outcome, language=reader.language)
    held_by = _recognised(table)
    wrong = bad_rows(table, outcome.problems) if isinstance(outcome, ImportRefused) else []
    return page(
        request,
        "imports/preview.html",
        reader,
        status_code=422 if shown.errors else 200,
        thing=brought.thing,
        brought=brought,
        content=base64.urlsafe_b64encode(brought.content).decode(),
        preview=shown,
        columns=[(label, held_by[label]) for label in (*shown.mapping.values(), *shown.unmapped)],
        recognised=held_by if brought.recognised is None else brought.recognised,
        field_options=_fields(brought.thing, reader),
        manners=list(Manner),
        troubles=_troubles(shown, brought.thing, reader),
        sheet_columns=[(name, shown.mapping.get(name, name)) for name in table.columns],
        bad_rows=wrong[:_MOST_BAD_ROWS],
        more_bad_rows=len(wrong[_MOST_BAD_ROWS:]),
    )


def _fields(thing: Thing, reader: DistrictReader) -> list[tuple[str, str]]:
    return [(name, text(f"{thing.name}.{name}", reader.language)) for name in thing.vocabulary.words]


def _troubles(shown: PreviewAnswer, thing: Thing, reader: DistrictReader) -> list[dict[str, Any]]:
    """Each trouble with its rows, the field as the page calls it, and what the sheet holds there."""
    names = dict(_fields(thing, reader))
    found = []
    for problem in shown.errors:
        place, _, field = problem.pointer.rpartition("/")
        values = problem.values or ([] if problem.value is None else [problem.value])
        rows: list[Any] = list(problem.rows) or [place.rpartition(" ")[2] or problem.pointer]
        found.append(
            {
                "rows": rows,
                "more": problem.more_rows,
                "field": names.get(field, field if place else ""),
                "column": shown.mapping.get(field),
                "held": values,
                "detail": problem.detail,
                "mend": problem.mend,
            }
        )
    return found


def _choice(request: Request, reader: DistrictReader, thing: Thing, *, refused: AppError | None = None) -> Response:
    return page(
        request,
        "imports/choose.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        thing=thing,
        refusal=None if refused is None else refused.detail,
        manners=list(Manner),
    )
