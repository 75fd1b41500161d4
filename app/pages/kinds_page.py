"""`/jenis-lokasi`: what planning takes of sites of each kind that say nothing themselves, the district's or assumed."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.database import SessionDep
from app.districts import own_figures
from app.districts.opening_hours import Window, read_windows
from app.pages.edit_forms import body_of, written
from app.pages.forms import read_as
from app.pages.frame import Form, page, pages_router
from app.pages.hour_fields import hour_fields, hour_values, hours_text, windows_in
from app.pages.own_figures_pages import OwnFiguresPages
from app.pages.readers import DistrictReader, PlannerPage
from app.pages.sent_once import once
from app.sites.effective import windows_out
from app.sites.kind_figures import OWN
from app.sites.kind_schemas import KindFiguresIn
from app.sites.kinds import KIND_DEFAULTS, KIND_FIGURES, in_force
from app.sites.models import OwnKindFigures, SiteKind
from app.sites.preparations import TERMS
from app.sites.values import LIMITS, SHARES

router = pages_router()

HERE = "/jenis-lokasi"
_WHOLES = (*LIMITS, *TERMS)
_FIELDS = (*SHARES, *_WHOLES, "source")
_GROUPS = (("coming", SHARES), ("visits", LIMITS), ("preparation", TERMS), ("hours", ("windows",)))
"""The columns of the list: the figures in each."""


@router.get(HERE)
def list_kinds(
    request: Request, session: SessionDep, reader: PlannerPage, tersimpan: Annotated[bool, Query()] = False
) -> Response:
    own = own_figures.list_own(session, OWN, reader.district.code)
    return page(
        request,
        "kinds/list.html",
        reader,
        groups=_GROUPS,
        kinds=[
            (kind, KIND_DEFAULTS[kind] if row is None else in_force(row), None if row is None else row.source)
            for kind, row in ((kind, own.get(kind)) for kind in SiteKind)
        ],
        assumed=KIND_DEFAULTS,
        hours_text=lambda windows: hours_text(windows, reader.language),
        is_stored=tersimpan,
    )


@router.get(f"{HERE}/{{kind}}")
def one_kind(request: Request, session: SessionDep, reader: PlannerPage, kind: SiteKind) -> Response:
    return _PAGES.one(request, session, reader, kind)


@router.post(f"{HERE}/{{kind}}")
@once
def change_kind(request: Request, session: SessionDep, reader: PlannerPage, kind: SiteKind, form: Form) -> Response:
    return _PAGES.change(request, session, reader, kind, form)


@router.post(f"{HERE}/{{kind}}/hapus")
@once
def forget_kind(request: Request, session: SessionDep, reader: PlannerPage, kind: SiteKind, form: Form) -> Response:
    """Leave it to what is assumed again."""
    return _PAGES.forget(request, session, reader, kind, form)


def _values(own: OwnKindFigures | None, reader: DistrictReader) -> dict[str, str]:
    shown = {name: "" if own is None else written(getattr(own, name), reader.language) for name in _FIELDS}
    windows: tuple[Window, ...] = () if own is None or own.windows is None else read_windows(own.windows)
    return shown | hour_values(windows_out(windows))


def _figures(values: Mapping[str, str]) -> dict[str, Any]:
    figures = body_of(values, [name for name in _FIELDS if values.get(name)], whole=_WHOLES, decimal=SHARES)
    windows = windows_in(values)
    return figures | ({"windows": windows} if windows else {})


def _around(session: Session, kind: str, values: Mapping[str, str], reader: DistrictReader) -> dict[str, Any]:
    assumed = KIND_DEFAULTS[SiteKind(kind)]
    return {
        "groups": {name: figures for name, figures in _GROUPS if name != "hours"},
        "shares": SHARES,
        "hours_of": hour_fields(values),
        "assumed": {name: written(getattr(assumed, name), reader.language) for name in (*SHARES, *_WHOLES)}
        | {"windows": hours_text(assumed.windows, reader.language)},
    }


_PAGES = OwnFiguresPages(
    own=OWN,
    here=HERE,
    template="kinds/one.html",
    named="kind",
    marked=KIND_FIGURES,
    read=lambda figures: read_as(KindFiguresIn, figures),
    values=_values,
    figures=_figures,
    choices=lambda kind, reader: {},
    around=_around,
)
