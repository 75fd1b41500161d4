"""The words under which Indonesian offices' sheets hold the fields of a site, and their words for its values."""

from app.languages import said
from app.sites.models import Readiness, SiteKind
from app.tables.fields import BadText, whole_number

COLUMN_WORDS: dict[str, tuple[str, ...]] = {
    "code": ("kode", "kode lokasi", "npsn", "kode faskes", "kode puskesmas", "kode desa", "kode wilayah", "id lokasi"),
    "name": (
        *("nama", "nama lokasi", "nama tempat", "lokasi", "tempat", "nama instansi", "nama sekolah", "nama desa"),
        *("nama desa kelurahan", "nama faskes", "nama puskesmas", "nama kantor", "nama unit", "nama unit kerja"),
        *("desa kelurahan", "instansi", "nama lokasi pelayanan", "lokasi pelayanan", "lokasi kegiatan"),
    ),
    "kind": ("jenis", "jenis lokasi", "jenis tempat", "kategori", "tipe", "kelompok", "type", "jenis instansi"),
    "area_code": ("kecamatan", "nama kecamatan", "kec", "kode kecamatan", "wilayah kecamatan", "area", "sub district"),
    "lat": ("lintang", "latitude", "garis lintang", "koordinat lintang", "lintang selatan", "koordinat y", "y", "ls"),
    "lon": (
        *("bujur", "longitude", "long", "lng", "garis bujur", "koordinat bujur", "bujur timur", "koordinat x", "x"),
        "bt",
    ),
    "headcount": (
        *("jumlah wajib ktp", "wajib ktp", "jumlah wajib ktp el", "wajib ktp el", "jumlah sasaran", "sasaran"),
        *("jumlah orang", "jumlah penduduk", "penduduk", "jumlah pegawai", "pegawai", "jumlah siswa", "jumlah jiwa"),
        *("jumlah warga", "jumlah peserta", "jumlah", "jml penduduk", "jml wajib ktp", "jml sasaran", "people"),
    ),
    "already_activated": (
        *("sudah ikd", "sudah aktif", "sudah aktivasi", "sudah aktivasi ikd", "jumlah sudah ikd", "ikd aktif"),
        *("aktivasi ikd", "sudah memiliki ikd", "sudah punya ikd", "telah aktivasi", "jumlah aktivasi ikd", "ikd"),
    ),
    "already_activated_as_of": (
        *("sudah ikd per tanggal", "tanggal sudah ikd", "per tanggal", "tanggal data", "tanggal data ikd"),
        *("data per tanggal", "keadaan per tanggal"),
    ),
    "phone_ready_share": (
        *("punya ponsel", "pengguna smartphone", "smartphone", "pengguna hp", "pengguna ponsel", "punya smartphone"),
        *("hp android", "ponsel siap", "persen smartphone", "persentase smartphone", "persen pengguna hp"),
    ),
    "turn_out_share": ("kehadiran", "perkiraan hadir", "perkiraan kehadiran", "tingkat kehadiran", "partisipasi"),
    "resident_share": ("penduduk setempat", "ber ktp setempat", "ktp setempat", "warga setempat"),
    "connectivity": (
        *("sinyal", "kualitas sinyal", "kondisi sinyal", "jaringan", "kondisi jaringan", "kualitas jaringan"),
        *("koneksi", "internet", "signal", "sinyal internet", "jaringan internet"),
    ),
    "connectivity_measured_on": (
        *("tanggal ukur", "tanggal ukur sinyal", "tanggal cek sinyal", "tgl cek sinyal", "tanggal survei"),
        *("tgl survei", "tanggal survey", "tanggal pengukuran", "diukur tanggal", "tgl ukur", "tanggal cek"),
    ),
    "readiness": ("kesiapan", "status kesiapan", "kesediaan", "status"),
    "readiness_from": ("siap mulai", "siap dari", "tanggal siap", "bersedia mulai", "tanggal mulai", "tgl mulai"),
    "readiness_until": ("siap sampai", "siap hingga", "bersedia sampai", "tanggal selesai", "tgl selesai"),
    "must_visit": ("wajib dikunjungi", "harus dikunjungi", "wajib kunjung", "prioritas"),
    "max_visit_dates": ("maksimal kunjungan", "kunjungan maksimal", "maks kunjungan"),
    "min_gap_days": ("jeda hari", "jarak hari"),
    "min_teams": ("minimal tim", "tim minimal", "min tim"),
    "max_teams": ("maksimal tim", "tim maksimal", "maks tim"),
    "setup_minutes": ("menit persiapan", "waktu persiapan", "persiapan"),
    "fixed_minutes": ("lama kunjungan", "durasi", "durasi kunjungan"),
    "windows": (
        *("jam buka", "jam layanan", "jam pelayanan", "jam kerja", "jam operasional", "hari dan jam buka"),
        *("hari jam buka", "waktu buka", "waktu layanan"),
    ),
    "exceptions": ("hari khusus", "pengecualian", "jam khusus"),
    "contact_name": (
        *("nama kontak", "kontak", "narahubung", "nama narahubung", "penanggung jawab", "pic", "nama pic"),
        *("contact person", "cp", "kepala desa", "nama kepala desa", "kepala sekolah", "nama kepala sekolah"),
    ),
    "contact_phone": (
        *("no hp", "nomor hp", "telepon", "no telepon", "nomor telepon", "hp", "no wa", "nomor wa", "whatsapp"),
        *("no kontak", "telp", "no telp", "phone"),
    ),
    "session_at": ("sesi di", "lokasi sesi", "sesi dipindah ke", "tempat sesi"),
    "session_turn_out_share": ("kehadiran sesi", "bagian hadir sesi", "kehadiran di tempat sesi"),
    "session_from": ("sesi dipindah mulai", "sesi mulai"),
    "session_until": ("sesi dipindah sampai", "sesi sampai"),
    "preparation_from": ("penyiapan mulai", "disiapkan mulai"),
    "preparation_until": ("penyiapan sampai", "disiapkan sampai", "siapkan sampai"),
    "preparation_minutes": ("menit penyiapan", "lama penyiapan"),
    "preparing_percent": ("persen menit penyiapan", "menit menyiapkan persen"),
    "activating_percent": ("persen menit aktivasi lanjutan", "menit aktivasi lanjutan persen"),
    "returning_percent": ("persen datang lagi", "yang datang lagi persen"),
    "provenance": ("asal data",),
    "contact_email": ("email", "e mail", "surel", "alamat email"),
    "people_ktp_el": (
        *("belum rekam", "belum rekam ktp el", "belum perekaman", "belum perekaman ktp el", "wajib rekam"),
        *("belum rekam ktp", "pemula belum rekam", "jumlah belum rekam", "sasaran perekaman"),
    ),
    "people_ktp_el_as_of": ("belum rekam per tanggal", "tanggal data rekam", "tanggal belum rekam"),
    "people_kia": ("belum kia", "belum memiliki kia", "belum punya kia", "anak belum kia", "sasaran kia"),
    "people_kia_as_of": ("belum kia per tanggal", "tanggal data kia"),
    "people_birth_certificate": (
        *("belum akta", "belum akta kelahiran", "belum memiliki akta kelahiran", "belum punya akta"),
        *("belum akta lahir", "sasaran akta", "sasaran akta kelahiran"),
    ),
    "people_birth_certificate_as_of": ("belum akta per tanggal", "tanggal data akta"),
    "of_age_ktp_el": (
        *("usia 16 17 tahun", "usia 16 17", "umur 16 17 tahun", "umur 16 17", "jumlah usia 16 17 tahun", "pemula"),
        *(
            "usia 16 17 tahun jumlah",
            "jumlah pemula",
            "jumlah umur 16 17 tahun",
            "penduduk usia 16 17 tahun",
            "siswa usia 16 17 tahun",
        ),
    ),
    "of_age_kia": (
        *(
            "anak di bawah 17 tahun",
            "jumlah anak di bawah 17 tahun",
            "usia di bawah 17 tahun",
            "umur di bawah 17 tahun",
        ),
        *("anak usia 0 17 tahun", "usia 0 17 tahun", "umur 0 17 tahun", "anak 0 17 tahun", "anak usia 0 16 tahun"),
        *(
            "anak di bawah 17 tahun jumlah",
            "usia 0 16 tahun",
            "anak usia di bawah 17 tahun",
            "siswa di bawah 17 tahun",
            "jumlah anak",
            "wajib kia",
        ),
    ),
    "of_age_birth_certificate": (
        *("kelahiran setahun", "jumlah kelahiran", "jumlah kelahiran setahun", "kelahiran per tahun", "kelahiran"),
        *("bayi lahir", "jumlah bayi lahir", "kelahiran hidup", "jumlah kelahiran hidup", "lahir hidup"),
    ),
    "needs_kits": ("perlu perlengkapan", "perlengkapan yang diperlukan", "perlu alat", "alat yang diperlukan"),
    "zone": ("zona", "nama pulau", "pulau"),
}
"""By field, in lower case without signs; the likeliest first."""

