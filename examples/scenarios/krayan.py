"""The highlands of Krayan in Kalimantan Utara, that no road reaches: by small plane, with nights at Long Bawan."""

from examples.scenarios.model import Flight, Journeys, JourneyTeam, SleepingPlace, StopOver

L1 = "https://www.rajawalikaltara.com/2018/1473/terbang-perdana-susi-air-buka-rute-tarakan-long-bawan/"
L2 = "https://ekonomi.bisnis.com/read/20180312/98/748717/susi-air-terbang-perdana-ke-long-bawan-kaltara"
L3 = "https://korankaltara.com/bandara-nunukan-layani-penerbangan-reguler-dan-perintis/"
L4 = "https://finance.detik.com/infrastruktur/d-4769759/menengok-satu-satunya-transportasi-ke-krayan-perbatasan-ri-malaysia"
LONG_BAWAN = "65.03.05.2041"

KRAYAN = Journeys(
    slug="krayan",
    areas=("65.03.05", "65.03.07", "65.03.17", "65.03.18", "65.03.19"),
    zone="Krayan",
    session_turn_out_share=0.5,
    teams=(
        JourneyTeam(code="TIM-2", max_nights=4, rest_days=1),
        JourneyTeam(code="TIM-3", max_nights=4, rest_days=1),
    ),
    lodgings=(
        SleepingPlace(code="LBW-INAP", name="Penginapan di Long Bawan", village=LONG_BAWAN, cost_per_night=600_000),
    ),
    stations=(
        StopOver(code="LBW", name="Bandara Yuvai Semaring, Long Bawan", village=LONG_BAWAN, in_zone=True),
        StopOver(code="MLN", name="Bandara Malinau", village="65.02.02.2002"),
        StopOver(code="NNX", name="Bandara Nunukan", village="65.03.02.1005"),
    ),
    flights=(
        Flight(code="MLN-LBW", origin="MLN", destination="LBW", departs="08:00", minutes=45, weekdays="mon-thu"),
        Flight(code="LBW-MLN", origin="LBW", destination="MLN", departs="09:30", minutes=45, weekdays="mon-thu"),
        Flight(
            code="NNX-LBW", origin="NNX", destination="LBW", departs="08:00", minutes=60, weekdays="mon,wed,fri,sat"
        ),
        Flight(
            code="LBW-NNX", origin="LBW", destination="NNX", departs="09:30", minutes=60, weekdays="mon,tue,wed,sat"
        ),
    ),
    fare=1_200_000,
    notes=(
        "The sites of the five kecamatan of Krayan alone, as in the example of the province, with the zone "
        "`Krayan`: no way leads there but the plane.",
        "Days of flight are public, Malinau and Long Bawan four times a week, Monday to Thursday (2018), "
        "Nunukan to Long Bawan on Monday, Wednesday, Friday and Saturday and back on Monday, Tuesday, "
        "Wednesday and Saturday (2021). Those of the way back to Malinau are assumed to be the same. Hours, "
        "minutes in the air and fares are assumed: no source with them was found, and they change with the "
        "weather. Replace them by those of the year's contract.",
        "Rp 1,200,000 is assumed for a team of three, one team in a plane of 12 seats.",
        "One lodging is assumed at Long Bawan, Rp 600,000 a night for a team; four nights in a row at most, a "
        "day of rest after a trip.",
        "The three airstrips are real; they are placed at the centre of their village, as offices are.",
        "Villages of Krayan without signal hold their sessions at the nearest village of Krayan with some; "
        "half of those who would come at home come there. Both are assumed; the satellite kit of the team of "
        "Malinau needs neither.",
    ),
    sources=(
        ("Malinau – Long Bawan four times a week, March 2018", L2),
        ("Tarakan – Long Bawan Monday to Thursday, planes of 12 seats, March 2018", L1),
        ("Nunukan – Long Bawan and back, days of the week, July 2021", L3),
        ("no other way in or out, November 2019", L4),
    ),
)
