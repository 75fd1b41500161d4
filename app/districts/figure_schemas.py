"""What requests and answers about planning figures look like; the import of folders reads the same shape."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.districts.planning_figures import FIGURES, RANGES
from app.districts.schemas import Provenances
from app.payloads import Incoming, Note, Outgoing
from app.tables.fields import documented_range

_BY_LEVEL = "Five percentages by signal, from 0 (none) to 4 (excellent), none below the one before"


class PlanningFiguresIn(Incoming):
    """A district's own planning figures, whole: what is left out or null is assumed again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "slot_minutes": 30,
                    "throughput_percent": [0, 30, 65, 90, 100],
                    "provenance": {"slot_minutes": "given", "throughput_percent": "measured"},
                    "source": "Uji jaringan kecamatan, 6 November 2023",
                }
            ]
        }
    )

    slot_minutes: Annotated[int, documented_range(RANGES["slot_minutes"])] | None = Field(
        default=None, description="A visit serves for whole slots. New runs only: published visits keep their length."
    )
    throughput_percent: list[int] | None = Field(default=None, description=f"{_BY_LEVEL}: of the undisturbed pace.")
    success_percent: list[int] | None = Field(default=None, description=f"{_BY_LEVEL}: of the attempts.")
    satellite_level: Annotated[int, documented_range(RANGES["satellite_level"])] | None = Field(
        default=None, description="The signal that a satellite kit works like."
    )
    provenance: Provenances = Field(default_factory=dict)
    source: Note | None = Field(default=None, description="In words: a measurement, a letter, a minute of a meeting.")

    def values(self) -> dict[str, Any]:
        """The figures as the service takes them."""
        figures = {name: getattr(self, name) for name in FIGURES}
        return figures | {
            "provenance": {name: word.value for name, word in self.provenance.items()},
            "source": self.source,
        }


class PlanningNumber(Outgoing):
    """A number that planning uses, and where it comes from."""

    value: int
    source: Literal["district", "assumed"]
    provenance: str = Field(description="given, public, measured or assumed.")


class PlanningPercents(Outgoing):
    """Percentages by signal that planning uses, and where they come from."""

    value: list[int]
    source: Literal["district", "assumed"]
    provenance: str = Field(description="given, public, measured or assumed.")


class PlanningFiguresOut(Outgoing):
    """What planning takes of every visit of the district."""

    district_code: str
    slot_minutes: PlanningNumber
    throughput_percent: PlanningPercents
    success_percent: PlanningPercents
    satellite_level: PlanningNumber
    source: str | None
    version: int = Field(description="0: the district says nothing of its own.")
