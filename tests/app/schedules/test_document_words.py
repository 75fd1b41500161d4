"""What a visit brings is said without what it brings nobody."""

import pytest

from app.districts.models import Document
from app.schedules.document_words import all_brought

IKD, KTP_EL, KIA = Document.IKD, Document.KTP_EL, Document.KIA


@pytest.mark.parametrize(
    ("expected", "indonesian", "english"),
    [
        ({IKD: 42, KIA: 11}, "42 aktivasi, 11 KIA", "42 activations, 11 KIA"),
        ({IKD: 0, KTP_EL: 13}, "13 perekaman KTP-el", "13 KTP-el recordings"),
        ({IKD: 42, KIA: 0}, "42 aktivasi", "42 activations"),
        ({IKD: 0, KIA: 0}, "0 aktivasi, 0 KIA", "0 activations, 0 KIA"),
    ],
)
def test_a_line_names_what_somebody_gets(expected: dict[Document, int], indonesian: str, english: str) -> None:
    assert all_brought(expected) == {"id": indonesian, "en": english}
