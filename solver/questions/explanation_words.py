"""Explanations in a planner's words, Indonesian and English."""

from collections.abc import Mapping

from solver.contract.instance import Site, Visit
from solver.contract.verify import Outcome
from solver.plans.changes import Changes
from solver.plans.words import Text, Value, both, clock_span, date_span, listed
from solver.questions.explanation import Away, Explanation, Forced, Standing
from solver.questions.rule_words import long_rule, short_rule

MOST_VISITS = 4
MOST_CHANGES = 5


def describe(explanation: Explanation, names: Mapping[str, str]) -> Text:
    """Say in a sentence or two why a site is in the plan or not; `names` of sites by id."""
    match explanation.standing:
        case Standing.SCHEDULED:
            return both(
                "{site} dijadwalkan: {visits}.",
                "{site} is scheduled: {visits}.",
                site=explanation.site.name,
                visits=_visits(explanation, explanation.visits, explanation.trips),
            )
        case Standing.NOT_READY:
            return both(
                "{site} belum siap: {reason}.",
                "{site} is not ready: {reason}.",
                site=explanation.site.name,
                reason=(explanation.not_ready or "").rstrip("."),
            )
        case Standing.IMPOSSIBLE:
            return _impossible(explanation)
        case Standing.BEATEN:
            return (
                _unfound(explanation) if explanation.forced is None else _beaten(explanation, explanation.forced, names)
            )


def _impossible(explanation: Explanation) -> Text:
    possibility = explanation.possibility
    assert possibility.rule is not None
    counts = [
        both("{count} {rule}", "{count} {rule}", count=count, rule=short_rule(rule))
        for rule, count in possibility.by_rule
    ]
    if not counts:
        return both(
            "{site} tidak mungkin dikunjungi: {why}.",
            "{site} cannot be visited: {why}.",
            site=explanation.site.name,
            why=long_rule(possibility),
        )
    return both(
        "{site} tidak mungkin dikunjungi: {why}. Dari {days} hari-tim: {counts}.",
        "{site} cannot be visited: {why}. Of {days} team-days: {counts}.",
        site=explanation.site.name,
        why=long_rule(possibility),
        days=possibility.team_days,
        counts=listed(counts, most=len(counts)),
    )


def _unfound(explanation: Explanation) -> Text:
    possibility = explanation.possibility
    if possibility.possible:
        head = both(
            "{site} dapat dikunjungi pada {possible} dari {days} hari-tim",
            "{site} could be visited on {possible} of {days} team-days",
            site=explanation.site.name,
            possible=possibility.possible,
            days=possibility.team_days,
        )
    else:
        head = both(
            "{site} hanya dapat dicapai lewat lokasi lain",
            "{site} can be reached only over other sites",
            site=explanation.site.name,
        )
    return both("{head}, {tail}", "{head}, {tail}", head=head, tail=_in_the_way(explanation))


def _in_the_way(explanation: Explanation) -> Text:
    """What keeps a site out that no plan found could take in; nothing is blamed that is not there."""
    if explanation.has_pins and explanation.has_budget:
        return both(
            "tetapi semuanya terisi yang dipatok atau anggaran sudah habis. Lepaskan patokan atau naikkan anggaran.",
            "but what is pinned fills them all, or the budget is spent. Unpin something or raise the budget.",
        )
    if explanation.has_pins:
        return both(
            "tetapi yang dipatok menghalanginya. Lepaskan patokan.",
            "but what is pinned stands in the way. Unpin something.",
        )
    if explanation.has_budget:
        return both(
            "tetapi anggaran sudah habis. Naikkan anggaran.",
            "but the budget is spent. Raise the budget.",
        )
    return both(
        "tetapi tidak ditemukan rencana yang memuatnya di samping kunjungan lain.",
        "but no plan was found that takes it in beside the other visits.",
    )


def _beaten(explanation: Explanation, forced: Forced, names: Mapping[str, str]) -> Text:
    won = sum(outcome.served for outcome in forced.visits)
    facts: dict[str, Value] = {
        "site": explanation.site.name,
        "visits": _visits(explanation, forced.visits, forced.trips),
        "lost": abs(forced.activations_lost),
        "won": won,
        "cost": forced.cost_added,
    }
    if forced.value_lost_milli < 0:
        sentence = both(
            "{site} sebaiknya dikunjungi: {visits} memperbaiki rencana, selisih {lost} aktivasi. Rencana ini belum "
            "yang terbaik; hitung ulang lebih lama.",
            "{site} would be worth a visit: {visits} improves the plan, by {lost} activations. This plan is not the "
            "best yet; allow a longer run.",
            **facts,
        )
    elif forced.activations_lost > 0 and not forced.closes_gap:
        sentence = both(
            "{site} kalah bersaing: bila dipaksakan ({visits}), seluruh rencana kehilangan {lost} aktivasi.",
            "{site} is beaten: forcing it in ({visits}) loses {lost} activations over the whole plan.",
            **facts,
        )
    elif forced.closes_gap:
        sentence = both(
            "{site} tidak diperlukan: target sudah tertutup tanpa lokasi ini. Bila dipaksakan ({visits}), biaya "
            "berubah Rp{cost}.",
            "{site} is not needed: the gap is closed without it. Forcing it in ({visits}) changes the cost by "
            "Rp{cost}.",
            **facts,
        )
    else:
        sentence = both(
            "{site} kalah tipis: bila dipaksakan ({visits}), jumlah aktivasi tidak berkurang, tetapi biaya berubah "
            "Rp{cost} dan rencana secara keseluruhan tidak lebih baik.",
            "{site} is beaten narrowly: forcing it in ({visits}) loses no activations, but the cost changes by "
            "Rp{cost} and the plan is no better on the whole.",
            **facts,
        )
    leaving = _consequences(forced.changes, names)
    if any(lost for _, lost in forced.documents_lost):
        sentence = both("{first} {second}", "{first} {second}", first=sentence, second=_documents(forced))
    return both("{first} {second}", "{first} {second}", first=sentence, second=leaving)


