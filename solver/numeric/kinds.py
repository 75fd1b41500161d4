"""The kinds of arrays there are: the only names for them in this package; numba keeps them apart as mypy does."""

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Shorts = npt.NDArray[np.int16]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
# Positions in other arrays, as numpy gives them.
Indices = npt.NDArray[np.int64]
# What random numbers are drawn from.
Bits = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
