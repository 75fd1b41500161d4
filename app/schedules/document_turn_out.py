"""Who comes for a further document: as its own results teach where there are enough, else as those of IKD do."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.districts.models import District, Document
from app.estimates.evidence import CUT_BY_THE_LINE
from app.estimates.learning import Learned
from app.estimates.shares import ShareFit, ShareResult, fit_shares
from app.schedules.figures import Figure, Use, Uses, uses_of
from app.schedules.learning import given_shares, standing_reports
from app.schedules.models import Visit, VisitOutcome, VisitResult
from app.schedules.planned_with import PlannedWith

ENOUGH_VISITS = 8
"""From so many visits on, what they say of a document is nearer to it than what those of IKD say (judged)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WhoComes:
    """The share of people who come for a document, and whose results teach it."""

    document: Document
    """The further document itself, or IKD."""
    fit: ShareFit
    visits: int
    uses: Uses
    """Those of that document: `Figure.TURN_OUT` of them says whether the share is to be used as learned."""

    def is_learned(self, kind: str) -> bool:
        """Whether planning takes the share of a kind of site as results have it."""
        return self.visits > 0 and self.uses.of(Figure.TURN_OUT, kind) is Use.LEARNED


def who_comes(
    session: Session, district: District, document: Document, of_ikd: Learned, *, until: date | None = None
) -> WhoComes:
    """As the standing results have it; `until`: those of visits up to that day only."""
    return chosen(
        turn_out_results(session, district, document, until=until),
        of_ikd,
        document=document,
        uses=uses_of(session, district.code, document),
        uses_of_ikd=uses_of(session, district.code, Document.IKD),
        given=given_shares(session, district.code).turn_out,
    )


def chosen(
    results: Sequence[ShareResult],
    of_ikd: Learned,
    *,
    document: Document,
    uses: Uses,
    uses_of_ikd: Uses,
    given: Sequence[ShareResult] = (),
) -> WhoComes:
    """The document's own results, if there are enough of them: they begin at what those of IKD teach of each kind."""
    if len(results) < ENOUGH_VISITS:
        visits = len(of_ikd.evidence.turn_out)
        return WhoComes(document=Document.IKD, fit=of_ikd.turn_out, visits=visits, uses=uses_of_ikd)
    stated, areas = of_ikd.turn_out.prior_shares, of_ikd.turn_out.columns.areas
    is_learned = bool(of_ikd.evidence.turn_out)
    prior = {
        kind: of_ikd.turn_out.summary(kind, "").mean
        if is_learned and uses_of_ikd.of(Figure.TURN_OUT, kind) is Use.LEARNED
        else share
        for kind, share in stated.items()
    }
    fit = fit_shares((*results, *given), prior, areas=tuple(areas))
    return WhoComes(document=document, fit=fit, visits=len(results), uses=uses)


def turn_out_results(
    session: Session, district: District, document: Document, *, until: date | None = None
) -> tuple[ShareResult, ...]:
    """How many came for a document to each visit that was to bring it, of how many who needed it there then.

    Of visits published before that was kept nobody knows; who comes to another place tells nothing of who would come at
    home. Where a report does not say whether anybody was left waiting, it says "at least so many"."""
    served: dict[int, list[tuple[date, int]]] = defaultdict(list)
    results = []
    for result, visit, own in session.execute(standing_reports(district.code, until=until)):
        is_own = own == document
        heads = _heads(result) if is_own else result.served_further.get(document)
        if heads is None:
            continue
        if is_own or document in visit.expected_further:
            results.append(_result(result, visit, document, heads=heads, is_own=is_own, before=served[visit.site_id]))
        served[visit.site_id].append((visit.date, heads))
    return tuple(row for row in results if row is not None)


def _heads(result: VisitResult) -> int:
    return result.activated + (result.other_district or 0)


def _result(
    result: VisitResult,
    visit: Visit,
    document: Document,
    *,
    heads: int,
    is_own: bool,
    before: Sequence[tuple[date, int]],
) -> ShareResult | None:
    facts = PlannedWith.from_json(visit.planned_with or {})
    needing = facts.needing.get(document)
    is_cut = result.cause in CUT_BY_THE_LINE and result.outcome != VisitOutcome.NOT_HELD and heads > 0
    is_whole = result.cause is None and result.outcome == VisitOutcome.HELD
    if needing is None or facts.session_at is not None or visit.stage is not None or not (is_whole or is_cut):
        return None
    left = needing.people - sum(people for day, people in before if needing.as_of is None or day > needing.as_of)
    invited = result.invited if is_own and result.invited is not None else left
    waited = (result.turned_away or 0) > 0 or bool(result.ran_out_of_time)
    is_said = result.turned_away is not None or result.ran_out_of_time is not None
    came = result.served + (result.turned_away or 0) if is_own else heads
    if invited <= 0:
        return None
    return ShareResult(
        site=visit.site_id,
        kind=facts.kind,
        area=facts.area_code,
        level=facts.connectivity,
        people=invited,
        came=min(came, invited),
        is_bounded=is_cut or waited or not is_said,
        day=visit.date,
    )
