"""The drawn futures of one district's target, from what is stored."""

import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock

from sqlalchemy.orm import Session

from app.districts.models import District, Target
from app.estimates.evidence import VisitResult
from app.estimates.learning import Given, Priors
from app.estimates.streams import seed_of
from app.forecasts.ahead import Ahead, month_ahead, sites_of
from app.forecasts.draws import DRAWS, Draws, draw
from app.forecasts.in_use import in_use
from app.forecasts.month import MonthAhead
from app.schedules.figures import Uses, uses_of
from app.schedules.learning import given_shares, priors_of, reported_visits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnDistrict:
    """A district's futures, and what they were drawn from."""

    ahead: Ahead
    draws: Draws
    results: int
    """Reported visits that taught them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Everything that futures depend on: from the same the same are drawn."""

    month: MonthAhead
    results: Sequence[VisitResult]
    priors: Priors
    given: Given
    uses: Uses
    seed: int
    national_seed: int
    has_split: bool

    def drawn(self) -> Draws:
        known = in_use(self.results, self.priors, given=self.given, uses=self.uses)
        return draw(
            self.month, known, seed=self.seed, national_seed=self.national_seed, has_split=self.has_split, draws=DRAWS
        )


class _LastDraws:
    """The draws asked for last: a page shows them as figures and as a drawing, and nothing has happened in between."""

    def __init__(self, most: int):
        self._most = most
        self._kept: OrderedDict[bytes, Draws] = OrderedDict()
        self._lock = Lock()

    def of(self, wanted: _Wanted) -> Draws:
        key = hashlib.blake2b(pickle.dumps(wanted), digest_size=16).digest()
        with self._lock:
            draws = self._kept.get(key)
        if draws is None:
            draws = wanted.drawn()
        with self._lock:
            self._kept[key] = draws
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return draws


_last_draws = _LastDraws(most=16)


def drawn_district(
    session: Session, district: District, target: Target, *, on: date, is_part: bool = False
) -> DrawnDistrict:
    """Draw the futures of a target as seen on the evening of a day.

    `is_part`: without the split by causes, to be added up with others of the province."""
    sites = sites_of(session, district.code)
    results = reported_visits(session, district.code, target.document, until=on)
    uses = uses_of(session, district.code, target.document)
    ahead = month_ahead(session, district, target, on=on, sites=sites, results=results, uses=uses)
    wanted = _Wanted(
        month=ahead.month,
        # Who came to another place tells nothing of who would come at home.
        results=reported_visits(session, district.code, target.document, until=on, at_home=True),
        priors=priors_of(session, district),
        given=given_shares(session, district.code),
        uses=uses,
        seed=seed_of(f"{district.code} {target.document} {target.owner}", on),
        # Of what the districts of one province meet together.
        national_seed=seed_of(f"{district.code[:2]} {target.document}", on),
        has_split=not is_part,
    )
    return DrawnDistrict(ahead=ahead, draws=_last_draws.of(wanted), results=len(results))
