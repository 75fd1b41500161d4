"""What a forecast says. Without arrays, so that a process that only routes requests need not load them."""

from dataclasses import dataclass
from datetime import date

from app.reports.estimate_answers import IssuingEstimate
from app.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Probability:
    """How many of the drawn futures hold a thing."""

    probability: float
    error: float
    """Its standard error, for there are only so many draws; what is not known of the world is not in it."""
    shown: Text
    """In whole percent, never 0 or 100: no number of draws proves a thing impossible or sure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The count on the evening of a day: in so many of a hundred futures it stays below."""

    date: date
    mean: float
    p05: int
    p25: int
    p50: int
    p75: int
    p95: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The first evening with the target reached."""

    date: date
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One way in which the month may go on."""

    at_deadline: Band
    probability_of_target: Probability
    crossings: tuple[Crossing, ...]
    """Days on which some future crosses the target, ascending; the day of the forecast if the count is there."""
    crosses_on: date | None
    """The day by which half of all futures have crossed; None: not by the deadline."""
    never: float
    """The share of futures that do not reach the target by the deadline."""
    bands: tuple[Band, ...]
    """Every day from that of the forecast to the deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseShare:
    """How much of the uncertainty would go if one thing were known."""

    cause: str
    """A `Cause`, or `rest`: luck, and what several of them do together."""
    share: float
    """Of the variance of the count at the deadline; all of them add up to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Two ways to the deadline, and what would make it surer."""

    on: date
    deadline: date
    target: int
    published: Line
    """Only what is published, and walk-ins."""
    as_now: Line | None
    """Going on after the last published visit; None where nothing says how, or no day is left for it."""
    last_published: date | None
    spread: float
    """Standard deviation of the published count at the deadline."""
    uncertainty: tuple[CauseShare, ...]
    """Largest first, `rest` last; empty if the causes were not drawn, or nothing is uncertain."""
    seed: int
    national_seed: int
    draws: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictPart:
    """What one district adds to the forecast of its province, or why it adds nothing."""

    code: str
    name: str
    status: str
    """`counted`; `stale`: added up, but its count is old; `missing`: not added up, see `reason`."""
    reason: str | None
    """`no_target`, `no_count`, `deadline_passed`."""
    target_count: int | None
    """Of a missing district the forecast says nothing but that it will bring between 0 and this."""
    counted_up_to: date | None
    days_old: int | None
    """Of its official count, on the day of the forecast."""
    at_deadline: Band | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictForecast:
    """Where a district's or a province's target will end, as seen on the evening of a day."""

    district_code: str
    document: str
    owner: str | None
    """None: the targets of the districts of a province together."""
    on: date
    deadline: date
    target_count: int
    counted: int | None
    """The official count; None for a province that adds up its districts."""
    counted_up_to: date | None
    results: int
    """Reported visits that taught it."""
    unreported_visits: int
    """Over and without a report: they count as expected, times the chance that they were held."""
    published: Line
    """Only the published visits, and walk-ins."""
    as_now: Line | None
    """If work goes on after the last published visit as it does now; null where nothing says how, or no day is left."""
    last_published: date | None
    spread: float
    """Standard deviation of the published count at the deadline."""
    uncertainty: tuple[CauseShare, ...]
    """What makes it unsure, the largest part first, `rest` last."""
    seed: int
    national_seed: int
    """Of what all districts of the province meet at once."""
    draws: int
    issuing: IssuingEstimate | None = None
    """What results teach of the minutes of a further document; null of IKD, and of a province that adds up."""
    districts: tuple[DistrictPart, ...] = ()
    """Of a province that adds up its districts."""
    missing_up_to: int = 0
    """The districts that are missing may add between nothing and this, their targets together."""
