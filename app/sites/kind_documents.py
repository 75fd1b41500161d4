"""The figures of kinds of sites in `district.json` of a folder, again and again: what people changed is kept."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.districts.documents import pointing_into, problems_in
from app.districts.imported import Load
from app.districts.models import District
from app.districts.opening_hours import read_windows
from app.districts.own_figures import list_own, put_own
from app.districts.planning_figures import given_by
from app.errors import FieldProblem, InvalidRequest, summary_of
from app.languages import said
from app.sites.kind_figures import OWN
from app.sites.kind_schemas import DocumentKind
from app.sites.kinds import KIND_FIGURES
from app.sites.models import OwnKindFigures, SiteKind
from app.tables.reconcile import Difference

_FIELDS = (*KIND_FIGURES, "provenance", "source")
_DOCUMENT = TypeAdapter(list[DocumentKind])


def load_kinds(load: Load, district: District, document: Any) -> tuple[Difference, ...]:
    """Take `site_kinds` over; kinds that it no longer names are as assumed again. Raises `InvalidRequest`."""
    parsed = _read(document)
    own = list_own(load.session, OWN, district.code)
    stored = {kind: _values_of(row) for kind, row in own.items()}
    in_file = {}
    for row in parsed:
        values = row.values()
        in_file[row.kind.value] = values | {"provenance": values["provenance"] | given_by(values, KIND_FIGURES)}
    merged = load.reconciled(
        district.code, "kind_figures", given=in_file, stored=stored, removes=True, together=[_FIELDS]
    )
    for index, row in enumerate(parsed):
        values = merged.records.get(row.kind.value, {})
        if values and values != stored.get(row.kind.value):
            with pointing_into(f"/site_kinds/{index}"):
                put_own(
                    load.session, OWN, district.code, row.kind, values, actor=load.actor, now=load.now, if_match="*"
                )
    for kind, row_of_kind in own.items():
        if kind not in merged.records:
            load.session.delete(row_of_kind)
    load.session.flush()
    return merged.differences


def _read(document: Any) -> list[DocumentKind]:
    try:
        parsed = _DOCUMENT.validate_python(document)
    except ValidationError as error:
        problems = problems_in(error, before="/site_kinds")
        raise InvalidRequest(summary_of(problems), problems=problems) from error
    kinds: list[SiteKind] = [row.kind for row in parsed]
    twice = [
        FieldProblem(
            pointer=f"/site_kinds/{index}",
            detail=said("It is there twice.", "Ini ada dua kali."),
            value=kind.value,
            mend=said("Keep one of them.", "Simpan salah satu."),
        )
        for index, kind in enumerate(kinds)
        if kind in kinds[:index]
    ]
    if twice:
        raise InvalidRequest(summary_of(twice), problems=twice)
    return parsed


def _values_of(own: OwnKindFigures) -> dict[str, Any]:
    windows = None if own.windows is None else read_windows(own.windows)
    return {name: getattr(own, name) for name in _FIELDS} | {"windows": windows}
