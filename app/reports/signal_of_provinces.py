"""Whom missing signal keeps out of a province that plans nothing itself: the sum of its districts, never an average."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.districts.models import District, Document
from app.reports.signal_gaps import (
    DoubtfulRatings,
    GapDistrict,
    Remedy,
    SignalGaps,
    by_satellite_alone,
    demanded_sets,
    opened_by,
    sentence,
    signal_gaps,
)
from app.sites.provinces import adds_up, districts_of


def signal_gaps_of(session: Session, district: District, document: Document, *, on: date) -> SignalGaps:
    """Where the signal keeps people out of a district, or of all districts of a province that plans nothing itself."""
    if not adds_up(session, district):
        return signal_gaps(session, district, document, on=on)
    inside = districts_of(session, district)
    parts = [signal_gaps(session, each, document, on=on) for each in inside]
    return _summed(district, document, inside, parts, on=on)


def _summed(
    province: District, document: Document, inside: Sequence[District], parts: Sequence[SignalGaps], *, on: date
) -> SignalGaps:
    people, sites, left = (sum(getattr(part, name) for part in parts) for name in ("people", "sites", "people_left"))
    opened = {remedy: [row for part in parts for row in part.without if row.remedy is remedy] for remedy in Remedy}
    without = tuple(
        opened_by(remedy, sum(row.people for row in rows), sum(row.sites for row in rows))
        for remedy, rows in opened.items()
        if rows
    )
    hanging = [part.only_by_satellite for part in parts]
    # A province without districts has nobody whom signal keeps out, whatever the document takes.
    needs_signal = not parts or any(part.needs_signal for part in parts)
    return SignalGaps(
        district_code=province.code,
        document=document.value,
        on=on,
        people=people,
        sites=sites,
        people_left=left,
        needs_signal=needs_signal,
        satellite_on=None,
        only_by_satellite=by_satellite_alone(sum(row.people for row in hanging), sum(row.sites for row in hanging)),
        demanded_sets=demanded_sets(
            sum(part.demanded_sets.people for part in parts), sum(part.demanded_sets.sites for part in parts)
        ),
        without=without,
        areas=tuple(
            sorted((area for part in parts for area in part.areas), key=lambda area: (-area.people, area.code))
        ),
        doubtful=_doubtful([part.doubtful for part in parts]),
        districts=tuple(
            GapDistrict(
                code=each.code,
                name=each.name,
                people=part.people,
                sites=part.sites,
                people_left=part.people_left,
                satellite_on=part.satellite_on,
            )
            for each, part in zip(inside, parts, strict=True)
        ),
        text=sentence(document, people, sites, left, without, needs_signal=needs_signal),
    )


def _doubtful(rows: Sequence[DoubtfulRatings]) -> DoubtfulRatings:
    return DoubtfulRatings(
        sites=sum(row.sites for row in rows),
        people=sum(row.people for row in rows),
        undated_sites=sum(row.undated_sites for row in rows),
        oldest=min((row.oldest for row in rows if row.oldest is not None), default=None),
    )
