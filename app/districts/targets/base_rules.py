"""Rules about the base: how many people are eligible, and who says so."""

from collections.abc import Iterator

from app.districts.targets.data_warning import DataWarning, Severity
from app.districts.targets.facts import Facts
from app.districts.targets.service import target_count
from app.words import in_both, number_en, number_id, plain


def base_missing(facts: Facts) -> Iterator[DataWarning]:
    """The target is a count, and nobody says of how many people."""
    if facts.target.eligible_people is None:
        yield DataWarning(
            code="base_missing",
            severity=Severity.SERIOUS,
            message=in_both(
                "Target {count} orang tidak punya dasar: jumlah wajib dokumen tidak disebut, jadi persentasenya tidak "
                "dapat dihitung.",
                "The target of {count} people has no base: how many people are eligible is not said, so there is no "
                "percentage.",
                count=target_count(facts.target),
            ),
            figures=(facts.own("target_count"),),
        )


def base_assumed(facts: Facts) -> Iterator[DataWarning]:
    """The percentage rests on a base that nobody published."""
    if facts.target.eligible_people is not None and facts.is_assumed("eligible_people"):
        yield DataWarning(
            code="base_assumed",
            severity=Severity.SERIOUS,
            message=in_both(
                "Dasar {base} orang adalah asumsi, bukan angka resmi. Target dan kekurangan ikut berubah bila dasarnya "
                "lain: mintalah angka resmi.",
                "The base of {base} people is assumed, not published. Target and gap change with it: ask for the "
                "official figure.",
                base=facts.target.eligible_people,
            ),
            figures=(facts.own("eligible_people"),),
        )


def bases_differ(facts: Facts) -> Iterator[DataWarning]:
    """Several numbers of eligible people are in circulation."""
    others = facts.other_bases()
    if others and facts.target.eligible_people is not None:
        people = [base.people for base in others]
        yield DataWarning(
            code="bases_differ",
            severity=Severity.SERIOUS,
            message=in_both(
                "Ada {n} dasar yang berbeda; rencana memakai {base}. Dengan {others}, target dan kekurangannya lain: "
                "pilih satu.",
                "There are {n} different bases; the plan uses {base}. With {others}, target and gap are others: choose "
                "one.",
                n=len(others) + 1,
                base=facts.target.eligible_people,
                others={
                    "id": " atau ".join(map(number_id, people)),
                    "en": " or ".join(map(number_en, people)),
                },
            ),
            figures=(facts.own("eligible_people"), *(base.quoted for base in others)),
        )


def target_count_as_base(facts: Facts) -> Iterator[DataWarning]:
    """A printed base is really a target count: a known percentage of a base near ours."""
    for number, percent, people in facts.targets_taken_for_bases():
        yield DataWarning(
            code="target_count_as_base",
            severity=Severity.WARNING,
            message=in_both(
                "{printed} disebut sebagai dasar, tetapi itu {percent} % dari {people}: mungkin jumlah target, bukan "
                "dasar.",
                "{printed} is quoted as a base, but it is {percent} % of {people}: probably a target count, not a "
                "base.",
                printed=int(number.value),
                percent=plain(percent),
                people=people,
            ),
            figures=(number.quoted, facts.own("eligible_people")),
        )
