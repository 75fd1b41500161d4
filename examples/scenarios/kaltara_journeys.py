"""Where no road leads in Kalimantan Utara, and how teams get there: what is public of it, the rest assumed."""

from dataclasses import dataclass
from typing import Literal

from examples.scenarios.model import Crossing, Journeys, SleepingPlace, StopOver, Way

TEAM = 3
"""Seats: three operators, whose tickets are the fare."""

KRAYAN_DAYS = "https://korankaltara.com/bandara-nunukan-layani-penerbangan-reguler-dan-perintis/"
KRAYAN_ALONE = (
    "https://finance.detik.com/infrastruktur/d-4769759/"
    "menengok-satu-satunya-transportasi-ke-krayan-perbatasan-ri-malaysia"
)
SEVEN_ROUTES = "https://lensantara.com/2026/02/20/soa-udara-2026-malinau-susi-air-layani-7-rute-perbatasan"
LONG_ALANGO = (
    "https://bandung.pintas24.co.id/detail/557141/"
    "penerbangan-perintis-malinau-kembali-aktif-akses-udara-pedalaman-kaltara-makin-terbuka"
)
BAMBANGAN = "https://imanrabinata.blogspot.com"
SEI_ULAR = "http://motobikerz.com/archives/20617"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Journeys of a district with what SOURCES.md says of them."""

    journeys: Journeys
    notes: tuple[str, ...]
    sources: tuple[tuple[str, str], ...] = ()


def _inn(code: str, place: str, village: str, zone: str = "") -> SleepingPlace:
    return SleepingPlace(
        code=f"{code}-INAP", name=f"Penginapan di {place}", village=village, zone=zone, cost_per_night=600_000
    )


def _there_and_back(
    here: str,
    there: str,
    *,
    way: Literal["boat", "plane"],
    departs: tuple[str, str],
    latest: tuple[str, str] = ("", ""),
    minutes: int,
    fares: tuple[int, int],
    weekdays: tuple[str, str] = ("", ""),
    public: tuple[str, ...] = (),
) -> tuple[Crossing, Crossing]:
    """Two crossings, each pair of figures there and back."""
    ends = ((here, there), (there, here))
    out, back = (
        Crossing(
            code=f"{origin}-{destination}",
            origin=origin,
            destination=destination,
            way=way,
            departs=departs[number],
            departs_latest=latest[number],
            minutes=minutes,
            fare=fares[number],
            weekdays=weekdays[number],
            public=public,
        )
        for number, (origin, destination) in enumerate(ends)
    )
    return out, back


_PLANE_FARE = 1_200_000
_INNS = "Every lodging is assumed, Rp 600,000 a night for a team, at the centre of its village."

BULUNGAN_WAYS = Described(
    journeys=Journeys(
        zones={"Pulau Bunyu": ("65.01.10",), "Peso": ("65.01.07",)},
        lodgings=(
            _inn("BYU", "Bunyu", "65.01.10.2001", "Pulau Bunyu"),
            _inn("LBI", "Long Bia", "65.01.07.2004", "Peso"),
        ),
        stations=(
            StopOver(code="TJS", name="Pelabuhan Kayan, Tanjung Selor", kind="jetty", village="65.01.05.1002"),
            StopOver(code="BYU", name="Dermaga Bunyu", kind="jetty", village="65.01.10.2001", zone="Pulau Bunyu"),
        ),
        crossings=_there_and_back(
            "TJS",
            "BYU",
            way="boat",
            departs=("08:00", "14:00"),
            minutes=120,
            fares=(TEAM * 200_000, TEAM * 200_000),
        ),
        ways=(
            Way(
                code="LBI",
                origin="base:TIM-1",
                destination="65.01.07.2004",
                village="65.01.07.2004",
                minutes_there=240,
                minutes_back=180,
                note="Perahu panjang di Sungai Kayan, ke hulu lebih lama",
            ),
            Way(
                code="LBI-INAP",
                origin="base:TIM-1",
                destination="lodging:LBI-INAP",
                village="65.01.07.2004",
                minutes_there=240,
                minutes_back=180,
                note="Perahu panjang di Sungai Kayan, ke hulu lebih lama",
            ),
        ),
    ),
    notes=(
        "The island of Bunyu and the kecamatan Peso, up the river Kayan, are zones: no road leads there. One boat a "
        "day to Bunyu and back, with hours, minutes and a fare of Rp 200,000 a person, and the long boat to Long Bia, "
        "four hours up and three down, are assumed: no source with them was found.",
        _INNS,
        "Elsewhere: great circle × 1.6 at 30 km/h, for roads and rivers.",
    ),
)
MALINAU_WAYS = Described(
    journeys=Journeys(
        zones={
            "Apau Kayan": ("65.02.05", "65.02.09", "65.02.10"),
            "Kayan Hilir": ("65.02.04",),
            "Bahau dan Pujungan": ("65.02.03", "65.02.11"),
        },
        lodgings=(
            _inn("LPG", "Long Ampung", "65.02.10.2001", "Apau Kayan"),
            _inn("MHB", "Mahak Baru", "65.02.09.2003", "Apau Kayan"),
            _inn("DTD", "Data Dian", "65.02.04.2001", "Kayan Hilir"),
            _inn("LAL", "Long Alango", "65.02.11.2002", "Bahau dan Pujungan"),
            _inn("LPJ", "Long Pujungan", "65.02.03.2001", "Bahau dan Pujungan"),
        ),
        stations=(
            StopOver(
                code="MLN",
                name="Bandara Kolonel Robert Atty Bessing, Malinau",
                kind="airstrip",
                village="65.02.02.2002",
            ),
            StopOver(
                code="LPG", name="Bandara Long Ampung", kind="airstrip", village="65.02.10.2001", zone="Apau Kayan"
            ),
            StopOver(
                code="MHB",
                name="Lapangan terbang Mahak Baru",
                kind="airstrip",
                village="65.02.09.2003",
                zone="Apau Kayan",
            ),
            StopOver(
                code="DTD",
                name="Lapangan terbang Data Dian",
                kind="airstrip",
                village="65.02.04.2001",
                zone="Kayan Hilir",
            ),
            StopOver(
                code="LAL",
                name="Lapangan terbang Long Alango",
                kind="airstrip",
                village="65.02.11.2002",
                zone="Bahau dan Pujungan",
            ),
            StopOver(
                code="LPJ",
                name="Lapangan terbang Long Pujungan",
                kind="airstrip",
                village="65.02.03.2001",
                zone="Bahau dan Pujungan",
            ),
        ),
        crossings=(
            *_there_and_back(
                "MLN",
                "LAL",
                way="plane",
                departs=("08:00", "08:50"),
                minutes=40,
                fares=(TEAM * 333_580, TEAM * 313_580),
                weekdays=("mon,thu", "mon,thu"),
                public=("departs_earliest", "fare"),
            ),
            *(
                crossing
                for there, minutes, days in (
                    ("LPG", 75, "mon,tue,thu,fri"),
                    ("MHB", 70, "mon,wed,fri"),
                    ("DTD", 55, "tue,fri"),
                    ("LPJ", 45, "wed,fri"),
                )
                for crossing in _there_and_back(
                    "MLN",
                    there,
                    way="plane",
                    departs=("08:30", "10:15"),
                    minutes=minutes,
                    fares=(_PLANE_FARE, _PLANE_FARE),
                    weekdays=(days, days),
                )
            ),
        ),
    ),
    notes=(
        "Apau Kayan (Kayan Hulu, Kayan Selatan, Sungai Boh), Kayan Hilir, and Bahau and Pujungan are zones: the plane "
        "leads there, and the river in days.",
        "How many planes fly a week is public, of the subsidy of 2026, which is younger than the plan: Long Ampung "
        "four, Mahak Baru three, Data Dian, Long Pujungan and Long Alango two. On which days is assumed, but for the "
        "Monday of Long Alango; so are the other hours, the minutes in the air, and Rp 1,200,000 for a team of three. "
        "To Long Alango hours and fares are public (Rp 333,580 there and Rp 313,580 back, three times each). In June "
        "2022 only two a week went to Long Ampung; weather cancels them. Enter those of the year's contract.",
        "The airstrips are real; they are placed at the centre of their village, as offices are.",
        _INNS,
        "Elsewhere: great circle × 1.6 at 30 km/h, for roads and rivers.",
    ),
    sources=(
        ("seven subsidised routes from Malinau and how often a week, February 2026", SEVEN_ROUTES),
        ("Malinau – Long Alango on a Monday with hours and fares, January 2026", LONG_ALANGO),
        (
            "Long Ampung four a week before, two in 2022; the four kecamatan that it serves",
            "https://kaltara.tribunnews.com/2022/06/05/"
            "jumlah-penerbangan-bersubsidi-long-apung-menyusut-yohana-liu-beber-urgensi-penambahan-kuota-soa?page=all",
        ),
    ),
)
_KRAYAN = ("65.03.05", "65.03.07", "65.03.17", "65.03.18", "65.03.19")
_SEBATIK = ("65.03.01", "65.03.08", "65.03.10", "65.03.11", "65.03.12")
_MAINLAND = ("65.03.03", "65.03.04", "65.03.06", "65.03.13", "65.03.14", "65.03.15", "65.03.16", "65.03.20", "65.03.21")

NUNUKAN_WAYS = Described(
    journeys=Journeys(
        zones={"Krayan": _KRAYAN, "Pulau Sebatik": _SEBATIK, "Daratan Nunukan": _MAINLAND},
        moved_sessions_in=("Krayan",),
        session_turn_out_share=0.5,
        lodgings=(
            _inn("LBW", "Long Bawan", "65.03.05.2041", "Krayan"),
            _inn("SNY", "Sungai Nyamuk", "65.03.10.2001", "Pulau Sebatik"),
            _inn("PBL", "Pembeliangan", "65.03.06.2001", "Daratan Nunukan"),
            _inn("MSL", "Mansalong", "65.03.04.2028", "Daratan Nunukan"),
        ),
        stations=(
            StopOver(code="NNX", name="Bandara Nunukan", kind="airstrip", village="65.03.02.1005"),
            StopOver(
                code="LBW",
                name="Bandara Yuvai Semaring, Long Bawan",
                kind="airstrip",
                village="65.03.05.2041",
                zone="Krayan",
            ),
            StopOver(code="NNK", name="Dermaga penyeberangan Nunukan", kind="jetty", village="65.03.02.1005"),
            StopOver(code="BBG", name="Dermaga Bambangan", kind="jetty", village="65.03.08.2004", zone="Pulau Sebatik"),
            StopOver(code="SBL", name="Pelabuhan Sei Bolong, Nunukan", kind="jetty", point=(4.143541, 117.644758)),
            StopOver(
                code="SUL",
                name="Pelabuhan Sei Ular",
                kind="jetty",
                point=(4.159931, 117.528976),
                zone="Daratan Nunukan",
            ),
        ),
        crossings=(
            *_there_and_back(
                "NNX",
                "LBW",
                way="plane",
                departs=("08:00", "09:30"),
                minutes=60,
                fares=(_PLANE_FARE, _PLANE_FARE),
                weekdays=("mon,wed,fri,sat", "mon,tue,wed,sat"),
                public=("weekdays",),
            ),
            *_there_and_back(
                "NNK",
                "BBG",
                way="boat",
                departs=("07:30", "13:00"),
                latest=("10:00", "15:15"),
                minutes=15,
                fares=(TEAM * 40_000, TEAM * 40_000),
                public=("minutes", "fare"),
            ),
            *_there_and_back(
                "SBL",
                "SUL",
                way="boat",
                departs=("07:30", "13:00"),
                latest=("10:00", "15:15"),
                minutes=25,
                fares=(TEAM * 60_000, TEAM * 60_000),
            ),
        ),
    ),
    notes=(
        "Krayan, the island of Sebatik and the mainland are zones: the seat is on an island of its own.",
        "To Krayan by plane: days of flight are public, from Nunukan on Monday, Wednesday, Friday and Saturday, back "
        "on Monday, Tuesday, Wednesday and Saturday (2021). Hours, minutes in the air and fares are assumed: no "
        "source with them was found, and they change with the weather.",
        "To Sebatik by boat to Bambangan, a quarter of an hour for Rp 40,000 a person (January 2025); that it waits "
        "for the team, in the morning there and in the afternoon back, is assumed.",
        "To the mainland by speedboat between Sei Bolong and Sei Ular, whose places are public; hours, 25 minutes and "
        "Rp 60,000 a person are assumed.",
        _INNS,
        "Other stations stand at the centre of their village, as offices do.",
        "Inside a zone: great circle × 1.6 at 30 km/h, for roads and rivers.",
    ),
    sources=(
        ("Nunukan – Long Bawan and back, days of the week, July 2021", KRAYAN_DAYS),
        ("no other way into Krayan or out, November 2019", KRAYAN_ALONE),
        ("Nunukan – Bambangan on Sebatik by boat, minutes and fare, January 2025", BAMBANGAN),
        ("Sei Bolong and Sei Ular, where the speedboats to the mainland land, January 2017", SEI_ULAR),
    ),
)
TANA_TIDUNG_WAYS = Described(
    journeys=Journeys(
        zones={"Tana Lia": ("65.04.03",)},
        lodgings=(_inn("TLA", "Tanah Merah", "65.04.03.2001", "Tana Lia"),),
        stations=(
            StopOver(code="TDP", name="Pelabuhan Keramat, Tideng Pale", kind="jetty", village="65.04.01.2001"),
            StopOver(code="TLA", name="Dermaga Tanah Merah", kind="jetty", village="65.04.03.2001", zone="Tana Lia"),
        ),
        crossings=_there_and_back(
            "TDP",
            "TLA",
            way="boat",
            departs=("07:30", "13:00"),
            latest=("09:30", "13:45"),
            minutes=120,
            fares=(1_500_000, 1_500_000),
        ),
    ),
    notes=(
        "The kecamatan Tana Lia, at the mouth of the river Sesayap, is a zone: a boat hired for the team is the way "
        "there. Its hours, two hours on the water and Rp 1,500,000 are assumed; the regular speedboats to Tarakan, on "
        "the same river, take three (2025).",
        _INNS,
        "Elsewhere: great circle × 1.6 at 30 km/h, for roads and rivers.",
    ),
    sources=(
        (
            "speedboats from Pelabuhan Keramat to Tarakan, hours and fare, February 2025",
            "https://investortalk.id/amp/43060/"
            "transportasi-air-di-tana-tidung-speedboat-reguler-jadi-pilihan-utama-menuju-tarakan",
        ),
    ),
)
