"""The words that only our English sentences have: on an Indonesian page they are sentences that nobody translated."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import app
from app.pages.texts import sentences

_WORD = re.compile(r"(?<![0-9a-z])[a-z]+(?:['’-][a-z]+)*(?![0-9a-z])", re.IGNORECASE)
"""Letters between figures, as in the number of a request, are no word."""
_PLACE = re.compile(r"\{[^}]*\}|https?://\S+")
_CODE = re.compile(r"(?<!\w)'[^' ]+'(?!\w)")
"""A name that is quoted, such as 'password', is the same in both languages and part of neither."""
_PRODUCT = Path(app.__file__).parent


def words_in(text: str) -> set[str]:
    """The words of a text in small letters, without its `{places}`, addresses and what it quotes."""
    return {word.lower() for word in _WORD.findall(_CODE.sub(" ", _PLACE.sub(" ", text)))}


def _said_in_product() -> Iterator[tuple[str, str]]:
    """English and Indonesian of every `said(…)` and `in_both(…)` in the service."""
    for path in _PRODUCT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in ("said", "in_both"):
                texts = [text.value for text in node.args if isinstance(text, ast.Constant)]
                if len(texts) == 2 and all(isinstance(text, str) for text in texts):
                    yield (texts[0], texts[1]) if name == "said" else (texts[1], texts[0])


@cache
def english_words() -> frozenset[str]:
    """Words of two letters or more that stand in our English sentences and in no Indonesian one."""
    pairs = [(said["en"], said["id"]) for said in sentences().values()]
    pairs += _said_in_product()
    english = set().union(*(words_in(pair[0]) for pair in pairs))
    indonesian = set().union(*(words_in(pair[1]) for pair in pairs))
    return frozenset(word for word in english - indonesian if len(word) > 1)
