"""What one reported visit tells the models: the rules by which a report becomes observations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.estimates.losses import LossResult
from app.estimates.pace import PaceResult
from app.estimates.shares import ShareResult

# Causes that leave what was done before them as it was: people were served, and more were waiting.
CUT_BY_THE_LINE = frozenset({"network_down", "server_down"})


class Outcome(StrEnum):
    """How a visit went."""

    HELD = "held"
    CUT_SHORT = "cut_short"
    NOT_HELD = "not_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalEffect:
    """What the signal does to the pace, as planned: throughput times success by level, 0 to 1."""

    rate: tuple[float, float, float, float, float]
    satellite_level: int
    """What a satellite kit works like, whatever the level of the site."""

    def level(self, met: int, *, has_satellite: bool) -> int:
        """The level that a team works at."""
        return max(met, self.satellite_level) if has_satellite else met

    def minutes_per_activation(self, given: float, level: int) -> float | None:
        """Operator-minutes for one activation at a level; None where none can be made."""
        rate = self.rate[level]
        return given / rate if rate > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitResult:
    """The standing report of a visit, beside what the visit was planned with when it was published."""

    visit: int
    site: int
    kind: str
    area: str
    level: int
    """The signal the site was rated with, 0 to 4."""
    team: int
    operators: int
    has_satellite: bool
    day: date
    service_minutes: int
    """Planned, set-up not counted."""
    given_minutes_per_activation: float
    """Planned for the team, at undisturbed signal."""
    invited: int
    """Of whom the turn-out is taken; what the plan assumed, unless the report knows better."""
    outcome: Outcome
    served: int
    activated: int
    """Of the served, those who count in the district."""
    other_district: int | None
    """Of the served, those registered elsewhere: they take time and count nothing here; None where it was not said."""
    phone_not_ready: int | None
    """Came, and were sent home for their phone: not among the served; None where it was not said."""
    turned_away: int | None
    """Came, and were not served for want of time; None where it was not said."""
    ran_out_of_time: bool | None
    """Whether people still waited at the end; None where it was not said."""
    started_at: datetime | None
    last_served_at: datetime | None
    ended_at: datetime | None
    signal_met: int | None
    cause: str | None
    """What went wrong; None if nothing did."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing disturbed it."""
        return self.cause is None and self.outcome is Outcome.HELD

    @property
    def was_cut_by_the_line(self) -> bool:
        """Whether network or server failed once people had been served."""
        return self.cause in CUT_BY_THE_LINE and self.outcome is not Outcome.NOT_HELD and self.served > 0

    @property
    def queue_outlasted(self) -> bool | None:
        """Whether people are said to have waited still at the end; None where nothing is said."""
        if (self.turned_away or 0) > 0 or self.ran_out_of_time:
            return True
        return None if self.turned_away is None and self.ran_out_of_time is None else False

    @property
    def minutes_served(self) -> float:
        """From its start to its end, as far as the report tells; the planned minutes otherwise."""
        if self.started_at is not None and self.ended_at is not None:
            return _minutes(self.started_at, self.ended_at)
        return float(self.service_minutes)

    @property
    def busy_minutes(self) -> float | None:
        """The minutes in which people were waiting; None where they are not known.

        Idle minutes say nothing of the pace: they end with the last person served, or never if the queue did not."""
        if self.was_cut_by_the_line:
            end = self.last_served_at or self.ended_at
            return None if self.started_at is None or end is None else _minutes(self.started_at, end)
        if not self.is_whole:
            return None
        if self.queue_outlasted:
            return self.minutes_served
        if self.started_at is None or self.last_served_at is None:
            return None
        return _minutes(self.started_at, self.last_served_at)

    @property
    def was_busy_to_the_end(self) -> bool:
        """Whether less time was left after the last person than one takes."""
        if self.last_served_at is None or self.ended_at is None:
            return False
        return _minutes(self.last_served_at, self.ended_at) < self.given_minutes_per_activation / self.operators

    @property
    def lost_share(self) -> float:
        """Which part of the service was lost, 0 to 1."""
        if self.outcome is Outcome.NOT_HELD:
            return 1.0
        if self.cause is None or self.service_minutes <= 0:
            return 0.0
        return min(max(1.0 - self.minutes_served / self.service_minutes, 0.0), 1.0)


