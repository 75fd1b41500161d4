"""What requests and answers about issuing documents look like; the import of folders reads the same shape."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.districts.ages import AGES, RANGES
from app.districts.issuing import FIGURES, MINUTES
from app.districts.models import Document, IssuingKit
from app.districts.schemas import Provenances
from app.payloads import Day, Incoming, Note, Outgoing
from app.tables.fields import documented_range


class IssuingFiguresIn(Incoming):
    """What issuing a document takes in this district, whole: what is left out or null is assumed again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "minutes": 12,
                    "needs_signal": True,
                    "provenance": {"minutes": "measured"},
                    "source": "Rekap perekaman keliling, Oktober 2023",
                }
            ]
        }
    )

    minutes: Annotated[int, documented_range(MINUTES)] | None = Field(
        default=None, description="Of one operator for one person."
    )
    kit: IssuingKit | None = Field(
        default=None, description="What a team must carry to issue it, one for each operator at work; `none`: nothing."
    )
    needs_signal: bool | None = Field(default=None, description="Whether the signal at the site slows it down.")
    people_of_age: Annotated[int, documented_range(RANGES["people_of_age"])] | None = Field(
        default=None,
        description="People of the district of the age that it is for: under 17 (`kia`), 16 and 17 (`ktp_el`), "
        "children of one year of birth or of all (`birth_certificate`). With the three below, villages that say "
        "nothing themselves take their part, and sites of all kinds that have counted those of the age the share "
        "without it.",
    )
    people_holding: Annotated[int, documented_range(RANGES["people_holding"])] | None = Field(
        default=None, description="Those of them who have it already."
    )
    eligible_people: Annotated[int, documented_range(RANGES["eligible_people"])] | None = Field(
        default=None,
        description="People of the district who must hold an identity card: a site's headcount is of them.",
    )
    ages_as_of: Day | None = Field(default=None, description="The end of the day on which these counts were so.")
    provenance: Provenances = Field(default_factory=dict)
    source: Note | None = Field(default=None, description="In words: a measurement, a letter, a minute of a meeting.")

    def values(self) -> dict[str, Any]:
        """The figures as the service takes them."""
        figures = {name: getattr(self, name) for name in (*FIGURES, *AGES)}
        return figures | {
            "kit": None if self.kit is None else self.kit.value,
            "provenance": {name: word.value for name, word in self.provenance.items()},
            "source": self.source,
        }


class DocumentIssuing(IssuingFiguresIn):
    """One of `documents` in `district.json`."""

    document: Literal[Document.KTP_EL, Document.KIA, Document.BIRTH_CERTIFICATE]


class IssuingNumber(Outgoing):
    """A number that planning uses, and where it comes from."""

    value: int
    source: Literal["district", "assumed"]
    provenance: str = Field(description="given, public, measured or assumed.")


class IssuingKitInForce(Outgoing):
    """The kit that planning asks for, and where that comes from."""

    value: IssuingKit
    source: Literal["district", "assumed"]
    provenance: str = Field(description="given, public, measured or assumed.")


class IssuingSignal(Outgoing):
    """Whether planning slows it down by the signal, and where that comes from."""

    value: bool
    source: Literal["district", "assumed"]
    provenance: str = Field(description="given, public, measured or assumed.")


class AgesOut(Outgoing):
    """Who needs it by age, as the district has counted."""

    people_of_age: int
    people_holding: int
    eligible_people: int
    as_of: date
    provenance: dict[str, str] = Field(description="Of each count: given, public, measured or assumed.")


class IssuingFiguresOut(Outgoing):
    """What planning takes of every person who needs this document."""

    district_code: str
    document: Document
    minutes: IssuingNumber
    kit: IssuingKitInForce
    needs_signal: IssuingSignal
    ages: AgesOut | None = Field(description="Null: nobody has counted, and nothing is assumed of any site.")
    source: str | None
    version: int = Field(description="0: the district says nothing of its own.")


class IssuingFiguresList(Outgoing):
    items: list[IssuingFiguresOut]
