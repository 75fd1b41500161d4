"""How many people any plan can serve with each further document, whatever else it is worth."""

import math
from collections.abc import Iterator

import numpy as np
from ortools.util.python.solve_interrupter import SolveInterrupter

from solver.bound.blocks import Blocks
from solver.bound.compact import CompactProgram
from solver.bound.multipliers import SiteRows, Worth, areas_of, documents_of, site_rows
from solver.numeric.arrays import Arrays

# A linear program for each document over more pairs of class and site would take too long from that of the value.
MOST_ENTRIES = 30_000
MILLI = 1000


def served_worth(arrays: Arrays, document: int) -> Worth:
    """A thousand for every person served with a further document, 1 being the first of them, and nothing else."""
    everybody = int(arrays.documents.people[:, document].sum())
    area, floors = np.zeros(areas_of(arrays)), np.zeros(areas_of(arrays), dtype=np.int64)
    area[arrays.areas + document - 1] = MILLI
    floors[arrays.areas + document - 1] = everybody
    return Worth(
        person=0.0,
        goal=0,
        area=area,
        floors=floors,
        # Whoever is not served is short of a floor of everybody.
        promised=float(MILLI * everybody),
        must=0.0,
        rupiah=0.0,
        late=np.zeros(documents_of(arrays)),
        slack=0,
    )


def served_by_reach(arrays: Arrays, rows: SiteRows) -> tuple[int, ...]:
    """The people whom visits can reach at all with each further document."""
    return tuple(rows.reachable.reshape(-1, documents_of(arrays)).sum(axis=0).tolist()[1:])


def served_at_most(arrays: Arrays, blocks: Blocks, interrupter: SolveInterrupter) -> Iterator[tuple[int, ...]]:
    """Yield ever smaller bounds on the people served with each further document.

    Those of a compact LP that counts nobody else, one document after the other.
    """
    most = list(served_by_reach(arrays, site_rows(arrays, blocks)))
    if len(blocks.site) > MOST_ENTRIES:
        return
    for k in range(1, documents_of(arrays)):
        for bound in CompactProgram(arrays, blocks, served_worth(arrays, k)).tighten(interrupter):
            people = math.floor(bound.value / MILLI)
            if people < most[k - 1]:
                most[k - 1] = people
                yield tuple(most)
