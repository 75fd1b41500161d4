"""Sentences about levels, tolerances and prices, in both languages."""

from collections.abc import Mapping
from decimal import Decimal

from app.schedules.wish import ChosenLevel, ChosenPolicy
from app.words import Text, in_both, plain

LEVELS: Mapping[str, Text] = {
    "shortfall": {"id": "orang yang kurang dari target", "en": "people short of the target"},
    "floors": {"id": "orang di bawah target kecamatan", "en": "people under the floors of areas"},
    "cost": {"id": "biaya", "en": "cost"},
    "lateness": {"id": "aktivasi yang lebih awal", "en": "earlier activations"},
    "changes": {"id": "kunjungan terbit yang berubah", "en": "published visits that change"},
    "fairness": {"id": "kerja di atas bagian tim", "en": "work above the shares of teams"},
    "together": {"id": "keseluruhan menurut harga", "en": "everything by its price"},
    "must_visits": {"id": "lokasi wajib dan kunjungan tersemat", "en": "must-visit sites and pinned visits"},
}
AMOUNTS: Mapping[str, Text] = {
    "people": {"id": "{count} orang", "en": "{count} people"},
    "rupiah": {"id": "Rp {count}", "en": "Rp {count}"},
    "activation_days": {"id": "{count} aktivasi-hari", "en": "{count} activation-days"},
    "visits": {"id": "{count} kunjungan", "en": "{count} visits"},
    "unfair_minutes": {"id": "{count} menit", "en": "{count} minutes"},
}
_MEANINGS: Mapping[str, Text] = {
    "close-the-gap": {
        "id": "Sebanyak mungkin aktivasi lebih dahulu, lalu target kecamatan, lalu biaya dan lainnya menurut harganya.",
        "en": "As many activations as can be first, then the floors of areas, then cost and the rest by their prices.",
    },
    "even-areas": {
        "id": "Target kecamatan lebih dahulu, lalu sebanyak mungkin aktivasi.",
        "en": "The floors of areas first, then as many activations as can be.",
    },
    "lowest-cost": {
        "id": "Biaya serendah mungkin tanpa kehilangan lebih dari 3 % aktivasi.",
        "en": "The lowest cost that loses no more than 3 % of the activations.",
    },
    "keep-the-plan": {
        "id": "Sesedikit mungkin kunjungan terbit yang berubah, lalu sebanyak mungkin aktivasi.",
        "en": "As few published visits changed as can be, then as many activations as can be.",
    },
    "fair-teams": {
        "id": "Sebanyak mungkin aktivasi, lalu target kecamatan, lalu pembagian kerja yang adil antartim.",
        "en": "As many activations as can be, then the floors of areas, then work shared fairly among teams.",
    },
}


def amount(unit: str, count: int | Decimal) -> Text:
    """So many of a level's unit."""
    words = AMOUNTS[unit]
    return in_both(words["id"], words["en"], count=count)


def level_words(level: ChosenLevel, unit: str) -> Text:
    """A level and its tolerance."""
    name = LEVELS[level.level]
    if level.tolerance_percent:
        return in_both(
            "{name}, boleh dilepas sampai {share} % untuk tingkat berikutnya",
            "{name}, of which up to {share} % may be given up for the next levels",
            name=name,
            share=plain(Decimal(str(level.tolerance_percent))),
        )
    if level.tolerance:
        return in_both(
            "{name}, boleh dilepas sampai {amount} untuk tingkat berikutnya",
            "{name}, of which up to {amount} may be given up for the next levels",
            name=name,
            amount=amount(unit, level.tolerance),
        )
    return in_both("{name}, tanpa toleransi", "{name}, strictly", name=name)


def policy_words(policy: ChosenPolicy) -> Text:
    """What a policy wants, in one sentence."""
    if (known := _MEANINGS.get(policy.name or "")) is not None:
        return known
    return in_both(
        "Berurutan: {levels}; sisanya menurut harganya.",
        "In this order: {levels}; the rest by its prices.",
        levels=_listed([LEVELS[level.level] for level in policy.levels]),
    )


def _listed(texts: list[Text]) -> Text:
    return {"id": ", lalu ".join(text["id"] for text in texts), "en": ", then ".join(text["en"] for text in texts)}


