"""Kota Bengkulu, February 2024: reachable if the counter keeps its rule, and IKD is not the only target."""

from examples.scenarios.common import COUNTER_HOURS, COUNTER_PROVENANCE, MID_YEAR_BREAK_2024, YEAR_END_BREAK_2024
from examples.scenarios.model import AgencyGroup, CounterPlace, District, DocumentAges, ReportedFigure, Target, Team

E1 = (
    "https://harianrakyatbengkulu.bacakoran.co/read/20116/"
    "53-ribu-warga-bengkulu-belum-rekam-e-ktp-dukcapil-wajib-ktp-bertambah-hampir-7-ribu-jiwa"
)
E2 = "https://bengkulu.antaranews.com/berita/341664/dukcapil-catat-sebanyak-30-persen-warga-bengkulu-gunakan-ikd"
E4 = "https://bengkulu.antaranews.com/berita/362375/lebih-dari-64-ribu-anak-di-bengkulu-sudah-miliki-kia"
E5 = "https://curupekspress.bacakoran.co/amp/10832/dukcapil-data-4254-anak-belum-miliki-akta-kelahiran"
E0 = "seed article datelined 21 February (004_914105fc788d2ca1.txt of the scenario collection; no address kept)"
RATES_FROM = "2024-02-22"
RATE_NOTE = "of about 60 a day at the office and the mall together, assumed; how they share them is not published"

