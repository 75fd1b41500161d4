"""What is known of the fixed counters: the rate as given and as learned, and what official counts leave for them."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.models import District, Document
from app.districts.targets.data_warning import DataWarning
from app.districts.targets.facts import facts_about
from app.districts.working_calendar import working_dates
from app.reports.day_warnings import walk_in_warnings
from app.reports.estimate_answers import WalkInEstimate
from app.reports.estimated_count import count_warnings
from app.schedules.counters import AtCounters, ImpliedWalkIns, implied_walk_ins


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterReport:
    """As seen on the evening of a day."""

    estimate: WalkInEstimate
    implied: tuple[ImpliedWalkIns, ...]
    """The earliest stretch first."""
    warnings: tuple[DataWarning, ...]
    """Those of the progress report that speak of the counters."""


def counter_report(session: Session, district: District, document: Document, *, on: date) -> CounterReport:
    """Of the district's own target of a document; raises `NotFound` without any."""
    # Loaded late: arrays cost every process that only answers requests.
    from app.reports.estimates import walk_in_estimate
    from app.schedules.learning import held_share

    target = districts.get_target(session, district.code, document)
    facts = facts_about(session, target, on=on)
    held = held_share(session, district.code, target.document, until=on)
    implied = implied_walk_ins(session, district, facts, held=held)
    left = working_dates(session, district, on + timedelta(days=1), target.deadline)
    at_counters = AtCounters(session, district, target.document, on=on, held=held)
    return CounterReport(
        estimate=walk_in_estimate(session, district, document, on=on),
        implied=implied,
        warnings=(
            *walk_in_warnings(session, target, left, at_counters=at_counters),
            *count_warnings(facts, implied, ()),
        ),
    )
