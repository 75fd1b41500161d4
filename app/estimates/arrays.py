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


def product(left: Floats, right: Floats) -> Floats:
    """The product of two matrices by few rows at a time, so that it stays on one thread."""
    rows = max(1, _MOST_AT_ONCE // max(right.size, 1))
    blocks = -(-len(left) // rows)
    padded = np.zeros((blocks * rows, left.shape[1]))
    padded[: len(left)] = left
    result = np.matmul(padded.reshape(blocks, rows, left.shape[1]), right)
    return np.asarray(result.reshape(blocks * rows, right.shape[1])[: len(left)])