BENGKULU = District(
    code="17.71",
    slug="kota-bengkulu",
    name="Kota Bengkulu",
    parent_code="17",
    time_zone="Asia/Jakarta",
    regions_file="bengkulu.csv",
    kab_codes=("17.71",),
    seats={"17.71": "17.71.07.1004"},
    detour=1.3,
    kmh=25,
    per_km=3000,
    per_team_day=450_000,
    targets=(
        Target(
            document="ikd",
            owner="ministry",
            target_percent=30,
            eligible_people=280_158,
            eligible_base="wajib_ktp",
            activated=64_436,
            as_of="2024-02-21",
            deadline="2024-12-31",
            source=f"30 % in 2024 after 23 % in 2023 from the {E0}; base of August 2024, {E1}; the count is 23 % of it",
            provenance={
                "target_percent": "given",
                "eligible_people": "public",
                "eligible_base": "given",
                "activated": "assumed",
                "as_of": "assumed",
                "deadline": "given",
            },
        ),
        Target(
            document="kia",
            owner="ministry",
            target_percent=60,
            eligible_people=115_109,
            eligible_base="children",
            activated=57_555,
            as_of="2024-02-21",
            deadline="2024-12-31",
            source=f"50 to 60 % from the {E0}; 115,109 children of August 2024, {E4}; the count is 50 % of them",
            provenance={
                "target_percent": "given",
                "eligible_people": "public",
                "eligible_base": "given",
                "activated": "assumed",
                "as_of": "assumed",
                "deadline": "given",
            },
        ),
        Target(
            document="ktp_el",
            owner="ministry",
            target_percent=99.4,
            eligible_people=280_158,
            eligible_base="wajib_ktp",
            activated=278_361,
            as_of="2024-08-25",
            deadline="2024-12-31",
            source=f"99.4 % from the {E0}; 278,361 of 280,158 recorded, said on 25 August 2024, {E1}",
            provenance={
                "target_percent": "given",
                "eligible_people": "public",
                "eligible_base": "given",
                "activated": "public",
                "as_of": "public",
                "deadline": "given",
            },
        ),
        Target(
            document="birth_certificate",
            owner="ministry",
            target_percent=99,
            eligible_people=123_382,
            eligible_base="children",
            activated=119_128,
            as_of="2024-10-31",
            deadline="2024-12-31",
            source=f"99 % from the {E0}; 119,128 of 123,382 children at the end of October 2024, {E5}",
            provenance={
                "target_percent": "given",
                "eligible_people": "public",
                "eligible_base": "public",
                "activated": "public",
                "as_of": "public",
                "deadline": "given",
            },
        ),
    ),
    reported_figures=(
        ReportedFigure(
            document="ikd",
            figure="percent",
            value="23",
            reported_on="2023-02-21",
            source=f"{E0}: printed 'Wednesday 21 February 2023', which is impossible, as it reviews "
            "2023; 21 February 2024 is that Wednesday",
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="target_percent",
            value="30",
            reported_on="2024-02-21",
            source=E0,
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="eligible_people",
            value="67802",
            reported_on=None,
            source="'30 % of 67,802' (2024, day unknown); it is exactly 25 % of 271,208, so probably last "
            f"year's target count, {E2}",
            provenance="public",
        ),
        ReportedFigure(
            document="kia",
            figure="activated",
            value="64122",
            reported_on="2024-08-01",
            source=f"beginning of August 2024 (day assumed), of 115,109 children, printed as 56 %, {E4}",
            provenance="public",
        ),
        ReportedFigure(
            document="kia",
            figure="percent",
            value="56",
            reported_on="2024-08-01",
            source=f"64,122 of 115,109 is 55.7 %, {E4}",
            provenance="public",
        ),
        ReportedFigure(
            document="birth_certificate",
            figure="target_percent",
            value="100",
            reported_on="2024-10-31",
            source=f"target of the directorate general, beside the 99 % of the seed article, {E5}",
            provenance="public",
        ),
    ),
    counters=(
        CounterPlace(
            code="KANTOR",
            name="Kantor Disdukcapil",
            kind="office",
            area_code="17.71.07",
            village="17.71.07.1004",
            windows=COUNTER_HOURS,
            per_open_day=45,
            starts_on=RATES_FROM,
            note=f"counters with the rule 'IKD before service', given; {RATE_NOTE}",
            provenance=COUNTER_PROVENANCE,
        ),
        CounterPlace(
            code="MPP",
            name="Mal Pelayanan Publik",
            kind="mall",
            area_code="17.71.07",
            windows=COUNTER_HOURS,
            per_open_day=15,
            starts_on=RATES_FROM,
            note=f"the public-service mall, given; {RATE_NOTE}",
            provenance=COUNTER_PROVENANCE,
        ),
    ),
    documents=(
        DocumentAges(
            document="kia",
            people_of_age=115_109,
            people_holding=57_555,
            eligible_people=280_158,
            ages_as_of="2024-02-21",
            source=f"115,109 children under 17 of August 2024, {E4}; half of them have a card, given by the {E0}",
            provenance={"people_of_age": "public", "people_holding": "assumed", "eligible_people": "public"},
        ),
        DocumentAges(
            document="ktp_el",
            people_of_age=13_542,
            people_holding=11_745,
            eligible_people=280_158,
            ages_as_of="2024-08-25",
            source="two of the 17 years of the 115,109 children under 17; the 1,797 of 280,158 who are not recorded, "
            f"said on 25 August 2024, taken for these alone, {E1}",
            provenance={"people_of_age": "assumed", "people_holding": "assumed", "eligible_people": "public"},
        ),
        DocumentAges(
            document="birth_certificate",
            people_of_age=123_382,
            people_holding=119_128,
            eligible_people=280_158,
            ages_as_of="2024-10-31",
            source=f"119,128 of 123,382 children have one at the end of October 2024, {E5}; of all years, not of one",
            provenance={"people_of_age": "public", "people_holding": "public", "eligible_people": "public"},
        ),
    ),
    teams=(
        Team(
            code="TIM-1",
            name="Tim Jemput Bola",
            base_village="17.71.07.1004",
            base_name="Kantor Disdukcapil",
            operators=3,
            minutes_per_activation=9,
        ),
        Team(
            code="TIM-2",
            name="Tim Perekaman dan Kunjungan Rumah",
            base_village="17.71.07.1004",
            base_name="Kantor Disdukcapil",
            operators=2,
            minutes_per_activation=10,
            kits=("biometric", "card_printer"),
        ),
    ),
    agencies=(
        AgencyGroup(
            prefix="OPD",
            label="",
            villages=("17.71.07.1004", "17.71.09.1001", "17.71.02.1001", "17.71.06.1002"),
            staff=4_800,
        ),
    ),
    agency_activated_share=0.60,
    area_office_callers=100,
    clinic_people=110,
    school_closed=MID_YEAR_BREAK_2024 + YEAR_END_BREAK_2024,
    home_people=117,
    drop_unplaced_clinics=False,
    notes=(
        "The count of 64,436 is 23 % of 280,158: the percentage is given, the base public but half a year younger.",
        "Last year's target was 25 %; it is not among the reported figures, for it does not contradict "
        "this year's 30 %.",
        "KIA: 50 % is given, without a base. 115,109 children (August 2024, public) are used rather "
        "than a round 120,000; the count is half of them, and 64,122 of early August 2024 is reported "
        "beside it.",
        "KTP-el: 99.4 % of 280,158 is 278,478, which leaves 117 people. They are elderly or ill, served "
        "at home by appointment: grouped into a few must-visit sites per kecamatan in proportion to its "
        "eligible people, never as single persons. Where they live is not known; each group stands at "
        "the centre of a kelurahan. A home visit records and activates.",
        "Birth certificate: the only counts are of August (118,188) and October 2024 (119,128), of 123,382 children.",
        "Who needs a further document: kelurahan take their part of what the city lacks by their eligible people, "
        "schools the share without it among their pupils of the age, and everybody visited at home is to be recorded.",
        "These later counts are dated as they were said, also where they are younger than the plan's "
        "start on 22 February 2024.",
        "60 activations a day at the counters, 45 at the office and 15 at the public-service mall: how they share is "
        "not published, nor are the mall's place and hours; in 204 working days that alone would reach 27.4 %.",
        "One team of three operators at 9 minutes (about 100 a day), one of two operators with the "
        "biometric kit and the card printer for recordings and home visits. Kantor Disdukcapil at the "
        "centre of kelurahan Penurunan.",
        "4,800 staff in 35 agencies at four kelurahan, 60 % active after two years of visits to schools "
        "and OPD; 110 people at a puskesmas (50 staff, 60 adult patients), 100 callers beside 30 staff "
        "at a kecamatan office.",
        "Schools are closed from 24 June to 12 July and from 23 to 31 December 2024.",
        "The public-service mall is a fixed counter: it is in counters.csv, not among the sites.",
    ),
    sources=(
        ("IKD 23 %, 25 and 30 %, KIA, KTP-el and birth certificates, counter rule, MPP, schools and OPD", E0),
        ("280,158 wajib KTP, 278,361 recorded", E1),
        ("the figure 67,802", E2),
        ("KIA in August 2024", E4),
        ("birth certificates at the end of October 2024", E5),
    ),
)
