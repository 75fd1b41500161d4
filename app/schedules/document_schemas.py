"""What a request says of the documents that a plan serves, and what an answer says of each."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.districts.models import Document
from app.languages import said
from app.payloads import Incoming
from app.schedules.wish import STEP, AskedDocument, AskedDocuments, Wish

_MOST_WORTH = 1_000_000


class DocumentWishIn(Incoming):
    """A document that the plan is to serve."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"document": "kia", "worth": 400}]})

    document: Document
    worth: int | None = Field(
        default=None,
        ge=1,
        le=_MOST_WORTH,
        description="What one person is worth in milli-activations: 400 are four tenths of an IKD activation. Left "
        "out: as much as one person short of the IKD gap (`weights.shortfall`).",
    )


def _plain_documents(value: Any) -> Any:
    if isinstance(value, list):
        return [{"document": entry} if isinstance(entry, str) else entry for entry in value]
    return value


DocumentsIn = Annotated[list[DocumentWishIn], Field(max_length=len(Document)), BeforeValidator(_plain_documents)]


def asked_documents(rows: list[DocumentWishIn], *, own: Document, in_order: bool) -> AskedDocuments:
    """What a request asks for; raises `ValueError` where it contradicts itself."""
    names = [row.document for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(said("{document} is there twice", "{document} ada dua kali", document=name.value))
    further = [row for row in rows if row.document is not own]
    if further and own is not Document.IKD:
        raise ValueError(
            said(
                "a plan of several documents is one of IKD and others: leave 'document' out, or ask for {document} "
                "alone",
                "rencana beberapa dokumen adalah rencana IKD dan lainnya: kosongkan 'document', atau minta {document} "
                "saja",
                document=own.value,
            )
        )
    for row in rows:
        if row.worth is not None and (in_order or row.document is own):
            raise ValueError(
                said(
                    "{document} has a worth where the strict order decides; leave out 'worth' or 'in_order'",
                    "{document} diberi nilai padahal urutan ketat yang menentukan; kosongkan 'worth' atau 'in_order'",
                    document=row.document.value,
                )
                if in_order
                else said(
                    "what {document} is worth is said by weights.shortfall; leave 'worth' out",
                    "nilai {document} diatur oleh weights.shortfall; kosongkan 'worth'",
                    document=row.document.value,
                )
            )
    if in_order and own not in names:
        raise ValueError(
            said(
                "a strict order says where {document} stands: list it too",
                "urutan ketat harus memuat {document}: sebutkan juga",
                document=own.value,
            )
        )
    return AskedDocuments(
        further=tuple(AskedDocument(document=row.document.value, worth=row.worth) for row in further),
        order=tuple(name.value for name in names) if in_order and further else (),
    )


class DocumentWishOut(BaseModel):
    """A document that the plan serves."""

    document: Document
    worth: int | None = Field(description="Milli-activations of one person; null in strict order.")


def documents_out(wish: Wish) -> list[DocumentWishOut]:
    """All documents of a wish that was understood; in strict order the most important first."""
    worths = {wish.document: wish.weights["shortfall"], **{row.document: row.worth for row in wish.further}}
    order = () if wish.documents is None else wish.documents.order
    return [DocumentWishOut(document=Document(name), worth=None if order else worths[name]) for name in order or worths]


def expected_of(document: str, people: int, further: Mapping[str, int]) -> dict[Document, int]:
    """Whom a visit is to serve, by document: the plan's own first, the others as they are listed everywhere."""
    return {Document(document): people} | {name: further[name] for name in Document if name in further}


def in_listed_order(people: Mapping[str, int]) -> dict[str, int]:
    """People by document, in the order in which documents are listed everywhere."""
    return {document.value: people[document] for document in Document if document in people}


IN_ORDER = (
    "The documents are listed in strict order: one more person of an earlier one outweighs "
    f"{STEP:,} of the next. `documents` then names IKD, too, and no `worth`."
)
