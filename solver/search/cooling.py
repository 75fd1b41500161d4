"""How long the search cools: fitted to the speed of the machine, and named by the total of iterations alone.

So a run that only the clock has limited can be repeated: its total says all that the clock decided.
"""

from dataclasses import dataclass

# The rehearsal before the cooling lasts FIRST_REHEARSAL iterations or a power of GROWTH times as many, until the
# cooling would be no more than REHEARSED times as long. The speed is then known: over a whole cooling it was within
# 10 % of that on seven of ten instances, within 24 % on all.
FIRST_REHEARSAL = 250
GROWTH = 1.5
REHEARSED = 25
# Coolings fitted to a machine end at FIRST_REHEARSAL times a power of LADDER.
LADDER = 1.05
RUNGS = 330
# The cooling takes so much of a run: the rounds and the choice among routes that follow find next to nothing more.
COOLING_SHARE = 0.92
# A total names its course by its last digits: 1 + rung + RUNGS * late. Round numbers, as people give them, name none.
NAMES = 10_000
ROUND = 1000
DROPPED = 3
# What else a total with such digits could mean: the cooling is at most so many times as long, or as short.
LONGEST, SHORTEST = 20.0, 1 / 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """At which iteration the cooling ends, and how many rounds late the choice among routes came, if not DROPPED."""

    cooled: int
    late: int = 0


def rehearsal_length(cooled: int) -> int:
    """Return at which iteration the rehearsal for a cooling up to `cooled` ends."""
    length = FIRST_REHEARSAL
    while length * REHEARSED < cooled:
        length = next_rehearsal(length)
    return min(length, cooled)


def next_rehearsal(length: int) -> int:
    """Return the next longer rehearsal."""
    return int(length * GROWTH)


def fitted_course(expected: int, *, rehearsed: int) -> Course | None:
    """Return the course for so many expected iterations, None if they are worth a longer rehearsal."""
    if expected > rehearsed * REHEARSED:
        return None
    rungs = [rung for rung in map(_rung_length, range(RUNGS)) if rehearsal_length(rung) == rehearsed]
    return Course(cooled=max((rung for rung in rungs if rung <= expected), default=rungs[0]))


def course_of(total: int) -> Course:
    """Return the course of a run of `total` iterations."""
    late, rung = divmod(total % NAMES - 1, RUNGS)
    if 0 <= late <= DROPPED and total % ROUND and total > NAMES:
        cooled = _rung_length(rung)
        if total * SHORTEST <= cooled <= total * LONGEST:
            return Course(cooled=cooled, late=late)
    return Course(cooled=max(1, int(total * COOLING_SHARE)))


def total_of(course: Course, iterations: int) -> int | None:
    """Return the first total from so many iterations on that names the course; None if none near does."""
    rungs = [rung for rung in range(RUNGS) if _rung_length(rung) == course.cooled]
    if not rungs:
        return None
    digits = 1 + rungs[0] + RUNGS * course.late
    total = max(NAMES + digits, iterations + (digits - iterations) % NAMES)
    return total if course_of(total) == course else None


def _rung_length(rung: int) -> int:
    return int(FIRST_REHEARSAL * LADDER**rung)
