"""The result of a run as the API shows it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.districts.models import Document
from app.schedules.document_words import BROUGHT, brought_first
from app.schedules.models import Schedule, Verdict
from app.schedules.result_schemas import (
    BrokenPromiseOut,
    CandidatePlanOut,
    ChangingNothingOut,
    DocumentResultOut,
    LearnedDocumentOut,
    LearnedOut,
    MissedFloorOut,
    MissedMustVisitOut,
    MissedOut,
    MissedPinOut,
    MissedTripRowOut,
    PeriodResultOut,
    ResultOut,
    TargetResultOut,
    TextOut,
    UnvisitableOut,
)
from app.schedules.runs.servable import unvisitable_sentence
from app.schedules.verdict import expected_by_end, rest_sentence, sentence, short_by, uncounted
from app.schedules.wish import Wish
from app.words import Text, in_both


def result_out(schedule: Schedule) -> ResultOut | None:
    """None before there is a verified plan."""
    expected, gap, net_gap = schedule.expected_activations, schedule.gap, schedule.net_gap
    if schedule.verdict is None or expected is None or gap is None or net_gap is None or schedule.value_milli is None:
        return None
    bound = schedule.upper_bound_activations
    is_excluded = schedule.verdict == Verdict.UNREACHABLE and bound is not None
    return ResultOut(
        expected_activations=expected,
        upper_bound_activations=bound,
        improvable_activations=None if bound is None else bound - expected,
        gap=gap,
        already_planned=schedule.already_planned or 0,
        walk_ins=schedule.walk_ins or 0,
        net_gap=net_gap,
        remaining=schedule.remaining_activations or 0,
        uncounted_activations=uncounted(schedule),
        judged_by="target" if schedule.needed_by_end is None else "period",
        verdict=Verdict(schedule.verdict),
        verdict_text=_text(sentence(schedule)),
        short_by=short_by(schedule),
        short_by_at_least=(schedule.due_activations or 0) - (bound or 0) if is_excluded else None,
        period=_period(schedule),
        target=_target(schedule),
        crosses_on=schedule.crosses_on,
        missed=None if schedule.missed is None else _missed(schedule, schedule.missed),
        documents=[of_document(row) for row in schedule.further if row["expected"] is not None],
        changing_nothing=None
        if schedule.changing_nothing is None
        else _changing_nothing(schedule.changing_nothing, expected=expected),
        value_milli=schedule.value_milli,
        bound_milli=schedule.bound_milli,
        stop_reason=schedule.stop_reason,
        seed=schedule.seed,
        iterations=schedule.iterations,
        solver_version=schedule.solver_version,
    )


def of_document(row: Mapping[str, Any]) -> DocumentResultOut:
    """What a run says of a further document, from the row that it keeps."""
    document, remaining = Document(row["document"]), max(0, row["net_gap"] - row["expected"])
    at_most = row.get("at_most")
    proven = 0 if at_most is None else max(0, row["net_gap"] - at_most)
    figures = {"what": BROUGHT[document], "expected": row["expected"], "net_gap": row["net_gap"]}
    open_or_not = Verdict.UNREACHABLE if proven else Verdict.OPEN
    verdict = open_or_not if remaining else Verdict.REACHABLE
    if proven:
        text = in_both(
            "{expected} {what} dari {net_gap} yang masih harus dilayani kunjungan; masih kurang {remaining}, rencana "
            "apa pun sedikitnya {proven}.",
            "{expected} {what} of {net_gap} that visits have to serve; {remaining} are left, by any plan at least "
            "{proven}.",
            **figures,
            remaining=remaining,
            proven=proven,
        )
    else:
        text = in_both(
            "{expected} {what} dari {net_gap} yang masih harus dilayani kunjungan; masih kurang {remaining}.",
            "{expected} {what} of {net_gap} that visits have to serve; {remaining} are left.",
            **figures,
            remaining=remaining,
        )
    stored = {name: value for name, value in row.items() if name not in ("worth", "at_most")}
    return DocumentResultOut(
        **stored,
        at_most=at_most,
        remaining=remaining,
        verdict=verdict,
        short_by_at_least=proven or None,
        text=_text(text),
    )


def _changing_nothing(figures: Mapping[str, int], *, expected: int) -> ChangingNothingOut:
    gained = expected - figures["activations"]
    return ChangingNothingOut(
        expected_activations=figures["activations"],
        cost=figures["cost"],
        value_milli=figures["value_milli"],
        visits=figures["visits"],
        falling=figures["falling"],
        gained_activations=gained,
        text=_text(
            in_both(
                "Tanpa perubahan, rencana semula meraih {unchanged} aktivasi ({falling} kunjungan gugur); dengan "
                "perubahan ini {expected}.",
                "Unchanged, the plan would win {unchanged} activations ({falling} visits fall out); with this change "
                "{expected}.",
                unchanged=figures["activations"],
                falling=figures["falling"],
                expected=expected,
            )
        ),
    )


def learned_out(schedule: Schedule) -> LearnedOut | None:
    """What of results the run was planned with; None where there was nothing to use."""
    used = schedule.learned
    if used is None:
        return None
    choice = used.get("choice")
    return LearnedOut(
        results=used["results"],
        figures=used["figures"],
        kinds_as_given=used["kinds_as_given"],
        chosen=None if choice is None else choice["chosen"],
        candidates=[]
        if choice is None
        else [
            CandidatePlanOut(
                people=candidate["people"], expected_activations=round(candidate["expected_activations"], 1)
            )
            for candidate in choice["candidates"]
        ],
        documents=[_learned_document(Document(name), row) for name, row in used.get("documents", {}).items()],
        text=_text(_BY_MEAN) if used.get("is_by_mean") else None if choice is None else _text(_choice(choice)),
    )


def _learned_document(document: Document, row: Mapping[str, Any]) -> LearnedDocumentOut:
    figures = {"minutes": row["minutes"], "stated": row["stated"], "visits": row["visits"]}
    minutes = in_both("{stated} menit per orang, seperti dinyatakan", "{stated} minutes a person, as stated", **figures)
    if row["use"] == "learned":
        minutes = in_both(
            "{minutes} menit per orang, terukur dari {visits} kunjungan; dinyatakan {stated}",
            "{minutes} minutes a person, measured on {visits} visits; {stated} are stated",
            **figures,
        )
    comes = in_both("yang datang seperti dinyatakan", "who comes is as stated")
    if row["who_comes_of"] is not None:
        comes = in_both(
            "yang datang menurut {visits} kunjungan yang membawa {what}",
            "who comes is learned of {visits} visits that brought {what}",
            visits=row["who_comes_visits"],
            what=BROUGHT[Document(row["who_comes_of"])],
        )
    text = in_both("{what}: {minutes}; {comes}.", "{what}: {minutes}; {comes}.",
                   what=brought_first(document), minutes=minutes, comes=comes)  # fmt: skip
    return LearnedDocumentOut(document=document, **row, text=_text(text))


_BY_MEAN = in_both(
    "Dihitung menurut rata-rata orang di tiap lokasi: bersama dokumen lain, jeda tim, atau perlengkapan bersama, inti "
    "perencanaan belum menimbang berapa banyak orang yang mungkin datang.",
    "Counted by the mean of every site: beside further documents, breaks of teams or shared kits the planning core "
    "does not weigh yet how many people may come.",
)


def _choice(choice: Mapping[str, Any]) -> Text:
    """Which plan was kept, and why."""
    chosen, tried = choice["chosen"], len(choice["candidates"])
    if chosen == "mean":
        return in_both(
            "Dari {tried} rencana dipertahankan yang menghitung rata-rata orang di tiap lokasi: menit tim terlalu "
            "berharga untuk disisihkan bagi orang yang mungkin tidak datang.",
            "Of {tried} plans the one was kept that counts on the mean of every site: minutes are too short to set any "
            "aside for people who may not come.",
            tried=tried,
        )
    share = int(chosen.removeprefix("q"))
    if share < 50:
        return in_both(
            "Dari {tried} rencana dipertahankan yang di tiap lokasi menyediakan waktu hanya untuk orang yang hampir "
            "pasti datang (lebih banyak yang datang dalam {more} dari seratus kemungkinan): menit tim langka, dan "
            "dengan begitu tidak ada yang terbuang untuk menunggu.",
            "Of {tried} plans the one was kept that has time at each site only for the people who almost surely come "
            "(more do in {more} of a hundred futures): minutes are scarce, and so none is lost to waiting.",
            tried=tried,
            more=100 - share,
        )
    return in_both(
        "Dari {tried} rencana dipertahankan yang menyediakan waktu bagi lebih banyak orang daripada rata-rata (cukup "
        "dalam {share} dari seratus kemungkinan): menit tersedia, dan lokasi yang ramai tidak kehabisan waktu.",
        "Of {tried} plans the one was kept that has time for more people than the mean (enough in {share} of a hundred "
        "futures): there are minutes, and a site where many come does not run out of them.",
        tried=tried,
        share=share,
    )


def unvisitable_out(schedule: Schedule) -> list[UnvisitableOut]:
    return [
        UnvisitableOut(
            site_id=site["site_id"],
            site_code=site["code"],
            site_name=site["name"],
            reason=site["reason"],
            text=_text(unvisitable_sentence(site["reason"], code=site["code"], name=site["name"])),
        )
        for site in schedule.unvisitable
    ]


def _text(text: Text) -> TextOut:
    return TextOut(**text)


def _period(schedule: Schedule) -> PeriodResultOut | None:
    if schedule.needed_by_end is None:
        return None
    behind = short_by(schedule)
    return PeriodResultOut(
        end=schedule.period_end,
        needed_by_end=schedule.needed_by_end,
        expected_by_end=expected_by_end(schedule),
        is_on_track=behind == 0,
        behind_by=behind,
        net_gap=schedule.due_activations or 0,
    )


def _target(schedule: Schedule) -> TargetResultOut | None:
    deadline, count, activated = schedule.deadline, schedule.target_count, schedule.activated
    if deadline is None or count is None or activated is None:
        return None
    remaining, days = schedule.remaining_activations or 0, schedule.days_after or 0
    pace = -(-remaining // days) if days else None
    return TargetResultOut(
        deadline=deadline,
        target_count=count,
        activated=activated,
        remaining=remaining,
        working_days_left=days,
        required_per_working_day=pace if remaining else 0,
        text=_text(rest_sentence(schedule, deadline=deadline, target_count=count)),
    )


def _missed_must_visit(site: Mapping[str, Any]) -> Text:
    names = {"code": site["site_code"], "name": site["site_name"]}
    if site.get("is_visited"):
        return in_both(
            "{name} ({code}) wajib dikunjungi dan ada dalam rencana ini, tetapi tidak ada yang dapat dilayani di sana: "
            "timnya tanpa sinyal atau tanpa perlengkapan yang diperlukan.",
            "{name} ({code}) must be visited and is in this plan, but nobody can be served there: its team has no "
            "signal, or lacks a kit that is needed.",
            **names,
        )
    return in_both(
        "{name} ({code}) wajib dikunjungi, tetapi tidak ada dalam rencana ini.",
        "{name} ({code}) must be visited, but is not in this plan.",
        **names,
    )


def _missed(schedule: Schedule, missed: Mapping[str, Any]) -> MissedOut:
    return MissedOut(
        floors=[_floor(schedule, floor) for floor in missed["floors"]],
        must_visits=[
            MissedMustVisitOut(
                **site,
                text=_text(_missed_must_visit(site)),
                ask=None
                if site["site_id"] is None
                else f"GET /v1/schedules/{schedule.id}/sites/{site['site_id']}/explanation",
            )
            for site in missed["must_visits"]
        ],
        pins=[
            MissedPinOut(
                **pin,
                text=_text(
                    in_both(
                        "Kunjungan tim {team} ke {site} pada {day} yang dipatok tidak ada dalam rencana ini.",
                        "The visit of team {team} at {site} on {day} is pinned, but is not in this plan.",
                        team=pin["team_code"],
                        site=pin["site_code"],
                        day=date.fromisoformat(pin["date"]),
                    )
                ),
            )
            for pin in missed["pins"]
        ],
        trips=[MissedTripRowOut(**row, text=_text(_missed_row(row))) for row in missed.get("trips", ())],
        promises=[
            BrokenPromiseOut(
                **promise,
                text=_text(
                    in_both(
                        "{name} ({code}) dijanjikan kunjungan pada {day} (permintaan {request}), tetapi dalam rencana "
                        "ini tidak ada tim yang ke sana hari itu. Kabari lokasinya.",
                        "{name} ({code}) was promised a visit on {day} (request {request}), but in this plan no team "
                        "goes there that day. Tell the site.",
                        name=promise["site_name"],
                        code=promise["site_code"],
                        day=date.fromisoformat(promise["date"]),
                        request=str(promise["request_id"]),
                    )
                ),
            )
            for promise in missed.get("promises", ())
        ],
    )


def _missed_row(row: Mapping[str, Any]) -> Text:
    values = {"team": row["team_code"], "day": date.fromisoformat(row["date"])}
    if row["lodging"] is not None:
        return in_both(
            "Tim {team} menurut perjalanan tersemat menginap di {place} sesudah {day}, tetapi tidak dalam rencana ini.",
            "By a pinned trip team {team} sleeps at {place} after {day}, but it does not in this plan.",
            place=row["lodging"],
            **values,
        )
    return in_both(
        "Tim {team} menurut perjalanan tersemat naik {way} pada {day}, tetapi tidak dalam rencana ini.",
        "By a pinned trip team {team} takes {way} on {day}, but it does not in this plan.",
        way=row["connection"],
        **values,
    )


def _floor(schedule: Schedule, floor: Mapping[str, Any]) -> MissedFloorOut:
    short = floor["floor"] - floor["won"]
    figures = {"area": floor["area_name"], "floor": floor["floor"], "won": floor["won"]}
    if floor["at_most"] < floor["floor"]:
        return MissedFloorOut(
            **floor,
            short_by=short,
            text=_text(
                in_both(
                    "{area}: {won} dari paling sedikit {floor} aktivasi. Tidak ada rencana yang dapat memenuhinya: "
                    "lokasi yang dapat dikunjungi di sana hanya punya {at_most} orang.",
                    "{area}: {won} of at least {floor} activations. No plan can keep this floor: the sites there that "
                    "can be visited have {at_most} people in all.",
                    at_most=floor["at_most"],
                    **figures,
                )
            ),
            ask=None,
        )
    return MissedFloorOut(
        **floor,
        short_by=short,
        text=_text(
            in_both(
                "{area}: {won} dari paling sedikit {floor} aktivasi, kurang {short}. Biaya memenuhinya terlihat dari "
                "rencana baru dengan weights.area_shortfall di atas {weight}.",
                "{area}: {won} of at least {floor} activations, {short} short. What keeping the floor costs is shown "
                "by a new plan with weights.area_shortfall above {weight}.",
                short=short,
                weight=Wish.from_json(schedule.request).weights["area_shortfall"],
                **figures,
            )
        ),
        ask=f"POST /v1/districts/{schedule.district_code}/schedules",
    )
