"""The sentences of pages, in both languages, by key: the files in `texts/`, one for each room of pages."""

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from app.access.service import COMMAND_LINE
from app.languages import Language, singular_of_one

TEXTS = Path(__file__).parent / "texts"


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Every sentence by `section.name`; raises `ValueError` for a section that two files have."""
    sentences: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for file in sorted(TEXTS.glob("*.toml")):
        sections = tomllib.loads(file.read_text())
        if twice := sentences.keys() & sections:
            raise ValueError(f"{file.name}: another file has the section {', '.join(sorted(twice))}")
        sentences |= sections
    return {f"{section}.{name}": said for section, names in sentences.items() for name, said in names.items()}


def text(key: str, language: Language, /, **values: object) -> str:
    """The sentence with its `{placeholders}` filled in; raises `KeyError` for a key that nobody wrote."""
    sentence = sentences()[key][language.value]
    if not values:
        return sentence
    filled = sentence.format(**values)
    return singular_of_one(filled) if language is Language.ENGLISH else filled


def acted_by(actor: str, language: Language) -> str:
    """The login of a person or the name of a token, as audit trails keep them; of the server itself, a word for it."""
    return text("actor.command_line", language) if actor == COMMAND_LINE.name else actor.removeprefix("user ")


@cache
def section(name: str, language: Language) -> Mapping[str, str]:
    """The sentences of one section by name, as a page hands them to its script."""
    begins = f"{name}."
    return {
        key.removeprefix(begins): said[language.value] for key, said in sentences().items() if key.startswith(begins)
    }


def options(name: str, codes: Iterable[StrEnum], language: Language) -> list[tuple[str, str]]:
    """Codes with the sentences of a section that name them, as a field of choices has them."""
    return [(code.value, text(f"{name}.{code.value}", language)) for code in codes]
