"""The answer to an instance: visits with a value and a bound, as `outreach-plan-1` and `outreach-plan-2` say it.

Reading keeps what is broken, so that `solver.contract.verify` can name it; writing is atomic.
"""

import json
import math
import os
import tempfile
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from solver.contract.faults import Fault, short_json
from solver.contract.instance import NEXT_FORMAT as NEXT_INSTANCE
from solver.contract.instance import Instance, Visit
from solver.contract.json_fields import read_visit
from solver.contract.plan_rows import NO_ROWS, Rows, read_rows, read_work
from solver.contract.version import solver_version

__all__ = [
    "FORMAT",
    "NEXT_FORMAT",
    "InvalidPlan",
    "Plan",
    "Progress",
    "StopReason",
    "Visit",
    "read_plan",
    "write_plan",
]

FORMAT = "outreach-plan-1"
NEXT_FORMAT = "outreach-plan-2"


class StopReason(StrEnum):
    """Why a run ended; each of them leaves a feasible plan."""

    OPTIMAL = "optimal"
    TIME_LIMIT = "time_limit"
    ITERATION_LIMIT = "iteration_limit"
    CANCELLED = "cancelled"


class InvalidPlan(ValueError):
    """The document is no plan at all, so there is nothing to verify."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Visits, what they are said to be worth, and how the run ended.

    `value_milli` and `bound_milli` are claims, in milli-activations, and None where nothing is claimed.
    `activations_bound`, `served_bound`, the most that any plan can serve with each further document by its id,
    `iterations` and `refused_bound_milli`, a bound that the plan itself disproved, are ours; the format allows and
    ignores them. `unreadable` holds what `from_json` could not read as a visit or a claim: `verify` counts each of
    these as broken. `rows` and `unreadable_rows` are those of the tables beside the visits, which
    mean nothing for an `outreach-1` instance.
    """

    visits: tuple[Visit, ...]
    value_milli: int | None = None
    bound_milli: int | None = None
    stop_reason: StopReason | None = None
    seed: int | None = None
    solver_version: str | None = field(default_factory=solver_version)
    activations_bound: int | None = None
    served_bound: tuple[tuple[str, int], ...] = ()
    iterations: int | None = None
    refused_bound_milli: int | None = None
    unreadable: tuple[Fault, ...] = ()
    rows: Rows = NO_ROWS
    unreadable_rows: tuple[Fault, ...] = ()
    format: str = FORMAT

    @classmethod
    def from_json(cls, document: object) -> "Plan":
        """Read a plan, broken or not; raises `InvalidPlan` if it has no list of visits."""
        if not isinstance(document, dict) or not isinstance(document.get("visits"), list):
            raise InvalidPlan(f'a plan is an object with "format": "{FORMAT}" and a list of "visits"')
        visits: list[Visit] = []
        unreadable: list[Fault] = []
        rows, unreadable_rows = read_rows(document)
        for index, entry in enumerate(document["visits"]):
            visit = read_visit(entry, f"/visits/{index}")
            if not isinstance(visit, Visit):
                unreadable.append(visit[0])
                continue
            visits.append(replace(visit, work=read_work(entry, f"/visits/{index}", unreadable_rows)))
        value_milli, bound_milli = _read_claims(document, unreadable)
        reason = document.get("stop_reason")
        version = document.get("solver_version")
        return cls(
            visits=tuple(visits),
            value_milli=value_milli,
            bound_milli=bound_milli,
            stop_reason=StopReason(reason) if reason in list(StopReason) else None,
            seed=_integer_or_none(document.get("seed")),
            solver_version=version if isinstance(version, str) else None,
            activations_bound=_integer_or_none(document.get("activations_bound")),
            served_bound=_integers_by_name(document.get("served_bound")),
            iterations=_integer_or_none(document.get("iterations")),
            refused_bound_milli=_integer_or_none(document.get("refused_bound_milli")),
            unreadable=tuple(unreadable),
            rows=rows,
            unreadable_rows=tuple(unreadable_rows),
            format=NEXT_FORMAT if document.get("format") == NEXT_FORMAT else FORMAT,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the plan as a document of the format, without what was unreadable."""
        content: dict[str, Any] = {"format": self.format, "visits": [visit.to_json() for visit in self.visits]}
        if self.format == NEXT_FORMAT:
            content |= self.rows.to_json()
        if self.value_milli is not None:
            content["value_milli"] = self.value_milli
        content["bound_milli"] = self.bound_milli
        for name in ("stop_reason", "seed", "solver_version", "activations_bound", "iterations", "refused_bound_milli"):
            if getattr(self, name) is not None:
                content[name] = getattr(self, name)
        if self.served_bound:
            content["served_bound"] = dict(self.served_bound)
        return content


def in_format_of(instance: Instance, plan: Plan) -> Plan:
    """Return the plan in the format that answers the instance's."""
    return replace(plan, format=NEXT_FORMAT if instance.format == NEXT_INSTANCE else FORMAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a running search stands; values in milli-activations, bounds None until one is proven.

    `value_milli` is None while a level is searched at prices of its own.
    """

    elapsed_seconds: float
    iterations: int
    value_milli: int | None
    bound_milli: int | None
    activations: int
    activations_bound: int | None
    served_bound: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        content = asdict(self)
        served = dict(content.pop("served_bound"))
        return content | ({"served_bound": served} if served else {})


def read_plan(path: Path) -> Plan:
    """Read a plan from a file; raises `OSError` and `InvalidPlan`."""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as exc:
        raise InvalidPlan(f"the file is not JSON in UTF-8 ({exc})") from exc
    return Plan.from_json(document)


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan so that the file is always a whole one, whatever happens meanwhile; a link stays a link."""
    path = path.resolve()
    content = json.dumps(plan.to_json(), ensure_ascii=False, indent=1) + "\n"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A temporary file is private to its owner; a plan is read by whoever may read its folder.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read_claims(document: dict[str, Any], unreadable: list[Fault]) -> tuple[int | None, int | None]:
    """Return the claimed value and bound; a fractional bound is rounded down, which forbids the same whole values."""
    value = bound = None
    if "value_milli" in document:
        value = _floor(document["value_milli"])
        if value is None or value != document["value_milli"]:
            unreadable.append(_broken("/value_milli", document["value_milli"], "give a whole number or leave it out"))
            value = None
    claim = document.get("bound_milli")
    # A claim of infinity or of no number at all excludes nothing.
    if claim is not None and not (isinstance(claim, float) and (math.isnan(claim) or claim == math.inf)):
        bound = _floor(claim)
        if bound is None:
            unreadable.append(_broken("/bound_milli", claim, "give a whole number or null"))
    return value, bound


def _floor(value: object) -> int | None:
    if isinstance(value, int):
        return int(value)
    return math.floor(value) if isinstance(value, float) and math.isfinite(value) else None


def _broken(path: str, value: object, mend: str) -> Fault:
    return Fault(path=path, value=short_json(value), mend=mend)


def _integers_by_name(value: object) -> tuple[tuple[str, int], ...]:
    entries = value.items() if isinstance(value, dict) else ()
    return tuple((name, number) for name, number in entries if type(number) is int)


def _integer_or_none(value: object) -> int | None:
    return value if type(value) is int else None
