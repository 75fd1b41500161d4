"""What a forecast that knows how little it knows must show over many months."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How a row of forecasts stood to what came."""

    held: float
    """Share of months whose count lay between p05 and p95."""
    distance: float
    """Kolmogorov–Smirnov: the furthest that the ranks of what came lie from those of even chance."""

    @property
    def is_good(self) -> bool:
        return abs(self.held - 0.9) <= 0.05 and self.distance < 0.1


def calibration(futures: Sequence[NDArray[np.float64]], came: Sequence[int]) -> Calibration:
    """Judge drawn counts at the deadline by the counts that came."""
    ends = [np.quantile(drawn, (0.05, 0.95)) for drawn in futures]
    ranks = np.sort(
        # Equal counts are half below, half above.
        [((drawn < count).mean() + (drawn <= count).mean()) / 2 for drawn, count in zip(futures, came, strict=True)]
    )
    steps = np.arange(len(ranks) + 1) / len(ranks)
    return Calibration(
        held=float(np.mean([low <= count <= high for (low, high), count in zip(ends, came, strict=True)])),
        distance=float(max((steps[1:] - ranks).max(), (ranks - steps[:-1]).max())),
    )
