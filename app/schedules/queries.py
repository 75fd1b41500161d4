"""The questions about visits that several parts ask the database."""

from sqlalchemy import Select, select

from app.schedules.models import Visit


def visits_in_force(district_code: str) -> Select[Visit]:
    """Visits of the published plan of a district, history included."""
    return select(Visit).where(Visit.district_code == district_code, Visit.in_force)
