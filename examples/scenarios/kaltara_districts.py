"""The five districts of Kalimantan Utara, June 2024: towns by road, islands by boat, highlands by plane."""

from examples.scenarios.common import KEY_AGENCIES, MID_YEAR_BREAK_2024, YEAR_END_BREAK_2024
from examples.scenarios.kaltara import BASE_NOTE, K0, K3, KALTARA
from examples.scenarios.kaltara_journeys import BULUNGAN_WAYS, MALINAU_WAYS, NUNUKAN_WAYS, TANA_TIDUNG_WAYS, Described
from examples.scenarios.model import AgencyGroup, District, ReportedFigure, Target, Team, Visited

K4 = (
    "https://regional.kompas.com/read/2020/08/28/09363691/"
    "pemutakhiran-data-kependudukan-di-perbatasan-ri-malaysia-2-kecamatan-resmi?page=2"
)
K5 = "https://fokusborneo.com/daerah/2020/07/16/pencoblosan-9-desember-wajib-ktp-tarakan-meningkat-175-937-jiwa"


def _district(
    code: str,
    slug: str,
    name: str,
    *,
    eligible_people: int,
    activated: int,
    teams: tuple[Team, ...],
    agencies: tuple[AgencyGroup, ...],
    ways: Described | None = None,
    figures: tuple[ReportedFigure, ...] = (),
    visited: tuple[Visited, ...] = (),
    notes: tuple[str, ...],
    sources: tuple[tuple[str, str], ...] = (),
) -> District:
    """A district with its part of the people of the province, and what all five share."""
    return District(
        code=code,
        slug=slug,
        name=name,
        parent_code="65",
        part_of=KALTARA,
        time_zone=KALTARA.time_zone,
        regions_file=KALTARA.regions_file,
        kab_codes=(code,),
        seats={code: KALTARA.seats[code]},
        detour=KALTARA.detour,
        kmh=KALTARA.kmh,
        per_km=KALTARA.per_km,
        per_team_day=KALTARA.per_team_day,
        targets=(
            Target(
                document="ikd",
                owner="ministry",
                target_percent=30,
                eligible_people=eligible_people,
                eligible_base="wajib_ktp",
                activated=activated,
                as_of="2024-06-09",
                deadline="2024-12-31",
                source="this district's part of the assumed base and count of Kalimantan Utara, by its villages",
                provenance={
                    "target_percent": "assumed",
                    "eligible_people": "assumed",
                    "eligible_base": "assumed",
                    "activated": "assumed",
                    "as_of": "given",
                    "deadline": "given",
                },
            ),
        ),
        reported_figures=figures,
        teams=teams,
        agencies=agencies,
        agency_activated_share=0.25,
        area_office_callers=40,
        clinic_people=60,
        school_closed=MID_YEAR_BREAK_2024 + YEAR_END_BREAK_2024,
        visited=visited,
        journeys=None if ways is None else ways.journeys,
        notes=(
            BASE_NOTE,
            "Connectivity by remoteness instead of density: the distance of a village from the seat of its district, "
            "up to 10 km excellent, 25 km good, 60 km fair, beyond poor. About 30 villages of the province without "
            "signal are known but not named: the 30 farthest from their seat stand in for them, 19 of Malinau and 11 "
            "of Nunukan.",
            "Costs per kilometre and team-day are four and two times those of the other districts, for boats and "
            "forest roads; nights and fares come on top.",
            "60 people at a puskesmas (35 staff, 25 adult patients); 40 callers beside 30 staff at a kecamatan office.",
            "Schools are closed from 24 June to 12 July and from 23 to 31 December 2024.",
            "Counter walk-ins: none entered; the province announced a rule for its counters, without a date or a rate.",
            *notes,
            *(() if ways is None else ways.notes),
        ),
        sources=(
            ("realisation and target of the province, phones without network", K0),
            ("about 30 villages without signal, July 2025", K3),
            *sources,
            *(() if ways is None else ways.sources),
        ),
    )


def _agencies(code: str, label: str, village: str, staff: int) -> AgencyGroup:
    prefix = f"OPD-{code.replace('.', '')}"
    return AgencyGroup(prefix=prefix, label=label, villages=(village,), staff=staff, names=KEY_AGENCIES)


def _team(number: int, name: str, place: str, village: str, *, kits: tuple[str, ...] = (), nights: int = 0) -> Team:
    return Team(
        code=f"TIM-{number}",
        name=name,
        base_village=village,
        base_name=f"Kantor Disdukcapil {place}",
        operators=3,
        kits=kits,
        max_nights=nights,
        rest_days=1 if nights else 0,
    )


def _base(value: str, day: str, source: str) -> ReportedFigure:
    return ReportedFigure(
        document="ikd",
        figure="eligible_people",
        value=value,
        reported_on=day,
        source=source,
        provenance="public",
        eligible_base="wajib_ktp",
    )


def _must(code: str) -> Visited:
    return Visited(code=code, must_visit=True, provenance="assumed")


_LONG_WAYS = (
    "Two teams of three operators at 8 minutes at the seat, one for the town and its surroundings, one that may stay "
    "away: four nights in a row at most, a day of rest after a trip."
)

