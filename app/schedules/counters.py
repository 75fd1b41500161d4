"""Activations at the fixed counters: what counts leave for them, what that teaches of the rate, what is expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.counters.days import CounterDay, CounterPart, Counters, OrdinaryWeek
from app.districts.models import District
from app.districts.targets.facts import Facts, facts_about
from app.districts.working_calendar import working_dates
from app.estimates.walk_ins import WalkInFit, WalkInStretch, fit_walk_ins
from app.schedules.figures import Figure, Use, uses_of
from app.schedules.standing_results import known_visits, whole_activations

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedWalkIns:
    """What two official counts leave for the counters: the later less the earlier less the results between them."""

    first: date
    last: date
    counted: int
    """By how much the count grew."""
    results: int
    """Activations that visits of these days reported, or are expected to have won unreported."""
    implied: int
    """Below 0 where the count grew by less than the visits won."""
    expected: int
    """By the rates, and as counted at the counters."""
    working_days: int


def implied_walk_ins(
    session: Session, district: District, facts: Facts, *, held: float | None = None
) -> tuple[ImpliedWalkIns, ...]:
    """Of each stretch between two of the target's own counts that differ, the earliest first.

    `held`: the share of unreported visits that took place, where the caller has learned it already."""
    target = facts.target
    own = [(day, count) for day, count, _ in facts.earlier_counts] + [(target.as_of, target.activated)]
    # A count that stood still is of its first day: what came after is in none of the two.
    changed = [own[0], *(later for earlier, later in pairwise(own) if later[1] != earlier[1])]
    if len(changed) < 2:
        return ()
    moved: list[tuple[date, int]] = []
    for day, count in changed:
        first_told = facts.first_day_of(day, count)
        # A number may come back; it is then no older than the count that it follows.
        moved.append((day if moved and first_told <= moved[-1][0] else first_told, count))
    # Loaded late: arrays cost every process that only answers requests.
    from app.schedules.learning import held_share

    visits = known_visits(
        session,
        district.code,
        document=target.document,
        after=moved[0][0],
        until=moved[-1][0],
        now=districts.end_of_day(moved[-1][0], district),
        held_share=held_share(session, district.code, target.document, until=facts.on) if held is None else held,
    )
    counters = Counters(session, district, target.document)
    stretches = []
    for (first, before), (last, after) in pairwise(moved):
        between = [visit for visit in visits if first < visit.date <= last]
        results = whole_activations(between)
        stretches.append(
            ImpliedWalkIns(
                first=first,
                last=last,
                counted=after - before,
                results=results,
                implied=after - before - results,
                expected=sum(day.given for day in counters.days(first + _ONE_DAY, last)),
                working_days=len(working_dates(session, district, first + _ONE_DAY, last)),
            )
        )
    return tuple(stretches)


def learn_walk_ins(
    session: Session,
    district: District,
    document: str,
    *,
    on: date,
    held: float | None = None,
    counters: Counters | None = None,
) -> WalkInFit:
    """What comes on an ordinary working day by the rates in force on a day, from what was counted, and from what
    official counts imply, since then; `held` as with `implied_walk_ins`, `counters` where they are read already.

    Places share one factor between what was given and what came: a count of the whole says nothing of one of them, and
    one place that was counted nothing of the others."""
    counters = counters or Counters(session, district, document)
    week = counters.ordinary_week(on)
    since = week.since or date.min
    target = districts.get_target(session, district.code, document)
    # A stretch begins on the day after its first count.
    implied = [
        stretch
        for stretch in implied_walk_ins(session, district, facts_about(session, target, on=on), held=held)
        if since <= stretch.first + _ONE_DAY <= stretch.last <= on
    ]
    begins = [stretch.first + _ONE_DAY for stretch in implied]
    if (first_counted := counters.first_counted(since, on)) is not None:
        begins.append(first_counted)
    days = counters.days(min(begins), on) if begins else ()
    known = [day for day in days if day.is_known]
    stretches = [
        WalkInStretch(working_days=1, activated=day.known, ordinary_days=_ordinary(counters, week, [day]))
        for day in known
    ]
    for stretch in implied:
        own = [day for day in known if stretch.first < day.day <= stretch.last]
        rest = [day for day in days if stretch.first < day.day <= stretch.last and not day.is_known]
        stretches.append(
            WalkInStretch(
                working_days=sum(day.is_working for day in rest),
                activated=max(0, stretch.implied - sum(day.known for day in own)),
                ordinary_days=_ordinary(counters, week, rest),
            )
        )
    return fit_walk_ins(stretches, given=None if week.since is None else week.per_working_day)


def _ordinary(counters: Counters, week: OrdinaryWeek, days: Sequence[CounterDay]) -> float | None:
    """What the rates expect of these days, in ordinary working days; None: as many as are worked."""
    if not counters.places or not week.per_working_day:
        return None
    return sum(day.by_rates for day in days) / week.per_working_day


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedDay:
    """What the counters of a district bring on one day."""

    day: date
    counted: int
    """As counted, at one place or all of them."""
    likely: float
    """Of those that were not counted, by the rates."""


class AtCounters:
    """What is expected at a district's counters as seen on the evening of a day; what is learned is learned once."""

    def __init__(
        self, session: Session, district: District, document: str, *, on: date, held: float | None = None
    ) -> None:
        self._session = session
        self._district = district
        self._document = document
        self._on = on
        self._held = held
        self.counters = Counters(session, district, document)
        self._week = self.counters.ordinary_week(on)

    @cached_property
    def fit(self) -> WalkInFit:
        """The rates in force on that day, as learned together."""
        return learn_walk_ins(
            self._session, self._district, self._document, on=self._on, held=self._held, counters=self.counters
        )

    def days(self, first: date, last: date, *, counted_until: date | None = None) -> tuple[ExpectedDay, ...]:
        """The days on which the counters bring anything, and all working days; ascending. What was counted after
        `counted_until` is not known."""
        return tuple(
            self._expected(day, is_read=counted_until is None or day.day <= counted_until)
            for day in self.counters.days(first, last)
        )

    def expected(self, first: date, last: date) -> dict[date, int]:
        """From one day to another in whole people: as counted, working day or not, else by the rates as `days` has
        them."""
        expected = {}
        # No part of a person is lost on the way to the sum.
        exact = 0.0
        for day in self.days(first, last):
            before, exact = int(exact), exact + day.likely
            expected[day.day] = day.counted + int(exact) - before
        return expected

    def _expected(self, day: CounterDay, *, is_read: bool) -> ExpectedDay:
        if is_read and day.counted is not None:
            return ExpectedDay(day=day.day, counted=day.counted, likely=0.0)
        open_parts = [part for part in day.parts if not is_read or part.counted is None]
        return ExpectedDay(
            day=day.day,
            counted=day.known if is_read else 0,
            likely=sum(self._likely(part) for part in open_parts),
        )

    def _likely(self, part: CounterPart) -> float:
        """By its rate; one in force on the day of the view as learned, unless planning is to use it as given."""
        if self._learned is None or not self._week.holds(part):
            return float(part.rate)
        if self._week.per_working_day:
            return self._learned * (part.rate / self._week.per_working_day)
        return self._learned if part.place is None else 0.0

    @cached_property
    def _learned(self) -> float | None:
        if not self._is_learned_used:
            return None
        return self.fit.mean if self.fit.working_days else None

    @cached_property
    def _is_learned_used(self) -> bool:
        return uses_of(self._session, self._district.code, self._document).of(Figure.WALK_INS) is Use.LEARNED
