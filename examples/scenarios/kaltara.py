"""Kalimantan Utara, June 2024: people have phones, the place has no network."""

from examples.scenarios.common import KEY_AGENCIES, MID_YEAR_BREAK_2024, YEAR_END_BREAK_2024
from examples.scenarios.model import AgencyGroup, District, ReportedFigure, Target, Team

K1 = "https://kaltara.prokal.co/read/news/28127-40-persen-penduduk-kaltara-ber-ktp-kaltim.html"
K2 = "https://kaltaranetwork.co/utama/19653/estimasi-awal-712-jiwa-belum-rekam-e-ktp"
K3 = (
    "https://benuanta.co.id/index.php/2025/07/30/"
    "dkisp-kaltara-dorong-pemda-usulkan-tambahan-titik-blank-spot-ke-pusat/181160/15/44/28"
)
K0 = "seed article of Sunday 9 June 2024 (002_36cf039e23d2250c.txt of the scenario collection; no address kept)"

KALTARA = District(
    code="65",
    slug="kalimantan-utara",
    name="Provinsi Kalimantan Utara",
    parent_code="",
    time_zone="Asia/Makassar",
    regions_file="kaltara.csv",
    kab_codes=("65.01", "65.02", "65.03", "65.04", "65.71"),
    seats={
        "65.01": "65.01.05.1002",
        "65.02": "65.02.02.2002",
        "65.03": "65.03.02.1005",
        "65.04": "65.04.01.2001",
        "65.71": "65.71.02.1002",
    },
    detour=1.6,
    kmh=30,
    per_km=12_000,
    per_team_day=900_000,
    targets=(
        Target(
            document="ikd",
            owner="ministry",
            target_percent=30,
            eligible_people=520_000,
            eligible_base="wajib_ktp",
            activated=46_332,
            as_of="2024-06-09",
            deadline="2024-12-31",
            source=f"8.91 % of 30 % from the {K0}; the count is 8.91 % of an assumed base of 520,000",
            provenance={
                "target_percent": "given",
                "eligible_people": "assumed",
                "eligible_base": "assumed",
                "activated": "assumed",
                "as_of": "given",
                "deadline": "given",
            },
        ),
    ),
    reported_figures=(
        ReportedFigure(
            document="ikd",
            figure="percent",
            value="8.91",
            reported_on="2024-06-09",
            source=K0,
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="target_percent",
            value="30",
            reported_on="2024-06-09",
            source=K0,
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="eligible_people",
            value="487396",
            reported_on="2019-05-07",
            source=K1,
            provenance="public",
            eligible_base="wajib_ktp",
        ),
        ReportedFigure(
            document="ikd",
            figure="eligible_people",
            value="531000",
            reported_on="2025-07-15",
            source=f"printed '531 jiwa', thousands meant, {K2}",
            provenance="public",
            eligible_base="wajib_ktp",
        ),
    ),
    teams=tuple(
        Team(
            code=f"TIM-{number}",
            name=f"Tim {place}",
            base_village=village,
            base_name=f"Kantor Disdukcapil {place}",
            operators=3,
            kits=kits,
        )
        for number, place, village, kits in (
            (1, "Bulungan (Tanjung Selor)", "65.01.05.1002", ()),
            (2, "Malinau (Malinau Kota)", "65.02.02.2002", ("satellite",)),
            (3, "Nunukan", "65.03.02.1005", ()),
            (4, "Tana Tidung (Tideng Pale)", "65.04.01.2001", ()),
            (5, "Tarakan", "65.71.02.1002", ()),
        )
    ),
    agencies=(
        AgencyGroup(
            prefix="OPD-PROV",
            label="Provinsi Kaltara",
            villages=("65.01.05.1002", "65.01.05.1001", "65.01.05.1008"),
            staff=3_800,
        ),
        AgencyGroup(
            prefix="OPD-6501",
            label="Kab. Bulungan",
            villages=("65.01.05.1002",),
            staff=1_000,
            names=KEY_AGENCIES,
        ),
        AgencyGroup(
            prefix="OPD-6502",
            label="Kab. Malinau",
            villages=("65.02.02.2002",),
            staff=900,
            names=KEY_AGENCIES,
        ),
        AgencyGroup(
            prefix="OPD-6503",
            label="Kab. Nunukan",
            villages=("65.03.02.1005",),
            staff=1_000,
            names=KEY_AGENCIES,
        ),
        AgencyGroup(
            prefix="OPD-6504",
            label="Kab. Tana Tidung",
            villages=("65.04.01.2001",),
            staff=600,
            names=KEY_AGENCIES,
        ),
        AgencyGroup(
            prefix="OPD-6571",
            label="Kota Tarakan",
            villages=("65.71.02.1002",),
            staff=1_200,
            names=KEY_AGENCIES,
        ),
    ),
    agency_activated_share=0.25,
    area_office_callers=40,
    clinic_people=60,
    school_closed=MID_YEAR_BREAK_2024 + YEAR_END_BREAK_2024,
    remote_rating_km=((10.0, 4), (25.0, 3), (60.0, 2)),
    villages_without_signal=30,
    notes=(
        "One planning district for the province; its areas are the kecamatan of its five districts.",
        "The base is not in the article: 520,000 lies between 487,396 (2019) and about 531,000 (July "
        "2025) wajib KTP, both public and reported beside it. The count is 8.91 % of the assumed base, "
        "so it moves with it.",
        "Connectivity by remoteness instead of density: the distance of a village from the seat of its "
        "own district, up to 10 km excellent, 25 km good, 60 km fair, beyond poor. About 30 villages "
        "without signal are known but not named: the 30 farthest from their seat stand in for them.",
        "Five teams at the five seats, three operators at 8 minutes. One satellite kit in the province, "
        "given to the team of Malinau, whose villages are the most remote. Kantor Disdukcapil at the "
        "centre of each seat.",
        "Travel: great circle × 1.6 at 30 km/h for rivers and forest roads. Krayan, Kayan and Bahau are "
        "reached by small plane or in days: at these figures no day trip gets there, which is the "
        "honest answer without an expedition.",
        "Costs per kilometre and team-day are four and two times those of the other districts, for "
        "boats and nights away.",
        "3,800 provincial staff in 35 agencies at Tanjung Selor and 600 to 1,200 in six large agencies "
        "of each of the five districts; 25 % of them active already.",
        "60 people at a puskesmas (35 staff, 25 adult patients); 40 callers beside 30 staff at a kecamatan office.",
        "Schools are closed from 24 June to 12 July and from 23 to 31 December 2024.",
        "Counter walk-ins: none entered; the province announced a rule for its counters, without a date or a rate.",
    ),
    sources=(
        ("realisation, target, phones without network", K0),
        ("487,396 wajib KTP, May 2019", K1),
        ("770,627 residents and about 531 thousand wajib KTP, July 2025", K2),
        ("about 30 villages without signal, July 2025", K3),
    ),
)
