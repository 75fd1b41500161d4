"""The second half of a month of `tests.app.estimates`, to be forecast by what its first half taught."""

from app.forecasts.month import MonthAhead, SiteAhead, TeamAhead, VisitAhead, WalkInsAhead
from tests.app.estimates.months import GIVEN_MINUTES, SIGNAL, Month


def second_half(month: Month, *, reported: int) -> tuple[MonthAhead, int]:
    """What lies ahead when so many visits are reported, and how many activations it will bring."""
    ahead = month.results[reported:]
    dates = tuple(sorted({result.day for result in ahead}))
    return (
        MonthAhead(
            on=month.results[reported - 1].day,
            deadline=dates[-1],
            count=0,
            target=1_000,
            eligible_people=None,
            working_days=dates,
            sites=tuple(
                SiteAhead(site=r.site, kind=r.kind, area=r.area, level=r.level, people=r.invited) for r in ahead
            ),
            teams=tuple(
                TeamAhead(team=team, minutes_per_activation=GIVEN_MINUTES) for team in sorted({r.team for r in ahead})
            ),
            visits=tuple(
                VisitAhead(
                    visit=r.visit,
                    site=r.site,
                    team=r.team,
                    date=r.day,
                    operators=r.operators,
                    minutes=r.service_minutes,
                )
                for r in ahead
            ),
            walk_ins=WalkInsAhead(expected=(), strength=20.0),
            rate_of_level=SIGNAL.rate,
        ),
        sum(result.activated for result in ahead),
    )
