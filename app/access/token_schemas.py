"""Tokens as requests ask for them and answers show them."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.access.lifetimes import MOST_DAYS
from app.access.models import Role
from app.payloads import Incoming

# No control characters, which PostgreSQL or a terminal cannot hold.
_PLAIN = r"^[^\x00-\x1f\x7f]+$"


class TokenIn(Incoming):
    """What the new token opens: a coordinator's names a team, a feed a team, an area, a site, or the district alone."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"role": "coordinator", "district": "16.73", "team": "T-1", "label": "Telepon tim 1"},
                {"role": "feed", "district": "16.73", "area": "16.73.01", "label": "Kalender kecamatan"},
            ]
        },
    )
    role: Role
    district: Annotated[str, Field(pattern=r"^[0-9]{2}(\.[0-9]{2})?$")] | None = None
    team: Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)] | None = None
    area: Annotated[str, Field(pattern=r"^[0-9]{2}(\.[0-9]{2}){1,2}$", examples=["16.73.01"])] | None = None
    site: Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)] | None = None
    label: Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)] | None = None
    expires_at: AwareDatetime | None = None
    expires_in_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = Field(
        default=None, description="Left out with the two others: 400. More is an administrator's word."
    )
    never_expires: bool = Field(default=False, description="For administrators.")


class TokenOut(BaseModel):
    id: int
    prefix: str = Field(description="The readable beginning of the secret.")
    role: Role
    district: str | None
    team: str | None
    area: str | None
    site: str | None
    label: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the hour; null: not yet.")


class IssuedToken(TokenOut):
    """A new token with its secret, which is stored nowhere and cannot be shown again."""

    secret: str | None = Field(description="Null when the same Idempotency-Key asks again: it was shown once.")
