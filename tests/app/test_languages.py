import pytest

from app.languages import Language, in_language, joined, language_of, language_of_environment, said
from app.words import in_both


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, Language.ENGLISH),
        ("", Language.ENGLISH),
        ("fr", Language.INDONESIAN),
        ("en", Language.ENGLISH),
        ("en-GB,en;q=0.9,id;q=0.8", Language.ENGLISH),
        ("fr, id;q=0.5, en;q=0.4", Language.INDONESIAN),
        ("in-ID, en;q=0.9", Language.INDONESIAN),
        ("id;q=0, en;q=0.1", Language.ENGLISH),
        ("en;q=², id;q=0.2", Language.INDONESIAN),
        ("en;q=0.5,id;q=0.9", Language.INDONESIAN),
    ],
)
def test_the_language_asked_for_most_is_chosen(header: str | None, language: Language) -> None:
    assert language_of(header) is language


@pytest.mark.parametrize(
    ("environment", "language"),
    [({"LANG": "id_ID.UTF-8"}, Language.INDONESIAN), ({"LANG": "C"}, Language.ENGLISH), ({}, Language.ENGLISH)],
)
def test_a_terminal_speaks_the_language_it_is_set_to(environment: dict[str, str], language: Language) -> None:
    assert language_of_environment(environment) is language


def test_a_sentence_inside_a_sentence_speaks_the_same_language() -> None:
    whole = joined("row 2", said("It is {what}.", "Ini {what}.", what=said("text", "teks")), by=": ")
    assert (str(whole), in_language(whole, Language.INDONESIAN)) == ("row 2: It is text.", "row 2: Ini teks.")


def test_plain_text_is_the_same_in_every_language() -> None:
    assert in_language("x", Language.INDONESIAN) == "x"


@pytest.mark.parametrize(
    ("number", "english"),
    [
        (1, "1 visit of 1 person, 1 working day"),
        (2, "2 visits of 2 people, 2 working days"),
        (21, "21 visits of 21 people, 21 working days"),
        (1_001, "1,001 visits of 1,001 people, 1,001 working days"),
    ],
)
def test_one_of_many_is_singular_in_english(number: int, english: str) -> None:
    shown = in_both("{n} kunjungan, {n} orang, {n} hari kerja", "{n} visits of {n} people, {n} working days", n=number)
    assert shown["en"] == english
