"""What is stored of lodgings and connections today, beside what a plan was made with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.travel.models import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class LodgingToday:
    """A place to sleep as the district has it now."""

    name: str
    closed_after: frozenset[date]
    """Of the dates asked for, those after which nobody may sleep there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionToday:
    """A boat or plane as the district has it now; times in minutes after local midnight."""

    way: Way | None
    departs: tuple[int, int]
    minutes: int
    idle_on: frozenset[date]
    """Of the dates asked for, those on which it does not leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysToday:
    """By code; None: the district keeps no list of them, so nothing is known to have changed."""

    lodgings: Mapping[str, LodgingToday] | None = None
    connections: Mapping[str, ConnectionToday] | None = None

    @property
    def connection_ways(self) -> Mapping[str, Way]:
        """Whether a connection is a boat or a plane, of those that say so."""
        return {code: known.way for code, known in (self.connections or {}).items() if known.way is not None}


NOT_KEPT = WaysToday()
