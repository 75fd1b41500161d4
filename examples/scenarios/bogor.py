"""Kabupaten Bogor, spring 2024: one sub-district is full, thirty-nine are waiting."""

from examples.scenarios.common import MID_YEAR_BREAK_2024, YEAR_END_BREAK_2024
from examples.scenarios.model import AgencyGroup, District, Organisation, ReportedFigure, Target, Team

B0 = "https://bogortraffic.com/kabupaten-bogor/percepat-aktivasi-ikd-pemkab-bogor-targetkan-30-persen-penduduk-terintegrasi/"
G1 = "https://www.antaranews.com/berita/4094718/disdukcapil-bogor-layani-13-ribu-warga-jakarta-pindah-kependudukan"
G3 = "https://megapolitan.antaranews.com/amp/berita/226866/disdukcapil-bogor-berupaya-tingkatkan-jumlah-pemilik-kia"

BOGOR = District(
    code="32.01",
    slug="kabupaten-bogor",
    name="Kabupaten Bogor",
    parent_code="32",
    time_zone="Asia/Jakarta",
    regions_file="bogor.csv",
    kab_codes=("32.01",),
    seats={"32.01": "32.01.01.1008"},
    detour=1.4,
    kmh=25,
    per_km=3000,
    per_team_day=450_000,
    targets=(
        Target(
            document="ikd",
            owner="ministry",
            target_percent=30,
            eligible_people=3_889_441,
            eligible_base="ktp_holders",
            activated=58_342,
            as_of="2024-02-29",
            deadline="2024-12-31",
            source=f"30 % and 'about 1.5 %' of e-KTP holders, {B0}; the voters' roll of 2024 (3,889,441) "
            "stands in for the holders, the count is 1.5 % of it",
            provenance={
                "target_percent": "given",
                "eligible_people": "public",
                "eligible_base": "assumed",
                "activated": "assumed",
                "as_of": "assumed",
                "deadline": "given",
            },
        ),
    ),
    reported_figures=(
        ReportedFigure(
            document="ikd",
            figure="percent",
            value="1.5",
            reported_on="2024-02-29",
            source=f"'sekitar 1,5 persen' of e-KTP holders (day assumed), {B0}",
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="target_percent",
            value="30",
            reported_on="2024-02-29",
            source=f"'minimal 30 persen penduduk' (day assumed), {B0}",
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="eligible_people",
            value="3889441",
            reported_on="2023-07-02",
            source="voters' roll for the election of 14 February 2024 (day of the roll from memory)",
            provenance="public",
            eligible_base="ktp_holders",
        ),
        ReportedFigure(
            document="ikd",
            figure="eligible_people",
            value="5700000",
            reported_on="2024-02-29",
            source=f"residents, '5,7 juta jiwa' (day assumed), {B0}",
            provenance="given",
            eligible_base="residents",
        ),
        ReportedFigure(
            document="ikd",
            figure="eligible_people",
            value="5558885",
            reported_on="2023-12-31",
            source=f"residents in the ministry's clean data, second half of 2023, {G1}",
            provenance="public",
            eligible_base="residents",
        ),
    ),
    teams=tuple(
        Team(
            code=f"TIM-{number:02}",
            name=f"Tim Jemput Bola {number} ({place})",
            base_village=village,
            base_name=base,
            operators=4,
        )
        for number, place, village, base in (
            (1, "Cibinong", "32.01.01.1008", "Kantor Disdukcapil"),
            (2, "Cibinong", "32.01.01.1008", "Kantor Disdukcapil"),
            (3, "Cibinong", "32.01.01.1008", "Kantor Disdukcapil"),
            (4, "Cibinong", "32.01.01.1008", "Kantor Disdukcapil"),
            (5, "Ciawi", "32.01.24.2012", "Kantor Kecamatan Ciawi"),
            (6, "Leuwiliang", "32.01.14.2001", "Kantor Kecamatan Leuwiliang"),
            (7, "Jonggol", "32.01.06.2009", "Kantor Kecamatan Jonggol"),
            (8, "Parung", "32.01.10.2001", "Kantor Kecamatan Parung"),
            (9, "Jasinga", "32.01.19.2005", "Kantor Kecamatan Jasinga"),
            (10, "Cileungsi", "32.01.07.2012", "Kantor Kecamatan Cileungsi"),
        )
    ),
    agencies=(
        AgencyGroup(
            prefix="OPD",
            label="",
            villages=("32.01.01.1008", "32.01.01.1007", "32.01.01.1006", "32.01.01.1009"),
            staff=11_000,
        ),
    ),
    agency_activated_share=0.20,
    agency_readiness=(
        (10, "done", None),
        (18, "agreed", None),
        (26, "asked", None),
        (35, "not_ready", "2024-04-15"),
    ),
    organisations=(
        Organisation(
            code="GEBYAR",
            name="Gebyar Adminduk",
            village="32.01.01.1008",
            headcount=1_800,
            min_teams=3,
        ),
    ),
    area_office_callers=300,
    clinic_people=130,
    activated_shares={"32.01.01": 0.60},
    areas_without_floor=frozenset({"32.01.01"}),
    school_readiness=("asked", None, "given"),
    school_closed=MID_YEAR_BREAK_2024 + YEAR_END_BREAK_2024,
    notes=(
        "Three readings of the base: e-KTP holders (the voters' roll of 2024 stands in for them), "
        "residents as given (5.7 million) and residents in the ministry's data (5,558,885). 70 % of 5.7 "
        "million as people of 17 and older would be a fourth (3.99 million), an assumption and "
        "therefore not among the reported figures. The first is used until the planner chooses.",
        "The article has no date; online activation 'hoped for in May' puts it early in 2024. The plan "
        "starts on 1 March 2024, so the count is dated 29 February.",
        "'Concentrated in Cibinong', no share printed: 60 % of the activations are put there, the rest "
        "is spread over the other 39 kecamatan by their eligible people.",
        "Floors for the 39 other kecamatan, as the office wants each of them lifted; none for Cibinong.",
        "Ten mobile teams of four operators at 8 minutes (150 and more a day): four at the office in "
        "Cibinong, six at kecamatan offices around the district. Neither their number nor their places "
        "are published.",
        "11,000 staff in 35 agencies at four kelurahan of Cibinong. 'Some done, some not, as their "
        "schedule was not ready': ten done (80 % active), eight agreed, eight asked, nine not ready "
        "until 15 April 2024 (after Idul Fitri); which is which is assumed. 20 % of the staff of those "
        "not yet served are active.",
        "Schools come next, in agreement with the education office: all are 'asked'. Closed from 24 "
        "June to 12 July and from 23 to 31 December 2024.",
        "300 callers beside 30 staff at a kecamatan office (a hundred-a-day point is what the district "
        "aims at); 130 people at a puskesmas (60 staff, 70 adult patients).",
        "A Gebyar is one day of several teams. An earlier one of five days, for the KIA, was aimed at 9,000 people "
        "(public); 1,800 people on one day, three teams at the least, and its place are assumed.",
        "Counter walk-ins: none entered; no rate is published.",
        "Ramadan (12 March to 9 April 2024) shortens office hours; the hours are not published and the "
        "usual ones are kept.",
    ),
    sources=(
        ("percentage, target, Cibinong and the 39 others, readiness, oral requests", B0),
        ("5,558,885 residents", G1),
        ("9,000 people in five days of an earlier Gebyar", G3),
    ),
)
