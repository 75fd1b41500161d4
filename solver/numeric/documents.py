"""What an instance says of several documents, in tables; `@compiled` code reads them, and is named after this file."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from solver.contract.added_counts import net_gap_of
from solver.contract.capacity import WHOLE_RATE
from solver.contract.documents import IKD
from solver.contract.instance import Instance
from solver.numeric.kinds import Longs
from solver.numeric.lists import longs
from solver.numeric.outfits import Outfit, equipped_of, issues

if TYPE_CHECKING:
    from collections.abc import Sequence


class Documents(NamedTuple):
    """The P documents of an instance, the first one first; all tables are empty where there is only that one.

    `kind[k]` is the position of the kind of kit that a document needs (-1: none). `gap[k]` people are to be served by
    visits, each worth `worth[k]` milli-activations, and dearer by `late[k]` by the last date. `people[i, k]` are at a
    site. Work of w operator-minutes serves `w * rate[q, i, k] // pace[q, k]` of them: the rate is 0 where an outfit
    cannot serve them. It has `operators[q]`, and `machines[q, x]` kits of a kind, never more than operators.
    """

    kind: Longs
    gap: Longs
    worth: Longs
    late: Longs
    people: Longs
    rate: Longs
    pace: Longs
    operators: Longs
    machines: Longs


def tables_of_documents(instance: Instance, outfits: "Sequence[Outfit]", signal: Longs) -> Documents:
    """Lay out what further documents say; their tables are empty where there are none."""
    further, sites = instance.documents, instance.sites
    count = 1 + len(further) if further else 0
    kinds = sorted({document.kit for document in further if document.kit is not None})
    people = np.zeros((len(sites), count), dtype=np.int64)
    rate = np.zeros((len(outfits), len(sites), count), dtype=np.int64)
    pace = np.ones((len(outfits), count), dtype=np.int64)
    operators = np.zeros(len(outfits), dtype=np.int64)
    machines = np.zeros((len(outfits), len(kinds)), dtype=np.int64)
    if not further:
        nothing = np.empty(0, dtype=np.int64)
        return Documents(nothing, nothing, nothing, nothing, people, rate, pace, operators, machines)
    equipped = equipped_of(instance, outfits)
    people[:, 0] = [site.people for site in sites]
    for k, document in enumerate(further, start=1):
        people[:, k] = [site.people_of(document.id) for site in sites]
    for q, outfit in enumerate(outfits):
        team = instance.teams[outfit.team]
        if team.operators == 0:
            continue
        operators[q] = team.operators
        for x, kind in enumerate(kinds):
            drawn = sum(n for n, pool in zip(outfit.draws, instance.kits, strict=True) if pool.kind == kind)
            machines[q, x] = min(team.operators, team.own_kits(kind) + drawn)
        pace[q, 0] = team.minutes_per_activation * WHOLE_RATE
        if issues(team, IKD):
            rate[q, :, 0] = signal[q]
        for k, document in enumerate(further, start=1):
            pace[q, k] = document.minutes * WHOLE_RATE
            if issues(team, document.id) and (document.kit is None or machines[q, kinds.index(document.kit)] > 0):
                rate[q, :, k] = signal[q] if document.needs_signal else WHOLE_RATE * equipped[q]
    return Documents(
        kind=longs([-1, *(-1 if each.kit is None else kinds.index(each.kit) for each in further)]),
        gap=longs([instance.net_gap, *(net_gap_of(instance, each) for each in further)]),
        worth=longs([instance.weights.shortfall, *(each.shortfall for each in further)]),
        late=longs([instance.weights.late, *(each.late for each in further)]),
        people=people,
        rate=rate,
        pace=pace,
        operators=operators,
        machines=machines,
    )
