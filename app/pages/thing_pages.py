"""Pages of one thing that a district has by code: a new one, one as it is, changed, deleted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.districts import coded_things
from app.districts.coded_things import Kind
from app.districts.service import get_district
from app.errors import AppError, Conflict, PreconditionFailed
from app.pages.edit_forms import REFUSALS, Edited, by_others, edited, record_form
from app.pages.forms import check_seen
from app.pages.frame import go_to
from app.pages.readers import DistrictReader

Choices = Mapping[str, Sequence[tuple[str, str]]]
"""By field that is one, what may be chosen and how it is called."""


def _no_choices(reader: DistrictReader) -> Choices:
    return {}


def _nothing(session: Session, row: Any) -> Mapping[str, Any]:
    return {}


def _always(session: Session, row: Any) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingPages:
    """What the pages of one kind of thing are made of."""

    kind: Kind[Any, Any]
    template: str
    named: str
    """What the template calls the stored row; None of a new one."""
    back: str
    """Where one that was stored or deleted leads."""
    blank: Callable[[], dict[str, str]]
    """What the form of a new one shows."""
    values: Callable[[Session, DistrictReader, Any], dict[str, str]]
    """What the form of a stored one shows."""
    changes: Callable[[Session, Edited, Any], Mapping[str, Any]]
    """What a sent form says of a row, or of a new one (None); raises one of `REFUSALS`."""
    around: Callable[[Session, DistrictReader], Mapping[str, Any]]
    """What else the template is given."""
    around_one: Callable[[Session, Any], Mapping[str, Any]] = _nothing
    """The same of a stored row alone."""
    choices: Callable[[DistrictReader], Choices] = _no_choices
    """Given to the template, too, each as `<field>_options`."""
    refuse_to_delete: Callable[[Session, Any], None] = _always
    """Raises a `Conflict` where one has to stay."""

    def new(self, request: Request, session: Session, reader: DistrictReader) -> Response:
        return self._form(request, session, reader, self.blank(), stored=self.blank())

    def create(self, request: Request, session: Session, reader: DistrictReader, form: Mapping[str, str]) -> Response:
        check_district(reader.actor, reader.district.code, write=True)
        sent = edited(form, self.blank())
        try:
            values = self.changes(session, sent, None)
            with session.begin_nested():
                district = get_district(session, reader.district.code)
                coded_things.create_thing(session, self.kind, district, values, actor=reader.actor, now=reader.now)
        except REFUSALS as refused:
            return self._form(request, session, reader, sent.values, stored=self.blank(), refused=refused)
        return go_to(self.back)

    def change(
        self, request: Request, session: Session, reader: DistrictReader, number: int, form: Mapping[str, str]
    ) -> Response:
        row = self.row(session, reader, number, write=True)
        sent = edited(form, self.values(session, reader, row))
        try:
            check_seen(form, row.version)
            values = self.changes(session, sent, row)
            with session.begin_nested():
                coded_things.change_thing(session, self.kind, row, values, actor=reader.actor, now=reader.now)
        except REFUSALS as refused:
            session.refresh(row)
            return self.one(request, session, reader, row, sent=sent, refused=refused)
        return go_to(self.back)

    def delete(
        self, request: Request, session: Session, reader: DistrictReader, number: int, form: Mapping[str, str]
    ) -> Response:
        row = self.row(session, reader, number, write=True)
        try:
            check_seen(form, row.version)
            self.refuse_to_delete(session, row)
        except (PreconditionFailed, Conflict) as refused:
            return self.one(request, session, reader, row, refused=refused)
        coded_things.delete_thing(session, self.kind, row, actor=reader.actor, now=reader.now)
        return go_to(self.back)

    def row(self, session: Session, reader: DistrictReader, number: int, *, write: bool = False) -> Any:
        """A row of the reader's district, for `write` locked; raises `NotFound`, `Forbidden`."""
        row = coded_things.read_thing(session, self.kind, number, actor=reader.actor, write=write)
        if row.district_code != reader.district.code:
            raise coded_things.no_thing(self.kind, number)
        return row

    def one(
        self,
        request: Request,
        session: Session,
        reader: DistrictReader,
        row: Any,
        *,
        sent: Edited | None = None,
        refused: AppError | None = None,
        **more: Any,
    ) -> Response:
        """The form of a stored row; `sent` and `refused`: what somebody wanted of it, `more` for the template."""
        stored = self.values(session, reader, row)
        return self._form(
            request,
            session,
            reader,
            stored if sent is None else sent.values,
            stored=stored,
            refused=refused,
            **({self.named: row} | dict(self.around_one(session, row)) | more),
            meanwhile=by_others(stored, sent, refused, choices=self.choices(reader)),
        )

    def _form(
        self,
        request: Request,
        session: Session,
        reader: DistrictReader,
        values: Mapping[str, str],
        *,
        stored: Mapping[str, str],
        refused: AppError | None = None,
        **about_one: Any,
    ) -> Response:
        chosen = {f"{field}_options": options for field, options in self.choices(reader).items()}
        of_new = {self.named: None, "meanwhile": (), "is_stored": False}
        shown = of_new | chosen | dict(self.around(session, reader)) | about_one
        return record_form(request, self.template, reader, values, stored=stored, refused=refused, **shown)
