"""How a run gets in line: one job of the engine (dbos) per schedule, written with the request itself."""

import logging

from dbos import DBOSClient, DBOSPortableJSONSerializer
from sqlalchemy.orm import Session

APPLICATION_NAME = "jemput-bola"
APPLICATION_VERSION = "1"
"""Changed only when a run begun by the older code could not be finished by the newer: the engine resumes
nothing of another version, and its own default, a hash of the code, would strand runs at every release."""
QUEUE_NAME = "schedules"
WORKFLOW_NAME = "solve_schedule"
_LAST_PRIORITY = 2**31 - 1

_engine_log = logging.getLogger("dbos")
# The engine logs at INFO whenever it is used, and adds a handler of its own unless it finds one.
_engine_log.setLevel(logging.WARNING)
_engine_log.addHandler(logging.NullHandler())


def workflow_id(schedule_id: int) -> str:
    return f"schedule-{schedule_id}"


def enqueue(session: Session, schedule_id: int, *, turn: int) -> None:
    """Put a run in line in the session's own transaction: a rollback leaves neither row nor job.

    Of those in line the lowest turn begins first, of equal ones the one that came first; `turn` is not below 0.
    The engine's tables must exist (`app.worker.prepare_database`)."""
    client = DBOSClient(
        system_database_engine=session.get_bind().engine,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION_NAME,
        lazy=True,
    )
    client.enqueue_in_transaction(
        session,
        {
            "workflow_name": WORKFLOW_NAME,
            "queue_name": QUEUE_NAME,
            "workflow_id": workflow_id(schedule_id),
            "workflow_id_reuse_policy": "reject",
            # The engine's own default, 0, goes before all.
            "priority": min(turn + 1, _LAST_PRIORITY),
        },
        schedule_id,
    )