def reached_words(level: str, unit: str, reached: int, *, given_up: int = 0, given_up_for: str | None = None) -> Text:
    """What a level reached, and what of it was given up for which other."""
    name = LEVELS[level]
    if given_up_for is not None and given_up:
        return in_both(
            "{name}: {reached}; {given_up} dilepas demi {other}.",
            "{name}: {reached}; {given_up} were given up for {other}.",
            name=name,
            reached=amount(unit, reached),
            given_up=amount(unit, given_up),
            other=LEVELS[given_up_for],
        )
    return in_both("{name}: {reached}.", "{name}: {reached}.", name=name, reached=amount(unit, reached))


def price_words(level: str, equals: Decimal | None) -> Text:
    """What one activation is worth at a level; None: nothing there outweighs it."""
    if equals is None:
        return in_both(
            "{name} tidak diberi harga.", "There is no price on {name}.", name={**LEVELS, "lateness": _LATE}[level]
        )
    match level:
        case "cost":
            return in_both("Satu aktivasi = Rp {count}.", "One activation = Rp {count}.", count=equals)
        case "floors":
            return in_both(
                "Satu aktivasi = {count} orang di bawah target kecamatan.",
                "One activation = {count} people under the floor of an area.",
                count=equals,
            )
        case "lateness":
            return in_both(
                "Satu aktivasi = {count} aktivasi pada hari terakhir, bukan hari pertama.",
                "One activation = {count} activations on the last day instead of the first.",
                count=equals,
            )
        case "fairness":
            return in_both(
                "Satu aktivasi = {count} jam kerja di atas bagian sebuah tim.",
                "One activation = {count} hours of work above the share of a team.",
                count=equals,
            )
        case _:
            return in_both(
                "Satu aktivasi = {count} kunjungan terbit yang berubah.",
                "One activation = {count} published visits that change.",
                count=equals,
            )


_LATE: Text = {"id": "aktivasi yang lebih lambat", "en": "later activations"}


def difference_words(differences: Mapping[str, int], *, percent: Decimal, changed: int) -> Text:
    """What another order wins and costs against the plan, the activations first."""
    parts = [_activations_words(differences["activations"], percent)]
    parts += [
        _more_or_less(level, unit, differences[level])
        for level, unit in (
            ("floors", "people"),
            ("cost", "rupiah"),
            ("changes", "visits"),
            ("fairness", "unfair_minutes"),
        )
        if differences[level]
    ]
    listed: Text = {
        "id": ", ".join(part["id"] for part in parts),
        "en": ", ".join(part["en"] for part in parts),
    }
    return in_both(
        "{listed}; {changed} kunjungan berbeda dari rencana ini.",
        "{listed}; {changed} visits differ from this plan.",
        listed=listed,
        changed=changed,
    )


def _activations_words(difference: int, percent: Decimal) -> Text:
    if difference == 0:
        return {"id": "Aktivasi tetap", "en": "The activations stay"}
    if difference < 0:
        return in_both(
            "{count} aktivasi lebih sedikit (−{percent} %)",
            "{count} activations fewer (−{percent} %)",
            count=-difference,
            percent=abs(percent),
        )
    return in_both(
        "{count} aktivasi lebih banyak (+{percent} %)",
        "{count} activations more (+{percent} %)",
        count=difference,
        percent=abs(percent),
    )


def _more_or_less(level: str, unit: str, difference: int) -> Text:
    size = amount(unit, abs(difference))
    if level == "cost":
        cheaper, dearer = (
            in_both("{size} lebih murah", "{size} cheaper", size=size),
            in_both("{size} lebih mahal", "{size} dearer", size=size),
        )
        return cheaper if difference < 0 else dearer
    name = LEVELS[level]
    return (
        in_both("{size} lebih sedikit dalam hal {name}", "{size} fewer of {name}", size=size, name=name)
        if difference < 0
        else in_both("{size} lebih banyak dalam hal {name}", "{size} more of {name}", size=size, name=name)
    )


NOISE: Text = {
    "id": "Setiap urutan melanjutkan rencana ini selama beberapa detik; rencana baru dengan waktu penuh dapat sedikit "
    "lebih baik. Angka dihitung menurut jumlah orang yang dipakai rencana ini.",
    "en": "Each order goes on from this plan for a few seconds; a new plan with the whole time may be a little better. "
    "The figures are counted by the people that this plan was made for.",
}