def _minutes(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds() / 60, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The observations of all models."""

    turn_out: tuple[ShareResult, ...]
    phone_ready: tuple[ShareResult, ...]
    resident: tuple[ShareResult, ...]
    pace: tuple[PaceResult, ...]
    signal: tuple[tuple[int, int], ...]
    losses: tuple[LossResult, ...]


Figure = Callable[[VisitResult], float]
"""What is known of a visit from others: a share, 0 to 1, or the people it could have served at the signal it met."""


def observe_turn_out(
    results: Sequence[VisitResult], *, capacity: Figure, phone_ready: Figure
) -> tuple[ShareResult, ...]:
    """How many came, of how many invited: the served, those sent home for a phone, those turned away.

    Where nobody said how many were sent home, as many are added as at other visits."""
    observed = []
    for result in results:
        bounded = is_bounded(result, capacity=capacity)
        if bounded is not None:
            not_ready = result.phone_not_ready
            seen = result.served / phone_ready(result) if not_ready is None else float(result.served + not_ready)
            came = seen + (result.turned_away or 0)
            observed.append(_share(result, people=result.invited, came=came, is_bounded=bounded))
    return tuple(observed)


def observe_phone_ready(results: Sequence[VisitResult]) -> tuple[ShareResult, ...]:
    """How many were served, of how many who were seen: of those turned away nobody knows."""
    return tuple(
        _share(result, people=result.served + result.phone_not_ready, came=result.served)
        for result in results
        if result.phone_not_ready is not None and result.served + result.phone_not_ready > 0
    )


def observe_resident(results: Sequence[VisitResult]) -> tuple[ShareResult, ...]:
    """How many are registered here, of how many were served."""
    return tuple(
        _share(result, people=result.served, came=result.served - result.other_district)
        for result in results
        if result.other_district is not None and result.served > 0
    )


def observe_signal(results: Sequence[VisitResult]) -> tuple[tuple[int, int], ...]:
    """The levels rated and met."""
    return tuple((result.level, result.signal_met) for result in results if result.signal_met is not None)


def observe_losses(results: Sequence[VisitResult]) -> tuple[LossResult, ...]:
    """Every visit, lost or not."""
    return tuple(LossResult(day=result.day, cause=result.cause, lost_share=result.lost_share) for result in results)


def is_bounded(result: VisitResult, *, capacity: Figure) -> bool | None:
    """Whether more people may have wanted to come than are known to; None if the visit tells nothing of them.

    Where nobody said whether the queue outlasted the visit, one that served all it could, or went on serving to its
    last minutes, is taken to be full."""
    if result.was_cut_by_the_line:
        return True
    if not result.is_whole:
        return None
    if result.queue_outlasted is not None:
        return result.queue_outlasted
    return result.served >= capacity(result) or result.was_busy_to_the_end


def observe_pace(results: Sequence[VisitResult], *, signal: SignalEffect, resident: Figure) -> tuple[PaceResult, ...]:
    """What reports tell of the pace: busy minutes only, and all who were activated, whoever counts them.

    Where nobody said how many were registered elsewhere, they are as many as at other visits."""
    observed = []
    for result in results:
        busy, planned = result.busy_minutes, minutes_per_activation(result, signal=signal)
        if busy is not None and busy > 0 and planned is not None:
            observed.append(
                PaceResult(
                    team=result.team,
                    given_minutes_per_activation=planned,
                    operator_minutes=busy * result.operators,
                    activated=activated_anywhere(result, resident=resident(result)),
                    level=worked_at(result, signal=signal),
                )
            )
    return tuple(observed)


def activated_anywhere(result: VisitResult, *, resident: float) -> int:
    """All who were activated, whoever counts them; `resident`: the share that counts here, where nobody said it."""
    if result.other_district is not None:
        return result.activated + result.other_district
    return round(min(result.activated / resident, result.served)) if resident > 0 else result.served


def worked_at(result: VisitResult, *, signal: SignalEffect) -> int:
    """The level of signal at which a team worked: met, or else as rated, or its own satellite's."""
    met = result.level if result.signal_met is None else result.signal_met
    return signal.level(met, has_satellite=result.has_satellite)


def minutes_per_activation(result: VisitResult, *, signal: SignalEffect) -> float | None:
    """Operator-minutes for one activation as given, at the signal that was met; None where none can be made."""
    return signal.minutes_per_activation(result.given_minutes_per_activation, worked_at(result, signal=signal))


def _share(result: VisitResult, *, people: int, came: float, is_bounded: bool = False) -> ShareResult:
    return ShareResult(
        site=result.site,
        kind=result.kind,
        area=result.area,
        level=result.level,
        people=people,
        came=min(came, people),
        is_bounded=is_bounded,
        day=result.day,
    )
