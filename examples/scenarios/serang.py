"""Kabupaten Serang, June 2024: a gap fourteen times what the named groups can give."""

from examples.scenarios.common import COUNTER_HOURS, COUNTER_PROVENANCE, YEAR_END_BREAK_2024
from examples.scenarios.model import AgencyGroup, CounterPlace, District, ReportedFigure, Target, Team

S0 = "https://tangerangekspres.disway.id/read/27363/tahun-ini-disdukcapil-targetkan-600-ribu-penduduk-punya-ikd"
S1 = "https://www.bantenraya.com/?p=13273913"
S2 = "https://ekbisbanten.com/?p=84298"
S4 = "https://kabarexpose.com/2024/08/02/jelang-pilkada-serentak-dukcapil-kabupaten-serang-pastikan-data-ktp-clear"

RATES_FROM = "2024-06-28"
RATE_NOTE = "of about 100 a day at the office and 17 UPT together; how they share them is not published"
UPT = (
    ("36.04.05", "Kramatwatu"),
    ("36.04.06", "Waringinkurung"),
    ("36.04.07", "Bojonegara"),
    ("36.04.11", "Kragilan"),
    ("36.04.12", "Pontang"),
    ("36.04.15", "Cikande"),
    ("36.04.16", "Kibin"),
    ("36.04.19", "Petir"),
    ("36.04.22", "Baros"),
    ("36.04.23", "Cikeusal"),
    ("36.04.24", "Pamarayan"),
    ("36.04.25", "Kopo"),
    ("36.04.26", "Jawilan"),
    ("36.04.29", "Padarincang"),
    ("36.04.30", "Anyar"),
    ("36.04.31", "Cinangka"),
    ("36.04.32", "Mancak"),
)
"""The 17 kecamatan with the most people beside Ciruas, where the office is."""

