"""What a report of estimates says: what was given or assumed, what results say, and what the next run will use.

Without arrays, so that a process that only routes requests need not load them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.words import Text

UseWord = Literal["learned", "given"]
Source = Literal["given", "public", "measured", "assumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Nine in ten futures lie between `low` and `high`."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareEstimate:
    """A share of a new site of a kind in an area, 0 to 1."""

    figure: str
    """`turn_out`: of the people there, who come; `phone_ready`: of those, whose phone can do it; `resident`: of the
    served, who are registered here."""
    learned_of: str
    """The document whose results teach it: of a further document IKD, until it has enough of its own."""
    kind: str
    area_code: str
    area_name: str
    sites: int
    prior: float
    prior_source: Source
    """As the district says of the kind; `assumed` where it says nothing of its own."""
    visits: int
    """To this kind in this area, that say something of it."""
    people: int
    ran_out_of_time: int
    """Of these visits, those that only say "at least so many"."""
    learned: Interval
    is_measured: bool
    """Whether kind and area have been visited; otherwise `learned` is what the other visits make of it."""
    use: UseWord
    next_run: float
    """What the next run uses."""
    text: Text
    doubt: Text | None
    """What was given or assumed of this kind, and three visits or more contradict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceEstimate:
    """Operator-minutes for one activation of a team, at undisturbed signal."""

    team_code: str
    team_name: str
    given: float
    visits: int
    activated: int
    learned: Interval
    use: UseWord
    next_run: int
    """Whole minutes, as plans have them."""
    text: Text
    doubt: Text | None
    """Of a given pace that at least three visits contradict; null where none is in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingEstimate:
    """Minutes of one operator for one person with a further document, at undisturbed signal."""

    document: str
    stated: int
    stated_source: Source
    """As the district says; `assumed` where it says nothing of its own."""
    visits: int
    """That brought it and tell of its minutes."""
    shared: int
    """Of these, those whose minutes went into other documents, too."""
    people: int
    """Whom they served with it."""
    learned: Interval | None
    """Of the teams of the district together; None before the first such visit."""
    use: UseWord
    next_run: int
    """Whole minutes, as plans have them."""
    text: Text
    doubt: Text | None
    """Of stated minutes that at least three visits with it alone contradict; null where none is in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceAtSignal:
    """What a signal leaves of the undisturbed pace, 0 to 1: throughput times success."""

    level: int
    """0 none, 1 poor, 2 fair, 3 good, 4 excellent."""
    given: float
    given_source: Source
    """`given` where the district says so itself, `assumed` where it does not."""
    visits: int
    """Worked at this signal."""
    learned: Interval | None
    """None where nothing is expected to be activated: a rate of 0 is not corrected by results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalEstimate:
    """What was met where so much had been rated."""

    rated: int
    met: tuple[float, ...]
    """The chance of each level, 0 to 4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossEstimate:
    """How often a visit does not take place."""

    visits: int
    days: int
    prior: float
    chance: float
    """Of one visit, by itself or with its whole day."""
    causes: tuple["CauseOfLoss", ...]
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseOfLoss:
    """What one cause took."""

    cause: str
    visits: float
    """Lost one by one; a visit cut short counts by the part that was lost."""
    days: int
    """Lost whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInEstimate:
    """Activations at the counters per working day."""

    given: int | None
    working_days: int
    activated: int
    learned: Interval
    use: UseWord
    next_run: float
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDoubt:
    """A share that somebody gave for one site, and three of its visits or more contradict."""

    site_code: str
    site_name: str
    figure: str
    given: float
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """All that results teach of a district's document, and what planning makes of it."""

    district_code: str
    document: str
    on: date
    results: int
    """Standing results of visits up to that day."""
    shares: tuple[ShareEstimate, ...]
    """By figure, kind and area, of every cell that has sites."""
    pace: tuple[PaceEstimate, ...]
    """Of IKD by team; of another document its district says the minutes: `issuing`."""
    issuing: IssuingEstimate | None
    """Of a further document; null of IKD."""
    pace_by_signal: tuple[PaceAtSignal, ...]
    signal: tuple[SignalEstimate, ...]
    signal_results: int
    loss: LossEstimate
    walk_ins: WalkInEstimate
    site_doubts: tuple[SiteDoubt, ...]
    has_changed: bool
    """Whether the last twenty visits are hardly what the earlier ones foretold."""
