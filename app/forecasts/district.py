"""The drawn futures of one district's target, from what is stored."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.districts.models import District, Target
from app.estimates.learning import learn
from app.estimates.streams import seed_of
from app.forecasts.ahead import Ahead, month_ahead, sites_of
from app.forecasts.draws import DRAWS, Draws, draw
from app.schedules.learning import given_shares, priors_of, reported_visits

# A sum of many districts is steadier than each of them.
DRAWS_OF_A_PART = 1_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnDistrict:
    """A district's futures, and what they were drawn from."""

    ahead: Ahead
    draws: Draws
    results: int
    """Reported visits that taught them."""


def drawn_district(
    session: Session, district: District, target: Target, *, on: date, is_part: bool = False
) -> DrawnDistrict:
    """Draw the futures of a target as seen on the evening of a day.

    `is_part`: fewer draws without the split by causes, to be added up with others of the province."""
    sites = sites_of(session, district.code)
    results = reported_visits(session, district.code, target.document, until=on)
    ahead = month_ahead(session, district, target, on=on, sites=sites, results=results)
    return DrawnDistrict(
        ahead=ahead,
        draws=draw(
            ahead.month,
            learn(results, priors_of(session, district), given=given_shares(session, district.code)),
            seed=seed_of(f"{district.code} {target.document} {target.owner}", on),
            # Of what the districts of one province meet together.
            national_seed=seed_of(f"{district.code[:2]} {target.document}", on),
            draws=DRAWS_OF_A_PART if is_part else DRAWS,
            has_split=not is_part,
        ),
        results=len(results),
    )
