"""People who are prepared at one visit, without signal, and activated at a later one, in fewer minutes."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from app.sites.models import Site
from app.words import Text, in_both

PREPARING_PERCENT = 70
"""Minutes to register, check data, install and photograph, of the usual ones to activate somebody: assumed."""
ACTIVATING_PERCENT = 40
"""Minutes to activate somebody prepared, of the usual ones: assumed."""
RETURNING_PERCENT = 80
"""Of those prepared, those who come again: assumed."""
MOST_PREPARING_MINUTES = 1440
OF_A_PREPARATION = (
    *("preparation_from", "preparation_minutes"),
    *("preparing_percent", "activating_percent", "returning_percent"),
)
"""What only a site with a preparation says; that it has one is told by `preparation_until`."""


class VisitStage(StrEnum):
    """What a visit is to people who are prepared first."""

    PREPARATION = "preparation"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """A visit at which people were prepared, or will have been."""

    date: date
    people: float
    """As reported, else as planned, and of a visit that nobody has reported times the chance that it was held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPeople:
    """Who was prepared at a site, and since when."""

    last: date
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationTerms:
    """What is said of a preparation: by its site, by the district of sites of its kind, or assumed of every one."""

    preparing_percent: int
    activating_percent: int
    returning_percent: int


ASSUMED = PreparationTerms(
    preparing_percent=PREPARING_PERCENT, activating_percent=ACTIVATING_PERCENT, returning_percent=RETURNING_PERCENT
)


TERMS = tuple(field.name for field in fields(PreparationTerms))


def terms_of(site: Site, of_kind: PreparationTerms) -> PreparationTerms:
    """The terms in force at a site; `of_kind`: those of its kind in its district."""

    def given(value: int | None, otherwise: int) -> int:
        return otherwise if value is None else value

    return PreparationTerms(
        preparing_percent=given(site.preparing_percent, of_kind.preparing_percent),
        activating_percent=given(site.activating_percent, of_kind.activating_percent),
        returning_percent=given(site.returning_percent, of_kind.returning_percent),
    )


def prepares_on(site: Site, day: date) -> bool:
    """Whether people of a site are to be prepared on a date, unless they have been."""
    return (
        site.preparation_until is not None
        and day <= site.preparation_until
        and (site.preparation_from is None or site.preparation_from <= day)
    )


def prepared_before(site: Site, preparations: Iterable[Preparation], day: date) -> PreparedPeople | None:
    """Who was prepared at a site before a day, at visits on the dates that it gives for that; None: nobody yet."""
    mine = [visit for visit in preparations if visit.date < day and prepares_on(site, visit.date)]
    people = int(sum(visit.people for visit in mine))
    return PreparedPeople(last=max(visit.date for visit in mine), people=people) if people else None


def staged_name(name: Text, stage: str | None) -> Text:
    """The name of a site, with what a visit there is to people who are prepared first."""
    if stage is None:
        return name
    return in_both("{name} ({stage})", "{name} ({stage})", name=name, stage=STAGES[VisitStage(stage)])


def stage_sentence(stage: str, people: int) -> Text:
    """What a visit is to people who are prepared first, and how many these are."""
    if stage == VisitStage.PREPARATION:
        return in_both(
            "Persiapan: {people} orang disiapkan, belum dihitung",
            "Preparation: {people} people to prepare, none counted yet",
            people=people,
        )
    return in_both(
        "Aktivasi lanjutan: {people} orang yang sudah disiapkan",
        "Follow-up activation: {people} people who are prepared",
        people=people,
    )


STAGES = {
    VisitStage.PREPARATION: in_both("persiapan", "preparation"),
    VisitStage.FOLLOW_UP: in_both("aktivasi lanjutan", "follow-up activation"),
}
