"""What planning takes of every visit of a district, whatever the site: how long a slot is, what the signal takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.service import Actor
from app.districts.models import OwnPlanningFigures, Provenance
from app.districts.row_locks import locked, put_row
from app.errors import Conflict, FieldProblem, InvalidRequest, summary_of
from app.languages import said
from app.tables.fields import Range, placed

LevelPercents = tuple[int, int, int, int, int]
"""By connectivity, 0 none to 4 excellent."""
LEVELS = 5


class PlanningFiguresSetMeanwhile(Conflict):
    """Two requests set a district's first planning figures at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningFigures:
    """The figures in force."""

    slot_minutes: int
    """A visit serves for whole slots."""
    throughput_percent: LevelPercents
    """Of the undisturbed pace."""
    success_percent: LevelPercents
    """Of the attempts."""
    satellite_level: int
    """The connectivity that a satellite kit works like."""

    def rate(self, level: int) -> float:
        """Throughput times success, 0 to 1."""
        return self.throughput_percent[level] * self.success_percent[level] / 10_000


ASSUMED = PlanningFigures(
    slot_minutes=15,
    # No signal, no activation: the identity is checked online while the person is there. Poor signal halves the pace
    # and loses every fourth attempt; good signal costs next to nothing.
    throughput_percent=(0, 45, 70, 90, 100),
    success_percent=(0, 75, 88, 95, 98),
    # The bandwidth of a kit is fine, the sky and the power are not always.
    satellite_level=3,
)
"""Of a district that says nothing of its own."""

FIGURES = tuple(field.name for field in fields(PlanningFigures))
# A slot beyond two hours leaves a morning one visit; below five minutes nobody keeps to a plan.
RANGES = {
    "slot_minutes": Range(low=5, high=120, noun=said("number of minutes", "jumlah menit")),
    "satellite_level": Range(low=0, high=LEVELS - 1, noun=said("rating", "nilai")),
}
PERCENT = Range(low=0, high=100, noun=said("percentage", "persentase"))


def planning_figures(session: Session, district_code: str) -> PlanningFigures:
    """The figures in force in a district: its own, where it has none the assumed ones."""
    return in_force(own_figures(session, district_code))


def in_force(own: OwnPlanningFigures | None) -> PlanningFigures:
    if own is None:
        return ASSUMED
    own_values = {name: value for name in FIGURES if (value := getattr(own, name)) is not None}
    return PlanningFigures(
        slot_minutes=own_values.get("slot_minutes", ASSUMED.slot_minutes),
        throughput_percent=_by_level(own_values.get("throughput_percent", ASSUMED.throughput_percent)),
        success_percent=_by_level(own_values.get("success_percent", ASSUMED.success_percent)),
        satellite_level=own_values.get("satellite_level", ASSUMED.satellite_level),
    )


def _by_level(percents: Sequence[int]) -> LevelPercents:
    none, poor, fair, good, excellent = percents
    return none, poor, fair, good, excellent


def own_figures(session: Session, district_code: str, *, for_update: bool = False) -> OwnPlanningFigures | None:
    """What the district says itself; None if it never did."""
    query = select(OwnPlanningFigures).where(OwnPlanningFigures.district_code == district_code)
    return session.scalar(locked(query) if for_update else query)


