"""What visits of each length win: the corners of a concave hull, or every slot in which somebody more is served."""

import numpy as np

from solver.bound.shares import enough_minutes, share, weigh
from solver.numeric.compilation import compiled
from solver.numeric.documents import Documents
from solver.numeric.kinds import Bools, Indices, Ints, Longs


@compiled
def hulls(
    longest: Ints,
    fixed: Ints,
    people: Longs,
    numerator: Longs,
    denominator: Longs,
    slot: int,
    every_slot: Bools,
) -> tuple[Longs, Ints, Longs]:
    """Corners of the least concave function over min(people, capacity) at whole slots, from the first slot on.

    Where the first slots win nobody, the first of all and the first that wins somebody are corners too: what a visit
    earns for winning anybody jumps between them. For entries marked `every_slot` all slots that win more than the
    one before.
    """
    entries = len(longest)
    ptr = np.zeros(entries + 1, dtype=np.int64)
    room = max(16, 4 * entries)
    minutes = np.empty(room, dtype=np.int32)
    gain = np.empty(room, dtype=np.int64)
    size = 0
    for e in range(entries):
        bottom = size
        step = fixed[e] if fixed[e] >= 0 else slot
        m = step
        while True:
            if size + 1 >= room:
                room *= 2
                longer_minutes = np.empty(room, dtype=np.int32)
                longer_gain = np.empty(room, dtype=np.int64)
                longer_minutes[:size] = minutes[:size]
                longer_gain[:size] = gain[:size]
                minutes, gain = longer_minutes, longer_gain
            g = min(people[e], numerator[e] * m // denominator[e])
            if size == bottom or g > gain[size - 1]:
                while (
                    not every_slot[e]
                    and size - bottom >= 2
                    and gain[size - 2] > 0
                    and (gain[size - 1] - gain[size - 2]) * (m - minutes[size - 1])
                    <= (g - gain[size - 1]) * (minutes[size - 1] - minutes[size - 2])
                ):
                    size -= 1
                minutes[size], gain[size] = m, g
                size += 1
            m += step
            if fixed[e] >= 0 or m > longest[e] or g >= people[e]:
                break
        ptr[e + 1] = size
    return ptr, minutes[:size].copy(), gain[:size].copy()


@compiled
def slots(
    documents: Documents, outfit: Indices, site: Indices, longest: Ints, fixed: Ints, slot: int
) -> tuple[Longs, Ints, Longs]:
    """Every length of a visit of each entry in which somebody more can be served with some document.

    What it wins at the worth of each document is told in people of the first one.
    """
    ptr = np.zeros(len(site) + 1, dtype=np.int64)
    count = np.empty(len(site), dtype=np.int64)
    for e in range(len(site)):
        i = site[e]
        step = fixed[i] if fixed[i] >= 0 else slot
        enough = enough_minutes(documents, outfit[e], i)
        count[e] = 1
        if fixed[i] < 0:
            count[e] = max(1, min(longest[e], (enough + step - 1) // step * step) // step)
        ptr[e + 1] = ptr[e] + count[e]
    minutes = np.empty(ptr[-1], dtype=np.int32)
    gain = np.empty(ptr[-1], dtype=np.int64)
    price = documents.worth / float(max(1, documents.worth[0]))
    order, people = np.empty(len(price), dtype=np.int64), np.empty(len(price))
    room = np.empty(documents.machines.shape[1])
    for e in range(len(site)):
        i = site[e]
        step = fixed[i] if fixed[i] >= 0 else slot
        pays = weigh(documents, outfit[e], i, price, order)
        for x in range(count[e]):
            h = ptr[e] + x
            minutes[h] = (x + 1) * step
            won = share(documents, outfit[e], i, (x + 1) * step, price, order, pays, people, room)
            gain[h] = np.int64(won)
    return ptr, minutes, gain
