"""Documents beyond the digital identity, the kits they need, and what a team carries: what `outreach-2` adds."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from solver.contract.places import bits

IKD = "ikd"
"""The first document, whose people, gap, pace and weights are the fields of `outreach-1`."""
SATELLITE = "satellite"
"""The kind of kit with which a team works at the satellite level; `Team.satellite` is one more of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A further document: `minutes` of one operator for one person, with a kit of a kind (None: with none).

    `gap` None means as many as possible; `shortfall` and `late` are milli-activations for one person.
    """

    id: str
    gap: int | None
    walk_ins_per_day: int
    minutes: int
    kit: str | None
    needs_signal: bool
    shortfall: int
    late: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class KitPool:
    """Kits of one kind that teams share (`teams` None: all may), `count` of them on each of `on_dates`."""

    id: str
    kind: str
    count: int
    max_per_team: int
    teams: tuple[str, ...] | None
    cost_per_day: int
    on_dates: tuple[bool, ...]

    def to_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "count": self.count,
            "max_per_team": self.max_per_team,
            "cost_per_day": self.cost_per_day,
            "dates": bits(self.on_dates),
        }
        return content if self.teams is None else content | {"teams": list(self.teams)}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a team did before the first date: points of fairness, and on how many dates it could have worked."""

    points: int = 0
    dates: int = 0


NO_HISTORY = History()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A row of a plan: so many kits of a pool are with the team all day."""

    team: str
    date: date
    pool: str
    count: int

    def to_json(self) -> dict[str, Any]:
        return {"team": self.team, "date": self.date.isoformat(), "kit": self.pool, "count": self.count}
