"""What the results of a district have taught by a day: its stored reports, read for `app.estimates`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts import service as districts
from app.estimates.evidence import Outcome, SignalEffect, VisitResult
from app.estimates.learning import Learned, Priors, learn
from app.estimates.shares import ShareFit, ShareResult, fit_shares
from app.schedules.models import Schedule, Visit
from app.schedules.models import VisitResult as StoredResult
from app.schedules.planned_with import PlannedWith
from app.schedules.runs.gateway import CONNECTIVITY
from app.sites.kinds import KIND_DEFAULTS, KindDefaults
from app.sites.models import Site

SIGNAL = SignalEffect(
    rate=tuple(  # type: ignore[arg-type] # five levels, as the contract has them
        throughput * success / 10_000
        for throughput, success in zip(CONNECTIVITY.throughput_percent, CONNECTIVITY.success_percent, strict=True)
    ),
    satellite_level=CONNECTIVITY.satellite_level,
)
# A person's word for one site is worth as much as ten people who were asked there.
PEOPLE_OF_A_WORD = 10


def results_until(session: Session, district_code: str, document: str, *, until: date) -> tuple[VisitResult, ...]:
    """The standing reports of visits up to a day, by date and visit, with what each was planned with."""
    rows = session.execute(
        select(StoredResult, Visit)
        .join(Visit, Visit.id == StoredResult.visit_id)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .where(
            StoredResult.district_code == district_code,
            StoredResult.stands,
            Schedule.document == document,
            Visit.date <= until,
            Visit.planned_with.is_not(None),
        )
        .order_by(Visit.date, Visit.id)
    )
    return tuple(_result(told, visit) for told, visit in rows)


def _result(told: StoredResult, visit: Visit) -> VisitResult:
    planned = PlannedWith.from_json(visit.planned_with or {})
    return VisitResult(
        visit=visit.id,
        site=visit.site_id,
        kind=planned.kind,
        area=planned.area_code,
        level=planned.connectivity,
        team=visit.team_id,
        operators=planned.operators,
        has_satellite=planned.has_satellite,
        day=visit.date,
        service_minutes=visit.service_minutes,
        given_minutes_per_activation=float(planned.minutes_per_activation),
        invited=max(0, planned.headcount - planned.already_activated) if told.invited is None else told.invited,
        outcome=Outcome(told.outcome),
        served=told.served,
        activated=told.activated,
        other_district=told.other_district or 0,
        phone_not_ready=told.phone_not_ready or 0,
        turned_away=told.turned_away,
        ran_out_of_time=told.ran_out_of_time,
        started_at=told.started_at,
        last_served_at=told.last_served_at,
        ended_at=told.ended_at,
        signal_met=told.signal_met,
        cause=told.cause,
    )


def learned_from(
    session: Session, district_code: str, results: Sequence[VisitResult], *, sites: Sequence[Site]
) -> Learned:
    """Everything these results teach, beside what is assumed of the kinds and given for single sites."""
    priors = Priors(
        turn_out=_assumed(lambda kind: kind.turn_out_share),
        phone_ready=_assumed(lambda kind: kind.phone_ready_share),
        resident=_assumed(lambda kind: kind.resident_share),
        signal=SIGNAL,
        areas=tuple(area.code for area in districts.list_areas(session, district_code)),
    )
    found = learn(results, priors)

    def with_words(fit: ShareFit, prior: Mapping[str, float], told: Sequence[ShareResult], figure: str) -> ShareFit:
        words = [_word(site, share) for site in sites if (share := getattr(site, figure)) is not None]
        return fit_shares((*told, *words), prior, areas=priors.areas) if words else fit

    evidence = found.evidence
    return replace(
        found,
        turn_out=with_words(found.turn_out, priors.turn_out, evidence.turn_out, "turn_out_share"),
        phone_ready=with_words(found.phone_ready, priors.phone_ready, evidence.phone_ready, "phone_ready_share"),
        resident=with_words(found.resident, priors.resident, evidence.resident, "resident_share"),
    )


def _assumed(share: Callable[[KindDefaults], Decimal]) -> dict[str, float]:
    return {kind.value: float(share(defaults)) for kind, defaults in KIND_DEFAULTS.items()}


def _word(site: Site, share: Decimal) -> ShareResult:
    return ShareResult(
        site=site.id,
        kind=site.kind,
        area=site.area_code,
        level=site.connectivity,
        people=PEOPLE_OF_A_WORD,
        came=PEOPLE_OF_A_WORD * float(share),
        is_given=True,
    )
