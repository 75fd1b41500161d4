"""How the distribution of a site's demand is kept: few equally likely numbers of people, out of many futures."""

from typing import Any

import numpy as np
import numpy.typing as npt

VALUES = 64
"""Equally likely numbers of people that stand for the distribution of a site's demand."""
FUTURES = 10 * VALUES


def equally_likely(people: npt.NDArray[np.number[Any]]) -> tuple[int, ...]:
    """`VALUES` numbers, ascending, none below 0: the middle of each of equally large groups of futures."""
    still = np.maximum(0, np.round(people)).astype(np.int64)
    return tuple(np.sort(still)[FUTURES // VALUES // 2 :: FUTURES // VALUES].tolist())


def mean_of(values: tuple[int, ...]) -> int:
    """Rounded up, so that what is proven for the mean bounds the expectation of every plan."""
    return -(-sum(values) // len(values))
