"""All that is said about one target, side by side: its own figures, other owners' and what was printed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import OfficialCount, Provenance, ReportedFigure, Target
from app.districts.targets.data_warning import Quoted
from app.districts.targets.official_counts import list_counts
from app.districts.targets.reported_figures import check_figure, list_figures
from app.districts.targets.service import list_targets, target_count

NATIONAL_IKD_PERCENT = {2023: Decimal(25), 2024: Decimal(30)}
"""The ministry's IKD target at the end of each year, as districts of several provinces quoted it."""
UNCHANGED_DAYS = 3
"""The same count on dates this far apart did not stand still by chance: nobody counted again."""
_COUNT_AS_BASE_TOLERANCE = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedNumber:
    """A reported count or percentage."""

    value: Decimal
    eligible_base: str | None
    reported_on: date | None
    quoted: Quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherBase:
    """Another number of eligible people that somebody gave, and what the target would be with it."""

    people: int
    activated: int
    quoted: Quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules of `data_honesty` look at, as seen on the day `on`."""

    target: Target
    others: tuple[Target, ...]
    """The same document's targets of other owners."""
    numbers: dict[str, tuple[PrintedNumber, ...]]
    """By figure: activated, percent, eligible_people, target_percent, target_count."""
    deadlines: tuple[tuple[date, Quoted], ...]
    earlier_counts: tuple[tuple[date, int, Quoted], ...]
    """What the target's own count was on earlier days."""
    on: date

    def own(self, name: str) -> Quoted:
        """The target's own figure, quoted."""
        value = target_count(self.target) if name == "target_count" else getattr(self.target, name)
        return quote_target(self.target, name, value)

    def is_assumed(self, name: str) -> bool:
        return self.target.provenance.get(name) == Provenance.ASSUMED

    def counts_by_day(self) -> list[tuple[date, int, Quoted]]:
        """Every dated count of people activated, the target's own among them, by date."""
        counts = [
            (number.reported_on, int(number.value), number.quoted)
            for number in self.numbers["activated"]
            if number.reported_on is not None
        ]
        counts += self.earlier_counts
        counts.append((self.target.as_of, self.target.activated, self.own("activated")))
        return sorted(counts, key=lambda count: count[:2])

    def unchanged_count(self) -> tuple[date, date, int, tuple[Quoted, ...]] | None:
        """First and last day, count and figures of a count that stood still up to the target's own; None: none did."""
        same = [count for count in self.counts_by_day() if count[1] == self.target.activated]
        first, last = same[0][0], same[-1][0]
        if (last - first).days < UNCHANGED_DAYS:
            return None
        return first, last, self.target.activated, tuple(quoted for _, _, quoted in same)

    def counted_up_to(self) -> date:
        """The end of the day up to which the target's count really counts: of one that stood still, the first day."""
        stale = self.unchanged_count()
        return self.target.as_of if stale is None else min(stale[0], self.target.as_of)

    def first_day_of(self, day: date, count: int) -> date:
        """The day on which an own count of `day` was first told or printed; a few days are no standing still."""
        first = min(
            (said_on for said_on, number, _ in self.counts_by_day() if number == count and said_on <= day), default=day
        )
        return first if (day - first).days >= UNCHANGED_DAYS else day

    def count_comes_from_percent(self) -> bool:
        """Nobody printed the count: it is a printed percentage of the base, so it moves with the base."""
        base, count = self.target.eligible_people, self.target.activated
        if base is None or any(number.value == count for number in self.numbers["activated"]):
            return False
        return any(round(number.value * base / 100) == count for number in self.numbers["percent"])

    def targets_taken_for_bases(self) -> list[tuple[PrintedNumber, Decimal, int]]:
        """Printed bases that look like a target count: the number, its percentage, and the base that would mean."""
        base = self.target.eligible_people
        if base is None:
            return []
        percents = [number.value for number in self.numbers["target_percent"]]
        percents += [target.target_percent for target in (self.target, *self.others) if target.target_percent]
        year = self.target.deadline.year
        percents += [NATIONAL_IKD_PERCENT[known] for known in (year - 1, year) if known in NATIONAL_IKD_PERCENT]
        taken = []
        for number in self.numbers["eligible_people"]:
            if number.value * 2 > base:
                continue
            implied = [(percent, int(number.value * 100 / percent)) for percent in percents if percent > 0]
            near = [pair for pair in implied if abs(pair[1] - base) <= base * _COUNT_AS_BASE_TOLERANCE]
            if near:
                percent, people = min(near, key=lambda pair: abs(pair[1] - base))
                taken.append((number, percent, people))
        return taken

    def other_bases(self) -> tuple[OtherBase, ...]:
        """Every other base that was given, each once, a target count taken for a base put right."""
        target = self.target
        if target.eligible_people is None:
            return ()
        taken = {id(number): people for number, _, people in self.targets_taken_for_bases()}
        bases: dict[int, OtherBase] = {}
        for number in self.numbers["eligible_people"]:
            people = taken.get(id(number), int(number.value))
            # The percentage was said of this kind of base; of another kind the count stands as it is.
            same_kind = id(number) in taken or (target.eligible_base or "") == number.eligible_base
            activated = (
                round(Decimal(target.activated) * people / target.eligible_people)
                if same_kind and self.count_comes_from_percent()
                else target.activated
            )
            if people > 0:
                bases.setdefault(people, OtherBase(people=people, activated=activated, quoted=number.quoted))
        for other in self.others:
            if other.eligible_people is not None:
                bases.setdefault(
                    other.eligible_people,
                    OtherBase(
                        people=other.eligible_people,
                        activated=other.activated,
                        quoted=quote_target(other, "eligible_people", other.eligible_people),
                    ),
                )
        bases.pop(target.eligible_people, None)
        return tuple(bases[people] for people in sorted(bases))


