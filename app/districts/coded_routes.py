"""What every kind of coded thing (`coded_things`) answers over HTTP: listed, entered, imported, exported, changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.access.idempotency import once
from app.access.permissions import Planner, Viewer, check_district
from app.access.service import Actor
from app.database import SessionDep
from app.districts import coded_things
from app.districts import service as districts
from app.districts.coded_things import Kind
from app.http_conventions import (
    MAX_ID,
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
from app.payloads import DistrictCodePath
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


class Given(Protocol):
    """The body of a request."""

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as the kind's fields keep them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptions:
    """What the description of the API says of each call."""

    nouns: str
    """What an export writes all of."""
    lists: str
    creates: str
    matched: str
    """How an import knows rows again, and what it leaves as it is."""
    changes: str
    deletes: str | None
    table_of: str | None = None
    """What an import reads, where the nouns do not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedThings:
    """One kind as HTTP knows it. Operations are called by its `thing`, as `create_lodging` and `list_lodgings`."""

    kind: Kind[Any, Any]
    path: str
    """In the plural, as `kit-pools`."""
    new: type[Given]
    patch: type[Given]
    out: type[BaseModel]
    showing: Callable[[Session, str], Callable[[Any], BaseModel]]
    """How rows of a district are told."""
    says: Descriptions
    may_delete: Callable[[Session, Any], None] = lambda session, row: None
    """Raises for a row, locked, that something else needs."""

    def read(self, session: Session, number: int, *, actor: Actor, write: bool = False) -> Any:
        return coded_things.read_thing(session, self.kind, number, actor=actor, write=write)

    def answer(self, session: Session, row: Any, **how: Any) -> Response:
        return json_answer(self.showing(session, row.district_code)(row), etag=row.version, **how)


def coded_router(things: CodedThings, *, tag: str) -> APIRouter:
    """All routes of a kind."""
    router = APIRouter(prefix="/v1", tags=[tag])
    _add_all(router, things)
    _add_import(router, things)
    _add_export(router, things)
    _add_each(router, things)
    return router


def _add_all(router: APIRouter, things: CodedThings) -> None:
    """What is asked of a district's things together."""
    path, plural, thing = f"/districts/{{code}}/{things.path}", things.path.replace("-", "_"), things.kind.thing

    def list_rows(
        code: DistrictCodePath, session: SessionDep, actor: Viewer, limit: LimitParam = 100, cursor: CursorParam = None
    ) -> Any:
        check_district(actor, code)
        districts.get_district(session, code)
        rows = coded_things.list_things(session, things.kind, code, after_id=decode_cursor(cursor), limit=limit + 1)
        return page_of(rows, limit=limit, key=lambda row: row.id, shown=things.showing(session, code))

    def create(code: DistrictCodePath, body: Given, session: SessionDep, actor: Planner, now: NowDep) -> Response:
        check_district(actor, code, write=True)
        district = districts.get_district(session, code)
        row = coded_things.create_thing(session, things.kind, district, body.given(), actor=actor, now=now)
        return things.answer(session, row, status_code=201, headers={"Location": f"/v1/{things.path}/{row.id}"})

    # The framework reads from annotations what a body has to hold.
    create.__annotations__["body"] = things.new
    router.get(
        path,
        name=f"list_{plural}",
        description=things.says.lists,
        response_model=Page[things.out],  # type: ignore[name-defined]
    )(list_rows)
    router.post(
        path, name=f"create_{thing}", description=things.says.creates, status_code=201, response_model=things.out
    )(once(create))


