"""Random numbers that stay with what they are for: one stream for each visit, site, team and day, so that one visit
more moves nobody else's draws."""

from datetime import date
from enum import IntEnum
from hashlib import sha256

from numpy.random import PCG64, Generator, SeedSequence


class Purpose(IntEnum):
    """What a stream is for: the first part of its key. The numbers are part of every seed and never change."""

    TURN_OUT = 1
    PHONE_READY = 2
    RESIDENTS = 3
    PACE = 4
    SIGNAL = 5
    LOSSES = 6
    SITE = 10
    TEAM = 11
    VISIT = 12
    MAKE_UP = 13
    DAY = 14
    NATIONAL_DAY = 15
    CELL = 16
    WALK_IN_RATE = 20
    WALK_IN_DAY = 21
    POLICY_SWITCH = 22


def seed_of(name: str, on: date) -> int:
    """The seed of a forecast, of a schedule, a district or a province, on a day: 32 bits, which every JSON keeps."""
    return int.from_bytes(sha256(f"{name} {on.isoformat()}".encode()).digest()[:4])


def stream(seed: int, purpose: Purpose, number: int = 0) -> Generator:
    """The stream of one thing; `number` is its id, or the ordinal of a date."""
    return Generator(PCG64(SeedSequence(seed, spawn_key=(purpose, number))))
