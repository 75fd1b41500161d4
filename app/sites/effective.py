"""What planning uses of a site, where each figure comes from, and what that looks like in answers."""

from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, PlainSerializer

from app.districts.models import Document
from app.districts.opening_hours import Window
from app.districts.window_schemas import WindowOut
from app.payloads import Outgoing
from app.sites.document_fields import PEOPLE
from app.sites.kinds import KindDefaults
from app.sites.needing import NeedingSource, needing_at, needing_sentence, unused_counts
from app.sites.preparations import TERMS
from app.sites.session_places import ASSUMED_SHARE
from app.sites.values import LIMITS, SHARES, SiteFields, expected_people, expected_to_need
from app.words import Text

Value = TypeVar("Value")
Share = Annotated[Decimal, PlainSerializer(float, return_type=float)]


class InForce(BaseModel, Generic[Value]):
    """The value that planning uses, and where it comes from."""

    value: Value
    source: Literal["site", "district", "kind_default"] = Field(
        description="The site's own; the district's of its kind; assumed of the kind everywhere."
    )
    provenance: str | None = Field(description="given, public, measured or assumed; null where nobody said.")


class ShareInForce(InForce[Share]):
    """A share from 0 to 1 that planning uses."""


class NumberInForce(InForce[int]):
    """A number that planning uses."""


class NeedingInForce(Outgoing):
    """People who need a further document, as planning counts them."""

    value: int
    source: NeedingSource = Field(
        description="`site`: its own figure; `of_age`: the district's share without the document, of the people of the "
        "age that the site has counted; `kind_default`: of a village, the district's people without it per eligible "
        "person."
    )
    provenance: str | None = Field(description="Of `site` as given; else assumed. Null where nobody said.")
    text: Text = Field(description="What the number rests on.")


class WindowsInForce(InForce[list[WindowOut]]):
    """Opening windows that planning uses."""


class Effective(BaseModel):
    """What planning uses, the figures of its kind filled in."""

    people: int = Field(
        description="(headcount - already_activated) x phone_ready_share x turn_out_share x resident_share, rounded "
        "down: who can still be won here."
    )
    people_by_document: dict[Document, int] = Field(
        description="Who can still be served here with each document: `people` with IKD; of the others people x "
        "turn_out_share x resident_share, rounded down, where it is known how many need it (`needing`)."
    )
    needing: dict[Document, NeedingInForce] = Field(
        description="People there who still need a further document: the site's own figure, else derived from ages."
    )
    unused_counts: dict[Document, Text] = Field(
        description="Of documents whose people of the age the site has counted to no effect: what the district has yet "
        "to say."
    )
    phone_ready_share: ShareInForce
    turn_out_share: ShareInForce
    resident_share: ShareInForce
    setup_minutes: NumberInForce
    max_visit_dates: NumberInForce
    min_gap_days: NumberInForce
    max_teams: NumberInForce
    preparing_percent: NumberInForce
    activating_percent: NumberInForce
    returning_percent: NumberInForce
    windows: WindowsInForce
    session_turn_out_share: ShareInForce | None = Field(
        description="Of these people, those who come where the session is moved to; null: it is not moved."
    )


def windows_out(windows: tuple[Window, ...]) -> list[WindowOut]:
    ordered = sorted(windows, key=lambda window: (window.weekdays.index("1"), window.opens))
    return [WindowOut(weekdays=w.weekdays, opens=w.opens, closes=w.closes) for w in ordered]


def effective_of(fields: SiteFields, defaults: KindDefaults) -> Effective:
    """What planning uses of a site, the figures of its kind filled in."""

    def in_force(name: str) -> dict[str, Any]:
        own = getattr(fields, name)
        if own is None or own == ():
            return {
                "value": getattr(defaults, name),
                "source": "district" if name in defaults.provenance else "kind_default",
                "provenance": defaults.provenance.get(name, "assumed"),
            }
        return {"value": own, "source": "site", "provenance": fields.provenance.get(name)}

    figures = {name: in_force(name) for name in (*SHARES, *LIMITS, *TERMS, "windows")}
    shares = (figures[SHARES[0]]["value"], figures[SHARES[1]]["value"], figures[SHARES[2]]["value"])
    # An event that says how many teams it needs has room for them, whatever its kind allows.
    figures["max_teams"]["value"] = max(figures["max_teams"]["value"], fields.min_teams or 1)
    figures["windows"]["value"] = windows_out(figures["windows"]["value"])
    people = expected_people(fields.headcount, fields.already_activated, shares=shares)
    needing = needing_at(fields, defaults)
    by_document = {Document.IKD: people} | {
        document: expected_to_need(known.people, turn_out=shares[1], resident=shares[2])
        for document, known in needing.items()
    }
    needed = {
        document: {
            "value": known.people,
            "source": known.source,
            "provenance": fields.provenance.get(PEOPLE[document]) if known.source is NeedingSource.SITE else "assumed",
            "text": needing_sentence(fields, document, known, defaults),
        }
        for document, known in needing.items()
    }
    moved: dict[str, Any] | None = None
    if fields.session_at is not None:
        own = fields.session_turn_out_share
        moved = {
            "value": ASSUMED_SHARE if own is None else own,
            "source": "kind_default" if own is None else "site",
            "provenance": "assumed" if own is None else fields.provenance.get("session_turn_out_share"),
        }
    return Effective.model_validate(
        {
            "people": people,
            "people_by_document": by_document,
            "needing": needed,
            "unused_counts": unused_counts(fields, defaults),
            "session_turn_out_share": moved,
            **figures,
        }
    )
