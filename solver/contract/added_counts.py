"""Counts what `outreach-2` adds to the value of a plan: further documents, nights, rides, kits and fairness."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from solver.contract.book import Book, SiteRecord, Stop
from solver.contract.capacity import is_equipped, served_by_work, signal_rate
from solver.contract.documents import IKD, Document
from solver.contract.instance import Instance
from solver.contract.row_rules import nights_of
from solver.contract.work_rules import documents_of, work_of

THOUSAND = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCount:
    """What a plan does for one further document; lateness is Σ people × index of their date."""

    document: Document
    served: int
    gap: int
    lateness: int

    @property
    def shortfall(self) -> int:
        return max(0, self.gap - self.served)

    def to_json(self) -> dict[str, Any]:
        return {"served": self.served, "gap": self.gap, "shortfall": self.shortfall, "lateness": self.lateness}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedCounts:
    """Further documents in the order of the instance; calendar nights, rides, kits × dates, and the spread of loads."""

    documents: tuple[DocumentCount, ...]
    nights: int
    rides: int
    kit_days: int
    spread: int

    def to_json(self) -> dict[str, Any]:
        content = asdict(self)
        return content | {"documents": {counts.document.id: counts.to_json() for counts in self.documents}}


def added_counts(book: Book, won: Mapping[str, Mapping[int, int]]) -> AddedCounts:
    """Count a plan; `won` gives what each visit wins of each document, by the positions of documents and visits."""
    instance, journal = book.instance, book.journal
    dates = {stop.index: stop.date_index for stop in book.stops}
    counts = []
    for document in instance.documents:
        wins = won.get(document.id, {})
        counts.append(
            DocumentCount(
                document=document,
                served=sum(wins.values()),
                gap=net_gap_of(instance, document),
                lateness=sum(people * dates[index] for index, people in wins.items()),
            )
        )
    loads = (load for drawn in journal.carried.values() for load in drawn.values())
    return AddedCounts(
        documents=tuple(counts),
        nights=sum(nights_of(book, team.id) for team in instance.teams),
        rides=len(journal.passages),
        kit_days=sum(load.count for load in loads),
        spread=spread(book),
    )


def net_gap_of(instance: Instance, document: Document) -> int:
    """Return the people still to be served with a further document: its gap without the expected walk-ins."""
    if document.gap is None:
        return sum(site.people_of(document.id) for site in instance.sites)
    return max(0, document.gap - document.walk_ins_per_day * len(instance.dates))


def wins_by_document(book: Book, record: SiteRecord) -> Iterator[tuple[Stop, str, int]]:
    """Yield what each visit of a site wins of each document, of the people that the visits before it have left."""
    left = {name: record.site.people_of(name) for name in documents_of(book.instance)} | {IKD: record.site.people}
    for stop in record.stops:
        for name, most in capacities(book, stop):
            people = min(left[name], most)
            left[name] -= people
            yield stop, name, people


def capacities(book: Book, stop: Stop) -> Iterator[tuple[str, int]]:
    """Yield how many people a visit can serve with each document that it works for, however many there are."""
    instance, documents = book.instance, documents_of(book.instance)
    if not is_equipped(stop.site, partial(book.journal.kits_with, stop.team, stop.date_index)):
        yield from ((name, 0) for name in work_of(instance, stop))
        return
    by_satellite = book.journal.by_satellite(stop.team, stop.date_index)
    rate = signal_rate(instance.connectivity, stop.site, by_satellite=by_satellite)
    for name, minutes in work_of(instance, stop).items():
        yield name, served_by_work(documents[name], stop.team, operator_minutes=minutes, rate=rate)


def spread(book: Book) -> int:
    """Return the largest less the smallest load of the teams that could work, in points per thousand dates."""
    days = dict.fromkeys((team.id for team in book.instance.teams), 0)
    for team_day in book.team_days:
        days[team_day.team.id] += 1
    loads = []
    for team in book.instance.teams:
        could_work = team.history.dates + sum(team.work_dates)
        points = team.history.points + days[team.id] + book.instance.night_points * nights_of(book, team.id)
        if could_work > 0:
            loads.append(THOUSAND * points // could_work)
    return max(loads) - min(loads) if loads else 0


def missed_pins(book: Book) -> int:
    """Return how many pinned nights and rides are not in the plan."""
    instance, journal = book.instance, book.journal
    slept = {(stay.team.id, instance.dates[stay.date_index], stay.lodging.id) for stay in journal.stays}
    nights = sum((row.team, row.date, row.lodging) not in slept for row in instance.pinned_nights)
    rides = sum((row.team, row.date, row.connection) not in journal.named_rides for row in instance.pinned_rides)
    return nights + rides
