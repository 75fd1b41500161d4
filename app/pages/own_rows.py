"""The rows that the pages of a district show one by one: those of another one are not there."""

from typing import Any

from sqlalchemy.orm import Session

from app.districts import coded_things
from app.districts.coded_things import Kind
from app.pages.readers import DistrictReader


def own_row(session: Session, reader: DistrictReader, kind: Kind[Any, Any], number: int, *, write: bool = False) -> Any:
    """A coded thing of the reader's district, for `write` locked; raises `NotFound`, `Forbidden`."""
    row = coded_things.read_thing(session, kind, number, actor=reader.actor, write=write)
    if row.district_code != reader.district.code:
        raise coded_things.no_thing(kind, number)
    return row
