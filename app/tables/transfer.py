"""Tables over HTTP: a file as the whole body of an import, and as the download of an export."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel, Field

from app.errors import MOST_ROWS
from app.http_conventions import LanguageDep
from app.languages import Language, in_language
from app.tables.figures import Manner
from app.tables.formats import Format, format_of, read_sheet
from app.tables.headers import Vocabulary, read_mapping
from app.tables.records import ImportOutcome, ImportRefused
from app.tables.table import Remark, Table, table_of

_BODIES = {
    known.media_type.partition(";")[0]: {
        "schema": {"type": "object"} if known is Format.GEOJSON else {"type": "string", "format": "binary"}
    }
    for known in Format
}
IMPORT_OPENAPI: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself; its Content-Type says which format it is.",
        "content": _BODIES,
    }
}
EXPORT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, with the columns that the import reads.",
        "content": _BODIES,
    }
}


_FIRST_ROWS = 5
"""Of a preview."""


class ImportMode(StrEnum):
    UPSERT = "upsert"
    CREATE = "create"


ModeParam = Annotated[
    ImportMode, Query(description="'upsert' updates what has a known code; 'create' refuses a code that is stored.")
]
DryRunParam = Annotated[bool, Query(description="Only check the file and tell what it would change.")]


MappingParam = Annotated[
    str | None,
    Query(
        description="Which column holds a field, as a JSON object of field to column name; null: none does. What it "
        "does not say is found by the names of the columns.",
        examples=['{"headcount": "Jumlah Wajib KTP", "contact_name": null}'],
    ),
]
FiguresParam = Annotated[
    Manner | None,
    Query(
        description="How the file writes figures: indonesian 1.234 and 12,5; english 1,234 and 12.5. Left out: what "
        "its unambiguous figures show."
    ),
]
WrittenFiguresParam = Annotated[
    Manner, Query(description="How a CSV writes decimals; indonesian also separates the cells by semicolons.")
]
FormatParam = Annotated[Format, Query(alias="format", description="Format of the file.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWish:
    """How a file is to be read and what is to be done with it."""

    mode: ImportMode
    dry_run: bool
    mapping: Mapping[str, str | None]
    manner: Manner | None
    language: Language


def _wish(
    language: LanguageDep,
    mode: ModeParam = ImportMode.UPSERT,
    dry_run: DryRunParam = False,
    mapping: MappingParam = None,
    figures: FiguresParam = None,
) -> ImportWish:
    return ImportWish(mode=mode, dry_run=dry_run, mapping=read_mapping(mapping), manner=figures, language=language)


ImportWishDep = Annotated[ImportWish, Depends(_wish)]


class RemarkOut(BaseModel):
    """Something about the file that stopped nothing, in the language asked for."""

    code: str
    message: str
    rows: list[int] = Field(description="The first hundred rows that it is about; none: the whole file.")
    more_rows: int


class ImportAnswer(BaseModel):
    """What the import did; with `dry_run` what it would have done."""

    created: int
    updated: int
    unchanged: int
    dry_run: bool
    remarks: list[RemarkOut]


class ProblemOut(BaseModel):
    """One trouble, with every row that has it."""

    pointer: str
    detail: str
    value: Any = None
    values: list[Any] = Field(default_factory=list)
    mend: str | None = None
    rows: list[int] = Field(default_factory=list)
    more_rows: int = 0


class PreviewAnswer(BaseModel):
    """A file as the import would understand it; nothing is stored."""

    header_row: int
    mapping: dict[str, str] = Field(description="By field, the column that holds it.")
    unmapped: list[str] = Field(description="Columns that are not read.")
    figures: list[Manner] = Field(description="What the figures show: one manner, none, or a mixture.")
    rows: int
    first_rows: list[dict[str, str]] = Field(description="By field, the cells of the first rows.")
    created: int
    updated: int
    unchanged: int
    remarks: list[RemarkOut]
    errors: list[ProblemOut]
    more_errors: int


def import_answer(outcome: ImportOutcome, wish: ImportWish) -> ImportAnswer:
    return ImportAnswer(
        created=outcome.created,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        dry_run=wish.dry_run,
        remarks=_remarks_out(outcome.remarks, wish.language),
    )


def outcome_or_refusal(run: Callable[[], ImportOutcome]) -> ImportOutcome | ImportRefused:
    """What a trial comes to: a preview shows a refusal instead of failing with it."""
    try:
        return run()
    except ImportRefused as refusal:
        return refusal


def preview_answer(table: Table, outcome: ImportOutcome | ImportRefused, *, language: Language) -> PreviewAnswer:
    """What an import of the table would do, or why it would not."""
    refused = outcome if isinstance(outcome, ImportRefused) else None
    done = outcome if isinstance(outcome, ImportOutcome) else ImportOutcome(created=0, updated=0, unchanged=0)
    return PreviewAnswer(
        header_row=table.header_row,
        mapping=dict(table.labels),
        unmapped=list(table.unmapped),
        figures=sorted(table.manners),
        rows=len(table.rows),
        first_rows=[dict(row.cells) for row in table.rows[:_FIRST_ROWS]],
        created=done.created,
        updated=done.updated,
        unchanged=done.unchanged,
        remarks=_remarks_out(table.remarks if refused else done.remarks, language),
        errors=[ProblemOut.model_validate(problem.as_json(language)) for problem in refused.problems]
        if refused
        else [],
        more_errors=refused.more_problems if refused else 0,
    )


def _remarks_out(remarks: Sequence[Remark], language: Language) -> list[RemarkOut]:
    return [
        RemarkOut(
            code=remark.code,
            message=in_language(remark.message, language),
            rows=list(remark.rows[:MOST_ROWS]),
            more_rows=max(0, len(remark.rows) - MOST_ROWS),
        )
        for remark in remarks
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The body of an import, not yet read as a table."""

    content: bytes
    content_type: str | None

    def table(
        self, vocabulary: Vocabulary, wish: ImportWish, *, point: tuple[str, str] | None = ("lat", "lon")
    ) -> Table:
        """Raises `UnsupportedMedia`, `InvalidRequest` or `PayloadTooLarge` for a file that cannot be read."""
        sheet = read_sheet(self.content, format_of(self.content_type), point=point)
        return table_of(sheet, vocabulary, mapping=wish.mapping, manner=wish.manner)


async def _read_upload(request: Request, content_type: Annotated[str | None, Header()] = None) -> Upload:
    # The application's limit of body size stops a larger upload while it arrives.
    return Upload(content=await request.body(), content_type=content_type)


UploadDep = Annotated[Upload, Depends(_read_upload)]


def download(content: bytes, file_format: Format, *, name: str) -> Response:
    """A file to save as `name` with the format's ending."""
    disposition = f'attachment; filename="{name}.{file_format.value}"'
    return Response(content, media_type=file_format.media_type, headers={"Content-Disposition": disposition})
