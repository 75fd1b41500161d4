"""What is stored of where areas lie."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class AreaBoundary(Base):
    """An area's boundary as its office gave it."""

    __tablename__ = "area_boundaries"
    __table_args__ = (
        ForeignKeyConstraint(["district_code", "area_code"], ["areas.district_code", "areas.code"], ondelete="CASCADE"),
    )

    area_code: Mapped[str] = mapped_column(primary_key=True)
    district_code: Mapped[str] = mapped_column(index=True)
    polygons: Mapped[list[Any]] = mapped_column(JSONB)
    """Coordinates of a GeoJSON MultiPolygon, longitude first, to six decimals."""
    source: Mapped[str | None]
    """In words: a decree, a survey."""
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 SQLAlchemy reads it as a class attribute
