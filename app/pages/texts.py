"""The sentences of pages, in both languages, by key: `texts.toml`."""

import tomllib
from functools import cache
from pathlib import Path

from app.languages import Language

TEXTS = Path(__file__).parent / "texts.toml"


@cache
def _sentences() -> dict[str, dict[str, str]]:
    return {
        f"{page}.{name}": sentence
        for page, sentences in tomllib.loads(TEXTS.read_text()).items()
        for name, sentence in sentences.items()
    }


def text(key: str, language: Language, /, **values: object) -> str:
    """The sentence with its `{placeholders}` filled in; raises `KeyError` for a key that nobody wrote."""
    sentence = _sentences()[key][language.value]
    return sentence.format(**values) if values else sentence
