"""How people say by what one goes."""

from collections.abc import Mapping

from app.travel.models import Way
from app.words import Text, in_both

BY_WAY: Mapping[Way, Text] = {
    Way.ROAD: in_both("lewat jalan", "by road"),
    Way.BOAT: in_both("naik perahu", "by boat"),
    Way.PLANE: in_both("naik pesawat", "by plane"),
    Way.FOOT: in_both("berjalan kaki", "on foot"),
}
