"""Turns a raw slice into kecamatan and villages with their assumed people and connectivity."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from examples import assumptions
from examples.scenarios.model import District

SOURCES = Path(__file__).parent / "sources"
EARTH_RADIUS_KM = 6371.0088

Row = dict[str, str]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One row of a region slice; population is known for districts, population_2010 for old kecamatan."""

    code: str
    name: str
    level: str
    parent: str
    point: Point
    area_km2: float
    population: int | None
    population_2010: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """A desa or kelurahan with its assumed people; `rating` is its connectivity 0..4."""

    code: str
    name: str
    kecamatan: str
    point: Point
    area_km2: float
    is_kelurahan: bool
    residents: int
    eligible: int
    activated: int
    rating: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """The places of one example and the people on them, by code."""

    district: District
    kabupaten: dict[str, Region]
    kecamatan: dict[str, Region]
    villages: dict[str, Village]

    def activated_share(self, kecamatan: str) -> float:
        """Share 0..1 of a kecamatan's eligible people who are active, for sites without a better figure."""
        inside = [village for village in self.villages.values() if village.kecamatan == kecamatan]
        return sum(village.activated for village in inside) / sum(village.eligible for village in inside)

    def rating_near(self, point: Point) -> int:
        """Connectivity of the village whose centre is nearest."""
        return min(self.villages.values(), key=lambda village: distance_km(village.point, point)).rating

    def seat_of(self, kabupaten: str) -> Village:
        """The village at the centre of a district's seat."""
        return self.villages[self.district.seats[kabupaten]]


def distance_km(start: Point, end: Point) -> float:
    """Great-circle distance in kilometres (haversine)."""
    lat_1, lon_1, lat_2, lon_2 = (math.radians(degrees) for degrees in (*start, *end))
    half = math.sin((lat_2 - lat_1) / 2) ** 2
    half += math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Shares a whole number by weights with the largest remainders, so that the parts add up to it."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def read_rows(name: str) -> list[Row]:
    """Rows of one raw slice."""
    with (SOURCES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_regions(name: str) -> list[Region]:
    """Districts, kecamatan and villages of one slice; a province's own row has no centre and is skipped."""
    return [
        Region(
            code=row["code"],
            name=row["name"],
            level=row["level"],
            parent=row["parent_code"],
            point=(float(row["lat"]), float(row["lon"])),
            area_km2=float(row["area_km2"]),
            population=int(row["population"]) if row["population"] else None,
            population_2010=int(row["population_2010"]) if row["population_2010"] else None,
        )
        for row in read_rows(name)
        if row["level"] != "provinsi"
    ]


def kecamatan_weights(kecamatan: Sequence[Region], village_counts: Mapping[str, int]) -> list[float]:
    """Relative populations: the 2010 count, shared with the younger kecamatan nearest to it."""
    counted = [region for region in kecamatan if region.population_2010]
    pool_of = {
        region.code: region
        if region.population_2010
        else min(counted, key=lambda old: distance_km(old.point, region.point))
        for region in kecamatan
    }
    villages_in_pool = {
        old.code: sum(village_counts[code] for code, pool in pool_of.items() if pool.code == old.code)
        for old in counted
    }
    return [
        (pool_of[region.code].population_2010 or 0)
        * village_counts[region.code]
        / villages_in_pool[pool_of[region.code].code]
        for region in kecamatan
    ]


def village_weight(region: Region) -> float:
    """Relative population of a village inside its kecamatan."""
    urban = assumptions.KELURAHAN_WEIGHT.value if region.level == "kelurahan" else 1.0
    weight: float = urban * region.area_km2**assumptions.VILLAGE_AREA_EXPONENT.value
    return weight


def activated_by_kecamatan(district: District, eligible: Mapping[str, int]) -> dict[str, int]:
    """The district's count, by known shares first and by eligible people for the rest."""
    total = district.targets[0].activated
    known = {code: round(total * share) for code, share in district.activated_shares.items()}
    others = [code for code in eligible if code not in known]
    rest = apportion(total - sum(known.values()), [eligible[code] for code in others])
    return known | dict(zip(others, rest, strict=True))


def density_rating(village: Village) -> int:
    """Connectivity by people per km²."""
    density = village.residents / village.area_km2
    return next(rating for least, rating in assumptions.DENSITY_RATINGS.value if density >= least)


def rate_by_remoteness(district: District, villages: Sequence[Village]) -> list[Village]:
    """Connectivity by distance from the seat of the village's own district; the farthest have none."""
    seats = {code: next(v.point for v in villages if v.code == seat) for code, seat in district.seats.items()}
    far = {village.code: distance_km(village.point, seats[village.code[:5]]) for village in villages}
    silent = set(sorted(far, key=lambda code: (-far[code], code))[: district.villages_without_signal])
    return [
        replace(
            village,
            rating=0
            if village.code in silent
            else next((rating for km, rating in district.remote_rating_km if far[village.code] <= km), 1),
        )
        for village in villages
    ]


def read_country(district: District) -> Country:
    """Places of a district with residents, eligible people and activations shared among the villages."""
    if district.part_of is not None:
        return _part_of(read_country(district.part_of), district)
    regions = read_regions(district.regions_file)
    kabupaten = {region.code: region for region in regions if region.level == "kabupaten"}
    kecamatan = {region.code: region for region in regions if region.level == "kecamatan"}
    members = {code: [r for r in regions if r.parent == code] for code in kecamatan}
    residents: dict[str, int] = {}
    for kabupaten_code, region in kabupaten.items():
        inside = [r for r in kecamatan.values() if r.parent == kabupaten_code]
        weights = kecamatan_weights(inside, {code: len(villages) for code, villages in members.items()})
        parts = apportion(region.population or 0, weights)
        residents |= {r.code: part for r, part in zip(inside, parts, strict=True)}
    eligible_parts = apportion(district.targets[0].eligible_people, list(residents.values()))
    eligible = dict(zip(residents, eligible_parts, strict=True))
    activated = activated_by_kecamatan(district, eligible)
    villages = []
    for code, inside in members.items():
        weights = [village_weight(region) for region in inside]
        eligible_here = apportion(eligible[code], weights)
        for region, people, adults, active in zip(
            inside,
            apportion(residents[code], weights),
            eligible_here,
            apportion(activated[code], eligible_here),
            strict=True,
        ):
            village = Village(
                code=region.code,
                name=region.name,
                kecamatan=code,
                point=region.point,
                area_km2=region.area_km2,
                is_kelurahan=region.level == "kelurahan",
                residents=people,
                eligible=adults,
                activated=active,
                rating=0,
            )
            villages.append(replace(village, rating=density_rating(village)))
    if district.remote_rating_km:
        villages = rate_by_remoteness(district, villages)
    return Country(
        district=district,
        kabupaten=kabupaten,
        kecamatan=kecamatan,
        villages={village.code: village for village in villages},
    )


def _part_of(province: Country, district: District) -> Country:
    """A district's places with the people that its province has there."""

    def inside(code: str) -> bool:
        return code.startswith(district.kab_codes)

    return Country(
        district=district,
        kabupaten={code: region for code, region in province.kabupaten.items() if inside(code)},
        kecamatan={code: region for code, region in province.kecamatan.items() if inside(code)},
        villages={code: village for code, village in province.villages.items() if inside(code)},
    )