BULUNGAN = _district(
    "65.01",
    "kabupaten-bulungan",
    "Kabupaten Bulungan",
    eligible_people=114_873,
    activated=10_236,
    teams=(
        _team(1, "Tim Tanjung Selor", "Bulungan (Tanjung Selor)", "65.01.05.1002"),
        _team(2, "Tim perjalanan Bulungan", "Bulungan (Tanjung Selor)", "65.01.05.1002", nights=4),
    ),
    agencies=(
        AgencyGroup(
            prefix="OPD-PROV",
            label="Provinsi Kaltara",
            villages=("65.01.05.1002", "65.01.05.1001", "65.01.05.1008"),
            staff=3_800,
        ),
        _agencies("65.01", "Kab. Bulungan", "65.01.05.1002", 1_000),
    ),
    ways=BULUNGAN_WAYS,
    visited=(_must("KEC-65.01.10"), _must("KEC-65.01.07")),
    notes=(
        _LONG_WAYS,
        "3,800 provincial staff in 35 agencies at Tanjung Selor and 1,000 in six large agencies of the district; 25 % "
        "of them active already.",
        "The kecamatan offices of Bunyu and Peso are must-visits: beside the offices of the capital a boat never pays.",
    ),
)
MALINAU = _district(
    "65.02",
    "kabupaten-malinau",
    "Kabupaten Malinau",
    eligible_people=59_097,
    activated=5_265,
    teams=(
        _team(1, "Tim Malinau Kota", "Malinau (Malinau Kota)", "65.02.02.2002"),
        _team(2, "Tim pedalaman Malinau", "Malinau (Malinau Kota)", "65.02.02.2002", kits=("satellite",), nights=4),
    ),
    agencies=(_agencies("65.02", "Kab. Malinau", "65.02.02.2002", 1_000),),
    ways=MALINAU_WAYS,
    visited=(_must("KEC-65.02.10"), _must("KEC-65.02.11")),
    notes=(
        _LONG_WAYS,
        "One satellite set in the province: the team of Malinau that stays away has it, whose villages are the most "
        "remote.",
        "1,000 staff in six large agencies of the district; 25 % of them active already.",
        "The kecamatan offices of Kayan Selatan and Bahau Hulu are must-visits: a plan that counts people alone would "
        "never fly there.",
    ),
)
NUNUKAN = _district(
    "65.03",
    "kabupaten-nunukan",
    "Kabupaten Nunukan",
    eligible_people=153_485,
    activated=13_677,
    teams=(
        _team(1, "Tim Nunukan", "Nunukan", "65.03.02.1005"),
        _team(2, "Tim perjalanan Nunukan", "Nunukan", "65.03.02.1005", nights=4),
    ),
    agencies=(_agencies("65.03", "Kab. Nunukan", "65.03.02.1005", 1_000),),
    ways=NUNUKAN_WAYS,
    figures=(_base("125000", "2020-08-28", K4),),
    visited=(_must("KEC-65.03.05"),),
    notes=(
        _LONG_WAYS,
        "No satellite set: villages of Krayan without signal hold their sessions at the nearest village of Krayan with "
        "some; half of those who would come at home come there. Both are assumed; the others stay unreachable, and "
        "counted.",
        "1,000 staff in six large agencies of the district; 25 % of them active already.",
        "The kecamatan office of Krayan is a must-visit: a plan that counts people alone would never fly there.",
        "125,000 wajib KTP were reported for 2020; it stands beside the assumed base.",
    ),
    sources=(("about 125,000 wajib KTP of Nunukan, August 2020", K4),),
)
TANA_TIDUNG = _district(
    "65.04",
    "kabupaten-tana-tidung",
    "Kabupaten Tana Tidung",
    eligible_people=20_268,
    activated=1_804,
    teams=(_team(1, "Tim Tana Tidung", "Tana Tidung (Tideng Pale)", "65.04.01.2001", nights=2),),
    agencies=(_agencies("65.04", "Kab. Tana Tidung", "65.04.01.2001", 600),),
    ways=TANA_TIDUNG_WAYS,
    visited=(_must("KEC-65.04.03"),),
    notes=(
        "One team of three operators at 8 minutes at the seat; two nights in a row at most, a day of rest after a "
        "trip.",
        "600 staff in six large agencies of the district; 25 % of them active already.",
        "The kecamatan office of Tana Lia is a must-visit: beside the villages on the road a hired boat never pays.",
    ),
)
TARAKAN = _district(
    "65.71",
    "kota-tarakan",
    "Kota Tarakan",
    eligible_people=172_277,
    activated=15_350,
    teams=(
        _team(1, "Tim Tarakan Barat", "Tarakan", "65.71.02.1002"),
        _team(2, "Tim Tarakan Timur", "Tarakan", "65.71.02.1002"),
    ),
    agencies=(_agencies("65.71", "Kota Tarakan", "65.71.02.1002", 1_200),),
    figures=(_base("175937", "2020-07-16", K5),),
    notes=(
        "Two teams of three operators at 8 minutes at the seat; nobody stays away: the city is one island.",
        "1,200 staff in six large agencies of the city; 25 % of them active already.",
        "175,937 wajib KTP were reported for 2020, slightly more than the part of the assumed base.",
    ),
    sources=(("175,937 wajib KTP of Tarakan, July 2020", K5),),
)
