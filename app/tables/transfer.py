"""Tables over HTTP: a file as the whole body of an import, and as the download of an export."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel

from app.tables.formats import Format, Table, format_of, read_table
from app.tables.records import ImportOutcome

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


class ImportMode(StrEnum):
    UPSERT = "upsert"
    CREATE = "create"


ModeParam = Annotated[
    ImportMode, Query(description="'upsert' updates what has a known code; 'create' refuses a code that is stored.")
]
DryRunParam = Annotated[bool, Query(description="Only check the file and tell what it would change.")]
FormatParam = Annotated[Format, Query(alias="format", description="Format of the file.")]


class ImportAnswer(BaseModel):
    """What the import did; with `dry_run` what it would have done."""

    created: int
    updated: int
    unchanged: int
    dry_run: bool


def import_answer(outcome: ImportOutcome, *, dry_run: bool) -> ImportAnswer:
    return ImportAnswer(created=outcome.created, updated=outcome.updated, unchanged=outcome.unchanged, dry_run=dry_run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The body of an import, not yet read as a table."""

    content: bytes
    content_type: str | None

    def table(self, *, point: tuple[str, str] = ("lat", "lon")) -> Table:
        """Raises `UnsupportedMedia`, `InvalidRequest` or `PayloadTooLarge` for a file that cannot be read."""
        return read_table(self.content, format_of(self.content_type), point=point)


async def _read_upload(request: Request, content_type: Annotated[str | None, Header()] = None) -> Upload:
    # The application's limit of body size stops a larger upload while it arrives.
    return Upload(content=await request.body(), content_type=content_type)


UploadDep = Annotated[Upload, Depends(_read_upload)]


def download(content: bytes, file_format: Format, *, name: str) -> Response:
    """A file to save as `name` with the format's ending."""
    disposition = f'attachment; filename="{name}.{file_format.value}"'
    return Response(content, media_type=file_format.media_type, headers={"Content-Disposition": disposition})
