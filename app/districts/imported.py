"""What the files of a district held when they were last loaded, against which an edit by people is recognised."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.access.service import Actor
from app.districts.models import ImportedRecord
from app.tables.reconcile import Difference, Reconciled, Records, Remembered, reconcile, texts_of
from app.tables.records import Record

Fields = TypeVar("Fields")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One loading of a folder: by whom, when, and whether the files win over people."""

    session: Session
    actor: Actor
    now: datetime
    overwrite: bool

    def reconciled(
        self,
        district_code: str,
        thing: str,
        *,
        given: Records,
        stored: Records,
        removes: bool = False,
        together: Sequence[Sequence[str]] = (),
    ) -> Reconciled:
        """What to store of one thing; what the file says is remembered for the next time."""
        before = remembered(self.session, district_code, thing)
        result = reconcile(
            thing,
            given=given,
            stored=stored,
            before=before,
            overwrite=self.overwrite,
            removes=removes,
            together=together,
        )
        remember(self.session, district_code, thing, given)
        return result


def reconciled_records(
    load: Load,
    district_code: str,
    thing: str,
    records: Sequence[Record[Fields]],
    *,
    columns: Sequence[str],
    values_of: Callable[[Fields], dict[str, Any]],
    together: Sequence[Sequence[str]] = (),
) -> tuple[list[tuple[Record[Fields], dict[str, Any]]], tuple[Difference, ...]]:
    """The records to store, each with its values, of those a table holds; `columns` are those that the table has."""
    in_file = {record.code: {name: values_of(record.fields)[name] for name in columns} for record in records}
    stored = {record.code: values_of(record.before) for record in records if record.before is not None}
    result = load.reconciled(district_code, thing, given=in_file, stored=stored, together=together)
    kept = [
        (record, {**values_of(record.fields), **result.records[record.code]})
        for record in records
        if record.code in result.records
    ]
    return kept, result.differences


def remembered(session: Session, district_code: str, thing: str) -> Remembered | None:
    """The texts of the last load by code and field; None if this thing was never loaded from files."""
    rows = session.execute(
        select(ImportedRecord.code, ImportedRecord.cells).where(
            ImportedRecord.district_code == district_code, ImportedRecord.thing == thing
        )
    ).all()
    return {row.code: row.cells for row in rows} or None


def remember(session: Session, district_code: str, thing: str, given: Records) -> None:
    """Keep what the file holds now; what it no longer names is remembered too, for it may come back."""
    rows: list[Mapping[str, Any]] = [
        {"district_code": district_code, "thing": thing, "code": code, "cells": texts_of(values)}
        for code, values in given.items()
    ]
    if not rows:
        return
    statement = upsert(ImportedRecord)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["district_code", "thing", "code"],
            set_={"cells": ImportedRecord.cells.concat(statement.excluded.cells)},
        ),
        rows,
    )
