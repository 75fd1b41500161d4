"""How long a token opens: 400 days unless something else is said, longer or for ever by an administrator's word;
and how long a session does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.access.models import Role
from app.errors import FieldProblem
from app.languages import said

DEFAULT_DAYS = 400
"""A year, and a month to notice that it is over."""
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """What was asked for; at most one of the three."""

    expires_at: datetime | None = None
    """Aware."""
    days: int | None = None
    never_expires: bool = False

    def end(self, now: datetime) -> datetime | None:
        """When a token issued now stops opening; None: never."""
        if self.never_expires:
            return None
        return self.expires_at or now + timedelta(days=DEFAULT_DAYS if self.days is None else self.days)


USUAL = Lifetime()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnds:
    """After what time a session is over."""

    idle_hours: int
    """Without a use; counted from a use that is known to the hour, so it may be one hour less."""
    whole: timedelta
    """However much it is used."""


_AT_A_DESK = SessionEnds(idle_hours=12, whole=timedelta(days=14))
SESSION_ENDS: Mapping[Role, SessionEnds] = {
    Role.ADMIN: _AT_A_DESK,
    Role.PLANNER: _AT_A_DESK,
    Role.VIEWER: _AT_A_DESK,
    # A phone in the field has one user, who has no password to come back with.
    Role.COORDINATOR: SessionEnds(idle_hours=30 * 24, whole=timedelta(days=180)),
}


def problems_of(lifetime: Lifetime, *, now: datetime, may_be_long: bool) -> Sequence[FieldProblem]:
    """What is wrong with it; `may_be_long`: beyond `DEFAULT_DAYS`, and for ever."""
    wishes = {
        "expires_at": lifetime.expires_at and lifetime.expires_at.isoformat(),
        "expires_in_days": lifetime.days,
        "never_expires": lifetime.never_expires or None,
    }
    named = [name for name, wish in wishes.items() if wish is not None]
    if len(named) > 1:
        return [
            FieldProblem(
                pointer=f"/{named[-1]}",
                detail=said(
                    "A token ends once: {names} contradict each other.",
                    "Token hanya berakhir satu kali: {names} saling bertentangan.",
                    names=", ".join(named),
                ),
                value=wishes[named[-1]],
                mend=said("Give one of them.", "Isi salah satu saja."),
            )
        ]
    if lifetime.expires_at is not None and lifetime.expires_at <= now:
        return [
            FieldProblem(
                pointer="/expires_at",
                detail=said("The token would have expired already.", "Token ini sudah kedaluwarsa sejak awal."),
                value=wishes["expires_at"],
                mend=said(
                    "Give a time after {now}, or leave it out.",
                    "Isi waktu sesudah {now}, atau kosongkan.",
                    now=now.isoformat(timespec="seconds"),
                ),
            )
        ]
    end = lifetime.end(now)
    if may_be_long or (end is not None and end <= now + timedelta(days=DEFAULT_DAYS)):
        return []
    return [
        FieldProblem(
            pointer=f"/{named[0]}",
            detail=said(
                "Only an administrator issues a token for more than {days} days.",
                "Hanya administrator yang dapat menerbitkan token untuk lebih dari {days} hari.",
                days=DEFAULT_DAYS,
            ),
            value=wishes[named[0]],
            mend=said(
                "Give at most {days} days, or ask an administrator.",
                "Isi paling lama {days} hari, atau minta kepada administrator.",
                days=DEFAULT_DAYS,
            ),
        )
    ]