KIND_WORDS: dict[str, str] = {
    SiteKind.AGENCY: "dinas,instansi,opd,skpd,badan,kantor,kantor dinas,kantor pemerintah,instansi pemerintah,perangkat"
    " daerah",
    SiteKind.SCHOOL: "sekolah,sd,sdn,smp,smpn,sma,sman,smk,smkn,slb,ma,man,mts,mi,madrasah,smu,slta,sltp,pesantren,"
    "pondok pesantren,kampus,universitas,perguruan tinggi",
    SiteKind.CLINIC: "puskesmas,pustu,puskesmas pembantu,klinik,rumah sakit,rs,rsud,faskes,fasilitas kesehatan,"
    "posyandu,poskesdes",
    SiteKind.VILLAGE: "desa,kelurahan,desa/kelurahan,kampung,nagari,gampong,pekon,kantor desa,kantor kelurahan,balai"
    " desa,kelurahan/desa,dusun",
    SiteKind.AREA_OFFICE: "kecamatan,kantor kecamatan,kantor camat",
    SiteKind.ORGANISATION: "organisasi,ormas,komunitas,lembaga,yayasan,perusahaan,swasta,perkumpulan,koperasi",
    SiteKind.MALL: "mal,pusat perbelanjaan,plaza,pasar,supermarket",
    SiteKind.HOME: "rumah,rumah warga,kunjungan rumah,rumah penduduk",
}
READINESS_WORDS: dict[str, str] = {
    Readiness.UNKNOWN: "belum diketahui,tidak diketahui,belum dihubungi,belum",
    Readiness.ASKED: "sudah dihubungi,dihubungi,sudah ditanya,menunggu jawaban,menunggu,bersurat",
    Readiness.AGREED: "setuju,siap,bersedia,sepakat,sudah setuju,ok",
    Readiness.NOT_READY: "belum siap,tidak siap,tidak bersedia,ditunda,menolak",
    Readiness.DONE: "selesai,sudah,sudah dilayani,tuntas",
}
_RATINGS = (
    "tidak ada,tidak ada sinyal,tanpa sinyal,nihil,blank spot,blankspot,none",
    "buruk,jelek,lemah,kurang,kurang baik,sangat lemah,poor",
    "cukup,sedang,lumayan,fair",
    "baik,bagus,kuat,lancar,good",
    "sangat baik,sangat bagus,sangat kuat,sangat lancar,istimewa,excellent",
)
_RATING_OF = {word: rating for rating, words in enumerate(_RATINGS) for word in words.split(",")}


def rating(text: str) -> int:
    """How good the signal is, 0 to 4, as a digit or a word; raises `BadText`."""
    word = " ".join(text.lower().split())
    if word in _RATING_OF:
        return _RATING_OF[word]
    try:
        return whole_number(text)
    except BadText as error:
        raise BadText(
            said("This is no rating of the signal.", "Ini bukan nilai sinyal."),
            said(
                "Write 0 to 4, or none, poor, fair, good, excellent.",
                "Tulis 0 sampai 4, atau tidak ada, buruk, cukup, baik, sangat baik.",
            ),
        ) from error
