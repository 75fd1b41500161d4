"""What an instance calls lodgings, stations and connections, since it gives no two things one id."""

import re
from collections.abc import Container
from typing import Literal

IdKind = Literal["lodging", "station", "connection"]
_KINDS = re.compile("^(lodging:|station:|connection:)+")


def id_of(kind: IdKind, code: str, *, taken: Container[str]) -> str:
    """The id of a thing by its code; `taken`: those of sites and teams, which are their codes."""
    name = f"{kind}:{code}"
    while name in taken:
        name = f"{kind}:{name}"
    return name


def code_of(name: str) -> str:
    """The code of a lodging, a station or a connection by its id in an instance."""
    return _KINDS.sub("", name)
