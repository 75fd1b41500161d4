"""Activations at the fixed counters: what counts leave for them, what that teaches of the rate, what is expected."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.counters.counts import counts_by_day
from app.districts.counters.rates import walk_in_rates, walk_ins_by_date
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
                expected=sum(
                    at_counters_between(session, district, target.document, first=first + _ONE_DAY, last=last).values()
                ),
                working_days=len(working_dates(session, district, first + _ONE_DAY, last)),
            )
        )
    return tuple(stretches)


def at_counters_between(
    session: Session, district: District, document: str, *, first: date, last: date
) -> Mapping[date, int]:
    """By day, as counted or else as the rates expect; counted days off among them."""
    if last < first:
        return {}
    on_days = walk_ins_by_date(session, district.code, document, working_dates(session, district, first, last))
    return on_days | counts_by_day(session, district.code, document, first=first, last=last)


def learn_walk_ins(
    session: Session, district: District, document: str, *, on: date, held: float | None = None
) -> WalkInFit:
    """The rate in force on a day, from what was counted, and from what official counts imply, since it began; `held`
    as with `implied_walk_ins`."""
    rates = walk_in_rates(session, district.code, document)
    position = bisect_right([rate.starts_on for rate in rates], on)
    given_rate = None if position == 0 else rates[position - 1].per_working_day
    since = date.min if position == 0 else rates[position - 1].starts_on
    counted = counts_by_day(session, district.code, document, first=since, last=on)
    stretches = [WalkInStretch(working_days=1, activated=activated) for activated in counted.values()]
    target = districts.get_target(session, district.code, document)
    for stretch in implied_walk_ins(session, district, facts_about(session, target, on=on), held=held):
        # A stretch begins on the day after its first count.
        if not since <= stretch.first + _ONE_DAY <= stretch.last <= on:
            continue
        own = [day for day in counted if stretch.first < day <= stretch.last]
        rest = len(set(working_dates(session, district, stretch.first + _ONE_DAY, stretch.last)) - set(own))
        left = stretch.implied - sum(counted[day] for day in own)
        stretches.append(WalkInStretch(working_days=rest, activated=max(0, left)))
    return fit_walk_ins(stretches, given=given_rate)


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
        self._rates = walk_in_rates(session, district.code, document)

    @cached_property
    def fit(self) -> WalkInFit:
        """The rate in force on that day, as learned."""
        return learn_walk_ins(self._session, self._district, self._document, on=self._on, held=self._held)

    def likely(self, days: Sequence[date]) -> dict[date, float]:
        """The rate of each of these days: the one in force on that day as learned, unless planning is to use it as
        given; the others as given."""
        starts = [rate.starts_on for rate in self._rates]
        in_force = bisect_right(starts, self._on)
        learned = None
        if days and self._is_learned_used:
            learned = self.fit.mean if self.fit.working_days else None
        rates = {}
        for day in days:
            position = bisect_right(starts, day)
            stated = self._rates[position - 1].per_working_day if position else 0
            rates[day] = learned if learned is not None and position == in_force else float(stated)
        return rates

    def expected(self, first: date, last: date) -> dict[date, int]:
        """From one day to another in whole people: as counted, working day or not, else by the rates of working days
        as `likely` has them."""
        if last < first:
            return {}
        counted = counts_by_day(self._session, self._district.code, self._document, first=first, last=last)
        working = working_dates(self._session, self._district, first, last)
        likely = self.likely(working)
        expected = {}
        # No part of a person is lost on the way to the sum.
        exact = 0.0
        for day in sorted(set(working) - counted.keys()):
            before, exact = int(exact), exact + likely[day]
            expected[day] = int(exact) - before
        return expected | counted

    @cached_property
    def _is_learned_used(self) -> bool:
        return uses_of(self._session, self._district.code, self._document).of(Figure.WALK_INS) is Use.LEARNED
