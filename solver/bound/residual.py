"""Residual-capacity rows: what the visits of a site can win together, however long each of them stays.

For a site of N people and any divisor d there are `rounds` = ceil(N / d) rounds of d people, the last with only
`remainder` = N - (rounds - 1) d. Visits that could win g_1, g_2, ... people then win together at most

    N - remainder * rounds + sum credit(g),    credit(g) = remainder * (g // d) + min(remainder, g % d).

This is mixed-integer rounding (Nemhauser and Wolsey 1990) of: people won and people left out are N. It holds because
`credit` is subadditive, rises by at most one a person, and credit(N) = remainder * rounds. With the most people of one
visit as d it is the residual-capacity inequality of Magnanti, Mirchandani and Vachani (1993).
"""

# mypy: disable-error-code="no-any-return"

import numpy as np

from solver.numeric.compilation import compiled
from solver.numeric.kinds import Bools, Floats, Indices, Longs

# Divisors looked at besides what visits win: the people of a site in so many equal parts.
MOST_PARTS = 12


def rounds_of(people: Longs, divisor: Longs) -> Longs:
    """Rounds of each row; `divisor[i, k]` belongs to row k of site i, 0 stands for no row."""
    return np.where(divisor > 0, -(-people[:, None] // np.maximum(divisor, 1)), 0)


def remainder_of(people: Longs, divisor: Longs) -> Longs:
    """People left for the last round of each row."""
    return np.where(divisor > 0, people[:, None] - (rounds_of(people, divisor) - 1) * divisor, 0)


def room_of(people: Longs, divisor: Longs) -> Longs:
    """The right-hand side of each row before any visit, 0 or less."""
    return np.where(divisor > 0, people[:, None] - remainder_of(people, divisor) * rounds_of(people, divisor), 0)


@compiled
def credit(gain: int, divisor: int, remainder: int) -> int:
    """What one visit that could win `gain` people counts for in a row."""
    return remainder * (gain // divisor) + min(remainder, gain % divisor)


@compiled
def most_credit(gain: int, price: Floats, divisor: Longs, remainder: Longs, most: int) -> float:
    """Worth of a visit in all rows of its site at prices `price[k]`, never too low.

    A row whose divisor is at least `most`, what one visit can win, counts in full for any visit: then it leaves the
    best length of a visit where it was.
    """
    worth = 0.0
    for k in range(len(price)):
        if divisor[k] <= 0 or gain <= 0:
            continue
        worth += price[k] * (remainder[k] if divisor[k] >= most else credit(gain, divisor[k], remainder[k]))
    return worth


@compiled
def credits_of(site: Indices, gain: Longs, divisor: Longs, remainder: Longs) -> Floats:
    """`[v, k]`: what visit v of `site[v]` counts for in row k of its site."""
    rows = divisor.shape[1]
    credits = np.zeros((len(site), rows))
    for v in range(len(site)):
        for k in range(rows):
            if divisor[site[v], k] > 0:
                credits[v, k] = credit(gain[v], divisor[site[v], k], remainder[site[v], k])
    return credits


@compiled
def broken_rows(people: Longs, won: Floats, ptr: Indices, gain: Longs, amount: Floats) -> tuple[Longs, Floats]:
    """For each site the divisor of the row that its visits break most, and by how many people; 0 if none.

    `won[i]` people are counted at site i; its visits, from `ptr[i]` on, could win `gain[v]` each, `amount[v]` times.
    """
    n = len(people)
    worst = np.zeros(n, dtype=np.int64)
    excess = np.zeros(n)
    for i in range(n):
        first, last = ptr[i], ptr[i + 1]
        for option in range(last - first + 2 * MOST_PARTS):
            part = (option - (last - first)) // 2 + 1
            if option < last - first:
                divisor = gain[first + option]
            elif option % 2:
                divisor = people[i] // part
            else:
                divisor = -(-people[i] // part)
            if divisor <= 0 or divisor >= people[i]:
                continue
            rounds = -(-people[i] // divisor)
            remainder = people[i] - (rounds - 1) * divisor
            if remainder == divisor:
                continue
            room = float(people[i] - remainder * rounds)
            for v in range(first, last):
                room += amount[v] * credit(gain[v], divisor, remainder)
            if won[i] - room > excess[i]:
                worst[i], excess[i] = divisor, won[i] - room
    return worst, excess


def need_every_slot(divisor: Longs, most: Longs) -> Bools:
    """Sites where a visit between two corners of the capacity's hull may pay more than either."""
    return np.asarray(((divisor > 0) & (divisor < most[:, None])).any(axis=1), dtype=np.bool_)
