"""What can go wrong with somebody else's calendar, in words a planner can act on and that tell nothing about
the inside of the network: a closed port, a filtered one and a forbidden address sound the same."""

from enum import StrEnum

from app.words import Text


class Trouble(StrEnum):
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    CREDENTIALS_REFUSED = "credentials_refused"
    CREDENTIALS_UNREADABLE = "credentials_unreadable"
    SIGN_IN_UNKNOWN = "sign_in_unknown"
    NOT_FOUND = "not_found"
    MOVED = "moved"
    SERVER_FAILED = "server_failed"
    NOT_A_CALENDAR = "not_a_calendar"
    INCOMPLETE = "incomplete"
    TOO_LARGE = "too_large"
    TOO_MANY_EVENTS = "too_many_events"
    REPEATS_TOO_OFTEN = "repeats_too_often"
    TOO_HEAVY = "too_heavy"
    BROKEN = "broken"
    """An error of our own, or something foreign that nobody foresaw."""


_TEXTS: dict[Trouble, tuple[str, str]] = {
    Trouble.UNREACHABLE: (
        "Tidak ada jawaban dari alamat ini. Periksa alamatnya dan apakah kalendernya dapat dibuka dari internet; "
        "server di jaringan kantor harus diizinkan dahulu oleh administrator (JEMPUT_ALLOWED_HOSTS).",
        "There is no answer from this address. Check the address and whether the calendar opens from the internet; "
        "a server inside the office network must first be allowed by the administrator (JEMPUT_ALLOWED_HOSTS).",
    ),
    Trouble.UNTRUSTED: (
        "Sertifikat server tidak dapat dipercaya. Minta pengelola kalender memperbarui sertifikatnya.",
        "The server's certificate cannot be trusted. Ask whoever runs the calendar to renew it.",
    ),
    Trouble.CREDENTIALS_REFUSED: (
        "Nama pengguna atau kata sandi ditolak. Masukkan lagi; banyak layanan meminta kata sandi aplikasi.",
        "The user name or password was refused. Enter them again; many services want an application password.",
    ),
    Trouble.CREDENTIALS_UNREADABLE: (
        "Alamat dan kata sandi yang tersimpan tidak dapat dibuka dengan kunci server saat ini. Masukkan keduanya lagi.",
        "The stored address and password cannot be opened with the server's present key. Enter both again.",
    ),
    Trouble.SIGN_IN_UNKNOWN: (
        "Server ini meminta cara masuk yang tidak dikenal atau rusak. Minta pengelola kalender mengizinkan Basic, atau "
        "Digest dengan MD5 atau SHA-256.",
        "This server asks us to sign in by a way that is unknown or broken. Ask whoever runs the calendar to allow "
        "Basic, or Digest with MD5 or SHA-256.",
    ),
    Trouble.NOT_FOUND: (
        "Tidak ada kalender di alamat ini (lagi). Salin alamatnya lagi dari aplikasi kalender.",
        "There is no calendar at this address (any more). Copy the address again from the calendar application.",
    ),
    Trouble.MOVED: (
        "Alamat ini mengalihkan terlalu sering atau ke alamat yang tidak aman. Masukkan alamat tujuan terakhirnya.",
        "This address redirects too often, or to an unsafe address. Enter the address where it ends.",
    ),
    Trouble.SERVER_FAILED: (
        "Server kalender sedang bermasalah; akan dicoba lagi.",
        "The calendar's server has a problem of its own; we shall try again.",
    ),
    Trouble.NOT_A_CALENDAR: (
        "Alamat ini menjawab, tetapi bukan dengan kalender. Gunakan alamat satu kalender: koleksi CalDAV atau .ics.",
        "This address answers, but not with a calendar. Use the address of one calendar: CalDAV collection or .ics.",
    ),
    Trouble.INCOMPLETE: (
        "Jawaban server terpotong atau rusak; yang sudah dibaca sebelumnya tetap berlaku dan akan dicoba lagi.",
        "The server's answer was cut short or broken; what was read before stays, and we shall try again.",
    ),
    Trouble.TOO_LARGE: (
        "Kalender ini lebih besar dari batas. Hubungkan kalender yang lebih kecil atau hapus acara lama.",
        "This calendar is larger than the limit. Connect a smaller one, or remove old events.",
    ),
    Trouble.TOO_MANY_EVENTS: (
        "Kalender ini berisi terlalu banyak acara dalam jangka waktu yang dibaca. Hubungkan kalender yang lebih kecil.",
        "This calendar holds too many events in the time that is read. Connect a smaller one.",
    ),
    Trouble.REPEATS_TOO_OFTEN: (
        "Sebuah acara berulang terlalu sering untuk dibaca. Ubah atau hapus pengulangannya.",
        "An event repeats too often to be read. Change or remove its repetition.",
    ),
    Trouble.TOO_HEAVY: (
        "Kalender ini terlalu berat untuk dibaca: pengulangan acaranya melampaui batas waktu atau memori.",
        "This calendar is too heavy to read: its repetitions exceed the limit of time or memory.",
    ),
    Trouble.BROKEN: (
        "Kesalahan program yang tidak terduga; hanya ini yang disisihkan, yang lain tetap jalan, dan akan dicoba lagi. "
        "Sampaikan kepada administrator: rinciannya ada di log.",
        "An error of the program that nobody foresaw; only this was set aside, the others go on, and it will be tried "
        "again. Tell the administrator: the log has the details.",
    ),
}


class CalendarTrouble(Exception):
    """Reading or writing a calendar came to nothing; what was read before stays as it is."""

    def __init__(self, code: Trouble, *, about: str | None = None, retry_after_seconds: int | None = None):
        super().__init__(code.value)
        self.code = code
        self.about = about
        """The event or limit concerned, as far as the planner may see it."""
        self.retry_after_seconds = retry_after_seconds


def trouble_text(code: Trouble, about: str | None = None) -> Text:
    """The sentence in both languages."""
    indonesian, english = _TEXTS[code]
    more = f" ({about})" if about else ""
    return {"id": indonesian + more, "en": english + more}
