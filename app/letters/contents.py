"""What letters say: the visits of teams by week, with the office's words around them, ready for the templates."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from app.letters.models import Staff, StaffStatus
from app.letters.stops import Stop
from app.letters.weeks import Outing, TeamWeek
from app.schedules.fellow_teams import together_with
from app.schedules.team_days import back_at
from app.schedules.trips.reading import WholeTrip
from app.travel.models import Way
from app.travel.words import BY_WAY
from app.words import clock_span, date_id, days_between_id, days_long_id, joined_id, moment, weekday_and_date

_TITLES = {"surat_tugas": "SURAT TUGAS", "surat_perintah_tugas": "SURAT PERINTAH TUGAS"}
_NAMES = {"surat_tugas": "Surat Tugas", "surat_perintah_tugas": "Surat Perintah Tugas"}
_ORDERS = {"surat_tugas": "Menugaskan", "surat_perintah_tugas": "Memerintahkan"}
_NUMBER_KINDS = {StaffStatus.PNS: "NIP", StaffStatus.PPPK: "NI PPPK", StaffStatus.NON_ASN: None}
_SERVICES = {
    "ikd": "aktivasi Identitas Kependudukan Digital (IKD)",
    "ktp_el": "perekaman KTP elektronik",
    "kia": "Kartu Identitas Anak (KIA)",
    "birth_certificate": "akta kelahiran",
}
_ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What is a letter's own: number and date from the office, and the letter that it changes, in words."""

    number: str | None = None
    day: date | None = None
    change_of: str | None = None
    is_draft: bool = False


def letter_name(words: Mapping[str, Any], *, number: str | None, day: date) -> str:
    """A letter as another one names it: Surat Tugas Nomor 12 tanggal 13 November 2023."""
    numbered = "" if number is None else f" Nomor {number}"
    return f"{_NAMES[words['title']]}{numbered} tanggal {date_id(day)}"


def letter_content(
    words: Mapping[str, Any], about: TeamWeek, staff: Sequence[Staff], *, document: str, issue: Issue, with_trips: bool
) -> dict[str, Any]:
    """One letter for `letter.typ`."""
    people = [_person(person, about) for person in staff]
    further = {name for stop in about.stops for name, people in stop.expected_further.items() if people}
    service = joined_id([_SERVICES[name] for name in (document, *(name for name in _SERVICES if name in further))])
    span = days_between_id(about.first_date, about.last_date)
    work = "pelayanan" if about.stops else "perjalanan dinas dalam rangka pelayanan"
    purpose = words["purpose"] or (
        f"Melaksanakan {work} jemput bola {service} pada tanggal {span}, pada tempat dan waktu menurut daftar di bawah "
        "ini."
    )
    return {
        "office": _office(words),
        "title": _TITLES[words["title"]],
        "number": _number_pieces(words["number_pattern"], issue),
        "change_of": issue.change_of,
        "is_draft": issue.is_draft,
        "orders": f"{_ORDERS[words['title']]}:",
        "considerations": words["considerations"],
        "basis": words["basis"],
        "people": people,
        "tasks": [purpose, *words["tasks"]],
        "stops": _rows_of_stops(about),
        "closing": words["closing"],
        "day": None if issue.day is None else date_id(issue.day),
        "signer": _signer(words["signer"]),
        "copies_to": words["copies_to"],
        "footer": f"{_NAMES[words['title']]} {about.team.name}, {span}",
        "trips": _trips(words, about, people, service=service, issue=issue) if with_trips else [],
    }


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of what a letter says, whatever its number, its date and the letter that it changes, and whoever else
    comes to a site: that is no part of a team's own order."""
    own = {"number", "day", "change_of", "is_draft", "trips", "stops"}
    stops = [{name: value for name, value in stop.items() if name != "together"} for stop in content["stops"]]
    said = {name: value for name, value in content.items() if name not in own}
    said |= {"trips": len(content["trips"]), "stops": stops}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def paper_content(words: Mapping[str, Any], letters: Sequence[Mapping[str, Any]], *, title: str) -> dict[str, Any]:
    """The whole of `letter.typ`."""
    return {"title": title, "author": words["office"], "paper": words["paper"], "letters": list(letters)}


def grouped_nip(nip: str | None) -> str | None:
    """Eighteen digits as people write them: birth, appointment, sex, order."""
    return None if nip is None else f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}"


def _office(words: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "government": words["government"],
        "name": words["office"],
        "address": words["address"],
        "place": words["place"],
    }


def _number_pieces(pattern: str | None, issue: Issue) -> list[str] | None:
    """The number in the pieces between which it is left to be filled in by hand; None: all of it."""
    if issue.number is not None:
        return [issue.number]
    if pattern is None:
        return None
    # A month or year that nobody has said yet is filled in by hand as well.
    mark = "\0"
    month = mark if issue.day is None else _ROMAN_MONTHS[issue.day.month - 1]
    year = mark if issue.day is None else str(issue.day.year)
    filled = pattern.replace("{nomor}", mark).replace("{bulan}", month).replace("{tahun}", year)
    return filled.split(mark)


def _person(person: Staff, about: TeamWeek) -> dict[str, Any]:
    remarks = []
    if person.valid_from is not None and person.valid_from > about.first_date:
        remarks.append(f"mulai {date_id(person.valid_from)}")
    if person.valid_to is not None and person.valid_to < about.last_date:
        remarks.append(f"sampai dengan {date_id(person.valid_to)}")
    return {
        "name": person.name,
        "number": grouped_nip(person.nip),
        "number_kind": _NUMBER_KINDS[StaffStatus(person.status)],
        "rank": person.rank,
        "post": person.post,
        "remark": ", ".join(remarks) or None,
    }


