"""Tables of lodgings, stations and connections over HTTP: imported, looked at before, exported."""

from datetime import datetime
from typing import Any

from fastapi import Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.access.service import Actor
from app.districts import coded_things
from app.districts import service as districts
from app.districts.coded_things import Kind
from app.http_conventions import json_answer
from app.tables.figures import Manner
from app.tables.formats import Format
from app.tables.transfer import (
    ImportMode,
    ImportWish,
    PreviewAnswer,
    Upload,
    download,
    import_answer,
    outcome_or_refusal,
    preview_answer,
)


def imported(
    session: Session, kind: Kind[Any, Any], code: str, upload: Upload, wish: ImportWish, *, actor: Actor, now: datetime
) -> Response:
    """What an import of a table did."""
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


def previewed(
    session: Session, kind: Kind[Any, Any], code: str, upload: Upload, wish: ImportWish, *, actor: Actor, now: datetime
) -> PreviewAnswer:
    """How an import would understand a table."""
    check_district(actor, code, write=True)
    district = districts.get_district(session, code)
    table = upload.table(kind.vocabulary, wish, point=kind.point)
    outcome = outcome_or_refusal(
        lambda: coded_things.import_things(session, kind, district, table, actor=actor, now=now, dry_run=True)
    )
    return preview_answer(table, outcome, language=wish.language)


def exported(
    session: Session, kind: Kind[Any, Any], code: str, *, actor: Actor, file_format: Format, figures: Manner, name: str
) -> Response:
    """All rows of a district as a file that the import reads without loss."""
    check_district(actor, code)
    district = districts.get_district(session, code)
    content = coded_things.export_things(session, kind, district, file_format, manner=figures)
    return download(content, file_format, name=f"{name}-{code}")
