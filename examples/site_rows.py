"""Makes the rows of sites.csv: real places, assumed people, and the provenance of each figure."""

import math
from collections.abc import Iterable, Mapping, Sequence

from examples import assumptions
from examples.places import Country, Point, Row, apportion, distance_km, read_rows
from examples.scenarios.model import AgencyGroup, District, Visited

SITE_COLUMNS = (
    *("code", "name", "kind", "area_code", "lat", "lon", "headcount", "already_activated"),
    *("phone_ready_share", "turn_out_share", "resident_share", "connectivity", "connectivity_measured_on"),
    *("readiness", "readiness_from", "readiness_until", "must_visit", "max_visit_dates", "min_gap_days"),
    *("max_teams", "setup_minutes", "fixed_minutes", "windows", "exceptions", "contact_name", "contact_phone"),
    "provenance",
)
DOCUMENT_COLUMNS = ("of_age_kia", "of_age_ktp_el", "people_ktp_el", "people_ktp_el_as_of")


def site_row(
    country: Country,
    *,
    code: str,
    name: str,
    kind: str,
    kecamatan: str,
    point: Point,
    headcount: int,
    activated: int,
    provenance: Mapping[str, str],
    contact: str = "",
    closed: Sequence[str] = (),
) -> Row:
    """One row of sites.csv; empty cells leave the kind's default in force."""
    figures = ("place", "headcount", "already_activated", "connectivity")
    notes: dict[str, str] = dict.fromkeys(figures, "assumed") | dict(provenance)
    if closed:
        notes["exceptions"] = "assumed"
    return dict.fromkeys(SITE_COLUMNS, "") | {
        "code": code,
        "name": name,
        "kind": kind,
        "area_code": kecamatan,
        "lat": f"{point[0]:.6f}",
        "lon": f"{point[1]:.6f}",
        "headcount": str(headcount),
        "already_activated": str(activated),
        "connectivity": str(country.rating_near(point)),
        "exceptions": "; ".join(f"{day} closed" for day in closed),
        "contact_name": contact,
        "provenance": provenance_cell(notes),
    }


def provenance_cell(notes: Mapping[str, str]) -> str:
    """`headcount=assumed; place=public`."""
    return "; ".join(f"{figure}={status}" for figure, status in notes.items())


def with_figures(row: Row, figures: Mapping[str, str], provenance: str) -> Row:
    """The row with some cells set and their provenance noted."""
    notes = dict(part.split("=") for part in row["provenance"].split("; "))
    notes |= dict.fromkeys(figures, provenance)
    return row | dict(figures) | {"provenance": provenance_cell(notes)}


def village_sites(country: Country) -> Iterable[Row]:
    """One open session per village for its eligible people, and the village office where its staff are given."""
    for village in country.villages.values():
        chief = "Lurah" if village.is_kelurahan else "Kepala Desa"
        yield site_row(
            country,
            code=village.code,
            name=f"{'Kelurahan' if village.is_kelurahan else 'Desa'} {village.name}",
            kind="village",
            kecamatan=village.kecamatan,
            point=village.point,
            headcount=village.eligible,
            activated=village.activated,
            provenance={"place": "public"},
            contact=chief,
        )
        if country.district.village_office_staff:
            staff = country.district.village_office_staff
            yield site_row(
                country,
                code=f"KD-{village.code}",
                name=f"Kantor Desa {village.name}",
                kind="agency",
                kecamatan=village.kecamatan,
                point=village.point,
                headcount=staff,
                activated=math.floor(staff * country.activated_share(village.kecamatan)),
                provenance={"headcount": "given"},
                contact=chief,
            )


def area_office_sites(country: Country) -> Iterable[Row]:
    """The office of every kecamatan: its staff and those who come to it on the day."""
    people = assumptions.AREA_OFFICE_STAFF.value + country.district.area_office_callers
    for region in country.kecamatan.values():
        yield site_row(
            country,
            code=f"KEC-{region.code}",
            name=f"Kantor Kecamatan {region.name}",
            kind="area_office",
            kecamatan=region.code,
            point=region.point,
            headcount=people,
            activated=math.floor(people * country.activated_share(region.code)),
            provenance={},
            contact="Camat",
        )