SERANG = District(
    code="36.04",
    slug="kabupaten-serang",
    name="Kabupaten Serang",
    parent_code="36",
    time_zone="Asia/Jakarta",
    regions_file="serang.csv",
    kab_codes=("36.04",),
    seats={"36.04": "36.04.09.2001"},
    detour=1.35,
    kmh=30,
    per_km=3000,
    per_team_day=450_000,
    targets=(
        Target(
            document="ikd",
            owner="district",
            target_percent=50,
            eligible_people=1_200_000,
            eligible_base="ktp_holders",
            activated=31_000,
            as_of="2024-06-27",
            deadline="2024-12-31",
            source=f"Tangerang Ekspres, 27 June 2024, {S0}",
            provenance={
                "target_percent": "given",
                "eligible_people": "given",
                "eligible_base": "given",
                "activated": "given",
                "as_of": "given",
                "deadline": "given",
            },
        ),
        Target(
            document="ikd",
            owner="ministry",
            target_percent=30,
            eligible_people=1_200_000,
            eligible_base="ktp_holders",
            activated=31_000,
            as_of="2024-06-27",
            deadline="2024-12-31",
            source=f"30 % of 1.2 million wajib KTP, said of 2025, {S2}; taken for 2024 as other districts report it",
            provenance={
                "target_percent": "public",
                "eligible_people": "given",
                "eligible_base": "given",
                "activated": "given",
                "as_of": "given",
                "deadline": "assumed",
            },
        ),
    ),
    reported_figures=(
        ReportedFigure(
            document="ikd",
            figure="percent",
            value="2.75",
            reported_on="2024-06-27",
            source=f"31,000 of 1.2 million is 2.58 %; 2.75 % would fit a base of 1.127 million, {S0}",
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="activated",
            value="31000",
            reported_on="2024-01-31",
            source=f"'at the beginning of the year about 31,000', said on 4 August 2024 (day assumed), {S1}",
            provenance="public",
        ),
        ReportedFigure(
            document="ikd",
            figure="activated",
            value="31000",
            reported_on="2024-06-27",
            source=S0,
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="activated",
            value="36000",
            reported_on="2024-08-02",
            source=S1,
            provenance="public",
        ),
        ReportedFigure(
            document="ikd",
            figure="target_percent",
            value="50",
            reported_on="2024-06-27",
            source=S0,
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="target_percent",
            value="30",
            reported_on="2025-11-17",
            source=S2,
            provenance="public",
        ),
        ReportedFigure(
            document="ikd",
            figure="target_count",
            value="600000",
            reported_on="2024-06-27",
            source=S0,
            provenance="given",
        ),
    ),
    counters=(
        CounterPlace(
            code="KANTOR",
            name="Kantor Disdukcapil",
            kind="office",
            area_code="36.04.09",
            village="36.04.09.2001",
            windows=COUNTER_HOURS,
            per_open_day=15,
            starts_on=RATES_FROM,
            note=RATE_NOTE,
            provenance=COUNTER_PROVENANCE,
        ),
        *(
            CounterPlace(
                code=f"UPT-{name.upper().replace(' ', '-')}",
                name=f"UPT Dukcapil {name}",
                kind="sub_office",
                area_code=area_code,
                windows=COUNTER_HOURS,
                per_open_day=5,
                starts_on=RATES_FROM,
                note=RATE_NOTE,
                provenance=COUNTER_PROVENANCE,
            )
            for area_code, name in UPT
        ),
    ),
    teams=tuple(
        Team(
            code=f"TIM-{number}",
            name=f"Tim Jemput Bola {number} ({place})",
            base_village=village,
            base_name=base,
            operators=3,
        )
        for number, place, village, base in (
            (1, "Ciruas", "36.04.09.2001", "Kantor Disdukcapil"),
            (2, "Cikande", "36.04.15.2001", "UPT Dukcapil Cikande"),
            (3, "Anyar", "36.04.30.2001", "UPT Dukcapil Anyar"),
            (4, "Baros", "36.04.22.2001", "UPT Dukcapil Baros"),
        )
    ),
    agencies=(
        AgencyGroup(prefix="OPD", label="", villages=("36.04.09.2001", "36.04.09.2003", "36.04.09.2017"), staff=6_000),
    ),
    agency_activated_share=0.15,
    area_office_callers=0,
    clinic_people=110,
    village_office_staff=30,
    school_readiness=("not_ready", "2024-07-14", "assumed"),
    school_closed=YEAR_END_BREAK_2024,
    notes=(
        "Village offices: 30 staff in each of 326 villages, 9,780 together, as given. The same people "
        "are also among the eligible residents of their village: a visit to both is counted twice by at "
        "most 30.",
        "30 staff in each of the 29 kecamatan offices (870), no callers added, so that the named groups "
        "stay comparable.",
        "Four mobile teams of three operators at 8 minutes (about 100 to 150 a day), one at the office "
        "and three at UPT in the east, west and south; where teams really start is not published. The "
        "office stands at the centre of Ciruas, the seat by law; much of the administration still works "
        "inside Kota Serang, outside the district.",
        "17 UPT (public) are fixed counters: they are in counters.csv, not among the sites. Where they are is not "
        "published: they stand at the centres of the 17 kecamatan with the most people beside Ciruas, where the office "
        "is; the bases of the teams are among them.",
        "Counters win 100 a day together (assumed): all channels made 32,222 activations in about 310 working days "
        "from 2 August 2024 (36,000) to 9 November 2025 (68,222). Of these 15 are the office's and 5 each UPT's; "
        "open on working days, hours and staff not published.",
        "Schools are on holiday until 14 July 2024, and closed again from 23 to 31 December.",
        "6,000 staff in 35 agencies at three villages of Ciruas, 15 % of them active already (agencies "
        "were served first everywhere); 110 people at a puskesmas (50 staff, 60 adult patients of a "
        "day).",
        "The ministry's 30 % is a second target on the same base, not a correction of the district's 50 %.",
    ),
    sources=(
        ("figures, villages and staff, groups to be served", S0),
        ("36,000 on 2 August 2024, 31,000 at the beginning of the year", S1),
        ("30 % of 1.2 million, 68,222 on 9 November 2025, population 1.7 million in 2024", S2),
        ("17 UPT", S4),
    ),
)