def _documents(forced: Forced) -> Text:
    """How many people of each further document the whole plan serves more or fewer."""
    changed = [
        both("{name} {change}", "{name} {change}", name=name, change=f"{-lost:+}".replace("-", "\N{MINUS SIGN}"))
        for name, lost in forced.documents_lost
        if lost
    ]
    return both(
        "Dokumen lain dalam seluruh rencana: {changed}.",
        "Other documents over the whole plan: {changed}.",
        changed=listed(changed, most=len(changed)),
    )


def _consequences(changes: Changes, names: Mapping[str, str]) -> Text:
    """Which other visits would go, move, or come."""
    shortened = [move for move in changes.retimed if move.before.minutes != move.after.minutes]
    leaving = [_place(names, visit) for visit in changes.withdrawn]
    moving = [
        both("{before} ke {after}", "{before} to {after}", before=_place(names, move.before), after=_when(move.after))
        for move in changes.moved
    ]
    resized = [
        both(
            "{place} dari {old} menjadi {new} menit",
            "{place} from {old} to {new} minutes",
            place=_place(names, move.before),
            old=move.before.minutes,
            new=move.after.minutes,
        )
        for move in shortened
    ]
    coming = [_place(names, visit) for visit in changes.added]
    parts = [
        both(
            f"{indonesian}: {{concerned}}.",
            f"{english}: {{concerned}}.",
            concerned=listed(concerned, most=MOST_CHANGES),
        )
        for indonesian, english, concerned in (
            ("Keluar", "Leaving", leaving),
            ("Pindah", "Moving", moving),
            ("Lama layanan berubah", "Other service time", resized),
            ("Bertambah", "Added", coming),
        )
        if concerned
    ]
    later = len(changes.retimed) - len(shortened)
    if later:
        parts.append(
            both("Kunjungan lain yang hanya bergeser jamnya: {later}.", "Only shifted in time: {later}.", later=later)
        )
    if not parts:
        return both("Tidak ada kunjungan lain yang berubah.", "No other visit changes.")
    return Text(id=" ".join(part.id for part in parts), en=" ".join(part.en for part in parts))


def _place(names: Mapping[str, str], visit: Visit) -> Text:
    return both("{site} ({when})", "{site} ({when})", site=names.get(visit.site, visit.site), when=_when(visit))


def _when(visit: Visit) -> Text:
    return both("tim {team}, {day}", "team {team}, {day}", team=visit.team, day=visit.date)


def _visits(explanation: Explanation, outcomes: tuple[Outcome, ...], trips: tuple[Away, ...]) -> Text:
    texts = []
    for outcome in outcomes:
        visit = outcome.visit
        end = visit.start + explanation.site.setup_minutes + visit.minutes
        text = both(
            "{day} pukul {hours}, tim {team}, {what}",
            "{day}, {hours}, team {team}, {what}",
            day=visit.date,
            hours=clock_span(visit.start, end),
            team=visit.team,
            what=_what(explanation.site, outcome.served),
        )
        away = next((trip for trip in trips if trip.holds(visit)), None)
        texts.append(text if away is None else both("{visit}, {trip}", "{visit}, {trip}", visit=text, trip=_trip(away)))
    return listed(texts, most=MOST_VISITS)


def _what(site: Site, served: int) -> Text:
    if site.prepares:
        return both(
            "persiapan {people} orang, belum dihitung",
            "{people} people prepared, none counted yet",
            people=site.prepares,
        )
    return both("{served} aktivasi", "{served} activations", served=served)


def _trip(away: Away) -> Text:
    """When a team is away, and where it sleeps."""
    names = list(dict.fromkeys(away.lodgings))
    return both(
        "dalam perjalanan {dates} dengan menginap di {lodgings}",
        "on the trip of {dates}, sleeping at {lodgings}",
        dates=date_span(away.first, away.last),
        lodgings=Text(id=", lalu di ".join(names), en=", then at ".join(names)),
    )