def agency_sites(country: Country, group: AgencyGroup) -> Iterable[Row]:
    """Agencies of one government, in turn at the village centres of its seat."""
    weights = dict(assumptions.AGENCY_STAFF_WEIGHTS.value)
    names = group.names or tuple(weights)
    staff = apportion(group.staff, [weights[name] for name in names])
    for index, (name, people) in enumerate(zip(names, staff, strict=True)):
        village = country.villages[group.villages[index % len(group.villages)]]
        site = site_row(
            country,
            code=f"{group.prefix}-{index + 1:02}",
            name=f"{name} {group.label}".strip(),
            kind="agency",
            kecamatan=village.kecamatan,
            point=village.point,
            headcount=people,
            activated=math.floor(people * country.district.agency_activated_share),
            provenance={"name": "assumed"},
            contact="Sekretaris",
        )
        rating = max(int(site["connectivity"]), assumptions.AGENCY_LEAST_RATING.value)
        yield site | {"connectivity": str(rating)}


def with_agency_readiness(district: District, rows: Sequence[Row]) -> list[Row]:
    """States of readiness in the order of the list, where the district told that they differ."""
    ready = []
    for index, row in enumerate(rows):
        step = next((step for step in district.agency_readiness if index < step[0]), None)
        if step is None:
            ready.append(row)
            continue
        _, status, until = step
        figures = {"readiness": status} | ({"readiness_until": until} if until else {})
        if status == "done":
            figures["already_activated"] = str(math.floor(int(row["headcount"]) * 0.8))
        ready.append(with_figures(row, figures, "assumed"))
    return ready


def school_point(country: Country, row: Row) -> tuple[Point, str]:
    """Coordinates of a school and their provenance: its own if believable, else its kecamatan's centre."""
    kecamatan = country.kecamatan[row["kec_code"]]
    if row["coord_check"] == "inside":
        point = float(row["lat"]), float(row["lon"])
        radius_km = math.sqrt(kecamatan.area_km2 / math.pi)
        limit_km = assumptions.SCHOOL_COORDINATE_RADII.value * radius_km
        if distance_km(point, kecamatan.point) <= max(assumptions.SCHOOL_COORDINATE_MIN_KM.value, limit_km):
            return point, "public"
    return kecamatan.point, "assumed"


def school_sites(country: Country) -> Iterable[Row]:
    """Upper secondary and special schools: pupils of 17 and older, and staff."""
    district = country.district
    rows = [row for row in read_rows("schools.csv") if row["kab_code"] in district.kab_codes]
    residents = sum(region.population or 0 for region in country.kabupaten.values())
    pupils = round(
        residents
        * assumptions.SEVENTEEN_YEAR_OLDS_SHARE.value
        * assumptions.ADULT_PUPIL_YEARS.value
        * assumptions.PUPILS_IN_LISTED_SCHOOLS_SHARE.value
    )
    sizes = [(row["type"], row["status"]) for row in rows]
    shares = apportion(pupils, [assumptions.SCHOOL_WEIGHT.value[size] for size in sizes])
    for row, size, adults in zip(rows, sizes, shares, strict=True):
        point, place = school_point(country, row)
        people = adults + assumptions.SCHOOL_STAFF.value[size]
        site = site_row(
            country,
            code=row["npsn"],
            name=row["name"],
            kind="school",
            kecamatan=row["kec_code"],
            point=point,
            headcount=people,
            activated=math.floor(people * country.activated_share(row["kec_code"])),
            provenance={"place": place},
            contact="Kepala Sekolah",
            closed=district.school_closed,
        )
        if district.school_readiness:
            status, until, provenance = district.school_readiness
            site = with_figures(site, {"readiness": status} | ({"readiness_until": until} if until else {}), provenance)
        yield with_figures(site, pupils_by_age(adults), "assumed") if district.documents else site


def pupils_by_age(adults: int) -> dict[str, str]:
    """Pupils of the ages of further documents, in a school with so many of 17 and older."""
    a_year = adults / assumptions.ADULT_PUPIL_YEARS.value
    years = {"of_age_kia": assumptions.CHILD_PUPIL_YEARS.value, "of_age_ktp_el": assumptions.RECORDED_PUPIL_YEARS.value}
    return {name: str(round(a_year * of_that_age)) for name, of_that_age in years.items()}


def plain(name: str) -> str:
    """Letters and digits of a name, for comparing spellings."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def clinic_place(country: Country, row: Row) -> tuple[str, Point] | None:
    """Kecamatan and place of a clinic; one without a place goes to the village of its name or a city's seat."""
    if row["lat"]:
        return row["kec_code"], (float(row["lat"]), float(row["lon"]))
    key = plain(row["name"].removeprefix("Puskesmas "))
    namesakes = [
        village
        for village in country.villages.values()
        if village.code.startswith(row["kab_code"]) and plain(village.name).startswith(key)
    ]
    if len({village.kecamatan for village in namesakes}) == 1:
        return namesakes[0].kecamatan, namesakes[0].point
    if country.district.drop_unplaced_clinics:
        return None
    seat = country.seat_of(row["kab_code"])
    return seat.kecamatan, seat.point


