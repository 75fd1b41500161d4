"""Random numbers of the search: the same everywhere for the same seed."""

# mypy: disable-error-code="no-any-return"

import numpy as np

from solver.numeric.compilation import kernel
from solver.numeric.kinds import Bits

_HIGH = np.uint64(32)
_A, _B, _C = np.uint64(12), np.uint64(25), np.uint64(27)
_MULTIPLIER = np.uint64(2685821657736338717)
_FRACTION = np.uint64(11)


@kernel
def random_bits(rng: Bits) -> np.uint64:
    """Return 64 random bits (xorshift64*, Vigna 2016)."""
    x = rng[0]
    x ^= x >> _A
    x ^= x << _B
    x ^= x >> _C
    rng[0] = x
    return x * _MULTIPLIER


@kernel
def random_below(rng: Bits, limit: int) -> int:
    """Return a random whole number from 0 to below `limit`."""
    return np.int64(((random_bits(rng) >> _HIGH) * np.uint64(limit)) >> _HIGH)  # type: ignore[return-value]


@kernel
def random_unit(rng: Bits) -> float:
    """Return a random number from 0 to below 1."""
    return np.float64(random_bits(rng) >> _FRACTION) * 1.1102230246251565e-16
