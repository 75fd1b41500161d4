"""`/lokasi/impor`: an office's own table of sites: choose the file, see how it is understood, take it over.

Nothing is stored before the last step, not even the file, which may hold telephone numbers: the page of the second
step carries it."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.database import SessionDep
from app.errors import AppError, Conflict, InvalidRequest, PayloadTooLarge, UnsupportedMedia, invalid
from app.languages import said
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_files import FileForm
from app.pages.texts import text
from app.sites import service as sites
from app.sites.place_missing import PlaceMissing
from app.sites.values import VOCABULARY
from app.tables.figures import Manner
from app.tables.formats import Format, read_table
from app.tables.records import ImportRefused
from app.tables.table import Table
from app.tables.transfer import PreviewAnswer, outcome_or_refusal, preview_answer

router = pages_router()

_COLUMN = "column."
"""Begins the names of the fields that say what a column of the sheet holds."""
_RECOGNISED = TypeAdapter(dict[str, str])
_REFUSALS = (InvalidRequest, Conflict, UnsupportedMedia, PayloadTooLarge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file on its way from one step to the next, and how it is to be read."""

    content: bytes
    file_name: str
    file_format: Format
    manner: Manner | None
    place_missing: PlaceMissing
    mapping: Mapping[str, str | None]
    """By field, the column that holds it; None: no column does. Empty: as the names of the columns say."""
    recognised: Mapping[str, str] | None
    """By column, the field that its name says; None before the first look."""

    def table(self) -> Table:
        return read_table(self.content, self.file_format, VOCABULARY, mapping=self.mapping, manner=self.manner)


@router.get("/lokasi/impor")
def choose_file(request: Request, reader: PlannerPage) -> Response:
    return _choice(request, reader)


@router.post("/lokasi/impor")
def read_file(request: Request, session: SessionDep, reader: PlannerPage, sent: FileForm) -> Response:
    check_district(reader.actor, reader.district.code, write=True)
    try:
        return _preview(
            request,
            session,
            reader,
            Brought(
                content=sent.content,
                file_name=sent.file_name[-200:],
                file_format=sent.file_format,
                manner=_manner(sent.fields.get("figures", "")),
                place_missing=_place_missing(sent.fields.get("place_missing", "")),
                mapping={},
                recognised=None,
            ),
        )
    except _REFUSALS as refused:
        return _choice(request, reader, refused=refused)


@router.post("/lokasi/impor/langkah")
def go_on(request: Request, session: SessionDep, reader: PlannerPage, form: Form) -> Response:
    """Look at the file again with other columns, or take it over."""
    check_district(reader.actor, reader.district.code, write=True)
    try:
        brought = _brought(form)
        if form.get("do") != "take":
            return _preview(request, session, reader, brought)
        with session.begin_nested():
            outcome = sites.import_sites(
                session,
                reader.district.code,
                brought.table(),
                actor=reader.actor,
                now=reader.now,
                place_missing=brought.place_missing,
            )
    except ImportRefused:
        # Somebody changed the district since the preview, or the columns were changed without a look.
        return _preview(request, session, reader, brought)
    except _REFUSALS as refused:
        return _choice(request, reader, refused=refused)
    return go_to(f"/lokasi/impor/selesai?baru={outcome.created}&berubah={outcome.updated}&sama={outcome.unchanged}")


@router.get("/lokasi/impor/selesai")
def done(request: Request, reader: PlannerPage, baru: int = 0, berubah: int = 0, sama: int = 0) -> Response:
    return page(request, "sites/imported.html", reader, created=baru, updated=berubah, unchanged=sama)


def _brought(form: Mapping[str, str]) -> Brought:
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
        content=content,
        file_name=form.get("file_name", "")[-200:],
        file_format=file_format,
        manner=_manner(form.get("figures", "")),
        place_missing=_place_missing(form.get("place_missing", "")),
        mapping=_mapping(form, recognised),
        recognised=recognised,
    )


def _mapping(form: Mapping[str, str], recognised: Mapping[str, str]) -> dict[str, str | None]:
    """What each column holds, if somebody chose otherwise than the page had recognised."""
    chosen = {name.removeprefix(_COLUMN): field for name, field in form.items() if name.startswith(_COLUMN)}
    if not chosen or chosen == recognised:
        return {}
    holding: dict[str, str | None] = dict.fromkeys(VOCABULARY.words)
    for label, field in chosen.items():
        if not field:
            continue
        if holding.get(field) is not None:
            raise invalid(
                "/" + field,
                said(
                    "Two columns hold {field}: {one} and {other}.",
                    "Dua kolom berisi {field}: {one} dan {other}.",
                    field=field,
                    one=holding[field],
                    other=label,
                ),
                mend=said("Choose one of them.", "Pilih salah satu."),
            )
        holding[field] = label
    # A code is made from other columns where none holds it; saying so would forbid that.
    return {field: label for field, label in holding.items() if label is not None or field != "code"}


def _manner(word: str) -> Manner | None:
    return Manner(word) if word in tuple(Manner) else None


def _place_missing(word: str) -> PlaceMissing:
    return PlaceMissing(word) if word in tuple(PlaceMissing) else PlaceMissing.REFUSE


def _preview(request: Request, session: Session, reader: DistrictReader, brought: Brought) -> Response:
    table = brought.table()
    outcome = outcome_or_refusal(
        lambda: sites.import_sites(
            session,
            reader.district.code,
            table,
            actor=reader.actor,
            now=reader.now,
            dry_run=True,
            place_missing=brought.place_missing,
        )
    )
    shown = preview_answer(table, outcome, language=reader.language)
    held_by = {label: field for field, label in shown.mapping.items()}
    return page(
        request,
        "sites/preview.html",
        reader,
        status_code=422 if shown.errors else 200,
        brought=brought,
        content=base64.urlsafe_b64encode(brought.content).decode(),
        preview=shown,
        columns=[(label, held_by.get(label, "")) for label in (*shown.mapping.values(), *shown.unmapped)],
        recognised=held_by | dict.fromkeys(shown.unmapped, "") if brought.recognised is None else brought.recognised,
        field_options=_fields(reader),
        manners=list(Manner),
        troubles=_troubles(shown, reader),
    )


def _fields(reader: DistrictReader) -> list[tuple[str, str]]:
    return [(name, text(f"site.{name}", reader.language)) for name in VOCABULARY.words]


def _troubles(shown: PreviewAnswer, reader: DistrictReader) -> list[dict[str, Any]]:
    """Each trouble with its rows, the field as the page calls it, and what the sheet holds there."""
    names = dict(_fields(reader))
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


def _choice(request: Request, reader: DistrictReader, *, refused: AppError | None = None) -> Response:
    return page(
        request,
        "sites/import.html",
        reader,
        status_code=200 if refused is None else refused.status_code,
        refusal=None if refused is None else refused.detail,
        manners=list(Manner),
    )