def put_figures(
    session: Session,
    district_code: str,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    if_match: str | None,
) -> tuple[OwnPlanningFigures, bool]:
    """Set a district's own figures whole; the second value tells whether they are its first.

    `values`: `FIGURES`, None for the assumed one, `provenance` and `source`. Raises `InvalidRequest` with every wrong
    figure."""
    if problems := problems_of(values):
        raise InvalidRequest(summary_of(problems), problems=placed(problems, "/"))
    figures = {name: values[name] for name in (*FIGURES, "source")}
    own, is_new = put_row(
        session,
        own_figures(session, district_code, for_update=True),
        OwnPlanningFigures(district_code=district_code),
        figures | {"provenance": given_by(values, FIGURES)},
        if_match=if_match,
        taken=PlanningFiguresSetMeanwhile(
            said(
                "Another request has just set the planning figures; read them again first.",
                "Permintaan lain baru saja mengisi angka perencanaan; baca ulang dahulu.",
            )
        ),
    )
    access.record(
        session,
        actor,
        "planning_figures.create" if is_new else "planning_figures.update",
        f"planning_figures/{district_code}",
        now=now,
        district_code=district_code,
        details={name: getattr(own, name) for name in FIGURES},
    )
    session.flush()
    return own, is_new


def given_by(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """Where each figure that is set came from; what nobody says is given."""
    said_of = values["provenance"]
    return {name: said_of.get(name, Provenance.GIVEN.value) for name in names if values[name] is not None}


def provenance_problems(values: Mapping[str, Any], names: Sequence[str]) -> list[FieldProblem]:
    """Sources of figures that are not set, or of none that there is."""
    return [
        FieldProblem(
            pointer=f"provenance/{name}",
            detail=said("There is no figure {name} that it is of.", "Tidak ada angka {name} yang diisi.", name=name),
            value=str(word),
            mend=said("Give the figure too, or leave this out.", "Isi juga angkanya, atau kosongkan ini."),
        )
        for name, word in values["provenance"].items()
        if name not in names or values[name] is None
    ]


def problems_of(values: Mapping[str, Any]) -> list[FieldProblem]:
    """Everything wrong with a district's own figures, each pointing at its field."""
    problems = [
        problem
        for name, allowed in RANGES.items()
        if values[name] is not None and (problem := allowed.problem(name, values[name])) is not None
    ]
    for name in ("throughput_percent", "success_percent"):
        if values[name] is not None:
            problems += _level_problems(name, values[name])
    return problems + provenance_problems(values, FIGURES)


def _level_problems(name: str, percents: Sequence[int]) -> list[FieldProblem]:
    if len(percents) != LEVELS:
        return [
            FieldProblem(
                pointer=name,
                detail=said("There are {count} percentages.", "Ada {count} persentase.", count=len(percents)),
                value=str(list(percents)),
                mend=said(
                    "Give 5, one for each signal from 0 (none) to 4 (excellent).",
                    "Isi 5, satu untuk tiap sinyal dari 0 (tidak ada) sampai 4 (sangat baik).",
                ),
            )
        ]
    outside = [PERCENT.problem(f"{name}/{level}", percent) for level, percent in enumerate(percents)]
    if problems := [problem for problem in outside if problem is not None]:
        return problems
    # Satellite kits work at the better of two levels, so a better signal must not be the slower one.
    for level in range(1, LEVELS):
        if percents[level] < percents[level - 1]:
            return [
                FieldProblem(
                    pointer=f"{name}/{level}",
                    detail=said(
                        "Signal {level} would be worse than signal {below}, which has {percent} %.",
                        "Sinyal {level} akan lebih buruk daripada sinyal {below}, yang {percent} %.",
                        level=level,
                        below=level - 1,
                        percent=percents[level - 1],
                    ),
                    value=percents[level],
                    mend=said(
                        "List the percentages from no signal to excellent signal, none below the one before.",
                        "Urutkan dari tanpa sinyal sampai sangat baik; tidak ada yang di bawah sebelumnya.",
                    ),
                )
            ]
    if percents[-1] == 0:
        return [
            FieldProblem(
                pointer=f"{name}/{LEVELS - 1}",
                detail=said(
                    "With 0 % even at excellent signal nobody could ever be activated.",
                    "Dengan 0 % bahkan pada sinyal sangat baik tidak ada yang dapat diaktivasi.",
                ),
                value=0,
                mend=said("Give at least 1 at the end.", "Isi paling sedikit 1 di akhir."),
            )
        ]
    return []
