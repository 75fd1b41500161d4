"""Pages of what a district says itself of a thing, where planning would assume figures: read, set, left to what is
assumed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.access.permissions import check_district
from app.districts import own_figures
from app.districts.own_figures import OwnFigures
from app.errors import AppError, PreconditionFailed
from app.http_conventions import etag_of
from app.pages.edit_forms import (
    PROVENANCES,
    REFUSALS,
    Edited,
    by_others,
    edited,
    provenance_of,
    provenance_values,
    record_form,
)
from app.pages.forms import check_seen
from app.pages.frame import go_to
from app.pages.readers import DistrictReader
from app.pages.texts import options
from app.pages.thing_pages import Choices


class WholeFigures(Protocol):
    """The request of the API that sets the figures of a thing whole."""

    def values(self) -> dict[str, Any]:
        """The figures as the service takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFiguresPages:
    """What the pages of one table of such figures are made of."""

    own: OwnFigures[Any]
    here: str
    """Where the list is, and below it each thing."""
    template: str
    named: str
    """What the template calls the thing."""
    marked: tuple[str, ...]
    """The figures beside which the form asks where they came from."""
    read: Callable[[Mapping[str, Any]], WholeFigures]
    """The request of the API; raises `InvalidRequest`."""
    values: Callable[[Any, DistrictReader], dict[str, str]]
    """What the form shows of a row, but for where figures came from; None: of a thing of which nothing is said."""
    figures: Callable[[Mapping[str, str]], dict[str, Any]]
    """What the fields of a form say, by names of the API; raises `InvalidRequest`."""
    choices: Callable[[str, DistrictReader], Choices]
    """By field that is one, what may be chosen of a thing; given to the template, too, each as `<field>_options`."""
    around: Callable[[Session, str, Mapping[str, str], DistrictReader], Mapping[str, Any]]
    """What else the template is given of a thing, by what its fields show."""

    def one(self, request: Request, session: Session, reader: DistrictReader, thing: str) -> Response:
        return self._form(request, session, reader, thing, self._find(session, reader, thing))

    def change(
        self, request: Request, session: Session, reader: DistrictReader, thing: str, form: Mapping[str, str]
    ) -> Response:
        row = self._to_change(session, reader, thing)
        sent = edited(form, self._values(row, reader))
        try:
            check_seen(form, _version(row))
            figures = self.figures(sent.values)
            came_from = provenance_of(sent.values, {} if row is None else row.provenance)
            said = self.read(
                figures | {"provenance": {name: word for name, word in came_from.items() if name in figures}}
            )
            with session.begin_nested():
                own_figures.put_own(
                    session,
                    self.own,
                    reader.district.code,
                    thing,
                    said.values(),
                    actor=reader.actor,
                    now=reader.now,
                    if_match=None if row is None else etag_of(row.version),
                )
        except REFUSALS as refused:
            if row is not None:
                session.refresh(row)
            return self._form(request, session, reader, thing, row, sent=sent, refused=refused)
        return go_to(f"{self.here}?tersimpan=true")

    def forget(
        self, request: Request, session: Session, reader: DistrictReader, thing: str, form: Mapping[str, str]
    ) -> Response:
        """Leave it to what is assumed again."""
        row = self._to_change(session, reader, thing)
        try:
            check_seen(form, _version(row))
        except PreconditionFailed as refused:
            return self._form(request, session, reader, thing, row, refused=refused)
        own_figures.delete_own(
            session,
            self.own,
            reader.district.code,
            thing,
            actor=reader.actor,
            now=reader.now,
            if_match=etag_of(_version(row)),
        )
        return go_to(f"{self.here}?tersimpan=true")

    def _find(self, session: Session, reader: DistrictReader, thing: str, *, for_update: bool = False) -> Any:
        return own_figures.find_own(session, self.own, reader.district.code, thing, for_update=for_update)

    def _to_change(self, session: Session, reader: DistrictReader, thing: str) -> Any:
        check_district(reader.actor, reader.district.code, write=True)
        return self._find(session, reader, thing, for_update=True)

    def _values(self, row: Any, reader: DistrictReader) -> dict[str, str]:
        return self.values(row, reader) | provenance_values({} if row is None else row.provenance, self.marked)

    def _form(
        self,
        request: Request,
        session: Session,
        reader: DistrictReader,
        thing: str,
        row: Any,
        *,
        sent: Edited | None = None,
        refused: AppError | None = None,
    ) -> Response:
        stored, choices = self._values(row, reader), self.choices(thing, reader)
        values = stored if sent is None else sent.values
        shown: dict[str, Any] = {f"{field}_options": pairs for field, pairs in choices.items()}
        shown |= {self.named: thing, "provenance_options": options("provenance", PROVENANCES, reader.language)}
        return record_form(
            request,
            self.template,
            reader,
            values,
            stored=stored,
            refused=refused,
            is_own=row is not None,
            version=_version(row),
            meanwhile=by_others(stored, sent, refused, choices=choices),
            is_stored=False,
            **shown,
            **self.around(session, thing, values, reader),
        )


def _version(row: Any) -> int:
    """0: the district says nothing of its own."""
    return 0 if row is None else row.version
