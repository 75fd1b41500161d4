"""Lists of plain numbers as arrays."""

from typing import TYPE_CHECKING

import numpy as np

from solver.numeric.kinds import Bools, Ints, Longs
from solver.numeric.legs import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def bools(rows: "Sequence[Sequence[bool]]", columns: int) -> Bools:
    return np.array(rows, dtype=np.bool_).reshape(len(rows), columns)


def ints(values: "Iterable[int]") -> Ints:
    return np.array([min(v, LONGEST) for v in values], dtype=np.int32)


def longs(values: "Iterable[int]") -> Longs:
    return np.array(list(values), dtype=np.int64)
