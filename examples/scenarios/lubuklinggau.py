"""Kota Lubuklinggau, November 2023: a schedule that cannot close the gap."""

from examples.scenarios.common import YEAR_END_BREAK_2023
from examples.scenarios.model import AgencyGroup, District, Organisation, ReportedFigure, Target, Team, Visited

L1 = "https://linggaupos.bacakoran.co/read/559/koranlinggaupos.id"
L2 = "https://linggaupos.bacakoran.co/read/689/target-semua-pegawai-sudah-daftar-ikd"
L4 = "https://linggaupos.bacakoran.co/read/963/targetkan-25-persen-dari-wajib-ktp-punya-ikd"

LUBUKLINGGAU = District(
    code="16.73",
    slug="kota-lubuklinggau",
    name="Kota Lubuklinggau",
    parent_code="16",
    time_zone="Asia/Jakarta",
    regions_file="lubuklinggau.csv",
    kab_codes=("16.73",),
    seats={"16.73": "16.73.06.1007"},
    detour=1.3,
    kmh=25,
    per_km=3000,
    per_team_day=450_000,
    targets=(
        Target(
            document="ikd",
            owner="district",
            target_percent=25,
            eligible_people=168_015,
            eligible_base="wajib_ktp",
            activated=4_015,
            as_of="2023-11-13",
            deadline="2023-12-31",
            source=f"Linggau Pos, 13 November 2023, {L4}",
            provenance={
                "target_percent": "given",
                "eligible_people": "given",
                "eligible_base": "given",
                "activated": "given",
                "as_of": "given",
                "deadline": "given",
            },
        ),
    ),
    reported_figures=(
        ReportedFigure(
            document="ikd",
            figure="activated",
            value="4015",
            reported_on="2023-11-03",
            source=f"Linggau Pos of 2-3 November 2023, before the campaign began, {L1}",
            provenance="public",
        ),
        ReportedFigure(
            document="ikd",
            figure="activated",
            value="4015",
            reported_on="2023-11-06",
            source=f"Linggau Pos on the visit of 6 November 2023 (dated 11/6/2023 there), {L2}",
            provenance="public",
        ),
        ReportedFigure(
            document="ikd",
            figure="activated",
            value="4015",
            reported_on="2023-11-13",
            source=f"Linggau Pos, 13 November 2023, after five days of visits, {L4}",
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="percent",
            value="2",
            reported_on="2023-11-13",
            source=f"'sekitar 2 persen'; 4,015 of 168,015 is 2.39 %, {L4}",
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="target_count",
            value="42000",
            reported_on="2023-11-13",
            source=f"rounded in print; 25 % of 168,015 is 42,003.75, so 42,004, {L4}",
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="deadline",
            value="2023-12-31",
            reported_on="2023-11-13",
            source=f"'hingga akhir tahun 2023', {L4}",
            provenance="given",
        ),
        ReportedFigure(
            document="ikd",
            figure="deadline",
            value="2024-03-31",
            reported_on="2023-11-13",
            source=f"'awal 2024' in the last paragraph, read as the end of the first quarter, {L4}",
            provenance="given",
        ),
    ),
    teams=(
        Team(
            code="TIM-1",
            name="Tim Jemput Bola 1",
            base_village="16.73.06.1007",
            base_name="Kantor Disdukcapil",
            operators=3,
            max_stops=2,
        ),
        Team(
            code="TIM-2",
            name="Tim Jemput Bola 2",
            base_village="16.73.06.1007",
            base_name="Kantor Disdukcapil",
            operators=3,
            max_stops=2,
        ),
    ),
    agencies=(
        AgencyGroup(
            prefix="OPD",
            label="",
            villages=("16.73.02.1001", "16.73.06.1007", "16.73.05.1001", "16.73.08.1006", "16.73.07.1008"),
            staff=4_500,
        ),
    ),
    agency_activated_share=0.10,
    organisations=(Organisation(code="ORG-01", name="Perusda PT Linggau Bisa", village="16.73.06.1007", headcount=60),),
    area_office_callers=100,
    clinic_people=110,
    school_closed=YEAR_END_BREAK_2023,
    drop_unplaced_clinics=False,
    visited=(
        Visited(
            code="OPD-01",
            activated_share=0.60,
            windows="mon 07:30-15:30; tue-thu 08:00-15:30; fri 08:00-11:00; fri 13:30-15:30",
            provenance="assumed",
        ),
        Visited(code="OPD-02", activated_share=0.60, provenance="assumed"),
        Visited(code="OPD-03", activated_share=0.60, provenance="assumed"),
        Visited(code="OPD-31", activated_share=0.60, provenance="assumed"),
        Visited(code="OPD-34", activated_share=0.60, provenance="assumed"),
        Visited(code="OPD-19", readiness="done", activated_share=1.0, provenance="assumed"),
        Visited(code="ORG-01", readiness="done", activated_share=0.70, provenance="given"),
        Visited(code="PKM-1011882", readiness="done", activated_share=0.50, provenance="given"),
        Visited(code="SMK NEGERI 2 LUBUKLINGGAU", readiness="done", activated_share=0.50, provenance="public"),
        Visited(
            code="PKM-1011884",
            readiness="agreed",
            readiness_from="2023-11-20",
            readiness_until="2023-11-24",
            must_visit=True,
            provenance="assumed",
        ),
    ),
    notes=(
        "The printed count 4,015 did not change between 3 and 13 November although five days of visits "
        "lay between: it is stale, and kept as it was printed.",
        "Two teams: two places were served on the same day (13 November). Two stops a day at most, as "
        "half-day sessions.",
        "Three operators at 8 minutes each serve about 100 to 150 people in a day, the range newspapers "
        "report for other districts (Sidoarjo, Madiun, Banyumas).",
        "Base: the office of Disdukcapil lies 'rather far' by the article, its address is not given: "
        "the centre of kelurahan Lubuklinggau Ulu stands in for it.",
        "4,500 staff in 35 agencies; agencies stand in turn at the centres of five kelurahan of the "
        "town (Kayu Ara, Lubuklinggau Ulu, Jawa Kanan, Megang, Taba Pingin), because no addresses are "
        "published together.",
        "Done: Perusda PT Linggau Bisa and the puskesmas served on 13 November (printed 'Swasti Taba'; "
        "the ministry's list has Swasti Saba and Taba, the first is meant), SMKN 2 on 2 November. How "
        "many were activated there is assumed.",
        "Visited on 6 November after the Monday assembly: the city offices. Five agencies whose staff "
        "attend it (secretariats, inspectorate, planning, personnel) are assumed to be at 60 %, all "
        "others at 10 %, Disdukcapil itself is done. Places served on 7 to 10 November are not named "
        "anywhere.",
        "The Sekretariat Daerah opens at 07:30 on Mondays, when the assembly brings its people together.",
        "A puskesmas asked for a visit (article of 2-3 November, no name, 'next week'): Puskesmas "
        "Megang, 20 to 24 November, stands in for it as a must-visit.",
        "60 people at Perusda PT Linggau Bisa; 110 at a puskesmas (50 staff, 60 adult patients of a "
        "day); 100 callers beside 30 staff at a kecamatan office.",
        "Counter walk-ins: none entered. A rule exists (whoever comes for other papers registers too), "
        "but a count that did not move gives no rate.",
        "Schools are closed for the semester break, 18 to 29 December 2023.",
        "Agencies until 28 November, then 'we will see': that is a choice of the plan's request, not of the data.",
    ),
    sources=(
        ("figures and plan", L4),
        ("count before the campaign, SMKN 2, request of a puskesmas", L1),
        ("visit after the Monday assembly", L2),
        (
            "yields of other districts",
            "https://radarsidoarjo.jawapos.com/kota-delta/10/03/2023/"
            "genjot-aktivasi-ikd-di-siodoarjo-sehari-rata-rata-capai-150-orang/",
        ),
    ),
)