def _add_import(router: APIRouter, things: CodedThings) -> None:
    path, plural = f"/districts/{{code}}/{things.path}", things.path.replace("-", "_")
    kind, table_of = things.kind, things.says.table_of or things.says.nouns

    def import_table(
        session: SessionDep,
        actor: Planner,
        now: NowDep,
        code: DistrictCodePath,
        upload: UploadDep,
        wish: ImportWishDep,
    ) -> Response:
        check_district(actor, code, write=True)
        outcome = coded_things.import_things(
            session,
            kind,
            districts.get_district(session, code),
            upload.table(kind.vocabulary, wish, point=kind.point),
            actor=actor,
            now=now,
            create_only=wish.mode is ImportMode.CREATE,
            dry_run=wish.dry_run,
        )
        return json_answer(import_answer(outcome, wish))

    def preview(
        session: SessionDep, actor: Planner, now: NowDep, code: DistrictCodePath, upload: UploadDep, wish: ImportWishDep
    ) -> PreviewAnswer:
        """How an import would understand a file: its header, which column is which field, its figures, its troubles."""
        check_district(actor, code, write=True)
        district = districts.get_district(session, code)
        table = upload.table(kind.vocabulary, wish, point=kind.point)
        outcome = outcome_or_refusal(
            lambda: coded_things.import_things(session, kind, district, table, actor=actor, now=now, dry_run=True)
        )
        return preview_answer(table, outcome, language=wish.language)

    router.post(
        f"{path}/import",
        name=f"import_{plural}",
        description=f"Import a table of {table_of}: all of it, or nothing and a list of every bad row, column and "
        f"reason.\n\n{things.says.matched}",
        response_model=ImportAnswer,
        openapi_extra=IMPORT_OPENAPI,
    )(once(import_table))
    router.post(f"{path}/import/preview", name=f"preview_{plural}", openapi_extra=IMPORT_OPENAPI)(preview)


def _add_export(router: APIRouter, things: CodedThings) -> None:
    plural = things.path.replace("-", "_")

    def export(
        session: SessionDep,
        actor: Viewer,
        code: DistrictCodePath,
        file_format: FormatParam = Format.CSV,
        figures: WrittenFiguresParam = Manner.ENGLISH,
    ) -> Response:
        check_district(actor, code)
        district = districts.get_district(session, code)
        content = coded_things.export_things(session, things.kind, district, file_format, manner=figures)
        return download(content, file_format, name=f"{things.path}-{code}")

    router.get(
        f"/districts/{{code}}/{things.path}/export",
        name=f"export_{plural}",
        description=f"All {things.says.nouns} as a file that the import reads without loss.",
        responses=EXPORT_RESPONSES,
        response_class=Response,
    )(export)


def _add_each(router: APIRouter, things: CodedThings) -> None:
    """What is asked of one thing by its number."""
    thing = things.kind.thing
    number_name = f"{thing.rpartition('_')[2]}_id"
    path = f"/{things.path}/{{{number_name}}}"
    number_path = Annotated[int, Path(alias=number_name, ge=1, le=MAX_ID)]

    def read(number: int, session: SessionDep, actor: Viewer) -> Response:
        return things.answer(session, things.read(session, number, actor=actor))

    def change(
        number: int, body: Given, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None
    ) -> Response:
        row = things.read(session, number, actor=actor, write=True)
        check_if_match(if_match, row.version)
        row = coded_things.change_thing(session, things.kind, row, body.given(), actor=actor, now=now)
        return things.answer(session, row)

    def delete(number: int, session: SessionDep, actor: Planner, now: NowDep, if_match: IfMatchHeader = None) -> None:
        row = things.read(session, number, actor=actor, write=True)
        check_if_match(if_match, row.version)
        things.may_delete(session, row)
        coded_things.delete_thing(session, things.kind, row, actor=actor, now=now)

    for endpoint in (read, change, delete):
        endpoint.__annotations__["number"] = number_path
    change.__annotations__["body"] = things.patch
    router.get(path, name=f"read_{thing}", response_model=things.out)(read)
    router.patch(path, name=f"change_{thing}", description=things.says.changes, response_model=things.out)(change)
    router.delete(path, name=f"delete_{thing}", description=things.says.deletes, status_code=204)(delete)
