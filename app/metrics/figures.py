"""How this process and the work of all of them goes, for Prometheus; figures, no codes of districts."""

from collections.abc import Iterable, Iterator

import psycopg
import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import REGISTRY, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.calendars.models import CalendarDelivery, CalendarReading, OutboxEntry
from app.database import OpenConnections
from app.process_parts import parts
from app.schedules.models import RoundTrouble, RunStatus, Schedule, Worker

log = structlog.get_logger(__name__)


class _Ready(Collector):
    """Finished families, for the library's writer."""

    def __init__(self, families: Iterable[Metric]):
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _gauge(name: str, help_text: str, values: Iterable[tuple[tuple[str, ...], float]], *, labels: str = "") -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=labels.split())
    for label_values, value in values:
        family.add_metric(label_values, value)
    return family


def _runs(session: Session) -> Iterator[Metric]:
    counted = {row[0]: row[1] for row in session.execute(COUNT_RUNS)}
    yield _gauge(
        "jemput_runs", "Runs by state.", [((state,), counted.get(state, 0)) for state in RunStatus], labels="state"
    )
    length, oldest = session.execute(QUEUE).one()
    yield _gauge("jemput_queue_length", "Runs that wait for a worker.", [((), length)])
    yield _gauge("jemput_queue_oldest_seconds", "How long the first in line has waited.", [((), oldest or 0)])


def _calendars(session: Session) -> Iterator[Metric]:
    pending, aside, conflicts = session.execute(_OUTBOX).one()
    states = (("pending", pending), ("set_aside", aside), ("conflict", conflicts))
    yield _gauge(
        "jemput_outbox_entries",
        "Entries of calendars that are still to be written, that were set aside with a trouble, and that somebody "
        "there changed.",
        [((state,), count) for state, count in states],
        labels="state",
    )
    troubled = (("read", CalendarReading), ("write", CalendarDelivery))
    yield _gauge(
        "jemput_calendars_in_trouble",
        "Calendars whose last reading or writing was in vain.",
        [
            ((way,), session.scalar(select(func.count()).where(state.trouble.is_not(None))) or 0)
            for way, state in troubled
        ],
        labels="way",
    )


def _workers(session: Session) -> Iterator[Metric]:
    yield _gauge(
        "jemput_worker_silent_seconds",
        "Since a worker's last sign of life.",
        [((row[0],), row[1]) for row in session.execute(SILENCE)],
        labels="worker",
    )
    yield _gauge(
        "jemput_failing_rounds",
        "What workers do by themselves and failed at last (GET /v1/worker-troubles).",
        [((), session.scalar(select(func.count()).select_from(RoundTrouble)) or 0)],
    )


_NOW = func.clock_timestamp()
COUNT_RUNS = select(Schedule.run_status, func.count()).group_by(Schedule.run_status)
QUEUE = select(func.count(), func.extract("epoch", _NOW - func.min(Schedule.requested_at))).where(
    Schedule.run_status == RunStatus.QUEUED
)
_OUTBOX = select(
    func.count().filter(OutboxEntry.is_pending()),
    func.count().filter(OutboxEntry.trouble.is_not(None)),
    func.count().filter(OutboxEntry.conflict.is_not(None)),
)
SILENCE = select(Worker.executor_id, func.extract("epoch", _NOW - Worker.seen_at)).order_by(Worker.executor_id)


def _of_the_database(sessions: sessionmaker[Session], connections: OpenConnections) -> list[Metric]:
    """What all processes share; without a database only that it does not answer."""
    families: list[Metric] = []
    answers = 1
    try:
        connections.refuse_if_stalled()
        with sessions() as session:
            for gather in (_runs, _calendars, _workers):
                families.extend(gather(session))
    except (SQLAlchemyError, psycopg.Error) as error:
        log.error("database away", error=str(error), route="/metrics")
        families, answers = [], 0
    return [_gauge("jemput_database_answers", "Whether the database answers.", [((), answers)]), *families]


def shown_metrics(sessions: sessionmaker[Session], connections: OpenConnections) -> bytes:
    """All figures in Prometheus text format."""
    living = [((name,), float(lives)) for name, lives in parts().items()]
    registry = CollectorRegistry(auto_describe=False)
    own = _gauge("jemput_part_alive", "Whether a part of this process lives.", living, labels="part")
    registry.register(_Ready([own, *_of_the_database(sessions, connections)]))
    return generate_latest(REGISTRY) + generate_latest(registry)
