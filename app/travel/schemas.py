"""What requests and answers about travel entries look like."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.districts.models import Provenance
from app.payloads import Incoming, Line, Note, Outgoing
from app.tables.fields import documented_range
from app.travel.models import Way
from app.travel.values import MAX_CODE, RANGES

_PLACE = (
    "The code of a site, lodging or station, or `base:` and the code of a team: then it holds for every team that "
    "starts there. Answers write `lodging:` and `station:` before theirs."
)


class TravelEntryPatch(Incoming):
    """Only the fields to change; null empties one, or brings back its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"minutes": 110}]})

    code: Annotated[Line, Field(max_length=MAX_CODE)] | None = Field(
        default=None, description="By which a later file changes it; left out of a new one, it is made of both places."
    )
    origin: Line | None = Field(default=None, description=_PLACE)
    destination: Line | None = Field(default=None, description=_PLACE)
    minutes: Annotated[int, documented_range(RANGES["minutes"])] | None = Field(
        default=None, description="From door to door, waiting included."
    )
    metres: Annotated[int, documented_range(RANGES["metres"])] | None = Field(
        default=None, description="What kilometres cost; 0 where the office pays none."
    )
    way: Way | None = None
    both_directions: bool | None = Field(default=None, description="Left out: true.")
    note: Note | None = None
    provenance: Provenance | None = None

    def given(self) -> dict[str, Any]:
        """The fields that the request names, as `EntryFields` keeps them."""
        return self.model_dump(mode="json", exclude_unset=True)


class TravelEntryIn(TravelEntryPatch):
    """How one gets from a place to another, where a straight line does not tell."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "origin": "base:TIM-1",
                    "destination": "DESA-7",
                    "minutes": 95,
                    "metres": 0,
                    "way": "boat",
                    "note": "speedboat pukul 07.30",
                }
            ]
        }
    )

    origin: Line = Field(description=_PLACE)
    destination: Line = Field(description=_PLACE)
    minutes: Annotated[int, documented_range(RANGES["minutes"])] = Field(
        description="From door to door, waiting included."
    )
    metres: Annotated[int, documented_range(RANGES["metres"])] = Field(
        description="What kilometres cost; 0 where the office pays none."
    )
    way: Way


class TravelEntryOut(Outgoing):
    id: int
    district_code: str
    code: str
    origin: str
    destination: str
    minutes: int
    metres: int
    way: Way
    both_directions: bool
    note: str | None
    provenance: Provenance
    version: int
