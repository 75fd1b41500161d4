"""The books of further documents, where an instance has several: who is served with which, and what that is worth.

The first document has its place in the books of the plan; what is called here is called only where there are others.
"""

# mypy: disable-error-code="no-any-return"

from solver.numeric.compilation import kernel
from solver.search import tables as t
from solver.search.tables import Problem, State


@kernel
def document(p: Problem, k: int, entry: int) -> int:
    """An entry of document k: kind, gap, worth or lateness."""
    return p.number[t.DOCUMENT_AT + t.DOCUMENT_ENTRIES * k + entry]


@kernel
def served(s: State, i: int, k: int) -> int:
    """Whom a site has served with document k."""
    return s.book[i, t.SERVED if k == 0 else t.BOOK_COLUMNS + t.DOCUMENT_COLUMNS * k + t.DOCUMENT_SERVED]


@kernel
def all_served(s: State, k: int) -> int:
    """Whom all sites have served with document k."""
    return s.total[t.ACTIVATIONS if k == 0 else t.TOTALS + t.DOCUMENT_COLUMNS * k + t.DOCUMENT_SERVED]


@kernel
def recount_documents(p: Problem, s: State, i: int) -> None:
    """Share the people of a site out over its visits, document by document, in order of date."""
    for k in range(1, p.number[t.DOCUMENTS]):
        everybody = p.site[i, t.PEOPLE_OF + k]
        if everybody == 0:
            continue
        left, lateness = everybody, 0
        for x in range(s.book[i, t.VISIT_DATES]):
            d = s.visit_dates[i, x]
            got = min(left, s.on[i, d, t.CAPACITY_ON + k])
            left -= got
            lateness += got * d
        column, entry = t.BOOK_COLUMNS + t.DOCUMENT_COLUMNS * k, t.TOTALS + t.DOCUMENT_COLUMNS * k
        s.total[entry + t.DOCUMENT_SERVED] += everybody - left - s.book[i, column + t.DOCUMENT_SERVED]
        s.total[entry + t.DOCUMENT_LATENESS] += lateness - s.book[i, column + t.DOCUMENT_LATENESS]
        s.book[i, column + t.DOCUMENT_SERVED] = everybody - left
        s.book[i, column + t.DOCUMENT_LATENESS] = lateness


@kernel
def enter_shares(p: Problem, s: State, r: int, q: int) -> None:
    """Put whom a stop can serve with further documents into the books, once its visit is there."""
    i, count = s.stop[r, q, t.SITE], p.number[t.DOCUMENTS]
    for k in range(1, count):
        s.on[i, r % p.number[t.DATES], t.CAPACITY_ON + k] += s.stop[r, q, t.STOP_COLUMNS + count + k]
    recount_documents(p, s, i)


@kernel
def strike_shares(p: Problem, s: State, r: int, q: int) -> None:
    """Take whom a stop can serve with further documents out of the books, once its visit is."""
    i, count = s.stop[r, q, t.SITE], p.number[t.DOCUMENTS]
    for k in range(1, count):
        s.on[i, r % p.number[t.DATES], t.CAPACITY_ON + k] -= s.stop[r, q, t.STOP_COLUMNS + count + k]
    recount_documents(p, s, i)


@kernel
def value_of_documents(p: Problem, s: State) -> int:
    """What further documents add to the value of the contract, exact."""
    worth, later = 0, max(1, p.number[t.DATES] - 1)
    for k in range(1, p.number[t.DOCUMENTS]):
        worth += document(p, k, t.DOCUMENT_WORTH) * min(document(p, k, t.DOCUMENT_GAP), all_served(s, k))
        lateness = s.total[t.TOTALS + t.DOCUMENT_COLUMNS * k + t.DOCUMENT_LATENESS]
        worth -= document(p, k, t.DOCUMENT_LATE) * lateness // later
    return worth


@kernel
def score_of_documents(p: Problem, s: State) -> float:
    """The same without rounding."""
    worth, later = 0.0, float(max(1, p.number[t.DATES] - 1))
    for k in range(1, p.number[t.DOCUMENTS]):
        worth += float(document(p, k, t.DOCUMENT_WORTH) * min(document(p, k, t.DOCUMENT_GAP), all_served(s, k)))
        lateness = s.total[t.TOTALS + t.DOCUMENT_COLUMNS * k + t.DOCUMENT_LATENESS]
        worth -= document(p, k, t.DOCUMENT_LATE) * lateness / later
    return worth


@kernel
def serves_somebody(p: Problem, s: State, r: int, q: int) -> bool:
    """Whether a stop can serve anybody, with whatever document."""
    if len(p.several) > 0:
        count = p.number[t.DOCUMENTS]
        for k in range(1, count):
            if s.stop[r, q, t.STOP_COLUMNS + count + k] > 0:
                return True
    return s.stop[r, q, t.CAPACITY] > 0


@kernel
def people_left(p: Problem, s: State, i: int) -> int:
    """Who is left at a site, people of different documents counted apart."""
    left = p.people[i] - s.book[i, t.SERVED]
    if len(p.several) > 0:
        for k in range(1, p.number[t.DOCUMENTS]):
            left += p.site[i, t.PEOPLE_OF + k] - served(s, i, k)
    return left


@kernel
def can_serve(p: Problem, outfit: int, i: int) -> bool:
    """Whether an outfit can serve anybody at a site."""
    if len(p.several) == 0:
        return p.numerator[outfit, i] > 0
    for k in range(p.number[t.DOCUMENTS]):
        if p.document_rate[outfit, i, k] > 0 and p.site[i, t.PEOPLE_OF + k] > 0:
            return True
    return False
