"""Who at a site still needs further documents: as it says itself, else by the ages that its district has counted."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from app.districts.ages import Ages
from app.districts.models import Document
from app.sites.document_fields import OF_AGE, PEOPLE
from app.sites.kinds import OF_RESIDENTS, KindDefaults
from app.sites.models import Site
from app.sites.values import SiteFields
from app.words import Text, in_both


class NeedingSource(StrEnum):
    """What the number of people who need a document rests on."""

    SITE = "site"
    """Its own figure of them."""
    OF_AGE = "of_age"
    """Its own count of people of the age, and the district's share of those without the document."""
    KIND_DEFAULT = "kind_default"
    """Its headcount, and what the district lacks for each eligible person: of villages alone."""


class Needing(NamedTuple):
    """Who at a site needs a document."""

    people: int
    source: NeedingSource
    as_of: date | None = None
    """The end of the day up to which that is so, where it is derived."""


_OF_THE_AGE: Mapping[Document, Text] = {
    Document.KTP_EL: {"id": "orang berumur 16 dan 17 tahun", "en": "people of 16 and 17"},
    Document.KIA: {"id": "anak di bawah 17 tahun", "en": "children under 17"},
    Document.BIRTH_CERTIFICATE: {"id": "anak", "en": "children"},
}
"""Whom a document is for; each noun goes on in a sentence."""


def needing_at(site: Site | SiteFields, defaults: KindDefaults) -> dict[Document, Needing]:
    """Who at a site still needs which further document; what nobody knows is left out."""
    known = {}
    for document, name in PEOPLE.items():
        own: int | None = getattr(site, name)
        if own is not None:
            known[document] = Needing(own, NeedingSource.SITE)
        elif document in defaults.ages and (derived := _derived(site, document, defaults.ages[document])) is not None:
            known[document] = derived
    return known


def _derived(site: Site | SiteFields, document: Document, ages: Ages) -> Needing | None:
    """What the district's ages make of a site; its own count of people of the age goes before its headcount."""
    of_age: int | None = getattr(site, OF_AGE[document])
    if of_age is not None:
        people = ages.of_those(of_age)
        return None if people is None else Needing(people, NeedingSource.OF_AGE, ages.as_of)
    if site.kind == OF_RESIDENTS:
        return Needing(ages.among(site.headcount), NeedingSource.KIND_DEFAULT, ages.as_of)
    return None


def needing_sentence(site: SiteFields, document: Document, needing: Needing, defaults: KindDefaults) -> Text:
    """What the number of people who need a document rests on."""
    if needing.source is NeedingSource.SITE:
        return in_both("{people}, isian lokasi ini sendiri", "{people}, this site's own figure", people=needing.people)
    ages, of_the_age = defaults.ages[document], _OF_THE_AGE[document]
    if needing.source is NeedingSource.OF_AGE:
        return in_both(
            "{people} dari {of_age} {of_the_age} di sini, dengan bagian yang belum punya di seluruh daerah: {lacking} "
            "dari {all} per {day} (perkiraan)",
            "{people} of {of_age} {of_the_age} here, by the share without it in the whole district: {lacking} of {all} "
            "on {day} (assumed)",
            people=needing.people,
            of_age=getattr(site, OF_AGE[document]),
            of_the_age=of_the_age,
            lacking=ages.lacking,
            all=ages.of_age,
            day=ages.as_of,
        )
    return in_both(
        "{people}, karena di seluruh daerah {lacking} {of_the_age} belum punya, untuk {eligible} wajib KTP, per {day} "
        "(perkiraan)",
        "{people}, since the whole district has {lacking} {of_the_age} without it, to {eligible} eligible people, on "
        "{day} (assumed)",
        people=needing.people,
        lacking=ages.lacking,
        of_the_age=of_the_age,
        eligible=ages.eligible,
        day=ages.as_of,
    )


def lacking_sentence(document: Document, ages: Ages) -> Text:
    """Who lacks a document in a district, by its own count."""
    return in_both(
        "{lacking} dari {all} {of_the_age} belum punya, untuk {eligible} wajib KTP, per {day}.",
        "{lacking} of {all} {of_the_age} lack it, to {eligible} eligible people, on {day}.",
        lacking=ages.lacking,
        all=ages.of_age,
        of_the_age=_OF_THE_AGE[document],
        eligible=ages.eligible,
        day=ages.as_of,
    )


def unused_counts(site: SiteFields, defaults: KindDefaults) -> dict[Document, Text]:
    """Of documents whose people of the age a site has counted to no effect: what the district has yet to say."""
    known = needing_at(site, defaults)
    return {
        document: _missing(document, has_ages=document in defaults.ages)
        for document, name in OF_AGE.items()
        if document not in known and getattr(site, name) is not None
    }


def _missing(document: Document, *, has_ages: bool) -> Text:
    if has_ages:
        return in_both(
            "Belum dipakai: menurut isian daerah tidak ada {of_the_age}, jadi bagian yang belum punya tidak diketahui.",
            "Not used yet: by its own figures the district has no {of_the_age}, so the share without it is not known.",
            of_the_age=_OF_THE_AGE[document],
        )
    return in_both(
        "Belum dipakai: daerah ini belum mengisi berapa {of_the_age}, dan berapa di antaranya yang sudah punya "
        "(halaman Dokumen, /dokumen/{document}).",
        "Not used yet: the district has not said how many {of_the_age} it has, and how many of them have it "
        "(page Dokumen, /dokumen/{document}).",
        of_the_age=_OF_THE_AGE[document],
        document=document.value,
    )
