"""A district's own figures of the kinds of its sites: set whole, each with its source, or left to what is assumed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.database import put_row
from app.districts.opening_hours import hours_problems, write_windows
from app.districts.planning_figures import given_by, provenance_problems
from app.districts.row_locks import locked
from app.errors import Conflict, FieldProblem, InvalidRequest, NotFound, summary_of
from app.http_conventions import check_if_match
from app.languages import said
from app.sites.kinds import KIND_FIGURES
from app.sites.models import OwnKindFigures, SiteKind
from app.sites.values import figure_problems
from app.tables.fields import placed


class KindFiguresSetMeanwhile(Conflict):
    """Two requests set a district's first figures of a kind at the same moment."""


def list_own(session: Session, district_code: str) -> Mapping[SiteKind, OwnKindFigures]:
    """What the district says itself, by kind."""
    rows = session.scalars(select(OwnKindFigures).where(OwnKindFigures.district_code == district_code))
    return {SiteKind(own.kind): own for own in rows}


def find_own(
    session: Session, district_code: str, kind: SiteKind, *, for_update: bool = False
) -> OwnKindFigures | None:
    query = select(OwnKindFigures).filter_by(district_code=district_code, kind=kind.value)
    return session.scalar(locked(query) if for_update else query)


def put_own(
    session: Session,
    district_code: str,
    kind: SiteKind,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> tuple[OwnKindFigures, bool]:
    """Set what the district says of a kind, whole; the second value tells whether it is new.

    `values`: `KIND_FIGURES`, None for the assumed one, `provenance` and `source`. Raises `InvalidRequest` with every
    wrong figure."""
    if problems := problems_of(values):
        raise InvalidRequest(summary_of(problems), problems=placed(problems, "/"))
    own = find_own(session, district_code, kind, for_update=True)
    is_new = own is None
    if own is None:
        own = OwnKindFigures(district_code=district_code, kind=kind.value)
    else:
        check_if_match(if_match, own.version)
    for name in KIND_FIGURES:
        setattr(own, name, values[name])
    own.windows = None if values["windows"] is None else write_windows(values["windows"])
    own.source = values["source"]
    own.provenance = given_by(values, KIND_FIGURES)
    put_row(
        session,
        own,
        is_new=is_new,
        taken=KindFiguresSetMeanwhile(
            said(
                "Another request has just set the figures of this kind; read them again first.",
                "Permintaan lain baru saja mengisi angka jenis ini; baca ulang dahulu.",
            )
        ),
    )
    _record(session, "kind_figures.create" if is_new else "kind_figures.update", own, actor=actor, now=now)
    return own, is_new


def delete_own(
    session: Session, district_code: str, kind: SiteKind, *, actor: Actor, now: datetime, if_match: str | None
) -> None:
    """Leave a kind to what is assumed of it again; raises `NotFound` where the district says nothing of its own."""
    own = find_own(session, district_code, kind, for_update=True)
    if own is None:
        raise NotFound(
            said(
                "District {district} says nothing of its own about sites of kind {kind}.",
                "{district} tidak mengisi angka sendiri untuk lokasi jenis {kind}.",
                district=district_code,
                kind=kind.value,
            )
        )
    check_if_match(if_match, own.version)
    session.delete(own)
    _record(session, "kind_figures.delete", own, actor=actor, now=now)


def problems_of(values: Mapping[str, Any]) -> list[FieldProblem]:
    """Everything wrong with a district's figures of a kind, each pointing at its field."""
    if all(values[name] is None for name in KIND_FIGURES):
        return [
            FieldProblem(
                pointer="",
                detail=said("No figure is given.", "Tidak ada angka yang diisi."),
                mend=said(
                    "Give at least one; to go back to what is assumed, DELETE the kind.",
                    "Isi paling sedikit satu; untuk kembali ke asumsi, hapus jenis ini (DELETE).",
                ),
            )
        ]
    problems = figure_problems({name: values[name] for name in KIND_FIGURES if name != "windows"})
    if values["windows"] is not None and not values["windows"]:
        problems.append(
            FieldProblem(
                pointer="windows",
                detail=said("There is no opening hour in it.", "Tidak ada jam buka di dalamnya."),
                value="[]",
                mend=said(
                    "List the hours, or leave them out for those that are assumed.",
                    "Isi jamnya, atau kosongkan untuk memakai asumsi.",
                ),
            )
        )
    return problems + hours_problems(values["windows"] or (), ()) + provenance_problems(values, KIND_FIGURES)


def _record(session: Session, action: str, own: OwnKindFigures, *, actor: Actor, now: datetime) -> None:
    figures = {name: value for name in KIND_FIGURES if (value := getattr(own, name)) is not None}
    access.record(
        session,
        actor,
        action,
        f"kind_figures/{own.district_code}/{own.kind}",
        now=now,
        district_code=own.district_code,
        details={name: float(value) if name.endswith("_share") else value for name, value in figures.items()},
    )
    session.flush()