def _signer(signer: Mapping[str, Any]) -> dict[str, Any]:
    prefix = "" if signer["prefix"] is None else f"{signer['prefix']} "
    offices = [f"{prefix}{signer['office']}"] + ([] if signer["post"] is None else [signer["post"]])
    return {
        "office": [*offices[:-1], f"{offices[-1]},"],
        "name": signer["name"],
        "rank": signer["rank"],
        "number": grouped_nip(signer["nip"]),
    }


def _stop_row(stop: Stop) -> dict[str, Any]:
    return {
        "day": weekday_and_date(stop.date)["id"],
        "hours": _hours(stop.starts_at, stop.ends_at),
        "site": stop.where,
        "code": stop.site_code,
        "area": stop.area_name,
        "together": together_with(stop.with_teams)["id"] if stop.with_teams else None,
    } | ({} if stop.brings is None else {"brings": stop.brings})


def _rows_of_stops(about: TeamWeek) -> list[dict[str, Any]]:
    """What the table of a letter lists, in order: visits, and of trips the rides and the nights."""
    rows = [(stop.starts_at, _stop_row(stop)) for stop in about.stops]
    for whole in about.trips:
        zone = about.zone
        for ride in whole.rides:
            by = None if ride.way is None else BY_WAY[Way(ride.way)]["id"]
            rows.append(
                (
                    ride.starts_at,
                    {
                        "day": weekday_and_date(ride.date)["id"],
                        "hours": _hours(ride.starts_at.astimezone(zone), ride.ends_at.astimezone(zone)),
                        "site": f"{ride.origin_name} ke {ride.target_name}",
                        "code": "",
                        "area": by or "",
                    },
                )
            )
        for night in whole.nights:
            rows.append(
                (
                    night.arrives_at,
                    {
                        "day": weekday_and_date(night.date)["id"],
                        "hours": f"{night.calendar_nights} malam",
                        "site": f"Menginap di {night.lodging_name}",
                        "code": "",
                        "area": "",
                    },
                )
            )
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _hours(start: datetime, end: datetime) -> str:
    return clock_span(start.hour * 60 + start.minute, end.hour * 60 + end.minute)["id"]


def _trips(
    words: Mapping[str, Any], about: TeamWeek, people: Sequence[Mapping[str, Any]], *, service: str, issue: Issue
) -> list[dict[str, Any]]:
    """An SPD for each person and each time that the team leaves its base: for a day, or for a trip of several."""
    trip = words["trip"]
    based = issue.day is not None and issue.number is not None
    trips = []
    for outing in about.outings:
        base = about.team.base_name or words["office"]
        stages = _stages(outing, about.zone)
        trips += [
            {
                "office": _office(words),
                "is_draft": issue.is_draft,
                "person": person,
                "officer": trip["officer_name"],
                "officer_name": trip["officer_name"],
                "officer_number": grouped_nip(trip["officer_nip"]),
                "purpose": f"Pelayanan jemput bola {service}",
                "transport": trip["transport"],
                "from": base,
                "to": ", ".join(
                    dict.fromkeys([stop.where for stop in outing.stops] or [place for _, _, place in stages])
                ),
                "lasts": days_long_id((outing.last_date - outing.first_date).days + 1),
                "day": date_id(outing.first_date),
                "until": date_id(outing.last_date),
                "budget_body": trip["budget_body"],
                "budget_account": trip["budget_account"],
                "remark": letter_name(words, number=issue.number, day=issue.day)
                if based and issue.day is not None
                else _NAMES[words["title"]],
                "issued": None if issue.day is None else date_id(issue.day),
                "leaves": date_id(outing.first_date),
                "returns": moment(_returns(outing, about.zone))["id"],
                "stages": _told_stages(stages, base),
            }
            for person in people
        ]
    return trips


def _returns(outing: Outing, zone: tzinfo) -> datetime:
    if outing.trip is not None:
        return outing.trip.trip.back_at.astimezone(zone)
    last = outing.stops[-1]
    return back_at(last.ends_at, last.home_minutes, last.day_breaks)


_Stage = tuple[datetime, datetime, str]
"""Where the team comes to, when, and when it leaves."""


def _stages(outing: Outing, zone: tzinfo) -> list[_Stage]:
    """Where the team comes and goes: its visits, and between them where it sleeps; without either, where boats go."""
    stages = [(stop.arrives_at, stop.ends_at, stop.site_name) for stop in outing.stops]
    whole = outing.trip
    if whole is not None:
        start = timedelta(minutes=whole.trip.shift_start)
        stages += [
            (
                night.arrives_at.astimezone(zone),
                datetime.combine(night.until, time(), zone) + start,
                night.lodging_name,
            )
            for night in whole.nights
        ]
        if not stages:
            stages = _landings(whole, zone)
    return sorted(stages, key=lambda stage: stage[0])


def _landings(whole: WholeTrip, zone: tzinfo) -> list[_Stage]:
    """Where the rides of a trip end, but for the last one, which brings the team back."""
    rides = whole.rides if len(whole.rides) == 1 else whole.rides[:-1]
    home = whole.trip.back_at - timedelta(minutes=whole.trip.back_travel_minutes)
    leaves = [*(ride.starts_at for ride in whole.rides[1:]), home]
    return [
        (ride.ends_at.astimezone(zone), on.astimezone(zone), ride.target_name)
        for ride, on in zip(rides, leaves, strict=False)
    ]


def _told_stages(stages: Sequence[_Stage], base: str) -> list[dict[str, Any]]:
    """Each with where the team goes to from it."""
    after = [*(place for _, _, place in stages[1:]), base]
    return [
        {"place": place, "arrives": moment(arrives)["id"], "leaves": moment(leaves)["id"], "to": to}
        for (arrives, leaves, place), to in zip(stages, after, strict=True)
    ]
