"""A province that plans nothing itself: the sum of its districts, with what they meet together drawn once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.models import District, Document, Target, TargetOwner
from app.errors import InvalidRequest, NotFound
from app.estimates.arrays import Floats
from app.estimates.streams import seed_of
from app.forecasts.answers import DistrictPart
from app.forecasts.district import DrawnDistrict, drawn_district
from app.forecasts.draws import Draws
from app.forecasts.forecast import described
from app.languages import said
from app.sites.provinces import districts_of

STALE_AFTER_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnProvince:
    """The futures of a province's districts together, and what each of them adds."""

    draws: Draws
    target: Target | None
    """The province's own; None: those of its districts together."""
    target_count: int
    parts: tuple[DistrictPart, ...]
    results: int
    unreported_visits: int


def drawn_province(
    session: Session, province: District, document: Document | str, *, on: date, owner: TargetOwner | str | None
) -> DrawnProvince:
    """Draw the districts of a province and add them up. Raises `NotFound` where none can be forecast."""
    parts: list[DistrictPart] = []
    drawn: list[DrawnDistrict] = []
    for district in districts_of(session, province):
        part, its = _part(session, district, document, on=on, owner=owner)
        parts.append(part)
        drawn += [] if its is None else [its]
    if not drawn:
        raise NotFound(
            said(
                "No district of province {code} has a target for {document} that can be forecast on {day}.",
                "Tidak ada daerah di provinsi {code} dengan target {document} yang dapat diperkirakan pada {day}.",
                code=province.code,
                document=str(document),
                day=on,
            )
        )
    own = [row for row in districts.list_targets(session, province.code, document) if owner in (None, row.owner)]
    return DrawnProvince(
        draws=_summed([its.draws for its in drawn], seed=seed_of(f"{province.code} {document}", on)),
        target=own[0] if own else None,
        target_count=districts.target_count(own[0]) if own else sum(its.ahead.month.target for its in drawn),
        parts=tuple(parts),
        results=sum(its.results for its in drawn),
        unreported_visits=sum(its.ahead.unreported_visits for its in drawn),
    )


def _part(
    session: Session, district: District, document: Document | str, *, on: date, owner: TargetOwner | str | None
) -> tuple[DistrictPart, DrawnDistrict | None]:
    def missing(reason: str, target_count: int | None = None) -> tuple[DistrictPart, None]:
        part = DistrictPart(
            code=district.code,
            name=district.name,
            status="missing",
            reason=reason,
            target_count=target_count,
            counted_up_to=None,
            days_old=None,
            at_deadline=None,
        )
        return part, None

    try:
        target = districts.get_target(session, district.code, document, owner=owner)
    except NotFound:
        return missing("no_target")
    if on > target.deadline:
        return missing("deadline_passed", districts.target_count(target))
    try:
        drawn = drawn_district(session, district, target, on=on, is_part=True)
    except InvalidRequest:
        return missing("no_count", districts.target_count(target))
    days_old = (on - drawn.ahead.official.date).days
    line = described(drawn.draws, target=drawn.ahead.month.target).published
    part = DistrictPart(
        code=district.code,
        name=district.name,
        status="stale" if days_old > STALE_AFTER_DAYS else "counted",
        reason=None,
        target_count=drawn.ahead.month.target,
        counted_up_to=drawn.ahead.official.date,
        days_old=days_old,
        at_deadline=line.at_deadline,
    )
    return part, drawn


def _summed(parts: Sequence[Draws], *, seed: int) -> Draws:
    """Future n of the province is future n of every district: what they share is the same draw in all.

    A district whose deadline has passed keeps its count."""
    longest = max(parts, key=lambda part: len(part.days))

    def held(counts: Floats) -> Floats:
        more = len(longest.days) - len(counts)
        return np.concatenate([counts, np.repeat(counts[-1:], more, axis=0)])

    goes_on = any(part.as_now is not None for part in parts)
    return Draws(
        seed=seed,
        national_seed=longest.national_seed,
        days=longest.days,
        published=np.asarray(sum(held(part.published) for part in parts)),
        as_now=(
            np.asarray(sum(held(part.published if part.as_now is None else part.as_now) for part in parts))
            if goes_on
            else None
        ),
        last_published=max((part.last_published for part in parts if part.last_published), default=None),
        fixed={},
        expected_of_visit={},
    )
