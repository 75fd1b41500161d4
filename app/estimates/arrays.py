"""The kinds of arrays in `app`, and the one product of large ones."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]
Truths = npt.NDArray[np.bool_]

# OpenBLAS takes up threads from 262,144 multiplications; on a busy machine they wait for each other ten times as long
# as one of them alone would need.
_MOST_AT_ONCE = 250_000
# A block of the right matrix that is fetched for fewer rows than these takes longer to fetch than to multiply.
_ROWS_AT_ONCE = 12


def product(left: Floats, right: Floats) -> Floats:
    """The product of two matrices by few rows and columns at a time, so that it stays on one thread."""
    columns = max(1, _MOST_AT_ONCE // (_ROWS_AT_ONCE * max(len(right), 1)))
    if len(left) <= _ROWS_AT_ONCE or right.shape[1] <= columns:
        return _by_rows(left, right)
    blocks = [_by_rows(left, right[:, first : first + columns]) for first in range(0, right.shape[1], columns)]
    return np.concatenate(blocks, axis=1)


def _by_rows(left: Floats, right: Floats) -> Floats:
    rows = max(1, _MOST_AT_ONCE // max(right.size, 1))
    blocks = -(-len(left) // rows)
    padded = np.zeros((blocks * rows, left.shape[1]))
    padded[: len(left)] = left
    result = np.matmul(padded.reshape(blocks, rows, left.shape[1]), right)
    return np.asarray(result.reshape(blocks * rows, right.shape[1])[: len(left)])
