"""Why a visit cannot be placed, in a planner's words."""

from datetime import date

from solver.plans.words import Text, both
from solver.questions.possibility import Possibility, Rule
from solver.questions.rule_words import long_rule, short_rule

# Rules that only a plan knows, beside those by which a site is judged alone.
_RULES = {
    "past": ("tanggal sudah lewat", "the date has passed"),
    "same_place": ("kunjungan itu memang sudah di sini", "the visit is there already"),
    "day_broken": ("hari tim ini sudah melanggar aturan", "this team-day breaks a rule already"),
    "team_twice": ("tim ini sudah ke lokasi itu pada hari yang sama", "the team comes to the site that day already"),
    "too_close": ("terlalu dekat dengan kunjungan lain ke lokasi itu", "too close to another visit to the site"),
    "no_rest": ("tim ini beristirahat sesudah perjalanan", "the team rests after a trip"),
    "needs_nights": (
        "butuh bermalam, jadi berangkatkan tim dalam draf",
        "it needs nights away that this plan does not have: send the team there in a draft",
    ),
    "needs_ride": (
        "butuh perahu atau pesawat, jadi berangkatkan tim dalam draf",
        "it needs a boat or plane that this plan does not take: send the team there in a draft",
    ),
    "no_gap": (
        "rencana ini sudah menutup target setiap dokumen yang masih diperlukan di lokasi itu",
        "this plan meets the target of every document that somebody there still needs",
    ),
    "no_room": (
        "tidak ada ruang, juga bila satu kunjungan lain memberi tempat",
        "no room, even if one other visit gives way",
    ),
}
# In the order in which they are looked at: the later, the further a team-day gets.
ORDER = (
    "past",
    Rule.TEAM_OFF,
    Rule.SITE_CLOSED,
    "day_broken",
    "same_place",
    "team_twice",
    Rule.TOO_MANY_TEAMS,
    Rule.TOO_MANY_DATES,
    "too_close",
    Rule.NOT_ISSUED,
    Rule.TOO_FEW_KITS,
    Rule.NO_SIGNAL,
    Rule.WINS_NOBODY,
    Rule.OUTSIDE_WINDOW,
    Rule.ARRIVES_LATE,
    Rule.NO_WAY,
    Rule.NO_LODGING,
    Rule.LODGING_CLOSED,
    Rule.TOO_MANY_NIGHTS,
    Rule.NIGHT_OUTSIDE_WORK,
    Rule.NO_DEPARTURE,
    Rule.RIDE_MISSED,
    Rule.SHIFT_END,
    Rule.BREAK_MISSED,
    "no_rest",
    "needs_ride",
    "needs_nights",
    Rule.NO_PEOPLE,
    "no_gap",
    Rule.OVER_BUDGET,
    Rule.TOO_FEW_TEAMS,
    Rule.TOO_MANY_STOPS,
    "no_room",
)


def rule_in_words(rule: str) -> Text:
    """Return a rule as a part of a sentence."""
    if rule in _RULES:
        indonesian, english = _RULES[rule]
        return Text(id=indonesian, en=english)
    return short_rule(Rule(rule))


def rule_against(team: str, day: date, rule: str) -> Text:
    """Say why a team cannot come on a date."""
    return both("Tim {team}, {day}: {why}.", "Team {team}, {day}: {why}.", team=team, day=day, why=rule_in_words(rule))


def no_offer(site: str, rule: str | None, possibility: Possibility, *, has_other_date: bool) -> Text:
    """Say why no visit to a site can be offered on the dates that were asked for."""
    if possibility.rule is not None:
        why = long_rule(possibility)
        return both("{site} tidak mungkin dikunjungi: {why}.", "{site} cannot be visited: {why}.", site=site, why=why)
    why = rule_in_words(rule) if rule else Text(id="tidak ada tim pada tanggal itu", en="there is no team on that date")
    if has_other_date:
        return both(
            "Tidak ada tempat untuk {site} pada tanggal yang diminta ({why}), tetapi ada pada tanggal lain.",
            "There is no place for {site} on the dates asked for ({why}), but there is on another.",
            site=site,
            why=why,
        )
    return both(
        "Tidak ada tempat untuk {site} pada tanggal mana pun dalam rencana ini: {why}.",
        "There is no place for {site} on any date of this plan: {why}.",
        site=site,
        why=why,
    )
