"""What the reported visits of a district teach: read anew each time, so that late and corrected results count alike."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.districts.areas import list_areas
from app.districts.models import District, Document
from app.districts.planning_figures import PlanningFigures, planning_figures
from app.estimates.evidence import Outcome, SignalEffect
from app.estimates.evidence import VisitResult as ReportedVisit
from app.estimates.learning import Given, Learned, Priors, learn
from app.estimates.losses import LossResult, fit_losses
from app.estimates.shares import ShareResult
from app.schedules.figures import Figure, Use, uses_of
from app.schedules.models import Schedule, Visit, VisitResult
from app.schedules.planned_with import PlannedWith
from app.schedules.standing_results import HELD_SHARE
from app.sites.kinds import kind_defaults
from app.sites.models import Site


def signal_effect(figures: PlanningFigures) -> SignalEffect:
    """What the signal does to the pace before the first visit."""
    return SignalEffect(
        rate=(figures.rate(0), figures.rate(1), figures.rate(2), figures.rate(3), figures.rate(4)),
        satellite_level=figures.satellite_level,
    )


def priors_of(session: Session, district: District) -> Priors:
    """What is given or assumed before the first visit."""
    kinds = kind_defaults(session, district.code)
    return Priors(
        turn_out={kind.value: float(default.turn_out_share) for kind, default in kinds.items()},
        phone_ready={kind.value: float(default.phone_ready_share) for kind, default in kinds.items()},
        resident={kind.value: float(default.resident_share) for kind, default in kinds.items()},
        signal=signal_effect(planning_figures(session, district.code)),
        areas=tuple(area.code for area in list_areas(session, district.code)),
    )


def learn_from_results(session: Session, district: District, document: str, *, until: date | None = None) -> Learned:
    """Everything that the standing results of a document teach; `until`: those of visits up to that day only.

    Who comes, with which phone and how fast that goes is learned of IKD, by visits that brought nothing else, for the
    minutes of others were shared in a way that no report tells; and by those held at the site itself, for who comes to
    another place tells nothing of who would come at home."""
    reported = []
    if document == Document.IKD:
        reported = reported_visits(session, district.code, document, until=until, alone=True, at_home=True)
    return learn(reported, priors_of(session, district), given=given_shares(session, district.code))


def held_share(session: Session, district_code: str, document: str, *, until: date | None = None) -> float:
    """Of visits that are over and unreported, those that took place: as reported visits teach, or as assumed."""
    if uses_of(session, district_code, document).of(Figure.LOSS) is Use.GIVEN:
        return HELD_SHARE
    reported = reported_visits(session, district_code, document, until=until)
    losses = [LossResult(day=report.day, cause=report.cause, lost_share=report.lost_share) for report in reported]
    return 1 - fit_losses(losses).expected


GIVEN_PEOPLE = 10
"""What a share that somebody gave for one site is worth: as many people seen."""


def given_shares(session: Session, district_code: str) -> Given:
    """The shares that people gave for single sites."""
    columns = {"turn_out": Site.turn_out_share, "phone_ready": Site.phone_ready_share, "resident": Site.resident_share}
    shares: dict[str, list[ShareResult]] = {name: [] for name in columns}
    for row in session.execute(
        select(Site.id, Site.kind, Site.area_code, Site.connectivity, *columns.values())
        .where(Site.district_code == district_code, or_(*(column.is_not(None) for column in columns.values())))
        .order_by(Site.id)
    ):
        for name, share in zip(columns, row[4:], strict=True):
            if share is not None:
                shares[name].append(
                    ShareResult(
                        site=row.id,
                        kind=row.kind,
                        area=row.area_code,
                        level=row.connectivity,
                        people=GIVEN_PEOPLE,
                        came=GIVEN_PEOPLE * float(share),
                        is_given=True,
                    )
                )
    return Given(**shares)


def reported_visits(
    session: Session,
    district_code: str,
    document: str,
    *,
    until: date | None = None,
    alone: bool = False,
    at_home: bool = False,
) -> list[ReportedVisit]:
    """The standing results with what their visits were planned with, by date, start and visit.

    `alone`: only those of visits that brought no further document; `at_home`: that were held at the site itself."""
    query = standing_reports(district_code, until=until).where(Schedule.document == document)
    served: dict[int, list[tuple[date, int]]] = defaultdict(list)
    visits = []
    for result, visit, _ in session.execute(query):
        facts = PlannedWith.from_json(visit.planned_with or {})
        counted_up_to = facts.already_activated_as_of or date.min
        gone = sum(people for day, people in served[visit.site_id] if day > counted_up_to)
        left = max(0, facts.headcount - facts.already_activated - gone)
        brought_more = bool(visit.expected_further or result.served_further)
        is_apart = facts.session_at is not None or visit.stage is not None
        if not (alone and brought_more) and not (at_home and is_apart):
            visits.append(as_reported(result, visit, facts, invited=left if result.invited is None else result.invited))
        served[visit.site_id].append((visit.date, result.activated + (result.other_district or 0)))
    return visits


def standing_reports(district_code: str, *, until: date | None = None) -> Select[VisitResult, Visit, str]:
    """Every standing result with its visit and the document of its plan, by date, start and visit; `until`: those of
    visits up to that day only."""
    query = (
        select(VisitResult, Visit, Schedule.document)
        .join(Visit, Visit.id == VisitResult.visit_id)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .where(VisitResult.district_code == district_code, VisitResult.stands)
        .order_by(Visit.date, Visit.starts_at, Visit.id)
    )
    return query if until is None else query.where(Visit.date <= until)


def as_reported(result: VisitResult, visit: Visit, facts: PlannedWith, *, invited: int) -> ReportedVisit:
    """What a report tells the models of the document of its plan, beside what the visit was planned with."""
    return ReportedVisit(
        visit=visit.id,
        site=visit.site_id,
        kind=facts.kind,
        area=facts.area_code,
        level=facts.connectivity,
        team=visit.team_id,
        operators=facts.operators,
        has_satellite=facts.has_satellite,
        day=visit.date,
        service_minutes=visit.service_minutes,
        given_minutes_per_activation=float(facts.minutes_per_activation),
        invited=invited,
        outcome=Outcome(result.outcome),
        served=result.served,
        activated=result.activated,
        other_district=result.other_district,
        phone_not_ready=result.phone_not_ready,
        turned_away=result.turned_away,
        ran_out_of_time=result.ran_out_of_time,
        started_at=result.started_at,
        last_served_at=result.last_served_at,
        ended_at=result.ended_at,
        signal_met=result.signal_met,
        cause=result.cause,
    )


def results_by_figure(learned: Learned) -> Mapping[Figure, int]:
    """How many results teach each figure."""
    evidence = learned.evidence
    return {
        Figure.TURN_OUT: len(evidence.turn_out),
        Figure.PHONE_READY: len(evidence.phone_ready),
        Figure.RESIDENT: len(evidence.resident),
        Figure.PACE: len(learned.pace.results),
        Figure.SIGNAL: learned.signal.visits,
        Figure.LOSS: learned.losses.visits,
    }
