"""The drawn futures of one district's target, from what is stored."""

import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock

from sqlalchemy.orm import Session

from app.districts.models import District, Document, Target
from app.estimates.document_pace import SharedMinutes
from app.estimates.evidence import VisitResult
from app.estimates.learning import Given, Learned, Priors, learn
from app.estimates.pace import fit_pace
from app.estimates.shares import ShareResult, fit_shares
from app.estimates.streams import seed_of
from app.forecasts.ahead import Ahead, month_ahead, sites_of
from app.forecasts.draws import DRAWS, Draws, draw
from app.forecasts.in_use import Everyone, InUse, by_kind, in_use
from app.forecasts.month import MonthAhead
from app.schedules.document_learning import DocumentPaces, shared_minutes
from app.schedules.document_turn_out import chosen, turn_out_results
from app.schedules.figures import Figure, Use, Uses, uses_of
from app.schedules.learning import given_shares, priors_of, reported_visits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnDistrict:
    """A district's futures, and what they were drawn from."""

    ahead: Ahead
    draws: Draws
    results: int
    """Reported visits that taught them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfDocument:
    """What results teach of a further document, beside those of IKD."""

    document: Document
    minutes: tuple[SharedMinutes, ...]
    came: tuple[ShareResult, ...]
    uses: Uses

    @classmethod
    def of(cls, session: Session, district: District, document: Document, *, on: date) -> "_OfDocument":
        return cls(
            document=document,
            minutes=shared_minutes(session, district, until=on),
            came=turn_out_results(session, district, document, until=on),
            uses=uses_of(session, district.code, document),
        )

    def known(self, learned: Learned, of_ikd: InUse, *, given: Given, uses_of_ikd: Uses) -> InUse:
        """`learned`: of IKD, and `of_ikd` as it is to be used."""
        known = replace(of_ikd, phone_ready=Everyone(), pace=fit_pace(()))
        if self.uses.of(Figure.PACE) is Use.LEARNED:
            known = replace(known, pace=DocumentPaces.of(self.minutes, learned.pace).fits[self.document])
        who = chosen(
            self.came,
            learned,
            document=self.document,
            uses=self.uses,
            uses_of_ikd=uses_of_ikd,
            given=given.turn_out,
        )
        if who.document is Document.IKD:
            return known
        stated, areas = learned.turn_out.prior_shares, tuple(learned.turn_out.columns.areas)
        as_given = frozenset(kind for kind in stated if not who.is_learned(kind))
        return replace(known, turn_out=by_kind(who.fit, fit_shares(given.turn_out, stated, areas=areas), as_given))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Everything that futures depend on: from the same the same are drawn."""

    month: MonthAhead
    results: Sequence[VisitResult]
    all_results: Sequence[VisitResult]
    """Those that teach only whether visits take place are among them."""
    further: "_OfDocument | None"
    """What teaches more of a further document; None: the forecast is of IKD."""
    priors: Priors
    given: Given
    uses: Uses
    seed: int
    national_seed: int
    has_split: bool

    def drawn(self) -> Draws:
        learned = learn(self.results, self.priors, given=self.given)
        known = in_use(learned, self.priors, given=self.given, uses=self.uses, all_results=self.all_results)
        if self.further is not None:
            known = self.further.known(learned, known, given=self.given, uses_of_ikd=self.uses)
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

    What people do at visits is learned of IKD, whatever else they bring; who comes for another document, and how fast
    it is issued, of visits that brought it. `is_part`: without the split by causes, to be added up with others of the
    province."""
    sites, is_ikd = sites_of(session, district.code), target.document == Document.IKD
    results = reported_visits(session, district.code, Document.IKD, until=on)
    of_others = [] if is_ikd else reported_visits(session, district.code, target.document, until=on)
    uses = uses_of(session, district.code, Document.IKD)
    ahead = month_ahead(session, district, target, on=on, sites=sites, results=results, uses=uses)
    wanted = _Wanted(
        month=ahead.month,
        # Who came to another place tells nothing of who would come at home, and of minutes that several documents
        # shared no report tells how many went into IKD.
        results=reported_visits(session, district.code, Document.IKD, until=on, alone=True, at_home=True),
        all_results=[*results, *of_others],
        further=None if is_ikd else _OfDocument.of(session, district, Document(target.document), on=on),
        priors=priors_of(session, district),
        given=given_shares(session, district.code),
        uses=uses,
        seed=seed_of(f"{district.code} {target.document} {target.owner}", on),
        # Of what the districts of one province meet together.
        national_seed=seed_of(f"{district.code[:2]} {target.document}", on),
        has_split=not is_part,
    )
    return DrawnDistrict(ahead=ahead, draws=_last_draws.of(wanted), results=len(results) + len(of_others))
