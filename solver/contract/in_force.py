"""Nights, rides and kits of the plan in force, as its file says them; what the instance does not know is a fault."""

from collections.abc import Collection
from pathlib import Path

from solver.contract.faults import Fault, InvalidPlanInForce, short_json
from solver.contract.instance import Instance
from solver.contract.plan import Plan, read_plan
from solver.contract.plan_rows import Rows


def read_in_force(path: Path, instance: Instance) -> Rows:
    """Read nights, rides and kits of the plan that `published` visits are of.

    Raises `OSError`, `InvalidPlan`, and `InvalidPlanInForce` for rows of teams, dates, lodgings, connections or kits
    that the instance does not have. Its visits are those of the instance, and its breaks are found anew.
    """
    return rows_in_force(instance, read_plan(path))


def rows_in_force(instance: Instance, plan: Plan) -> Rows:
    """Return nights, rides and kits of a plan that was read; raises `InvalidPlanInForce`."""
    faults = [fault for fault in plan.unreadable_rows if fault.path.split("/")[1] in ("nights", "rides", "kits")]
    known = _Known(instance, faults)
    for index, night in enumerate(plan.rows.nights):
        known.look(f"/nights/{index}", team=night.team, day=night.date.isoformat())
        known.name(f"/nights/{index}/lodging", night.lodging, known.lodgings, "a lodging")
    for index, ride in enumerate(plan.rows.rides):
        known.look(f"/rides/{index}", team=ride.team, day=ride.date.isoformat())
        known.name(f"/rides/{index}/connection", ride.connection, known.connections, "a connection")
    for index, load in enumerate(plan.rows.kits):
        known.look(f"/kits/{index}", team=load.team, day=load.date.isoformat())
        known.name(f"/kits/{index}/kit", load.pool, known.pools, "a pool of kits")
    if faults:
        raise InvalidPlanInForce(tuple(faults))
    return Rows(nights=plan.rows.nights, rides=plan.rows.rides, kits=plan.rows.kits)


class _Known:
    """What an instance has, and the faults of rows that name something else."""

    def __init__(self, instance: Instance, faults: list[Fault]) -> None:
        self._faults = faults
        self._teams = [team.id for team in instance.teams]
        self._dates = [day.isoformat() for day in instance.dates]
        self.lodgings = [lodging.id for lodging in instance.lodgings]
        self.connections = [connection.id for connection in instance.connections]
        self.pools = [pool.id for pool in instance.kits]

    def look(self, path: str, *, team: str, day: str) -> None:
        self.name(f"{path}/team", team, self._teams, "a team")
        self.name(f"{path}/date", day, self._dates, "a date")

    def name(self, path: str, value: str, known: Collection[str], what: str) -> None:
        if value not in known:
            mend = f"name {what} of the instance, or leave the row out"
            self._faults.append(Fault(path=path, value=short_json(value), mend=mend))
