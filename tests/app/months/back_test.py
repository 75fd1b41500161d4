"""`python -m tests.app.months.back_test`: what would have been said of Kabupaten Serang at the end of June 2024."""

import argparse
import gzip
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.commands.folders import load_example
from app.database import make_engine, migrate
from app.districts import service as districts
from app.districts.models import TargetOwner
from app.districts.targets.official_counts import keep_count
from app.embedded_postgres import running_postgres
from app.forecasts.answers import Band, DistrictForecast
from app.forecasts.service import forecast
from app.observability import configure_logging
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.wish import Wish
from app.worker import prepare_database
from examples.build import EXAMPLES
from solver.contract.reading import instance_from_json
from solver.solve import solve
from solver.stopping import Limits

CODE = "36.04"
FOLDER = EXAMPLES / "36.04-kabupaten-serang"
EVENING = datetime(2024, 6, 28, 10, tzinfo=UTC)
"""17:00 on the day after the count of 31,000 was printed."""
FRIDAY = date(2024, 6, 28)
AUGUST = date(2024, 8, 2)
KNOWN_LATER = 36_000
"""Of that day, printed on 4 August 2024; see the sources in the example's folder."""
YEAR_END_BETWEEN_COUNTS = KNOWN_LATER + 32_222 * (date(2024, 12, 31) - AUGUST).days // 464
"""On the straight line from there to the 68,222 of 9 November 2025, 464 days later."""
JULY = Wish(period_start=date(2024, 7, 1), period_end=date(2024, 8, 2), iterations=20_000)
TO_YEAR_END = Wish(period_start=date(2024, 7, 1), period_end=date(2024, 12, 31), iterations=20_000)
Plan = Callable[[Session, Schedule], Schedule]


def said_in_june(session: Session, *, owner: TargetOwner = TargetOwner.DISTRICT) -> DistrictForecast:
    return forecast(session, districts.get_district(session, CODE), "ikd", on=FRIDAY, owner=owner)


def band_on(forecast: DistrictForecast, day: date) -> Band:
    return next(band for band in forecast.published.bands if band.date == day)


def publish_plan(session: Session, wish: Wish, plan: Plan) -> Schedule:
    """Publish what the four teams of the folder would do in a period."""
    district = districts.get_district(session, CODE)
    schedule = schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=EVENING)
    return publishing.publish(session, plan(session, schedule), actor=COMMAND_LINE, now=EVENING)


def solved(session: Session, schedule: Schedule) -> Schedule:
    """Do what a worker does with a run, by the planning core itself."""
    record.begin(session, schedule, build_instance(session, schedule), now=EVENING)
    assert schedule.instance_json is not None
    instance = instance_from_json(json.loads(gzip.decompress(schedule.instance_json)))
    plan = solve(instance, Limits(iterations=schedule.request["iterations"]), seed=schedule.seed).plan
    checked = check_run(session, schedule, Solved(plan=gzip.compress(json.dumps(plan.to_json()).encode())))
    record.store_plan(session, schedule, checked, now=EVENING)
    session.flush()
    return schedule


def recounted_in_august(session: Session) -> DistrictForecast:
    """What would have been said when the count of 2 August came."""
    target = districts.get_target(session, CODE, "ikd", owner=TargetOwner.DISTRICT)
    target.as_of, target.activated = AUGUST, KNOWN_LATER
    keep_count(session, target)
    session.flush()
    return forecast(session, districts.get_district(session, CODE), "ikd", on=AUGUST, owner=TargetOwner.DISTRICT)


PLANS = {"nothing": None, "July": JULY, "July to December": TO_YEAR_END}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", choices=PLANS, action="append", help="Absent: each of them, some minutes.")
    arguments = parser.parse_args()
    configure_logging("WARNING", json_lines=True)
    lines = [
        "| published | 2 August, 90 % interval | median | 31 December, 90 % interval | median | 600,000 | 360,000 |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder, running_postgres(Path(folder) / "postgres") as url:
        engine = make_engine(url)
        migrate(engine)
        prepare_database(url)
        for name in arguments.published or PLANS:
            with Session(engine) as session:
                load_example(session, FOLDER, now=EVENING)
                lines.append(_line(session, name, PLANS[name]))
                session.rollback()
        with Session(engine) as session:
            load_example(session, FOLDER, now=EVENING)
            end = recounted_in_august(session).published.at_deadline
            lines.append(f"Said with the count of 2 August, of 31 December: {end.p05:,}–{end.p95:,}, {end.p50:,}")
            session.rollback()
        engine.dispose()
    print("\n".join(lines))  # noqa: T201


def _line(session: Session, name: str, wish: Wish | None) -> str:
    if wish is not None:
        publish_plan(session, wish, solved)
        visits = session.scalars(schedules.visits_in_force(CODE))
        name = f"{name}, {sum(visit.expected_activations for visit in visits):,} expected"
    district, ministry = said_in_june(session), said_in_june(session, owner=TargetOwner.MINISTRY)
    august, year_end = band_on(district, AUGUST), district.published.at_deadline
    cells = (
        *(name, f"{august.p05:,}–{august.p95:,}", f"{august.p50:,}"),
        *(f"{year_end.p05:,}–{year_end.p95:,}", f"{year_end.p50:,}"),
        *(foretold.published.probability_of_target.shown["en"] for foretold in (district, ministry)),
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
