"""Words of what results teach: where a figure came from, and figures with one decimal."""

from collections.abc import Mapping

from app.reports.estimate_answers import Source
from app.words import Text

SOURCE_WORDS: Mapping[Source, Text] = {
    "given": {"id": "diberikan", "en": "given"},
    "public": {"id": "menurut terbitan", "en": "published"},
    "measured": {"id": "diukur sebelumnya", "en": "measured before"},
    "assumed": {"id": "diasumsikan", "en": "assumed"},
}


def source_of(provenance: str | None) -> Source:
    """What nobody gave is assumed."""
    return next((source for source in SOURCE_WORDS if source == provenance), "assumed")


def one_decimal(value: float) -> Text:
    """With a comma in Indonesian."""
    written = f"{value:.1f}"
    return {"id": written.replace(".", ","), "en": written}
