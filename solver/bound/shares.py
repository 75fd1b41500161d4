"""What a visit wins at most where its minutes are shared out among several documents, at given prices of people.

Operators, and kits of each kind, are limits on sums, so the dearest minute first is the best share (Edmonds 1970).
People are not rounded down to whole ones, but for what a document could win alone: so no share of whole minutes is
worth more.
"""

# mypy: disable-error-code="no-any-return"

import numpy as np

from solver.numeric.compilation import compiled
from solver.numeric.documents import Documents
from solver.numeric.kinds import Floats, Indices, Longs

# What the few operations of a share may lose by rounding, of its worth; taken a dozen times too large.
ROUNDED = 1e-14


@compiled
def weigh(documents: Documents, outfit: int, i: int, price: Floats, order: Longs) -> int:
    """Sort the documents at a site by the worth of an operator's minute into `order`; returns how many are worth any.

    `price[k]` is paid for a person served with document k.
    """
    pays = 0
    for k in range(len(documents.worth)):
        rate = documents.rate[outfit, i, k]
        if price[k] <= 0.0 or rate == 0 or documents.people[i, k] == 0:
            continue
        density = price[k] * rate / documents.pace[outfit, k]
        x = pays
        while x > 0:
            other = order[x - 1]
            if price[other] * documents.rate[outfit, i, other] / documents.pace[outfit, other] >= density:
                break
            order[x] = other
            x -= 1
        order[x] = k
        pays += 1
    return pays


@compiled
def share(
    documents: Documents, outfit: int, i: int, minutes: int, price: Floats, order: Longs, pays: int, people: Floats,
    room: Floats,
) -> float:  # fmt: skip
    """Share so many minutes out as they were weighed; `people[k]` are served, and their worth, or more, is returned."""
    free = float(documents.operators[outfit] * minutes)
    for x in range(len(room)):
        room[x] = float(documents.machines[outfit, x] * minutes)
    for k in range(len(people)):
        people[k] = 0.0
    worth = 0.0
    for x in range(pays):
        k = order[x]
        kind, rate, pace = documents.kind[k], documents.rate[outfit, i, k], documents.pace[outfit, k]
        hands = documents.operators[outfit] if kind < 0 else documents.machines[outfit, kind]
        most = min(documents.people[i, k], hands * minutes * rate // pace)
        need = most * (pace / rate)
        have = free if kind < 0 else min(free, room[kind])
        if have >= need:
            people[k], work = float(most), need
        else:
            people[k], work = have * (rate / pace), have
        free -= work
        if kind >= 0:
            room[kind] -= work
        worth += price[k] * people[k]
    return worth * (1.0 + ROUNDED)


@compiled
def enough_minutes(documents: Documents, outfit: int, i: int) -> int:
    """Minutes in which everybody at a site is served with every document that an outfit can issue there."""
    work, minutes = 0, 0
    for k in range(len(documents.worth)):
        rate = documents.rate[outfit, i, k]
        if rate > 0:
            work += -(-documents.people[i, k] * documents.pace[outfit, k] // rate)
    if documents.operators[outfit] > 0:
        minutes = -(-work // documents.operators[outfit])
    for kind in range(documents.machines.shape[1]):
        work = 0
        for k in range(len(documents.worth)):
            rate = documents.rate[outfit, i, k]
            if rate > 0 and documents.kind[k] == kind:
                work += -(-documents.people[i, k] * documents.pace[outfit, k] // rate)
        if documents.machines[outfit, kind] > 0:
            minutes = max(minutes, -(-work // documents.machines[outfit, kind]))
    return minutes


@compiled
def shares_of(documents: Documents, outfits: Indices, sites: Indices, minutes: Indices, price: Floats) -> Floats:
    """`[v, k]`: whom visit v serves best with each document, of an outfit at a site; prices by visit and document."""
    count = len(documents.worth)
    shares = np.zeros((len(sites), count))
    order, room = np.empty(count, dtype=np.int64), np.empty(documents.machines.shape[1])
    for v in range(len(sites)):
        pays = weigh(documents, outfits[v], sites[v], price[v], order)
        share(documents, outfits[v], sites[v], minutes[v], price[v], order, pays, shares[v], room)
    return shares


@compiled
def most_of(documents: Documents, outfits: Indices, longest: Longs) -> Longs:
    """`[c, i, k]`: whom outfit c serves with a document in the longest visit, if it does nothing else."""
    classes, n = longest.shape
    count = len(documents.worth)
    shares = np.zeros((classes, n, count), dtype=np.int64)
    for c in range(classes):
        q = outfits[c]
        for i in range(n):
            for k in range(count):
                kind = documents.kind[k]
                hands = documents.operators[q] if kind < 0 else documents.machines[q, kind]
                able = hands * longest[c, i] * documents.rate[q, i, k] // documents.pace[q, k]
                shares[c, i, k] = min(documents.people[i, k], able)
    return shares
