"""A file that a form brings along. The standard library's reader of mail parts knows the format of such forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import PurePath
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from app.errors import PayloadTooLarge, invalid
from app.languages import said
from app.tables.formats import Format, format_of

MOST_BYTES = 3_000_000
"""A page carries the file on to the next step, so that nothing is kept here; a sheet of 10,000 sites is smaller."""
_ENDINGS = {".csv": Format.CSV, ".xlsx": Format.XLSX, ".geojson": Format.GEOJSON, ".json": Format.GEOJSON}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A form of `multipart/form-data` with one file in it."""

    content: bytes
    file_name: str
    content_type: str
    fields: Mapping[str, str]
    """The other fields by name."""

    @property
    def file_format(self) -> Format:
        """By the ending of its name, since browsers call a CSV what the office programs of their machine say; raises
        `UnsupportedMedia`."""
        return _ENDINGS.get(PurePath(self.file_name).suffix.lower()) or format_of(self.content_type)


async def _read_file(request: Request) -> SentFile:
    kind = request.headers.get("content-type", "")
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise PayloadTooLarge(
            said(
                "The file is larger than {most} MB. Remove sheets, pictures and columns that are not needed, or send "
                "it through the API.",
                "Berkas lebih besar dari {most} MB. Hapus lembar, gambar, dan kolom yang tidak perlu, atau kirim lewat "
                "API.",
                most=MOST_BYTES // 1_000_000,
            )
        )
    # Megabytes take longer than other requests should wait.
    parts = await run_in_threadpool(_parts, kind, body)
    file = next((part for part in parts if _name(part) == "file"), None)
    if file is None or file.get_filename() is None:
        raise invalid("/file", said("The form holds no file.", "Formulir ini tidak memuat berkas."))
    return SentFile(
        content=_bytes(file),
        file_name=_file_name(file),
        content_type=file.get_content_type(),
        fields={_name(part): _bytes(part).decode(errors="replace") for part in parts if part is not file},
    )


def _parts(kind: str, body: bytes) -> list[EmailMessage]:
    if not kind.lower().startswith("multipart/form-data") or not kind.isascii() or not kind.isprintable():
        return []
    head = f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    return [part for part in message.iter_parts() if isinstance(part, EmailMessage)]


def _name(part: EmailMessage) -> str:
    return str(part.get_param("name", "", header="content-disposition"))


def _file_name(part: EmailMessage) -> str:
    # Browsers write it in UTF-8, which mail does not allow.
    return (part.get_filename() or "").encode(errors="replace").decode()


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


FileForm = Annotated[SentFile, Depends(_read_file)]
"""The form with a file that was sent; raises `InvalidRequest`, `PayloadTooLarge`."""
