"""One wish of a planner, as it is written on the command line: how many teams, days, kits or people more, another
deadline, a session at another site, people prepared before they are activated."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, unquote

from solver.contract.documents import SATELLITE

PREPARING_PERCENT, ACTIVATING_PERCENT = 70, 40
"""Of the usual minutes for a person: assumed, no figure is public. Together more than the usual: two greetings."""
RETURNING_PERCENT = 80
"""Of those prepared, those who come again: assumed, no figure is public."""
TURN_OUT_PERCENT = 50
"""Of these, those who come to another place: assumed, as for any session that is moved."""
PERCENTAGES = {"preparing": (1, 1000), "activating": (1, 1000), "returning": (0, 100)}
"""What is said in percent, and its range."""
MOST_PREPARING_MINUTES = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How people of a site are prepared up to a date and activated after it, at home or at another `place`.

    Percentages: of the usual minutes for a person; of those prepared, who come again; of these, who come to `place`.
    `minutes`: how long the preparation lasts (None: long enough for all, if a team can stay so long)."""

    by: date
    place: str | None = None
    minutes: int | None = None
    preparing: int = PREPARING_PERCENT
    activating: int = ACTIVATING_PERCENT
    returning: int = RETURNING_PERCENT
    turn_out: int = TURN_OUT_PERCENT


class ImpossibleChange(ValueError):
    """The change cannot be made to this instance; the message says what would do."""

    def __init__(self, english: str, indonesian: str):
        super().__init__(english)
        self.indonesian = indonesian


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One wish: what changes, by how much, which team is copied (`average`, `best` or an id), which kind of kit; of a
    session that is moved, how many percent come, from which site and to which; of a preparation, its site and terms."""

    what: str
    amount: int
    until: date | None = None
    team: str = "average"
    kind: str = SATELLITE
    site: str = ""
    place: str = ""
    terms: Terms | None = None

    @classmethod
    def parse(cls, text: str, *, team: str = "average") -> "Change":
        """Read `teams=+2`, `days=-5`, `nights=+1`, `kit=+1`, `kit:printer=+1`, `yield=+10%`, `people=-20%`,
        `walk_ins=+5`, `gap=-1000`, `until=2023-12-22`, `session=A>B:50` or `prepare=A:2023-11-10` (ids percent-encoded
        where they hold one of these signs, options as `read_terms` knows them); raises `ImpossibleChange`."""
        what, _, amount = text.strip().partition("=")
        try:
            if what == "until":
                return cls(what=what, amount=0, until=date.fromisoformat(amount))
            if what in ("yield", "people") and amount.endswith("%"):
                return cls(what=what, amount=int(amount[:-1]))
            if what == "session":
                sites, _, percent = amount.partition(":")
                site, arrow, place = sites.partition(">")
                if arrow:
                    return cls(what=what, amount=int(percent), site=unquote(site), place=unquote(place))
            if what == "prepare":
                site, terms = read_terms(amount)
                return cls(what=what, amount=0, site=site, terms=terms)
            if what.startswith("kit:") and len(what) > len("kit:"):
                return cls(what="kit", amount=int(amount), kind=what.removeprefix("kit:"))
            if what in ("teams", "days", "nights", "kit", "walk_ins", "gap"):
                return cls(what=what, amount=int(amount), team=team)
        except ValueError:
            # No whole number or date behind the equals sign: told below like any other slip.
            pass
        raise ImpossibleChange(
            f"{text!r} is no change: write teams=+2, days=+5, until=2023-12-22, nights=+1, kit=+1, kit:printer=+1, "
            "yield=+10%, people=-20%, walk_ins=+5, gap=-1000, session=A>B:50 or prepare=A:2023-11-10",
            f"{text!r} bukan perubahan: tulis teams=+2, days=+5, until=2023-12-22, nights=+1, kit=+1, kit:printer=+1, "
            "yield=+10%, people=-20%, walk_ins=+5, gap=-1000, session=A>B:50, atau prepare=A:2023-11-10",
        )

    @property
    def written(self) -> str:
        """The change as it is written on the command line."""
        if self.until is not None:
            return f"until={self.until}"
        if self.terms is not None:
            return f"prepare={written_terms(self.site, self.terms)}"
        if self.what == "session":
            return f"session={quote(self.site, safe='')}>{quote(self.place, safe='')}:{self.amount}"
        percent = "%" if self.what in ("yield", "people") else ""
        kind = f":{self.kind}" if self.what == "kit" and self.kind != SATELLITE else ""
        return f"{self.what}{kind}={self.amount:+}{percent}"


def read_terms(text: str) -> tuple[str, Terms]:
    """Read `SITE:DATE`, and perhaps `;at=PLACE:50`, `;minutes=120`, `;preparing=70`, `;activating=40`,
    `;returning=80`, ids percent-encoded; raises `ValueError` for what is none."""
    first, *options = text.split(";")
    site, colon, day = first.rpartition(":")
    if not (site and colon):
        raise ValueError(text)
    values: dict[str, Any] = {}
    for option in options:
        name, _, value = option.partition("=")
        if name == "at":
            place, colon, percent = value.rpartition(":")
            if not (place and colon):
                raise ValueError(option)
            values |= {"place": unquote(place), "turn_out": int(percent)}
        elif name in (*PERCENTAGES, "minutes"):
            values[name] = int(value)
        else:
            raise ValueError(option)
    return unquote(site), Terms(by=date.fromisoformat(day), **values)


def written_terms(site: str, terms: Terms) -> str:
    """What `read_terms` reads, without what is assumed anyway."""
    usual, parts = Terms(by=terms.by), [f"{quote(site, safe='')}:{terms.by}"]
    if terms.place is not None:
        parts.append(f"at={quote(terms.place, safe='')}:{terms.turn_out}")
    for name in ("minutes", *PERCENTAGES):
        if getattr(terms, name) != getattr(usual, name):
            parts.append(f"{name}={getattr(terms, name)}")
    return ";".join(parts)
