"""What requests and answers about issuing documents look like; the import of folders reads the same shape."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.districts.issuing import FIGURES, MINUTES
from app.districts.models import Document, IssuingKit
from app.districts.schemas import Provenances
from app.payloads import Incoming, Note, Outgoing
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
    provenance: Provenances = Field(default_factory=dict)
    source: Note | None = Field(default=None, description="In words: a measurement, a letter, a minute of a meeting.")

    def values(self) -> dict[str, Any]:
        """The figures as the service takes them."""
        figures = {name: getattr(self, name) for name in FIGURES}
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


class IssuingFiguresOut(Outgoing):
    """What planning takes of every person who needs this document."""

    district_code: str
    document: Document
    minutes: IssuingNumber
    kit: IssuingKitInForce
    needs_signal: IssuingSignal
    source: str | None
    version: int = Field(description="0: the district says nothing of its own.")


class IssuingFiguresList(Outgoing):
    items: list[IssuingFiguresOut]
