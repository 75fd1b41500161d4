"""A target as the API and the pages show it: its figures, what follows from them, what contradicts them."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.models import Document, Target, TargetOwner
from app.districts.schemas import TargetOut, WarningOut
from app.districts.targets import service as targets
from app.districts.targets.data_honesty import warnings_about
from app.districts.targets.facts import facts_about


def target_out(session: Session, target: Target, *, now: datetime) -> TargetOut:
    """The target with its gap and its doubts as of the district's today."""
    district = districts.get_district(session, target.district_code)
    facts = facts_about(session, target, on=districts.date_of(now, district))
    return TargetOut(
        district_code=target.district_code,
        document=Document(target.document),
        owner=TargetOwner(target.owner),
        target_percent=target.target_percent,
        target_count=targets.target_count(target),
        eligible_people=target.eligible_people,
        eligible_base=target.eligible_base,
        activated=target.activated,
        gap=targets.gap(target),
        as_of=target.as_of,
        deadline=target.deadline,
        source=target.source,
        provenance=target.provenance,
        version=target.version,
        warnings=[WarningOut.model_validate(warning) for warning in warnings_about(facts)],
    )
