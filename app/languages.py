"""Sentences in Indonesian and English, and which of the two a reader asked for (`Accept-Language`).
A sentence is its English text, so that logs and comparisons need no language; the edge shows the other one."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Language(StrEnum):
    """In the order in which they are offered."""

    INDONESIAN = "id"
    ENGLISH = "en"


_ONE_OF_MANY = re.compile(
    r"(?<![\d.,])\b1 ((?:working|pinned|other|published|new|beaten|busy|KTP-el|birth) )?"
    r"(people|activations|visits|days|dates|team-days|teams|sites|stops|hours|minutes|seconds|operators|kits|areas|districts"
    r"|rules|changes|characters|times|nights|trips|recordings|certificates)\b"
)


class Said(str):
    """An English sentence that knows its Indonesian."""

    indonesian: str
    shape: str
    """The English sentence before its values were filled in: equal for the same trouble at another place."""


def said(english: str, indonesian: str, /, **values: Any) -> Said:
    """Both sentences with their `{placeholders}`; a value that is a sentence itself speaks each language."""
    sentence = Said(singular_of_one(english.format(**values)) if values else english)
    sentence.shape = english
    sentence.indonesian = (
        indonesian.format(**{name: in_language(value, Language.INDONESIAN) for name, value in values.items()})
        if values
        else indonesian
    )
    return sentence


def singular_of_one(english: str) -> str:
    """The sentence with "1 visits" as "1 visit", for the nouns that plans count."""
    return _ONE_OF_MANY.sub(
        lambda match: f"1 {match[1] or ''}{'person' if match[2] == 'people' else match[2][:-1]}", english
    )


def in_language(text: Any, language: Language) -> Any:
    """The text in a language if it knows it; whatever is no sentence of ours stays as it is."""
    return text.indonesian if isinstance(text, Said) and language is Language.INDONESIAN else text


def shape_of(text: str) -> str:
    """What a sentence has in common with those about other values."""
    return text.shape if isinstance(text, Said) else re.sub(r"'[^']*'|\d+", "…", text)


def joined(*sentences: str | None, by: str = " ") -> str:
    """Several sentences as one, in both languages."""
    parts = [sentence for sentence in sentences if sentence]
    whole = Said(by.join(parts))
    whole.shape = by.join(shape_of(part) for part in parts)
    whole.indonesian = by.join(in_language(part, Language.INDONESIAN) for part in parts)
    return whole


def language_of(accept_language: str | None) -> Language:
    """The best language that an `Accept-Language` header asks for (RFC 9110, 12.5.4); the first of ours for who asks
    for others alone, and English for programs that ask for none."""
    if not accept_language:
        return Language.ENGLISH
    wishes: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accept_language.split(",")[:20]):
        tag, *parameters = (piece.strip().lower() for piece in part.split(";"))
        # `in` is the old code of Indonesian, which some systems still send.
        name = {"in": "id"}.get(tag.partition("-")[0], tag.partition("-")[0])
        weight = _weight(parameters)
        if name in tuple(Language) and weight > 0:
            wishes.append((-weight, place, Language(name)))
    return min(wishes)[2] if wishes else next(iter(Language))


def _weight(parameters: list[str]) -> float:
    value = next((parameter.removeprefix("q=") for parameter in parameters if parameter.startswith("q=")), "1")
    return float(value) if re.fullmatch(r"[01](\.\d{0,3})?", value) else 0.0


def language_of_environment(environment: Mapping[str, str]) -> Language:
    """The language that a terminal is set to; English where it is neither of ours, as system messages are."""
    spoken = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return Language.INDONESIAN if spoken.lower().startswith(("id", "in_")) else Language.ENGLISH
