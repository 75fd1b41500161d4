"""What nobody published and the examples had to assume: each figure once, with its reason.

SOURCES.md of every example prints this list, so a district can replace the figures one by one.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed(Generic[Value]):
    """A figure of ours and why it is not absurd."""

    value: Value
    reason: str


VILLAGE_AREA_EXPONENT = Assumed(
    value=0.25,
    reason="inside a kecamatan, people are shared among villages by the fourth root of the village's area: "
    "larger villages hold more people, but far less than in proportion",
)
KELURAHAN_WEIGHT = Assumed(
    value=2.0,
    reason="a kelurahan (urban) counts twice beside desa of the same kecamatan, for towns are denser",
)
NEW_KECAMATAN_SHARE = Assumed(
    value="by number of villages",
    reason="a kecamatan created after 2010 has no census count: it shares, by number of villages, the "
    "count of the nearest kecamatan of its district that has one, for it was most likely split from it",
)
SEVENTEEN_YEAR_OLDS_SHARE = Assumed(
    value=0.017,
    reason="one year of age is about 1.7 % of the residents (the share used for Kabupaten Serang: "
    "29,000 of 1.7 million)",
)
ADULT_PUPIL_YEARS = Assumed(
    value=1.5,
    reason="pupils of 17 and older are the final year and about half of the year before",
)
CHILD_PUPIL_YEARS = Assumed(
    value=1.5,
    reason="an upper secondary school has three years: pupils under 17 are those of them who are not 17 yet",
)
RECORDED_PUPIL_YEARS = Assumed(
    value=2.0,
    reason="pupils of 16 and 17 are the middle year and about half of each of the others",
)
PUPILS_IN_LISTED_SCHOOLS_SHARE = Assumed(
    value=0.7,
    reason="the others left school or attend a madrasah (MA), which the school list lacks",
)
SCHOOL_WEIGHT = Assumed(
    value={
        ("SMA", "negeri"): 3.0,
        ("SMK", "negeri"): 3.5,
        ("SMA", "swasta"): 1.0,
        ("SMK", "swasta"): 1.5,
        ("SLB", "negeri"): 0.15,
        ("SLB", "swasta"): 0.1,
    },
    reason="pupil numbers are not published per school: state schools are about three times as large as "
    "private ones, vocational ones a little larger, special schools have a class or two",
)
SCHOOL_STAFF = Assumed(
    value={
        ("SMA", "negeri"): 60,
        ("SMK", "negeri"): 70,
        ("SMA", "swasta"): 25,
        ("SMK", "swasta"): 25,
        ("SLB", "negeri"): 20,
        ("SLB", "swasta"): 10,
    },
    reason="teachers and staff are activated with the pupils (as reported at SMKN 2 Lubuklinggau)",
)
SCHOOL_COORDINATE_RADII = Assumed(
    value=2.0,
    reason="a school's coordinates are believed up to twice its kecamatan's radius (of a circle of the "
    "same area) from the kecamatan's centre; otherwise the centre is used",
)
SCHOOL_COORDINATE_MIN_KM = Assumed(
    value=5.0,
    reason="small kecamatan have ragged borders: below 5 km a school's coordinates are always believed",
)
AREA_OFFICE_STAFF = Assumed(
    value=30,
    reason="staff of a kecamatan office, as many as the 30 given per village office in Kabupaten Serang",
)
AGENCY_STAFF_WEIGHTS = Assumed(
    value=(
        ("Sekretariat Daerah", 9.0),
        ("Sekretariat DPRD", 3.0),
        ("Inspektorat Daerah", 2.5),
        ("Dinas Pendidikan dan Kebudayaan", 5.0),
        ("Dinas Kesehatan", 5.0),
        ("Rumah Sakit Umum Daerah", 16.0),
        ("Dinas Pekerjaan Umum dan Penataan Ruang", 5.0),
        ("Dinas Perumahan dan Kawasan Permukiman", 3.0),
        ("Satuan Polisi Pamong Praja", 8.0),
        ("Badan Penanggulangan Bencana Daerah", 3.0),
        ("Dinas Pemadam Kebakaran dan Penyelamatan", 5.0),
        ("Dinas Sosial", 2.5),
        ("Dinas Tenaga Kerja", 2.5),
        ("Dinas Pemberdayaan Perempuan dan Perlindungan Anak", 2.0),
        ("Dinas Ketahanan Pangan", 2.0),
        ("Dinas Pertanian", 4.0),
        ("Dinas Perikanan", 2.0),
        ("Dinas Lingkungan Hidup", 8.0),
        ("Dinas Kependudukan dan Pencatatan Sipil", 2.5),
        ("Dinas Pemberdayaan Masyarakat", 2.0),
        ("Dinas Pengendalian Penduduk dan Keluarga Berencana", 3.0),
        ("Dinas Perhubungan", 5.0),
        ("Dinas Komunikasi dan Informatika", 2.5),
        ("Dinas Koperasi dan Usaha Mikro", 2.0),
        ("Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu", 2.5),
        ("Dinas Kepemudaan dan Olahraga", 2.0),
        ("Dinas Pariwisata", 2.0),
        ("Dinas Perpustakaan dan Kearsipan", 2.0),
        ("Dinas Perdagangan", 3.0),
        ("Dinas Perindustrian", 2.0),
        ("Badan Perencanaan Pembangunan Daerah", 3.0),
        ("Badan Pengelolaan Keuangan dan Aset Daerah", 3.0),
        ("Badan Pendapatan Daerah", 3.5),
        ("Badan Kepegawaian dan Pengembangan Sumber Daya Manusia", 2.5),
        ("Badan Kesatuan Bangsa dan Politik", 2.0),
    ),
    reason="the usual 35 agencies of a district after Peraturan Pemerintah 18/2016, with relative staff "
    "sizes; the true list, its staff and its addresses are not public in one place",
)
DENSITY_RATINGS = Assumed(
    value=((3000.0, 4), (1000.0, 3), (300.0, 2), (0.0, 1)),
    reason="connectivity where no measurement exists: people per km² of the village (apportioned as "
    "above) from which a rating holds, for operators build where people are; measured_on stays "
    "empty until somebody measures",
)
AGENCY_LEAST_RATING = Assumed(
    value=3,
    reason="agencies of a district or province work online all day: their connectivity is at least good",
)
HOME_VISIT_MINUTES = Assumed(
    value=20,
    reason="one home visit with a recording takes about 20 minutes, the walk to the next door included",
)
HOME_SITE_PEOPLE = Assumed(
    value=12,
    reason="home visits are grouped so that one group fits into one day of one team",
)
SERVICE_SLOT_MINUTES = Assumed(
    value=15,
    reason="service time is planned in quarters of an hour, so the fixed time of a group of home visits "
    "is a multiple of it",
)
FLOOR_SHARE = Assumed(
    value=0.002,
    reason="floor of an area where the district wants every kecamatan lifted: 0.2 % of its eligible "
    "people, about a quarter of what ten teams can serve in a month",
)
