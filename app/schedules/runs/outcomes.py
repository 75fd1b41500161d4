"""How a run ends: with a plan, for a reason, stopped before it had one, or with nobody waiting for it any more."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from app.languages import Language, in_language, said
from app.schedules.runs.checking import CheckedPlan, Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The solver wrote a plan, which nobody has checked yet."""

    plan: bytes
    """Gzip-compressed JSON."""
    spread: Spread | None = None
    """Where demand is unsure."""
    levels: Mapping[str, Any] | None = None
    """How far it went level by level, where a policy was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan that the verifier accepts."""

    checked: CheckedPlan
    spread: Spread | None = None
    levels: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    reason: str
    """What people read, in both languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Cancelled, and ended by force before there was any plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The run was over, or its row had left, before this attempt."""


AfterSolving = Solved | Failed | Stopped | Gone
Outcome = Planned | Failed | Stopped | Gone


def to_record(outcome: AfterSolving) -> dict[str, Any]:
    """What the job engine keeps of a solve, in JSON: whoever resumes the run, of whatever version, goes on from it."""
    match outcome:
        case Solved(plan=plan, spread=spread, levels=levels):
            kept: dict[str, Any] = {"plan": base64.b64encode(plan).decode()}
            if levels is not None:
                kept["levels"] = dict(levels)
            if spread is None:
                return kept
            instance = base64.b64encode(spread.instance).decode()
            return kept | {"spread": {"instance": instance, "choice": dict(spread.choice)}}
        case Stopped():
            return {"plan": None}
        case Failed(reason=reason):
            return {"failed": str(reason), "failed_indonesian": in_language(reason, Language.INDONESIAN)}
        case Gone():
            return {"gone": True}
        case _:
            assert_never(outcome)


def from_record(record: Mapping[str, Any]) -> AfterSolving:
    """The outcome that `to_record` has written down."""
    if record.get("gone"):
        return Gone()
    if "failed" in record:
        # Of a worker of the version before: English alone.
        return Failed(reason=said(record["failed"], record.get("failed_indonesian", record["failed"])))
    if record["plan"] is None:
        return Stopped()
    spread = record.get("spread")
    return Solved(
        plan=base64.b64decode(record["plan"]),
        spread=None
        if spread is None
        else Spread(instance=base64.b64decode(spread["instance"]), choice=spread["choice"]),
        levels=record.get("levels"),
    )
