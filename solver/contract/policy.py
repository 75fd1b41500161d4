"""In which order a plan is to be good, and what each level may give up for the next: the format `outreach-policy-1`.

Pinned and must-visits come before every level. What no level names is weighed together at the end, by its weights.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from solver.contract.faults import Fault, InvalidInstance
from solver.contract.instance import Instance
from solver.contract.json_fields import Fields, Notes
from solver.contract.verify import Recount

FORMAT = "outreach-policy-1"
MOST_UNITS = 1_000_000_000_000
PERCENT = 100
"""Tolerances are kept in hundredths of a percent."""


class InvalidPolicy(InvalidInstance):
    """The policy breaks its format."""


class LevelName(StrEnum):
    """What a level looks at; less is better in all of them."""

    SHORTFALL = "shortfall"
    FLOORS = "floors"
    COST = "cost"
    LATENESS = "lateness"
    CHANGES = "changes"
    FAIRNESS = "fairness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How a level is counted: `reached` by a plan, in `unit`, and what a tolerance in percent is a part of."""

    unit: str
    reached: Callable[[Recount], int]
    whole: Callable[[Instance, Recount], int]


MEASURES: Mapping[LevelName, Measure] = {
    LevelName.SHORTFALL: Measure(
        unit="people",
        reached=lambda recount: recount.shortfall,
        whole=lambda instance, recount: min(recount.activations, recount.gap),
    ),
    LevelName.FLOORS: Measure(
        unit="people",
        reached=lambda recount: recount.area_shortfall,
        whole=lambda instance, recount: sum(area.min_activations for area in instance.areas),
    ),
    LevelName.COST: Measure(
        unit="rupiah", reached=lambda recount: recount.cost, whole=lambda instance, recount: recount.cost
    ),
    LevelName.LATENESS: Measure(
        unit="activation_days",
        reached=lambda recount: recount.lateness,
        whole=lambda instance, recount: recount.lateness,
    ),
    LevelName.CHANGES: Measure(
        unit="visits",
        reached=lambda recount: recount.moved,
        whole=lambda instance, recount: len(instance.published),
    ),
    LevelName.FAIRNESS: Measure(
        unit="unfair_minutes",
        reached=lambda recount: recount.unfairness,
        whole=lambda instance, recount: recount.unfairness,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level, and how much later ones may take of what it reached: in its unit, or in hundredths of a percent."""

    name: LevelName
    tolerance: int = 0
    tolerance_parts: int = 0

    @property
    def measure(self) -> Measure:
        return MEASURES[self.name]

    def reached(self, recount: Recount) -> int:
        return self.measure.reached(recount)

    def given_up_at_most(self, instance: Instance, recount: Recount) -> int:
        """The tolerance in the unit of the level, from what a plan reached; rounded down."""
        if not self.tolerance_parts:
            return self.tolerance
        return self.measure.whole(instance, recount) * self.tolerance_parts // (100 * PERCENT)

    def to_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {"level": str(self.name)}
        if self.tolerance_parts:
            content["tolerance_percent"] = self.tolerance_parts / PERCENT
        elif self.tolerance:
            content["tolerance"] = self.tolerance
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Levels in their order, the first one first."""

    name: str
    levels: tuple[Level, ...]

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, "name": self.name, "levels": [level.to_json() for level in self.levels]}


def _built_in(name: str, *levels: tuple[LevelName, float]) -> Policy:
    return Policy(
        name=name,
        levels=tuple(Level(name=level, tolerance_parts=round(percent * PERCENT)) for level, percent in levels),
    )


BUILT_IN: Mapping[str, Policy] = {
    policy.name: policy
    for policy in (
        _built_in("close-the-gap", (LevelName.SHORTFALL, 0.5), (LevelName.FLOORS, 0)),
        _built_in("even-areas", (LevelName.FLOORS, 0), (LevelName.SHORTFALL, 0.5)),
        _built_in("lowest-cost", (LevelName.SHORTFALL, 3), (LevelName.FLOORS, 3), (LevelName.COST, 0)),
        _built_in("keep-the-plan", (LevelName.CHANGES, 0), (LevelName.SHORTFALL, 0.5), (LevelName.FLOORS, 0)),
        _built_in("fair-teams", (LevelName.SHORTFALL, 0.5), (LevelName.FLOORS, 0), (LevelName.FAIRNESS, 0)),
    )
}


def policy_from_json(document: object) -> Policy:
    """Build a policy from parsed JSON; raises `InvalidPolicy` with every fault found."""
    notes = Notes()
    top = Fields(document, "", notes)
    if top.take("format") != FORMAT:
        top.fault("format", f'give "{FORMAT}", the only format known')
    name = top.text("name")
    levels: list[Level] = []
    first_at: dict[LevelName, int] = {}
    entries = top.entries("levels")
    if isinstance(top.take("levels"), list) and not entries:
        top.fault("levels", f"give at least one level: {', '.join(LevelName)}")
    for index, entry in enumerate(entries):
        fields = Fields(entry, f"/levels/{index}", notes)
        level = _level(fields)
        if level is None:
            continue
        if level.name in first_at:
            fields.fault("level", f"give each level once: /levels/{first_at[level.name]} has the same")
        first_at.setdefault(level.name, index)
        levels.append(level)
    if notes.faults:
        raise InvalidPolicy(tuple(notes.faults))
    return Policy(name=name, levels=tuple(levels))


def _level(fields: Fields) -> Level | None:
    name = fields.take("level")
    if name not in list(LevelName):
        fields.fault("level", f"give one of {', '.join(LevelName)}")
        return None
    parts = _parts(fields) if fields.has("tolerance_percent") else 0
    units = fields.integer("tolerance", most=MOST_UNITS) if fields.has("tolerance") else 0
    if fields.has("tolerance_percent") and fields.has("tolerance"):
        fields.fault("tolerance", "give tolerance or tolerance_percent, not both")
    return Level(name=LevelName(name), tolerance=units, tolerance_parts=parts)


def _parts(fields: Fields) -> int:
    """Read a percentage in hundredths."""
    value = fields.take("tolerance_percent")
    if type(value) in (int, float) and 0 <= value <= 100:
        parts: int = round(value * PERCENT)
        if abs(value * PERCENT - parts) < 1e-6:
            return parts
    fields.fault("tolerance_percent", "give a percentage from 0 to 100, in hundredths at the finest")
    return 0


def read_policy(name_or_path: str) -> Policy:
    """Return a built-in policy by its name, or read one from a JSON file; raises `OSError` and `InvalidPolicy`."""
    if name_or_path in BUILT_IN:
        return BUILT_IN[name_or_path]
    try:
        document = json.loads(Path(name_or_path).read_bytes())
    except FileNotFoundError as exc:
        mend = f"name a file, or one of {', '.join(BUILT_IN)}"
        raise InvalidPolicy((Fault(path="", value=name_or_path, mend=mend),)) from exc
    except (ValueError, RecursionError) as exc:
        fault = Fault(path="", value="unreadable", mend=f"write it as JSON in UTF-8 ({exc})")
        raise InvalidPolicy((fault,)) from exc
    return policy_from_json(document)
