"""The rules of `outreach-2` for what is done in a visit: which documents, by whom, with which kits; and events."""

from collections.abc import Iterator, Mapping
from itertools import groupby

from solver.contract.book import Book, SiteRecord, Stop
from solver.contract.documents import IKD, Document
from solver.contract.instance import Instance
from solver.contract.violation import Violation


def documents_of(instance: Instance) -> dict[str, Document | None]:
    """Return every document by id; the first one, which lives in the fields of `outreach-1`, is None."""
    return {IKD: None, **{document.id: document for document in instance.documents}}


def work_of(instance: Instance, stop: Stop) -> Mapping[str, int]:
    """Return the operator-minutes of a visit by document; none at all where they break `wrong_work`."""
    work = stated_work(stop)
    return work if not _faults(instance, work) else {}


def stated_work(stop: Stop) -> Mapping[str, int]:
    """Return the operator-minutes as the plan gives them; without any, all go to the first document."""
    if stop.visit.work is not None:
        return dict(stop.visit.work)
    return {IKD: stop.team.operators * stop.visit.minutes}


def _faults(instance: Instance, work: Mapping[str, int]) -> list[str]:
    negative = [f"{minutes} operator-minutes for {name}" for name, minutes in work.items() if minutes < 0]
    if len(work) == 1 and IKD in work:
        return negative
    known = {IKD, *(document.id for document in instance.documents)}
    return [f"{name} is no document of this file" for name in work if name not in known] + negative


def wrong_work(book: Book, stop: Stop) -> str | None:
    """The work of a visit is for documents of the instance, and no less than nothing."""
    return next(iter(_faults(book.instance, stated_work(stop))), None)


def too_much_work(book: Book, stop: Stop) -> str | None:
    """The work of a visit takes no more than the minutes of its operators."""
    spent, most = sum(work_of(book.instance, stop).values()), stop.team.operators * max(0, stop.visit.minutes)
    return f"{spent} operator-minutes of work, there are {most}" if spent > most else None


def not_issued(book: Book, stop: Stop) -> str | None:
    """A team issues only the documents that it can."""
    can = stop.team.documents
    if can is None:
        return None
    cannot = [name for name, minutes in work_of(book.instance, stop).items() if minutes > 0 and name not in can]
    return f"the team does not issue {', '.join(cannot)}" if cannot else None


def too_few_kits(book: Book, stop: Stop) -> str | None:
    """Work that needs a kit is done by one operator for each kit of that kind with the team."""
    if stop.visit.work is None:
        # All of it is for the first document, which needs no kit.
        return None
    documents = documents_of(book.instance)
    needed: dict[str, int] = {}
    for name, minutes in work_of(book.instance, stop).items():
        document = documents[name]
        if document is not None and document.kit is not None and minutes > 0:
            needed[document.kit] = needed.get(document.kit, 0) + minutes
    for kind, minutes in needed.items():
        have = book.journal.kits_with(stop.team, stop.date_index, kind)
        if minutes > have * stop.visit.minutes:
            return f"{minutes} operator-minutes with {kind}, the {have} with the team allow {have * stop.visit.minutes}"
    return None


def too_few_teams(book: Book, record: SiteRecord) -> Iterator[tuple[Stop, str]]:
    """An event is held by as many teams as it needs, or not at all."""
    if record.site.min_teams <= 1:
        return
    for _, group in groupby(record.stops, key=lambda stop: stop.date_index):
        present = list(group)
        teams = len({stop.team.id for stop in present})
        if teams < record.site.min_teams:
            yield present[-1], f"{teams} teams on this date, at least {record.site.min_teams}"


WORK_RULES = (wrong_work, too_much_work, not_issued, too_few_kits)


def broken_work_rules(book: Book) -> Iterator[Violation]:
    """Yield every breach of the rules for what is done in visits, and of events."""
    for stop in book.stops:
        for rule in WORK_RULES:
            message = rule(book, stop)
            if message is not None:
                yield of_stop(rule.__name__, stop, message)
    for record in book.records:
        yield from (of_stop("too_few_teams", *breach) for breach in too_few_teams(book, record))


def of_stop(rule: str, stop: Stop, message: str) -> Violation:
    """Return a breach by a visit."""
    visit = stop.visit
    return Violation(
        rule=rule,
        message=f"{visit.team} at {visit.site} on {visit.date}: {message}",
        visit_index=stop.index,
        team=visit.team,
        site=visit.site,
        date=visit.date,
    )
