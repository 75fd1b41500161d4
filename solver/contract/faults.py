"""What is wrong with a document of the contract: every fault with its place, its value and what would mend it."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a document: the JSON pointer of the field, its value as short JSON and what would mend it."""

    path: str
    value: str
    mend: str
    rule: str | None = None
    """The rule of planning that a pinned visit breaks."""

    def __str__(self) -> str:
        return f"{self.path or '/'} is {self.value}: {self.mend}"


class InvalidInstance(ValueError):
    """The instance breaks the contract; `faults` lists all of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class InvalidDemand(InvalidInstance):
    """The demand breaks its format or speaks of sites that the instance does not have."""


class InvalidPlanInForce(InvalidInstance):
    """Nights, rides or kits of the plan in force are of nothing that the instance has."""


def short_json(value: object) -> str:
    """Return a value as JSON of at most 80 characters, for people to read."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"