def quote_target(target: Target, name: str, value: object) -> Quoted:
    return Quoted(
        name=f"{target.owner}.{name}",
        value=format(value.normalize(), "f") if isinstance(value, Decimal) else str(value),
        reported_on=target.as_of,
        source=target.source,
        provenance=target.provenance.get(name),
    )


def _quote(figure: ReportedFigure) -> Quoted:
    return Quoted(
        name=f"reported.{figure.figure}",
        value=figure.value,
        reported_on=figure.reported_on,
        source=figure.source,
        provenance=figure.provenance,
    )


def _quote_count(count: OfficialCount) -> Quoted:
    return Quoted(
        name=f"{count.owner}.activated", value=str(count.activated), reported_on=count.as_of, source=count.source
    )


def facts_about(session: Session, target: Target, *, on: date) -> Facts:
    """What is stored about this target's document, for the rules of `data_honesty`."""
    code, document = target.district_code, target.document
    return facts_from(
        target,
        list_targets(session, code, document),
        figures=list_figures(session, code, document),
        counts=list_counts(session, code, document, target.owner),
        on=on,
    )


def facts_from(
    target: Target,
    targets: Sequence[Target],
    *,
    figures: Sequence[ReportedFigure],
    on: date,
    counts: Sequence[OfficialCount] = (),
) -> Facts:
    """One target beside the others of its document, its own counts through time and the figures printed about it."""
    numbers: dict[str, list[PrintedNumber]] = {
        name: [] for name in ("activated", "percent", "eligible_people", "target_percent", "target_count")
    }
    deadlines: list[tuple[date, Quoted]] = []
    for figure in figures:
        meaning = check_figure(figure.figure, figure.value)
        if isinstance(meaning, date):
            deadlines.append((meaning, _quote(figure)))
        else:
            numbers[figure.figure].append(
                PrintedNumber(
                    value=Decimal(meaning),
                    eligible_base=figure.eligible_base,
                    reported_on=figure.reported_on,
                    quoted=_quote(figure),
                )
            )
    return Facts(
        target=target,
        others=tuple(other for other in targets if other.owner != target.owner),
        numbers={name: tuple(printed) for name, printed in numbers.items()},
        deadlines=tuple(deadlines),
        earlier_counts=tuple(
            (count.as_of, count.activated, _quote_count(count)) for count in counts if count.as_of < target.as_of
        ),
        on=on,
    )


def counted_up_to(session: Session, target: Target) -> date:
    """The end of the day up to which a target's count counts; what happened later comes on top of it."""
    return facts_about(session, target, on=target.as_of).counted_up_to()


def counted_up_to_of_each(session: Session, targets: Mapping[str, Target]) -> dict[str, date]:
    """`counted_up_to` of a target of each of several districts, by district code, in two queries."""
    figures, counts = defaultdict(list), defaultdict(list)
    printed = select(ReportedFigure).where(
        ReportedFigure.district_code.in_(targets), ReportedFigure.figure == "activated"
    )
    for figure in session.scalars(printed.order_by(ReportedFigure.id)):
        figures[figure.district_code, figure.document].append(figure)
    for count in session.scalars(select(OfficialCount).where(OfficialCount.district_code.in_(targets))):
        counts[count.district_code, count.document, count.owner].append(count)
    return {
        code: facts_from(
            target,
            (target,),
            figures=figures[code, target.document],
            counts=counts[code, target.document, target.owner],
            on=target.as_of,
        ).counted_up_to()
        for code, target in targets.items()
    }
