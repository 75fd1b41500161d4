"""Keeps what was refused: the instance, to be mended from, and the plan without the claim that it disproves."""

import hashlib
import json
import warnings
from dataclasses import replace
from pathlib import Path

from solver.contract.instance import Instance
from solver.contract.plan import Plan, StopReason
from solver.contract.reading import write_instance
from solver.contract.verify import Recount
from solver.numeric.compilation import data_folder
from solver.plans.outlook import served_beyond


class RefusedBoundWarning(RuntimeWarning):
    """A verified plan is worth more than its bound allows: a fault of the proof, written out to be mended."""


def write_refused(instance: Instance) -> Path:
    """Write an instance to the folder of refused ones, named by its content: the same one is kept once."""
    folder = data_folder() / "refused"
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(instance.to_json(), ensure_ascii=False, sort_keys=True).encode()
    path = folder / f"{hashlib.sha256(content).hexdigest()}.json"
    write_instance(instance, path)
    return path


def without_false_bound(instance: Instance, plan: Plan, recount: Recount) -> Plan:
    """Return the plan as it is, or without its bounds if it is itself the proof that one of them is false."""
    value_holds = plan.bound_milli is None or plan.bound_milli >= recount.value_milli
    activations_hold = plan.activations_bound is None or plan.activations_bound >= recount.activations
    if value_holds and activations_hold and not served_beyond(plan, recount):
        return plan
    path = write_refused(instance)
    claim = f"{plan.bound_milli} milli and {plan.activations_bound} activations"
    truth = f"{recount.value_milli} and {recount.activations}"
    for name, served, most in served_beyond(plan, recount):
        claim, truth = f"{claim}, {most} served with {name}", f"{truth}, {served}"
    warnings.warn(
        f"the bound of {claim} lies below the verified plan's {truth}: it is dropped, the instance kept in {path}",
        RefusedBoundWarning,
        stacklevel=2,
    )
    return replace(
        plan,
        bound_milli=None,
        activations_bound=None,
        served_bound=(),
        stop_reason=None if plan.stop_reason is StopReason.OPTIMAL else plan.stop_reason,
        refused_bound_milli=plan.bound_milli,
    )
