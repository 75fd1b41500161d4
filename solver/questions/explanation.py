"""What can be said of a site and a plan, before anybody has put it in words."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from solver.contract.instance import Site, Visit
from solver.contract.verify import Outcome
from solver.plans.changes import Changes
from solver.questions.possibility import Possibility


class Standing(StrEnum):
    """Where a site stands in a plan."""

    SCHEDULED = "scheduled"
    IMPOSSIBLE = "impossible"
    BEATEN = "beaten"
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """The trip that a visit is made on: when the team leaves and is back, and where it sleeps, by name and night."""

    team: str
    first: date
    last: date
    lodgings: tuple[str, ...]

    def holds(self, visit: Visit) -> bool:
        """Whether a visit is made on it."""
        return visit.team == self.team and self.first <= visit.date <= self.last

    def to_json(self) -> dict[str, Any]:
        return {
            "team": self.team,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "lodgings": list(self.lodgings),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Forced:
    """The best plan found with a visit at a site that is not in the plan, compared with the plan.

    `visits` are those at the site. Losses are negative where the forced plan is the better one: then the plan was
    not as good as it could be. `changes` leaves out the visits at the site itself. `documents_lost` are the people lost
    of each further document; the gap is closed where that of every document is. `trips` are those on which the visits
    at the site are made.
    """

    visits: tuple[Outcome, ...]
    activations_lost: int
    value_lost_milli: int
    cost_added: int
    closes_gap: bool
    changes: Changes
    documents_lost: tuple[tuple[str, int], ...] = ()
    trips: tuple[Away, ...] = ()

    def to_json(self) -> dict[str, Any]:
        content = {
            "visits": [outcome_to_json(outcome) for outcome in self.visits],
            "activations_lost": self.activations_lost,
            "value_lost_milli": self.value_lost_milli,
            "cost_added": self.cost_added,
            "closes_gap": self.closes_gap,
            "changes": self.changes.to_json(),
        }
        content |= {"documents_lost": dict(self.documents_lost)} if self.documents_lost else {}
        return content | ({"trips": [away.to_json() for away in self.trips]} if self.trips else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a site is in the plan or not; `forced` is None for a beaten site that no plan found could take in.

    Then pinned visits stand in its way or a budget does, if there are any.
    """

    site: Site
    standing: Standing
    possibility: Possibility
    visits: tuple[Outcome, ...] = ()
    forced: Forced | None = None
    has_pins: bool = False
    has_budget: bool = False
    not_ready: str | None = None
    """Why the site is not ready, in the caller's words."""
    trips: tuple[Away, ...] = ()
    """The trips on which its visits are made."""


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    return outcome.visit.to_json() | {"served": outcome.served}
