"""Kalimantan Utara, June 2024: people have phones, the place has no network."""

from examples.scenarios.model import District, ReportedFigure, Target

K1 = "https://kaltara.prokal.co/read/news/28127-40-persen-penduduk-kaltara-ber-ktp-kaltim.html"
K2 = "https://kaltaranetwork.co/utama/19653/estimasi-awal-712-jiwa-belum-rekam-e-ktp"
K3 = (
    "https://benuanta.co.id/index.php/2025/07/30/"
    "dkisp-kaltara-dorong-pemda-usulkan-tambahan-titik-blank-spot-ke-pusat/181160/15/44/28"
)
K0 = "seed article of Sunday 9 June 2024 (002_36cf039e23d2250c.txt of the scenario collection; no address kept)"

BASE_NOTE = (
    "The base is not in the article: 520,000 for the province lies between 487,396 (2019) and about 531,000 (July "
    "2025) wajib KTP, both public and reported beside the province's. The count is 8.91 % of the assumed base, so it "
    "moves with it."
)

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
    remote_rating_km=((10.0, 4), (25.0, 3), (60.0, 2)),
    villages_without_signal=30,
    notes=(
        "A province that plans nothing itself: its districts do, in `../65.01-…` to `../65.71-…`, and its own answers "
        "are their sums.",
        BASE_NOTE,
        "Each district holds the people and the count that this base has in its villages; that its target is the "
        "province's 30 %, too, is assumed.",
    ),
    sources=(
        ("realisation, target, phones without network", K0),
        ("487,396 wajib KTP, May 2019", K1),
        ("770,627 residents and about 531 thousand wajib KTP, July 2025", K2),
        ("about 30 villages without signal, July 2025", K3),
    ),
)
