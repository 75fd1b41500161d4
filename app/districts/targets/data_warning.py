"""What the service says about figures it was given: a code, how bad it is, a sentence, and the figures."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.words import Text


class Severity(StrEnum):
    NOTE = "note"
    WARNING = "warning"
    SERIOUS = "serious"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """One figure of a warning and where it comes from."""

    name: str
    value: str
    reported_on: date | None = None
    source: str | None = None
    provenance: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataWarning:
    """Something about the figures that a planner should know before trusting them."""

    code: str
    severity: Severity
    message: Text
    figures: tuple[Quoted, ...] = ()
