"""What results teach put into a planning problem: how many people each site may send, how fast teams really are, what
signal was met. The spread of demand goes to the planning core, since plans for the mean alone are worse."""

import math
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
from app.schedules.runs.document_minutes import at_minutes, minutes_in_use
from app.schedules.runs.plan_sites import PlanSite
from app.schedules.runs.plan_teams import PlanTeam
from app.schedules.signal_met import last_signal

VALUES = 64
"""Equally likely numbers of people that stand for the distribution of a site's demand."""
_FUTURES = 10 * VALUES


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
    minutes = minutes_in_use(session, district, basis, own)
    # Who comes, with which phone and how fast is learned of IKD, for plans that bring it.
    learned = with_people(session, district, schedule, basis) if own is Document.IKD else None
    if not any(row.visits and row.use is Use.LEARNED for row in minutes.values()):
        return learned
    if learned is None:
        learned = LearnedBasis(basis=basis, demand={}, used={"results": {}, "figures": {}, "kinds_as_given": []})
    return replace(
        learned,
        basis=at_minutes(learned.basis, minutes, own),
        used=learned.used | {"documents": {document.value: row.to_json() for document, row in minutes.items()}},
    )


def with_people(session: Session, district: District, schedule: Schedule, basis: Basis) -> LearnedBasis | None:
    """The basis as results of IKD have its people, teams and signal; None where they teach nothing that is used."""
    learned = learn_from_results(session, district, schedule.document)
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
        draws = learned.draw(stream(schedule.seed, Purpose.TURN_OUT), _FUTURES)
        for index, site in enumerate(sites):
            if site.candidate.stage is not None:
                # Who is prepared, and who comes again, follows from the preparation.
                continue
            if any(uses.of(figure, site.candidate.site.kind) is Use.LEARNED and counts[figure] for figure in BY_KIND):
                values = _demand(site, draws, uses, counts, seed=schedule.seed)
                demand[site.candidate.site.code] = values
                # Rounded up, so that what is proven for the mean bounds the expectation of every plan.
                sites[index] = replace(
                    site,
                    people=-(-sum(values) // len(values)),
                    further=_further(site, draws, uses, counts, seed=schedule.seed),
                )
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
    still = np.maximum(0, np.round(count - planned.promised)).astype(np.int64)
    # The middle of each of equally large groups, the smallest first.
    return tuple(np.sort(still)[_FUTURES // VALUES // 2 :: _FUTURES // VALUES].tolist())


def _further(
    planned: PlanSite, draws: LearnedDraws, uses: Uses, counts: Mapping[Figure, int], *, seed: int
) -> Mapping[Document, int]:
    """Who can still be served there with further documents, by the shares that are learned of IKD; rounded up."""
    candidate, own = planned.candidate, stream(seed, Purpose.SITE, planned.candidate.site.id)
    turn_out, _, resident = candidate.shares
    given = float(turn_out * resident)
    learned = _share(Figure.TURN_OUT, planned, draws, uses, counts, own) * _share(
        Figure.RESIDENT, planned, draws, uses, counts, own
    )
    left = {}
    for document, people in planned.further.items():
        of_all = candidate.people_by_document.get(document, 0)
        served = of_all - people
        # Where nothing was learned it is what was given, whatever floating point makes of that.
        come = math.ceil(round(of_all * float(learned.mean()) / given, 6)) if given else of_all
        left[document] = max(0, come - served)
    return left


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
        return np.full(_FUTURES, float(dict(zip(BY_KIND, planned.candidate.shares, strict=True))[figure]))
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
