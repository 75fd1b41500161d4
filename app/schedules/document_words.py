"""What a visit brings, by document, in words for people."""

from collections.abc import Mapping

from app.districts.models import Document
from app.words import Text, in_both

BROUGHT: Mapping[Document, Text] = {
    Document.IKD: {"id": "aktivasi", "en": "activations"},
    Document.KTP_EL: {"id": "perekaman KTP-el", "en": "KTP-el recordings"},
    Document.KIA: {"id": "KIA", "en": "KIA"},
    Document.BIRTH_CERTIFICATE: {"id": "akta kelahiran", "en": "birth certificates"},
}


def brought_first(document: Document) -> Text:
    """The same as the first word of a sentence."""
    words = BROUGHT[document]
    return {"id": words["id"][0].upper() + words["id"][1:], "en": words["en"][0].upper() + words["en"][1:]}


def people_expected(expected: Mapping[Document, int]) -> tuple[Text, ...]:
    """Whom a visit is to serve: `61 people` of IKD alone, else people of each document that serves somebody."""
    brings = _with_people(expected)
    if set(brings) == {Document.IKD}:
        return (in_both("{count} orang", "{count} people", count=brings[Document.IKD]),)
    return _people_of_each(brings)


def all_brought(expected: Mapping[Document, int]) -> Text:
    """`42 activations, 11 KIA`: what a visit is expected to bring, in one line; nothing of a document for nobody."""
    of_each = _people_of_each(_with_people(expected))
    return {"id": ", ".join(words["id"] for words in of_each), "en": ", ".join(words["en"] for words in of_each)}


def _with_people(expected: Mapping[Document, int]) -> Mapping[Document, int]:
    """Without documents that serve nobody, unless all of them do."""
    return {document: people for document, people in expected.items() if people} or expected


def _people_of_each(people: Mapping[Document, int]) -> tuple[Text, ...]:
    return tuple(
        in_both("{count} {what}", "{count} {what}", count=count, what=BROUGHT[document])
        for document, count in people.items()
    )
