"""A district's own figures of the kinds of its sites: set whole, each with its source, or left to what is assumed."""

from collections.abc import Mapping
from typing import Any

from app.districts.opening_hours import hours_problems, write_windows
from app.districts.own_figures import OwnFigures
from app.districts.planning_figures import provenance_problems
from app.errors import Conflict, FieldProblem, NotFound
from app.languages import said
from app.sites.kinds import KIND_FIGURES
from app.sites.models import OwnKindFigures
from app.sites.values import figure_problems


class KindFiguresSetMeanwhile(Conflict):
    """Two requests set a district's first figures of a kind at the same moment."""


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


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    windows = values["windows"]
    return {name: values[name] for name in KIND_FIGURES} | {
        "windows": None if windows is None else write_windows(windows)
    }


def _says_nothing(district_code: str, kind: str) -> NotFound:
    return NotFound(
        said(
            "District {district} says nothing of its own about sites of kind {kind}.",
            "{district} tidak mengisi angka sendiri untuk lokasi jenis {kind}.",
            district=district_code,
            kind=kind,
        )
    )


def _set_meanwhile() -> KindFiguresSetMeanwhile:
    return KindFiguresSetMeanwhile(
        said(
            "Another request has just set the figures of this kind; read them again first.",
            "Permintaan lain baru saja mengisi angka jenis ini; baca ulang dahulu.",
        )
    )


OWN = OwnFigures(
    row=OwnKindFigures,
    column="kind",
    figures=KIND_FIGURES,
    audit="kind_figures",
    columns_of=_columns,
    problems_of=problems_of,
    set_meanwhile=_set_meanwhile,
    says_nothing=_says_nothing,
)
"""What a district says itself of the kinds of its sites."""
