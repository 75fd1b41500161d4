"""A what-if question about people who are prepared at one visit and activated at a later one, and its answer."""

from datetime import date
from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from app.payloads import Day, Incoming, Line, Outgoing
from app.sites.preparations import MOST_PREPARING_MINUTES, PreparationTerms
from app.sites.session_places import ASSUMED_SHARE
from app.words import Text


class PreparationIn(Incoming):
    """People of a site who are prepared by a date, without signal, and activated after it, with signal."""

    site: Annotated[Line, Field(max_length=60, description="Code of the site.")]
    by: Day = Field(description="The last date on which they are prepared; they are activated on later ones.")
    at: Annotated[Line, Field(max_length=60)] | None = Field(
        default=None, description="Code of the site at which they are activated; null: at the site itself."
    )
    turn_out_percent: int = Field(
        default=int(ASSUMED_SHARE * 100),
        ge=0,
        le=100,
        description="Of those who come again, those who come to `at`; left out, as assumed.",
    )
    minutes: int | None = Field(
        default=None,
        ge=1,
        le=MOST_PREPARING_MINUTES,
        description="Length of the preparation; null: for all people, or as long as a team can stay.",
    )
    preparing_percent: int | None = Field(
        default=None,
        ge=1,
        le=300,
        description="Minutes to prepare a person, of the usual ones to activate somebody; left out, those in force "
        "at the site.",
    )
    activating_percent: int | None = Field(
        default=None,
        ge=1,
        le=300,
        description="Minutes to activate somebody prepared, of the usual ones; left out, those in force at the site.",
    )
    returning_percent: int | None = Field(
        default=None,
        ge=0,
        le=100,
        description="Of those prepared, those who come again; left out, the share in force at the site.",
    )

    def change(self, at_site: PreparationTerms) -> str:
        """As the solver's command line writes it; `at_site`: the terms in force there."""
        parts = [f"prepare={quote(self.site, safe='')}:{self.by.isoformat()}"]
        if self.at is not None:
            parts.append(f"at={quote(self.at, safe='')}:{self.turn_out_percent}")
        if self.minutes is not None:
            parts.append(f"minutes={self.minutes}")
        parts += [
            f"preparing={at_site.preparing_percent if self.preparing_percent is None else self.preparing_percent}",
            f"activating={at_site.activating_percent if self.activating_percent is None else self.activating_percent}",
            f"returning={at_site.returning_percent if self.returning_percent is None else self.returning_percent}",
        ]
        return ";".join(parts)


class PreparedSiteOut(Outgoing):
    """What a plan makes of a preparation that was asked for. Nobody is counted when prepared."""

    site: str
    by: date
    minutes: int = Field(description="Of service at the preparation.")
    prepared: int = Field(description="Whoever goes prepares so many; 0 where the plan does not.")
    returning: int = Field(description="Of these, those who come again.")
    prepared_on: date | None = Field(description="Null: this plan prepares nobody, and so activates nobody of them.")
    prepared_by_team: str | None
    activated_on: list[date]
    activated: int
    sentence: Text
