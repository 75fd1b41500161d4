"""How a run stands, inside a sentence."""

from collections.abc import Mapping

from app.languages import Said, said
from app.schedules.models import RunStatus, Schedule

_STANDINGS: Mapping[RunStatus, Said] = {
    RunStatus.QUEUED: said("queued", "masih antre"),
    RunStatus.RUNNING: said("running", "sedang berjalan"),
    RunStatus.SUCCEEDED: said("succeeded", "berhasil"),
    RunStatus.FAILED: said("failed", "gagal"),
    RunStatus.CANCELLED: said("cancelled", "dibatalkan"),
}


def standing_of_run(schedule: Schedule) -> Said:
    """The state of the run, and the reason of one that failed."""
    standing = _STANDINGS[RunStatus(schedule.run_status)]
    reason = failure_of(schedule)
    if reason is None:
        return standing
    return said("{standing} ({reason})", "{standing} ({reason})", standing=standing, reason=reason)


def failure_of(schedule: Schedule) -> Said | None:
    """Why the run failed, if it did."""
    if schedule.failure_reason is None:
        return None
    return said(schedule.failure_reason, schedule.failure_reason_indonesian or schedule.failure_reason)
