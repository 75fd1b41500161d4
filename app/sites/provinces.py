"""Which provinces plan nothing themselves, so that their answers are the sums of those of their districts."""

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.districts.models import District
from app.sites.models import Site


def adds_up(session: Session, district: District) -> bool:
    """Whether this is a province that plans nothing itself."""
    plans_itself = session.scalar(select(exists().where(Site.district_code == district.code)))
    return "." not in district.code and not plans_itself


def districts_of(session: Session, province: District) -> Sequence[District]:
    """The districts of a province, by code."""
    query = select(District).where(District.parent_code == province.code).order_by(District.code)
    return session.scalars(query).all()
