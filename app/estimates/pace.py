"""How many activations an operator makes in a busy minute: every team's own pace, shrunk to the district's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.estimates.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceResult:
    """What one visit told of a team's pace, from the time in which people were waiting."""

    team: int
    given_minutes_per_activation: float
    """Operator-minutes for one activation as planned, at the signal that was met."""
    operator_minutes: float
    activated: int
    level: int | None = None
    """The signal that was met, if its own effect is to be learned."""
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaceDraws:
    """What all visits share, drawn once for every future."""

    def of_team(self, team: int, given: float, generator: np.random.Generator, *, level: int | None = None) -> Floats:
        """Activations per operator-minute of a team in each future; `given` in minutes per activation; (count,)."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaceFit:
    """What is known of the pace."""

    def draw(self, generator: np.random.Generator, count: int) -> PaceDraws:
        """Draw the effects, once for every future."""
        raise NotImplementedError


def fit_pace(results: Sequence[PaceResult]) -> PaceFit:
    """Learn the pace from all results."""
    raise NotImplementedError
