"""Sites whose people are prepared by a plan, as the planning core takes them."""

from dataclasses import replace

from app.schedules.runs.basis import Basis
from app.sites.preparations import VisitStage
from solver.contract.instance import NEXT_FORMAT, Instance
from solver.questions.preparation import preparation_at
from solver.questions.what_if import ImpossibleChange


def with_preparations(instance: Instance, basis: Basis) -> Instance:
    """The instance with a must-visit at each site whose people are to be prepared; it wins nobody and needs no signal.

    How long it lasts stays what it was where it is announced. Where no team can stay so long nobody is prepared."""
    planned = {site.candidate.site.code: site for site in basis.sites if site.candidate.stage is not None}
    if not planned:
        return instance
    announced = {visit.site: visit.minutes for visit in basis.published if visit.is_preparation}
    sites = []
    for site in instance.sites:
        of_plan = planned.get(site.id)
        if of_plan is None or of_plan.candidate.stage is not VisitStage.PREPARATION:
            sites.append(site)
            continue
        try:
            prepared = preparation_at(
                instance,
                replace(site, people=of_plan.to_prepare),
                preparing=of_plan.candidate.terms.preparing_percent,
                minutes=announced.get(site.id, of_plan.candidate.site.preparation_minutes),
                by=basis.dates[-1],
            )
        except ImpossibleChange:
            prepared = site
        sites.append(replace(prepared, must=site.must))
    return replace(instance, sites=tuple(sites), format=NEXT_FORMAT)
