"""What planning assumes of every visit of a district, whatever the site: how long a slot is, what the signal takes."""

from dataclasses import dataclass

LevelPercents = tuple[int, int, int, int, int]
"""By connectivity, 0 none to 4 excellent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningFigures:
    """Assumed until measured."""

    slot_minutes: int
    """A visit serves for whole slots."""
    throughput_percent: LevelPercents
    """Of the undisturbed pace."""
    success_percent: LevelPercents
    """Of the attempts."""
    satellite_level: int
    """The connectivity that a satellite kit works like."""

    def rate(self, level: int) -> float:
        """Throughput times success, 0 to 1."""
        return self.throughput_percent[level] * self.success_percent[level] / 10_000


ASSUMED = PlanningFigures(
    slot_minutes=15,
    # No signal, no activation: the identity is checked online while the person is there. Poor signal halves the pace
    # and loses every fourth attempt; good signal costs next to nothing.
    throughput_percent=(0, 45, 70, 90, 100),
    success_percent=(0, 75, 88, 95, 98),
    # The bandwidth of a kit is fine, the sky and the power are not always.
    satellite_level=3,
)
