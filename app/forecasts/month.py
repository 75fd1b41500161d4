"""What a forecast is drawn from, as plain values: where the count stands, and what is still to come of visits, sites,
teams and walk-ins. Whoever fills it reads the database; what is made of it does not."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAhead:
    """A site and the people there who are not activated yet and could still come."""

    site: int
    kind: str
    area: str
    level: int
    """The rated signal, 0–4; what was met there last stands in its place."""
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAhead:
    team: int
    minutes_per_activation: float
    """As given for one operator with undisturbed signal."""
    least_level: int = 0
    """What its satellite kit makes of any signal, 0–4; 0: no kit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitAhead:
    """A published visit without a result: still to come, or past and unreported."""

    visit: int
    site: int
    team: int
    date: date
    operators: int
    minutes: int
    """Of service, set-up not among them."""
    least_level: int = 0
    """What a shared satellite set makes of any signal there; 0: none goes along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDayYield:
    """What a team won on a date that is reported."""

    team: int
    date: date
    activated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySwitch:
    """A rule that sends people to the counters from a date on, until what it does is measured."""

    starts_on: date
    ends_before: date | None = None
    factor: float = 1.6
    """The median of what the walk-ins are multiplied by."""
    log_spread: float = 0.35
    """Standard deviation of its logarithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInsAhead:
    """People who come to the counters by themselves, on every day since the count that is not measured in full."""

    expected: tuple[tuple[date, float], ...]
    """By the rates in force on each of these days, of those who were not counted; ascending."""
    strength: float
    """Shape of the gamma distribution of what the rates are wrong by, the same on all days: its standard deviation is
    `1 / sqrt(strength)` of the rate."""
    fano: float = 2.5
    """Variance over mean of the number of a day."""
    switches: tuple[PolicySwitch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUpRule:
    """A lost visit is held once more, some working days later, if the team then has the time."""

    after_working_days: int
    chance: float
    """That there is a slot, 0–1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthAhead:
    """A district and a document on the evening of a day."""

    on: date
    deadline: date
    count: int
    """The official count and all results and measured walk-ins since, up to `on`."""
    target: int
    eligible_people: int | None
    """No count goes beyond."""
    working_days: tuple[date, ...]
    """After `on`, up to the deadline, ascending."""
    sites: tuple[SiteAhead, ...]
    """All that could be visited, also those that no visit is published for."""
    teams: tuple[TeamAhead, ...]
    visits: tuple[VisitAhead, ...]
    """Those the count does not hold already, up to the deadline."""
    walk_ins: WalkInsAhead
    rate_of_level: tuple[float, ...]
    """Throughput times success by the signal met, 0–4: 1 is undisturbed work, 0 none."""
    recent: tuple[TeamDayYield, ...] = ()
    """The last reported team-days, any number of them."""
    make_up: MakeUpRule | None = None