def clinic_sites(country: Country) -> Iterable[Row]:
    """Community health centres that have a place, their staff and the adult patients of a day."""
    people = country.district.clinic_people
    for row in read_rows("clinics.csv"):
        if row["kab_code"] not in country.district.kab_codes:
            continue
        place = clinic_place(country, row)
        if place is None:
            continue
        kecamatan, point = place
        yield site_row(
            country,
            code=f"PKM-{row['source_id']}",
            name=row["name"],
            kind="clinic",
            kecamatan=kecamatan,
            point=point,
            headcount=people,
            activated=math.floor(people * country.activated_share(kecamatan)),
            provenance={},
            contact="Kepala Puskesmas",
        )


def unplaced_clinics(country: Country) -> list[str]:
    """Names of the clinics left out because nothing says where they are."""
    return [
        row["name"]
        for row in read_rows("clinics.csv")
        if row["kab_code"] in country.district.kab_codes and clinic_place(country, row) is None
    ]


def home_sites(country: Country) -> Iterable[Row]:
    """The last people of a target, grouped per kecamatan; each group must be visited."""
    size = assumptions.HOME_SITE_PEOPLE.value
    slot = assumptions.SERVICE_SLOT_MINUTES.value
    inside = {
        code: [village for village in country.villages.values() if village.kecamatan == code]
        for code in country.kecamatan
    }
    shares = apportion(
        country.district.home_people, [sum(v.eligible for v in villages) for villages in inside.values()]
    )
    for (code, villages), people in zip(inside.items(), shares, strict=True):
        groups = apportion(people, [1.0] * math.ceil(people / size)) if people else []
        largest_first = sorted(villages, key=lambda village: (-village.eligible, village.code))
        for index, group in enumerate(groups):
            village = largest_first[index % len(largest_first)]
            site = site_row(
                country,
                code=f"HOME-{code}-{index + 1}",
                name=f"Kunjungan rumah Kecamatan {country.kecamatan[code].name}, kelompok {index + 1}",
                kind="home",
                kecamatan=code,
                point=village.point,
                headcount=group,
                activated=0,
                provenance={},
            )
            minutes = math.ceil(group * assumptions.HOME_VISIT_MINUTES.value / slot) * slot
            site = with_figures(site, {"must_visit": "true", "fixed_minutes": str(minutes)}, "assumed")
            recorded = next((row for row in country.district.documents if row.document == "ktp_el"), None)
            if recorded is not None:
                site = with_figures(site, {"people_ktp_el": str(group)}, "assumed")
                site |= {"people_ktp_el_as_of": recorded.ages_as_of}
            yield site


def organisation_sites(country: Country) -> Iterable[Row]:
    """Companies and organisations named in an article."""
    for organisation in country.district.organisations:
        village = country.villages[organisation.village]
        row = site_row(
            country,
            code=organisation.code,
            name=organisation.name,
            kind="organisation",
            kecamatan=village.kecamatan,
            point=village.point,
            headcount=organisation.headcount,
            activated=math.floor(organisation.headcount * country.activated_share(village.kecamatan)),
            provenance={},
            contact=organisation.contact_name,
        )
        if organisation.min_teams is not None:
            row = with_figures(row, {"min_teams": str(organisation.min_teams), "max_visit_dates": "1"}, "assumed")
        yield row


def with_visited(row: Row, visited: Sequence[Visited]) -> Row:
    """The row with what is known of that very site, found by its code or its name."""
    for known in visited:
        if known.code not in (row["code"], row["name"]):
            continue
        if known.activated_share is not None:
            active = math.floor(int(row["headcount"]) * known.activated_share)
            row = with_figures(row, {"already_activated": str(active)}, "assumed")
        figures = {
            "readiness": known.readiness,
            "readiness_from": known.readiness_from,
            "readiness_until": known.readiness_until,
            "must_visit": "true" if known.must_visit else None,
            "windows": known.windows,
        }
        row = with_figures(row, {name: value for name, value in figures.items() if value}, known.provenance)
    return row


def sites(country: Country) -> list[Row]:
    """All rows of sites.csv, by kind and then in the order of the slices."""
    agencies = [row for group in country.district.agencies for row in agency_sites(country, group)]
    rows = [
        *with_agency_readiness(country.district, agencies),
        *organisation_sites(country),
        *area_office_sites(country),
        *clinic_sites(country),
        *school_sites(country),
        *home_sites(country),
        *village_sites(country),
    ]
    return [with_visited(row, country.district.visited) for row in rows]
