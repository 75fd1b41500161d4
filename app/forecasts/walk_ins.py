"""What to expect at the counters: the rates that were given, put right by what was counted."""

from collections.abc import Sequence

from app.forecasts.month import WalkInsAhead
from app.schedules.counters import AtCounters, ExpectedDay


def walk_ins_ahead(at_counters: AtCounters, days: Sequence[ExpectedDay]) -> WalkInsAhead:
    """Of whatever of these days, ascending, nobody counted."""
    fit = at_counters.fit
    return WalkInsAhead(
        expected=tuple((day.day, day.likely) for day in days if day.likely > 0), strength=fit.shape, fano=fit.fano
    )
