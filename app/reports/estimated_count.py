"""The count as it must be by now: the official one, and what happened since. Derived each time, never accumulated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.districts import service as districts
from app.districts.targets.data_warning import DataWarning, Severity
from app.districts.targets.facts import Facts
from app.schedules.counters import AtCounters, ImpliedWalkIns
from app.schedules.standing_results import KnownVisit, whole_activations
from app.words import in_both

REPORT_DAYS = 3
"""A visit that is over for longer and still unreported is worth a reminder."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedCount:
    """The count at the end of a day, with each part that is added to the official one."""

    on: date
    counted: int
    counted_up_to: date
    """The end of the day that the official count really is of: of one that stood still, the first day."""
    results: int
    """Activations of visits after it, as reported."""
    reported_visits: int
    unreported_visits: int
    unreported_expected: int
    """Expected of visits that are over and unreported, times the chance that they were held."""
    walk_ins_counted: int
    walk_ins_expected: int
    """By the rates, on days that nobody counted, and at places that nobody counted on the others."""
    activated: int
    """All of it together; at most the eligible people."""
    gap: int


def estimated_count(facts: Facts, visits: Sequence[KnownVisit], *, at_counters: AtCounters) -> EstimatedCount:
    """At the end of the day `facts.on`. `visits`: those that count, from the count on; `at_counters`: as seen then."""
    target, on = facts.target, facts.on
    since = facts.counted_up_to()
    past = [visit for visit in visits if since < visit.date <= on]
    reported = [visit for visit in past if visit.is_reported]
    unreported = [visit for visit in past if not visit.is_reported]
    walk_ins = sum(at_counters.expected(since + _ONE_DAY, on).values())
    counted = sum(day.counted for day in at_counters.days(since + _ONE_DAY, on))
    results, expected = whole_activations(reported), whole_activations(unreported)
    total = target.activated + results + expected + walk_ins
    activated = total if target.eligible_people is None else min(total, target.eligible_people)
    return EstimatedCount(
        on=on,
        counted=target.activated,
        counted_up_to=since,
        results=results,
        reported_visits=len(reported),
        unreported_visits=len(unreported),
        unreported_expected=expected,
        walk_ins_counted=counted,
        walk_ins_expected=walk_ins - counted,
        activated=activated,
        gap=max(0, districts.target_count(target) - activated),
    )


def whole_by_date(visits: Sequence[KnownVisit]) -> dict[date, int]:
    """What visits win by date in whole people, such that no part of a person is lost on the way to the sum."""
    exact: dict[date, float] = {}
    for visit in visits:
        exact[visit.date] = exact.get(visit.date, 0.0) + visit.won
    whole: dict[date, int] = {}
    total = 0.0
    for day in sorted(exact):
        before, total = int(total), total + exact[day]
        whole[day] = int(total) - before
    return whole


def count_warnings(
    facts: Facts, implied: Sequence[ImpliedWalkIns], visits: Sequence[KnownVisit]
) -> tuple[DataWarning, ...]:
    """What the counts and the results do not say together."""
    warnings = [
        DataWarning(
            code="count_below_results",
            severity=Severity.SERIOUS,
            message=in_both(
                "Dari {first} sampai {last} hitungan resmi naik {counted}, tetapi kunjungan melaporkan {results} "
                "aktivasi: salah satunya keliru.",
                "From {first} to {last} the official count rose by {counted}, but visits report {results} activations: "
                "one of the two is wrong.",
                first=stretch.first,
                last=stretch.last,
                counted=stretch.counted,
                results=stretch.results,
            ),
            figures=(facts.own("activated"),),
        )
        for stretch in implied
        if stretch.implied < 0
    ]
    late = [visit for visit in visits if not visit.is_reported and visit.date <= facts.on - timedelta(days=REPORT_DAYS)]
    if late:
        warnings.append(
            DataWarning(
                code="results_missing",
                severity=Severity.WARNING,
                message=in_both(
                    "{count} kunjungan yang selesai {days} hari lalu atau lebih belum dilaporkan; yang terlama dari "
                    "{first}.",
                    "{count} visits without a report, over for {days} days or more; the oldest is of {first}.",
                    count=len(late),
                    days=REPORT_DAYS,
                    first=late[0].date,
                ),
            )
        )
    return tuple(warnings)
