"""What can be said of one place for a visit: an option at its price, a cell of the board, the rule against it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from solver.contract.instance import Instance, Visit
from solver.contract.plan_rows import Rows
from solver.contract.verify import Recount, Violation
from solver.plans.changes import Changes, describe_changes
from solver.plans.words import Text
from solver.questions import placing_words as words


class Kind(StrEnum):
    """What becomes of the other visits, in the order in which a planner would choose among equals.

    `moved`: the visit comes from another place in the plan, and nobody else is touched.
    """

    FITS = "fits"
    MOVED = "moved"
    RETIMED = "retimed"
    SHORTENED = "shortened"
    CHANGES_PLACES = "changes_places"
    PUSHES_OUT = "pushes_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Verify's figures after less those before: `activations` and `value_milli` are negative where some are lost."""

    activations: int
    value_milli: int
    cost: int
    metres: int
    team_days: int
    area_shortfall: int
    must_missed: int
    moved: int

    @classmethod
    def between(cls, before: Recount, after: Recount) -> "Price":
        return cls(**{name: getattr(after, name) - getattr(before, name) for name in cls.__slots__})

    def to_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedDay:
    """A team's day before and after, in order of the starts; empty where there was, or is, none."""

    team: str
    date: date
    before: tuple[Visit, ...]
    after: tuple[Visit, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "team": self.team,
            "date": self.date.isoformat(),
            "before": [visit.to_json() for visit in self.before],
            "after": [visit.to_json() for visit in self.after],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to make the visit; `leaves` is the visit of the same site whose place it takes.

    With what pauses it the visit ends at `ends_at`. `served` are people of the first document, `further` those of
    others. `rows` are the breaks, kits and rides of the changed days. `broken` are the rules that the whole plan breaks
    with it: none, unless it broke them before.
    """

    kind: Kind
    visit: Visit
    leaves: Visit | None
    ends_at: int
    served: int
    further: tuple[tuple[str, int], ...]
    days: tuple[ChangedDay, ...]
    rows: Rows
    price: Price
    changes: Changes
    broken: tuple[Violation, ...]

    @property
    def lost_activations(self) -> int:
        """What the other visits win less than before."""
        return max(0, self.served - self.price.activations)

    @property
    def disturbed(self) -> int:
        """How many other visits are no longer as they were announced."""
        return self.changes.disturbed - (self.leaves is not None)

    def plan(self, visits: Iterable[Visit]) -> tuple[Visit, ...]:
        """Return the plan with this option taken."""
        gone = {visit for day in self.days for visit in day.before}
        return (*(visit for visit in visits if visit not in gone), *(v for day in self.days for v in day.after))


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """The first rule that keeps a team from a visit on a date."""

    team: str
    date: date
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a visit on a team's day would cost at best, in differences to the plan; `rule` where there is no way.

    `value_milli` leaves out how the work is shared, which an option's price holds.
    """

    team: str
    date: date
    kind: Kind | None
    value_milli: int
    activations: int
    cost: int
    disturbed: int
    rule: str | None

    def to_json(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {"date": self.date.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The best options on different team-days, that which disturbs fewest always among them.

    Where there are none: the first rule against every team-day asked for, the rule that stops those that get furthest,
    and what would do on the date nearest to those wished.
    """

    options: tuple[Option, ...]
    against: tuple[Against, ...] = ()
    rule: str | None = None
    sentence: Text | None = None
    nearest: Cell | None = None

    @property
    def least_change(self) -> int | None:
        """The position of the option that disturbs fewest visits; None where there is none."""
        disturbed = [option.disturbed for option in self.options]
        return disturbed.index(min(disturbed)) if disturbed else None


def option_to_json(instance: Instance, option: Option) -> dict[str, Any]:
    """Return an option as a JSON object, its changes in words included."""
    return {
        "kind": option.kind,
        "visit": option.visit.to_json(),
        "moves": None if option.leaves is None else option.leaves.to_json(),
        "ends_at": option.ends_at,
        "served": option.served,
        "further": dict(option.further),
        "days": [day.to_json() for day in option.days],
        "rows": option.rows.to_json(),
        "price": option.price.to_json(),
        "lost_activations": option.lost_activations,
        "changes": option.changes.to_json(),
        "disturbed": option.disturbed,
        "sentences": [text.to_json() for text in describe_changes(instance, option.changes)],
        "broken": [violation.to_json() for violation in option.broken],
    }


def against_to_json(against: Against) -> dict[str, Any]:
    """Return a rule against a team-day as a JSON object, in words too."""
    return {
        "team": against.team,
        "date": against.date.isoformat(),
        "rule": against.rule,
        "sentence": words.rule_against(against.team, against.date, against.rule).to_json(),
    }
