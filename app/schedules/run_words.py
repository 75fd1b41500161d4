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
    if not schedule.failure_reason:
        return standing
    return said("{standing} ({reason})", "{standing} ({reason})", standing=standing, reason=schedule.failure_reason)
