"""What a visit brings is said without what it brings nobody."""

import pytest

from app.districts.models import Document
from app.schedules.document_words import all_brought, people_expected

IKD, KTP_EL, KIA = Document.IKD, Document.KTP_EL, Document.KIA


@pytest.mark.parametrize(
    ("expected", "indonesian", "english"),
    [
        ({IKD: 42, KIA: 11}, "42 aktivasi, 11 KIA", "42 activations, 11 KIA"),
        ({IKD: 0, KTP_EL: 13}, "13 perekaman KTP-el", "13 KTP-el recordings"),
        ({IKD: 42, KIA: 0}, "42 aktivasi", "42 activations"),
        ({IKD: 0, KIA: 0}, "0 aktivasi, 0 KIA", "0 activations, 0 KIA"),
        ({IKD: 1_200, KIA: 1}, "1.200 aktivasi, 1 KIA", "1,200 activations, 1 KIA"),
    ],
)
def test_a_line_names_what_somebody_gets(expected: dict[Document, int], indonesian: str, english: str) -> None:
    assert all_brought(expected) == {"id": indonesian, "en": english}


def test_of_ikd_alone_people_are_expected() -> None:
    assert people_expected({IKD: 42, KIA: 0}) == ({"id": "42 orang", "en": "42 people"},)
    assert [words["id"] for words in people_expected({IKD: 0, KTP_EL: 13})] == ["13 perekaman KTP-el"]
