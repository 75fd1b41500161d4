"""Whether the last visits still are what earlier ones made expect, and what to do if they are not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum
from operator import attrgetter

import numpy as np

from app.estimates.shares import ShareResult, fit_shares

RECENT = 20
HALF_LIFE_DAYS = 60.0
# Fewer earlier ones would make everything look as expected.
_LEAST_EARLIER = 20
_DRAWS = 1000
_UNLIKELY = 0.05
_BY_AGE = attrgetter("day", "site", "kind", "area", "level", "people", "came", "is_bounded", "weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentCheck:
    """How many came to the last visits, beside how many were to be expected after all earlier ones."""

    visits: int
    came: float
    expected: float
    probability: float
    """Of being at least so far from what was expected, if nothing has changed."""

    @property
    def has_changed(self) -> bool:
        """Whether chance alone would do this less than once in twenty times."""
        return self.probability < _UNLIKELY


def check_recent(
    results: Sequence[ShareResult], prior_shares: Mapping[str, float], *, seed: int, areas: Collection[str] = ()
) -> RecentCheck | None:
    """Compare the last 20 visits with what the earlier ones foretell; None as long as these are too few."""
    ordered = sorted((result for result in results if not result.is_given), key=_BY_AGE)
    earlier, recent = ordered[:-RECENT], ordered[-RECENT:]
    if len(earlier) < _LEAST_EARLIER:
        return None
    generator = np.random.Generator(np.random.PCG64(seed))
    draws = fit_shares(earlier, prior_shares, areas=areas).draw(generator, _DRAWS)
    # All visits of a site share what is its own.
    shares = {
        site: draws.of_site(site, kind=of.kind, area=of.area, level=of.level, generator=generator)
        for site, of in {result.site: result for result in recent}.items()
    }
    totals = np.zeros(_DRAWS)
    for result in recent:
        likely = generator.binomial(round(result.people), shares[result.site])
        # A visit that ran out of time could not have counted more than it did.
        totals += np.minimum(likely, result.came) if result.is_bounded else likely
    came, expected = fsum(result.came for result in recent), float(totals.mean())
    return RecentCheck(
        visits=len(recent),
        came=came,
        expected=expected,
        probability=float((np.abs(totals - expected) >= abs(came - expected)).mean()),
    )


def discounted(results: Sequence[ShareResult], *, half_life_days: float = HALF_LIFE_DAYS) -> tuple[ShareResult, ...]:
    """The same results, each weighing half as much for every half-life before the last one."""
    if not results:
        return ()
    last = max(result.day for result in results)
    return tuple(
        replace(result, weight=result.weight * 0.5 ** ((last - result.day).days / half_life_days)) for result in results
    )
