"""Rules about what is asked: other owners' targets, printed targets, deadlines and dates."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations

from app.districts.models import Document, Target
from app.districts.targets.data_warning import DataWarning, Quoted, Severity
from app.districts.targets.facts import NATIONAL_IKD_PERCENT, Facts, quote_target
from app.districts.targets.service import target_count
from app.words import Text, in_both, plain

ROUNDED_RATIO = Decimal("0.005")

_FIELD_WORDS: dict[str, Text] = {
    "target_percent": {"id": "persentase target", "en": "the target percentage"},
    "target_count": {"id": "jumlah target", "en": "the target count"},
    "eligible_base": {"id": "jenis dasar", "en": "the kind of base"},
    "activated": {"id": "hitungan", "en": "the count"},
    "as_of": {"id": "tanggal hitungan", "en": "the day of the count"},
    "deadline": {"id": "tenggat", "en": "the deadline"},
}


def targets_contradict(facts: Facts) -> Iterator[DataWarning]:
    """Two owners, or two sources, want different things of the same people."""
    for other in facts.others:
        if (_wanted(other), other.deadline) != (_wanted(facts.target), facts.target.deadline):
            yield _contradiction(facts, _wanted(other), other.deadline, _quote_wanted(other))
    known = {target.target_percent for target in (facts.target, *facts.others)}
    if facts.target.target_percent is None:
        return
    for printed in facts.numbers["target_percent"]:
        if printed.value not in known:
            yield _contradiction(facts, _percent(printed.value), facts.target.deadline, printed.quoted)


def _contradiction(facts: Facts, wanted: Text, deadline: date, quoted: Quoted) -> DataWarning:
    return DataWarning(
        code="targets_contradict",
        severity=Severity.WARNING,
        message=in_both(
            "Ada dua target untuk orang yang sama: {ours} sampai {our_deadline}, dan {theirs} sampai {their_deadline}. "
            "Keduanya dilaporkan.",
            "There are two targets for the same people: {ours} by {our_deadline}, and {theirs} by {their_deadline}. "
            "Both are reported.",
            ours=_wanted(facts.target),
            our_deadline=facts.target.deadline,
            theirs=wanted,
            their_deadline=deadline,
        ),
        figures=(_quote_wanted(facts.target), quoted),
    )


def _wanted(target: Target) -> Text:
    if target.target_percent is not None:
        return _percent(Decimal(target.target_percent))
    return in_both("{count} orang", "{count} people", count=target_count(target))


def _percent(value: Decimal) -> Text:
    return in_both("{value} %", "{value} %", value=plain(value))


def _quote_wanted(target: Target) -> Quoted:
    name = "target_percent" if target.target_percent is not None else "target_count"
    return quote_target(target, name, getattr(target, name))


def local_above_national(facts: Facts) -> Iterator[DataWarning]:
    """The district asks more of itself than the ministry does."""
    target = facts.target
    national = NATIONAL_IKD_PERCENT.get(target.deadline.year) if target.document == Document.IKD else None
    ministry = [other for other in facts.others if other.owner == "ministry" and other.target_percent is not None]
    if ministry:
        national = ministry[0].target_percent
    own = target.target_percent
    if target.owner != "ministry" and own is not None and national is not None and own > national:
        yield DataWarning(
            code="local_above_national",
            severity=Severity.NOTE,
            message=in_both(
                "Target daerah {own} % di atas target nasional {national} %.",
                "The local target of {own} % is above the national {national} %.",
                own=plain(Decimal(own)),
                national=plain(national),
            ),
            figures=(facts.own("target_percent"), *map(_quote_wanted, ministry)),
        )


def target_rounded(facts: Facts) -> Iterator[DataWarning]:
    """A printed target count is not the exact percentage of the base."""
    exact = target_count(facts.target)
    known = {exact, *map(target_count, facts.others)}
    for printed in facts.numbers["target_count"]:
        count = int(printed.value)
        if count in known:
            continue
        is_rounded = abs(count - exact) <= exact * ROUNDED_RATIO
        yield DataWarning(
            code="target_rounded" if is_rounded else "target_count_differs",
            severity=Severity.NOTE if is_rounded else Severity.WARNING,
            message=in_both(
                "Target tertulis {count} orang; persisnya {exact}.",
                "The target is printed as {count} people; exactly it is {exact}.",
                count=count,
                exact=exact,
            ),
            figures=(printed.quoted, facts.own("target_count")),
        )


def deadline_restated(facts: Facts) -> Iterator[DataWarning]:
    """Another deadline was printed as well."""
    other = {deadline: quoted for deadline, quoted in facts.deadlines if deadline != facts.target.deadline}
    for deadline, quoted in sorted(other.items(), key=lambda pair: pair[0]):
        yield DataWarning(
            code="deadline_restated",
            severity=Severity.WARNING,
            message=in_both(
                "Tenggat disebut dua kali: {own} dan {other}. Rencana memakai {own}.",
                "The deadline is said twice: {own} and {other}. The plan uses {own}.",
                own=facts.target.deadline,
                other=deadline,
            ),
            figures=(facts.own("deadline"), quoted),
        )


def dateline_doubtful(facts: Facts) -> Iterator[DataWarning]:
    """Two dates differ by the year alone, or by the order of day and month: one of them is a slip."""
    as_of = facts.own("as_of")
    dated = [(number.reported_on, number.quoted) for printed in facts.numbers.values() for number in printed]
    dated += [(quoted.reported_on, quoted) for _, quoted in facts.deadlines]
    days: dict[date, Quoted] = {day: quoted for day, quoted in dated if day is not None}
    days.setdefault(facts.target.as_of, as_of)
    for (first, earlier), (second, later) in combinations(sorted(days.items(), key=lambda pair: pair[0]), 2):
        is_other_year = (first.month, first.day) == (second.month, second.day)
        # The last day of a period comes back every year by itself.
        is_period_end = (first.month, first.day) in {(12, 31), (6, 30)}
        is_swapped = first.year == second.year and (first.month, first.day) == (second.day, second.month)
        if is_swapped or (is_other_year and not is_period_end):
            yield DataWarning(
                code="date_order_doubtful" if is_swapped else "dateline_year_doubtful",
                severity=Severity.WARNING,
                message=in_both(
                    "Tanggal {first} dan {second} hanya berbeda {id_what}: salah satunya mungkin salah tulis.",
                    "The dates {first} and {second} differ only in {en_what}: one of them is probably a slip.",
                    first=first,
                    second=second,
                    id_what="urutan hari dan bulan" if is_swapped else "tahunnya",
                    en_what="the order of day and month" if is_swapped else "the year",
                ),
                figures=(earlier, later),
            )


def figures_assumed(facts: Facts) -> Iterator[DataWarning]:
    """Some of the target's own figures are assumptions."""
    names = [name for name in _FIELD_WORDS if facts.is_assumed(name) and getattr(facts.target, name) is not None]
    if names:
        yield DataWarning(
            code="figures_assumed",
            severity=Severity.NOTE,
            message=in_both(
                "Belum dari data, masih asumsi: {names}.",
                "Not from data yet but assumed: {names}.",
                names={
                    "id": ", ".join(_FIELD_WORDS[name]["id"] for name in names),
                    "en": ", ".join(_FIELD_WORDS[name]["en"] for name in names),
                },
            ),
            figures=tuple(facts.own(name) for name in names),
        )
