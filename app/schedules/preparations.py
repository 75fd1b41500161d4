"""At which visits people of sites were prepared, as far as is known."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.schedules.models import Visit, VisitOutcome, VisitResult
from app.sites.models import Site
from app.sites.preparations import Preparation, VisitStage


def preparations_at(session: Session, site_ids: Collection[int]) -> Mapping[str, list[Preparation]]:
    """By code of a site, its preparations in force, and those reported whatever became of their plan; no lost ones."""
    stands = and_(
        VisitResult.district_code == Visit.district_code, VisitResult.visit_uid == Visit.uid, VisitResult.stands
    )
    rows = session.execute(
        select(
            Site.code, Visit.uid, Visit.date, Visit.prepared, VisitResult.outcome, VisitResult.prepared.label("were")
        )
        .join(Site, Site.id == Visit.site_id)
        .outerjoin(VisitResult, stands)
        .where(
            Visit.site_id.in_(site_ids),
            Visit.stage == VisitStage.PREPARATION.value,
            or_(Visit.in_force, VisitResult.visit_id == Visit.id),
        )
        .order_by(Visit.date, Visit.id)
    )
    by_site: dict[str, list[Preparation]] = defaultdict(list)
    seen = set()
    for row in rows:
        if row.outcome == VisitOutcome.NOT_HELD or row.uid in seen:
            continue
        seen.add(row.uid)
        people = row.prepared if row.outcome is None else row.were or 0
        by_site[row.code].append(Preparation(date=row.date, people=people))
    return by_site
