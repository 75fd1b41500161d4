"""What results teach put into a planning problem: how many people each site may send, how fast teams really are, what
signal was met. The spread of demand goes to the planning core, since plans for the mean alone are worse."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.districts.models import District, Document
from app.districts.planning_figures import PlanningFigures
from app.estimates.arrays import Floats
from app.estimates.learning import Learned, LearnedDraws
from app.estimates.streams import Purpose, stream
from app.schedules.figures import BY_KIND, Figure, Use, Uses, uses_of
from app.schedules.learning import learn_from_results, results_by_figure
from app.schedules.models import Schedule
from app.schedules.runs.basis import Basis
from app.schedules.runs.futures import FUTURES, equally_likely, mean_of
from app.schedules.runs.learned_documents import at_minutes, learn_documents, with_comers
from app.schedules.runs.plan_sites import PlanSite
from app.schedules.runs.plan_teams import PlanTeam
from app.schedules.signal_met import last_signal


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedBasis:
    """A planning problem with what was learned, and what of it."""

    basis: Basis
    demand: Mapping[str, tuple[int, ...]]
    """By code of site: `VALUES` equally likely numbers of people, ascending; empty where nothing was learned."""
    used: dict[str, Any]
    """What the run is told to have used, for people: results by figure, and each figure's use."""


def with_learned(session: Session, district: District, schedule: Schedule, basis: Basis) -> LearnedBasis | None:
    """The basis as results have it; None while there are none, or none that planning is to use."""
    own = Document(schedule.document)
    of_ikd = learn_from_results(session, district, Document.IKD)
    with_ikd = _with_ikd(session, district, schedule, basis, of_ikd) if own is Document.IKD else None
    if own is Document.IKD and not basis.further:
        return with_ikd
    basis = basis if with_ikd is None else with_ikd.basis
    documents = learn_documents(session, district, basis, own, of_ikd)
    if not documents.teach:
        return with_ikd
    basis, demand = with_comers(at_minutes(basis, documents), documents, seed=schedule.seed)
    used = {"results": {}, "figures": {}, "kinds_as_given": []} if with_ikd is None else with_ikd.used
    return LearnedBasis(
        basis=basis,
        demand=demand if with_ikd is None else with_ikd.demand,
        used=used | {"documents": documents.to_json()},
    )


def _with_ikd(
    session: Session, district: District, schedule: Schedule, basis: Basis, learned: Learned
) -> LearnedBasis | None:
    """The basis as results of IKD have its people, teams and signal; None where they teach nothing that is used."""
    counts = results_by_figure(learned)
    uses = uses_of(session, district.code, schedule.document)
    if not any(count and _is_used(uses, figure) for figure, count in counts.items()):
        return None
    met = last_signal(session, district.code, schedule.document) if uses.of(Figure.SIGNAL) is Use.LEARNED else {}
    sites = [
        replace(site, connectivity=met[site.candidate.held_at.id].level) if site.candidate.held_at.id in met else site
        for site in basis.sites
    ]
    demand: dict[str, tuple[int, ...]] = {}
    if any(counts[figure] for figure in BY_KIND):
        draws = learned.draw(stream(schedule.seed, Purpose.TURN_OUT), FUTURES)
        for index, site in enumerate(sites):
            if site.candidate.stage is not None:
                # Who is prepared, and who comes again, follows from the preparation.
                continue
            if any(uses.of(figure, site.candidate.site.kind) is Use.LEARNED and counts[figure] for figure in BY_KIND):
                values = _demand(site, draws, uses, counts, seed=schedule.seed)
                demand[site.candidate.site.code] = values
                sites[index] = replace(site, people=mean_of(values))
    teams, figures = basis.teams, basis.figures
    if counts[Figure.PACE] and uses.of(Figure.PACE) is Use.LEARNED:
        teams = tuple(_at_own_pace(team, learned) for team in basis.teams)
        figures = _as_met(figures, learned)
    return LearnedBasis(
        basis=replace(basis, sites=tuple(sites), teams=teams, figures=figures),
        demand=demand,
        used={
            "results": {figure.value: count for figure, count in counts.items()},
            "figures": {figure.value: uses.of(figure).value for figure in counts},
            "kinds_as_given": [
                f"{figure}/{kind}" for (figure, kind), use in uses.chosen.items() if kind and use == "given"
            ],
        },
    )


def _is_used(uses: Uses, figure: Figure) -> bool:
    return uses.of(figure) is Use.LEARNED or any(
        use == Use.LEARNED for (name, _), use in uses.chosen.items() if name == figure
    )


def _demand(
    planned: PlanSite, draws: LearnedDraws, uses: Uses, counts: Mapping[Figure, int], *, seed: int
) -> tuple[int, ...]:
    """Equally likely numbers of people that visits to the site can still win, ascending."""
    site, own = planned.candidate.site, stream(seed, Purpose.SITE, planned.candidate.site.id)
    left = max(0, site.headcount - site.already_activated - planned.gone)
    come = own.binomial(
        left, _share(Figure.TURN_OUT, planned, draws, uses, counts, own) * float(planned.candidate.session_share)
    )
    ready, resident = (
        _share(figure, planned, draws, uses, counts, own) for figure in (Figure.PHONE_READY, Figure.RESIDENT)
    )
    count = own.binomial(come, np.clip(ready * resident, 0.0, 1.0))
    return equally_likely(count - planned.promised)


def _share(
    figure: Figure,
    planned: PlanSite,
    draws: LearnedDraws,
    uses: Uses,
    counts: Mapping[Figure, int],
    generator: np.random.Generator,
) -> Floats:
    """A share of a site in every future: as it is learned, or as it was given."""
    site = planned.candidate.site
    if not counts[figure] or uses.of(figure, site.kind) is Use.GIVEN:
        return np.full(FUTURES, float(dict(zip(BY_KIND, planned.candidate.shares, strict=True))[figure]))
    fit = {
        Figure.TURN_OUT: draws.turn_out,
        Figure.PHONE_READY: draws.phone_ready,
        Figure.RESIDENT: draws.resident,
    }[figure]
    return fit.of_site(site.id, kind=site.kind, area=site.area_code, level=planned.connectivity, generator=generator)


def _at_own_pace(planned: PlanTeam, learned: Learned) -> PlanTeam:
    minutes = learned.pace.summary(planned.team.id, float(planned.minutes_per_activation)).mean
    return replace(planned, minutes_per_activation=max(1, round(minutes)))


def _as_met(figures: PlanningFigures, learned: Learned) -> PlanningFigures:
    """The throughput by signal as results have it: what a team is slower by at one signal is not its own pace."""
    everywhere = learned.pace.factor()
    none, poor, fair, good, excellent = (
        # No signal stays none, and whatever was possible stays so.
        percent and max(1, round(percent * learned.pace.factor(level=level) / everywhere))
        for level, percent in enumerate(figures.throughput_percent)
    )
    return replace(figures, throughput_percent=(none, poor, fair, good, excellent))
