"""Why a run ended without a plan, and the way on, as a planner reads it."""

import signal
from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import AppError
from app.languages import joined, said

_MOST_MENDS = 3
_FAULT_OF_OURS = said(
    "This is a fault of the service, not of your data: ask for the plan once more, and if that fails too, give the "
    "number of this plan to the administrator.",
    "Ini kesalahan layanan, bukan kesalahan data Anda: mintalah rencana sekali lagi, dan jika gagal lagi, sampaikan "
    "nomor rencana ini kepada administrator.",
)
_ASK_AGAIN = said("Ask for the plan once more.", "Mintalah rencana sekali lagi.")

LOST = joined(
    said("The queue lost this run before it had a plan.", "Antrean kehilangan penyusunan ini sebelum ada rencana."),
    _ASK_AGAIN,
)
STOPPED = joined(
    said("The run was stopped before it had a plan.", "Penyusunan dihentikan sebelum ada rencana."), _ASK_AGAIN
)
NO_REASON = joined(
    said("The run ended without a plan and without a reason.", "Penyusunan berakhir tanpa rencana dan tanpa alasan."),
    _FAULT_OF_OURS,
)
WORKER_STOPPED = joined(
    said("The worker was stopped each time.", "Proses penyusun dihentikan setiap kali."),
    said(
        "Ask for the plan once more when no maintenance is going on.",
        "Mintalah rencana sekali lagi sesudah pemeliharaan selesai.",
    ),
)


def given_up(attempts: int, last_words: str) -> str:
    """After so many attempts, of which the last ended with these words."""
    count = said("Given up after {count} attempts.", "Dihentikan setelah {count} percobaan.", count=attempts)
    return joined(count, last_words)


def broke(error: Exception) -> str:
    """Something that nobody foresaw."""
    return joined(
        said(
            "Something went wrong on our side ({kind}).",
            "Terjadi kesalahan di pihak kami ({kind}).",
            kind=type(error).__name__,
        ),
        _FAULT_OF_OURS,
    )


def impossible(error: AppError) -> str:
    """The district's data of the moment allow no plan; the mends of the places at fault follow what is wrong."""
    mends: list[str] = []
    for problem in error.problems[:_MOST_MENDS]:
        if problem.mend and problem.mend not in error.detail and problem.mend not in mends:
            mends.append(problem.mend)
    return joined(error.detail, *mends)


def plan_refused(violations: Sequence[str]) -> str:
    """The verifier does not accept what the solver wrote."""
    return joined(
        said(
            "The plan that was found breaks {count} rules and was refused: {first}.",
            "Rencana yang ditemukan melanggar {count} aturan dan ditolak: {first}.",
            count=len(violations),
            first=violations[0],
        ),
        _FAULT_OF_OURS,
    )


def removed_meanwhile(names: Sequence[str]) -> str:
    """Teams and sites of the plan that the district has no longer."""
    return said(
        "{count} of what the plan uses was removed or renamed while it was made ({first}). Ask for the plan once more.",
        "{count} dari yang dipakai rencana dihapus atau diganti kodenya selama penyusunan ({first}). Mintalah rencana "
        "sekali lagi.",
        count=len(names),
        first=names[0],
    )


def solver_refused(event: Mapping[str, Any]) -> str:
    """The solver's own last word, which it says in English alone."""
    words = str(event.get("message") or event.get("reason") or "no reason given").rstrip(". ")
    return joined(
        said(
            "The planning core could not work on this: {words}.",
            "Inti perencanaan tidak dapat mengerjakannya: {words}.",
            words=words,
        ),
        _FAULT_OF_OURS,
    )


def solver_stuck(seconds: float) -> str:
    """A solver that had all the time it was due."""
    return said(
        "The planning core did not end within {seconds:.0f} seconds and was stopped by force. Ask for the plan once "
        "more when the machine is less busy, or for a shorter period.",
        "Inti perencanaan tidak selesai dalam {seconds:.0f} detik dan dihentikan paksa. Mintalah rencana sekali lagi "
        "saat server lebih longgar, atau untuk jangka waktu yang lebih pendek.",
        seconds=seconds,
    )


def solver_died(exit_code: int | None, words: str) -> str:
    """A solver that ended without an answer; `words`: what it wrote to its standard error."""
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        killed = said(
            "The planning core was killed ({name}).", "Inti perencanaan dihentikan sistem ({name}).", name=name
        )
        return joined(killed, _LACK_OF_MEMORY if name == "SIGKILL" else _FAULT_OF_OURS)
    ended = said(
        "The planning core ended without a plan (exit status {exit_code}).",
        "Inti perencanaan berakhir tanpa rencana (status keluar {exit_code}).",
        exit_code=exit_code,
    )
    last_line = words.splitlines()[-1].rstrip(".") if words else ""
    last_words = said("It last said: {line}.", "Pesan terakhirnya: {line}.", line=last_line) if last_line else None
    return joined(ended, last_words, _FAULT_OF_OURS)


_LACK_OF_MEMORY = said(
    "This is what a lack of memory looks like: ask for a shorter period, or ask the administrator for more memory.",
    "Biasanya ini karena memori server kurang: mintalah jangka waktu yang lebih pendek, atau mintalah administrator "
    "menambah memori.",
)
