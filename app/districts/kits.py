"""Kinds of kits that teams carry, pools hold and sites may need, as tables and people write them."""

from collections.abc import Iterable
from enum import StrEnum

from app.languages import said
from app.tables.fields import BadText
from app.words import Text


class Kit(StrEnum):
    SATELLITE = "satellite"
    BIOMETRIC = "biometric"
    CARD_PRINTER = "card_printer"


KIT_NAMES = {
    Kit.SATELLITE: ("internet satelit", "satellite internet"),
    Kit.BIOMETRIC: ("perekam biometrik", "biometric recorder"),
    Kit.CARD_PRINTER: ("pencetak kartu", "card printer"),
}
"""In Indonesian and in English."""
_WORDS = {
    **dict.fromkeys(("satelit", "starlink", "vsat", "internet satelit"), Kit.SATELLITE.value),
    **dict.fromkeys(("biometrik", "alat perekaman", "alat rekam"), Kit.BIOMETRIC.value),
    **dict.fromkeys(("printer", "printer kartu", "pencetak kartu", "cetak ktp"), Kit.CARD_PRINTER.value),
}


def read_kits(text: str) -> tuple[str, ...]:
    """The kits of `satellite;biometric`; raises `BadText`."""
    parts = [part.strip().lower() for part in text.replace(",", ";").split(";") if part.strip()]
    kits = [_WORDS.get(part, part.replace(" ", "_")) for part in parts]
    for word in kits:
        if word not in list(Kit):
            raise BadText(
                said("{word!r} is no kit.", "{word!r} bukan perlengkapan.", word=word),
                said(
                    "Choose among {kits}, joined by ';'.", "Pilih di antara {kits}, dipisah ';'.", kits=", ".join(Kit)
                ),
            )
    return canonical_kits(kits)


def canonical_kits(kits: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Each once, in the order in which they are listed everywhere."""
    return tuple(kit.value for kit in Kit if kit.value in kits)


def kits_text(kits: Iterable[str]) -> Text:
    """`internet satelit, pencetak kartu`."""
    names = [KIT_NAMES[Kit(kit)] for kit in kits]
    return Text(id=", ".join(name for name, _ in names), en=", ".join(name for _, name in names))
