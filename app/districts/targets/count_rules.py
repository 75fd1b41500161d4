"""Rules about the count of activations: its age, its percentage, and other counts."""

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise

from app.districts.targets.data_warning import DataWarning, Quoted, Severity
from app.districts.targets.facts import Facts, PrintedNumber
from app.words import in_both

COUNT_OLD_DAYS = 14
SAME_COUNT_DAYS = 31
"""A printed percentage is compared with the count of the nearest day, at most this far away."""


def percent_mismatch(facts: Facts) -> Iterator[DataWarning]:
    """A printed percentage does not follow from the count and the base."""
    base = facts.target.eligible_people
    if base is None:
        return
    for printed in facts.numbers["percent"]:
        counted = _count_for(facts, printed)
        if counted is None:
            continue
        count, quoted = counted
        exact = Decimal(count) * 100 / base
        half_a_unit = Decimal(1).scaleb(int(printed.value.as_tuple().exponent)) / 2
        if abs(exact - printed.value) <= half_a_unit:
            continue
        shown = exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        fitting = int(count * 100 / printed.value) if 0 < printed.value <= 100 else 0
        yield DataWarning(
            code="percent_mismatch",
            severity=Severity.SERIOUS,
            message=in_both(
                "Tertulis {printed} %, tetapi {count} dari {base} adalah {exact} %{fit}.",
                "It says {printed} %, but {count} of {base} is {exact} %{fit}.",
                printed=printed.value,
                count=count,
                base=base,
                exact=shown,
                fit=in_both(
                    "; {printed} % cocok dengan dasar {fitting}",
                    "; {printed} % would fit a base of {fitting}",
                    printed=printed.value,
                    fitting=fitting,
                )
                if fitting > 0
                else "",
            ),
            figures=(printed.quoted, quoted, facts.own("eligible_people")),
        )


def _count_for(facts: Facts, printed: PrintedNumber) -> tuple[int, Quoted] | None:
    """The count that a printed percentage speaks of: of the same day, or the target's own if it is near."""
    for day, count, quoted in facts.counts_by_day():
        if day == printed.reported_on:
            return count, quoted
    if printed.reported_on is None or abs((printed.reported_on - facts.target.as_of).days) <= SAME_COUNT_DAYS:
        return facts.target.activated, facts.own("activated")
    return None


def count_unchanged(facts: Facts) -> Iterator[DataWarning]:
    """The same count was given on days far apart, so no growth can be read from it."""
    stale = facts.unchanged_count()
    if stale is not None:
        first, last, count, figures = stale
        yield DataWarning(
            code="count_unchanged",
            severity=Severity.SERIOUS,
            message=in_both(
                "Angka {count} yang sama disebut untuk {first} dan {last}, selisih {days} hari: hitungannya lama, dan "
                "pertumbuhan tidak dapat dihitung darinya.",
                "The same count of {count} is given for {first} and {last}, {days} days apart: it is stale, and no "
                "growth can be computed from it.",
                count=count,
                first=first,
                last=last,
                days=(last - first).days,
            ),
            figures=figures,
        )


def counts_contradict(facts: Facts) -> Iterator[DataWarning]:
    """Two counts for one day, or fewer people on a later day than before."""
    for (before, less, first), (after, more, second) in pairwise(facts.counts_by_day()):
        if before == after and less != more:
            yield DataWarning(
                code="counts_contradict",
                severity=Severity.WARNING,
                message=in_both(
                    "Untuk {day} ada dua angka: {less} dan {more}.",
                    "There are two counts for {day}: {less} and {more}.",
                    day=before,
                    less=less,
                    more=more,
                ),
                figures=(first, second),
            )
        elif more < less:
            yield DataWarning(
                code="count_fell",
                severity=Severity.WARNING,
                message=in_both(
                    "Angka turun dari {less} ({before}) menjadi {more} ({after}); aktivasi tidak dapat berkurang.",
                    "The count fell from {less} ({before}) to {more} ({after}); activations cannot become fewer.",
                    less=less,
                    before=before,
                    more=more,
                    after=after,
                ),
                figures=(first, second),
            )


def newer_count(facts: Facts) -> Iterator[DataWarning]:
    """A later count has been published than the one the target stands on."""
    target = facts.target
    newer = [counted for counted in facts.counts_by_day() if target.as_of < counted[0] <= facts.on]
    if newer and newer[-1][1] != target.activated:
        day, count, quoted = newer[-1]
        yield DataWarning(
            code="newer_count",
            severity=Severity.WARNING,
            message=in_both(
                "Ada angka yang lebih baru: {count} pada {day}; target masih memakai {old} dari {as_of}.",
                "There is a newer count: {count} on {day}; the target still uses {old} of {as_of}.",
                count=count,
                day=day,
                old=target.activated,
                as_of=target.as_of,
            ),
            figures=(quoted, facts.own("activated")),
        )


def count_old(facts: Facts) -> Iterator[DataWarning]:
    """The count was taken long before the day that is looked at, or after it."""
    days = (facts.on - facts.target.as_of).days
    if days > COUNT_OLD_DAYS:
        yield DataWarning(
            code="count_old",
            severity=Severity.WARNING,
            message=in_both(
                "Angka {count} berumur {days} hari (per {as_of}); perbarui sebelum mempercayai kekurangannya.",
                "The count of {count} is {days} days old (as of {as_of}); renew it before trusting the gap.",
                count=facts.target.activated,
                days=days,
                as_of=facts.target.as_of,
            ),
            figures=(facts.own("activated"),),
        )
    elif days < 0:
        yield DataWarning(
            code="count_in_future",
            severity=Severity.WARNING,
            message=in_both(
                "Angka {count} per {as_of} dihitung setelah hari yang ditanyakan, {on}.",
                "The count of {count} as of {as_of} was taken after the day asked about, {on}.",
                count=facts.target.activated,
                as_of=facts.target.as_of,
                on=facts.on,
            ),
            figures=(facts.own("activated"),),
        )


def source_missing(facts: Facts) -> Iterator[DataWarning]:
    """Nobody can look the count up."""
    if not facts.target.source:
        yield DataWarning(
            code="source_missing",
            severity=Severity.NOTE,
            message=in_both(
                "Angka {count} per {as_of} tidak menyebut sumber.",
                "The count of {count} as of {as_of} names no source.",
                count=facts.target.activated,
                as_of=facts.target.as_of,
            ),
            figures=(facts.own("activated"),),
        )
