"""What was proven of the plan in force bounds the run that takes its place too, as long as no more is possible now."""

import gzip
import json
from dataclasses import asdict, replace

import structlog
from sqlalchemy.orm import Session

from app.schedules.models import Schedule
from app.schedules.queries import proven_plans_in_force
from app.schedules.runs.checking import CheckedPlan, check_plan
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.rows_in_force import rows_in_force
from app.schedules.runs.unchanged import changing_nothing
from solver.contract.demand import demand_from_json
from solver.contract.faults import InvalidInstance
from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.plans.restriction import carried_bound

log = structlog.get_logger(__name__)


def check_run(session: Session, schedule: Schedule, solved: Solved) -> CheckedPlan:
    """Verify the plan of a run; it is judged by the tightest bound of its own and of the plans in force.

    Where demand is unsure, by the bound that was proven for the mean of every site: it bounds what any plan is
    expected to win. A re-planning is set beside what the plan in force would win unchanged."""
    checked = _checked(session, schedule, solved)
    if schedule.request["replan"] is None or checked.violations:
        return checked
    content = schedule.instance_json if solved.spread is None else solved.spread.instance
    assert content is not None
    instance = instance_from_json(json.loads(gzip.decompress(content)))
    demand = None
    if schedule.demand_json is not None:
        demand = demand_from_json(json.loads(gzip.decompress(schedule.demand_json)), instance)
    return replace(
        checked, unchanged=asdict(changing_nothing(instance, demand, rows=rows_in_force(session, schedule, instance)))
    )


def _checked(session: Session, schedule: Schedule, solved: Solved) -> CheckedPlan:
    assert schedule.instance_json is not None  # a run is solved once it has an instance
    if solved.spread is not None:
        return check_plan(
            solved.spread.instance,
            solved.plan,
            activations_at_most=solved.spread.choice["activations_bound"],
            demand_content=schedule.demand_json,
        )
    instance = schedule.instance_json
    return check_plan(instance, solved.plan, activations_at_most=_bound_in_force(session, schedule, instance))


def _bound_in_force(session: Session, schedule: Schedule, content: bytes) -> int | None:
    """The least bound on activations that carries over from a plan in force; None if none does."""
    earlier = session.scalars(proven_plans_in_force(schedule)).all()
    if not earlier:
        return None
    instance = instance_from_json(json.loads(gzip.decompress(content)))
    carried = {other.id: bound for other in earlier if (bound := _carried(instance, other)) is not None}
    if not carried:
        return None
    source = min(carried, key=carried.__getitem__)
    log.info("bound carried over", schedule_id=schedule.id, from_schedule_id=source, activations=carried[source])
    return carried[source]


def _carried(instance: Instance, earlier: Schedule) -> int | None:
    if earlier.instance_json is None or earlier.plan_json is None or earlier.upper_bound_activations is None:
        return None
    try:
        wide = instance_from_json(json.loads(gzip.decompress(earlier.instance_json)))
    except InvalidInstance as error:
        # Stored by an older version: what it proved is lost, and the run stands without it.
        log.warning("bound not carried over", from_schedule_id=earlier.id, error=str(error))
        return None
    if instance.documents or wide.documents:
        # What carries over is proven of teams that all issue the one document.
        return None
    visits = Plan.from_json(json.loads(gzip.decompress(earlier.plan_json))).visits
    return carried_bound(
        instance,
        wide,
        wide_bound=earlier.upper_bound_activations,
        before=[visit for visit in visits if visit.date < instance.dates[0]],
    )
