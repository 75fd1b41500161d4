// Draws what the phone knows: the days, their stops, what changed, and what became of reports.

import { fill, given, make, number } from "./parts.js";
import { WAITING } from "./today_queue.js";
import { hourOf, ownOf, stopsOf } from "./today_tasks.js";

const language = document.documentElement.lang;
const locale = language === "id" ? "id-ID" : "en-GB";
const texts = given("texts");
const SIGNALS = ["none", "poor", "fair", "good", "excellent"];
/** The place in the row of days that holds the visits nobody has reported. */
export const LATE = "late";
export const LOG_IN = "/masuk?ke=/hari-ini";

export const t = (key, values) => fill(texts[key], values);

const dated = (options) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
const LONG = dated({ weekday: "long", day: "numeric", month: "long" });
const SHORT = dated({ weekday: "short", day: "numeric" });
const at = (date) => new Date(`${date}T00:00:00Z`);

export const longDay = (date) => LONG.format(at(date));
export const shortDay = (date) => SHORT.format(at(date));
export const clock = (moment) => hourOf(moment).replace(":", language === "id" ? "." : ":");
export const hours = (stop) => `${clock(stop.starts_at)}–${clock(stop.ends_at)}`;
const km = (metres) => new Intl.NumberFormat(locale, { maximumFractionDigits: metres < 10000 ? 1 : 0 }).format(metres / 1000);

/** A moment of the service's clock in the hours of a zone: today's hour alone, else with its day. */
export function momentIn(zone, moment, now) {
  const local = (options) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
  const hour = local({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment);
  const day = local({ weekday: "long", day: "numeric", month: "long" });
  return day.format(moment) === day.format(now) ? hour : `${day.format(moment)} ${hour}`;
}

export const notice = (kind, sentence, ...actions) => make(
  "div", { class: `notice ${kind}` }, make("p", { text: sentence }),
  actions.length ? make("p", { class: "actions" }, ...actions) : null,
);

export const button = (text, onclick, attributes = {}) => make("button", { type: "button", text, onclick, ...attributes });

/** The row of days: those with stops and today; from `first` on; `chosen` is a date or `LATE`. */
export function drawDays(place, { tasks, first, late, chosen, choose }) {
  const days = tasks.days.filter((day) => day.date === first || (day.date > first && (day.stops.length || day.trip)));
  const buttons = days.map((day) => dayButton(day.date, shortDay(day.date), day.stops.length));
  if (late.length || chosen === LATE) {
    buttons.splice(1, 0, button(t("late_count", { count: number(late.length) }), () => choose(LATE), {
      "aria-pressed": String(chosen === LATE), class: "late",
    }));
  }
  place.hidden = false;
  place.replaceChildren(...buttons);

  function dayButton(date, shown, count) {
    const found = button(`${shown} · ${number(count)}`, () => choose(date), { "aria-pressed": String(chosen === date) });
    found.append(make("span", { class: "unseen", text: ` ${t("visits")}` }));
    return found;
  }
}

/** The stops of a day, or those that wait for a report. */
export function drawStops(place, state) {
  place.replaceChildren(...(state.chosen === LATE ? lateList(state) : dayList(state)));
}

function lateList(state) {
  const late = state.late.map((one) => article(state, one, [
    make("p", { text: t("planned_on", { day: longDay(one.date) }) }),
    make("p", { class: "quiet", text: expects(one) }),
  ], null));
  return [make("h2", { text: t("late_head") }), ...(late.length ? late : [make("p", { class: "empty", text: t("late_none") })])];
}

function dayList(state) {
  const day = state.tasks.days.find((one) => one.date === state.chosen);
  const stops = day?.stops || [];
  const off = state.tasks.withdrawn.filter((one) => one.date === state.chosen);
  const head = make("h2", { text: longDay(state.chosen), class: "unseen" });
  if (!stops.length && !day?.trip) return [head, ...emptyDay(state), ...off.map(calledOff)];
  const base = state.tasks.team.base.name || t("base");
  const from = day.begins_at?.name || base;
  return [
    head,
    stops.length ? make("p", { class: "carry", text: carried(stops, state.tasks.team) }) : null,
    make("p", { class: "quiet", text: `${t("starts_from", { base: from })} · ${t("shift", { hours: hours(day.shift) })}` }),
    day.breaks?.length ? make("p", { class: "quiet", text: t("breaks", { breaks: day.breaks.map(pause).join("; ") }) }) : null,
    ...inOrder(state, day, stops),
    ...off.map(calledOff),
    dayEnd(day, base),
  ].filter(Boolean);
}

/** Visits, and between them boats and planes; only visits are counted and reported. */
function inOrder(state, day, stops) {
  const shown = stops.map((stop, index) => (
    [stop.starts_at, article(state, { ...stop, date: day.date }, aboutStop(stop), index + 1)]
  ));
  for (const one of day.rides || []) shown.push([one.starts_at, ride(one)]);
  return shown.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, drawn]) => drawn);
}

function ride(one) {
  const way = leg(one.way || "road", (new Date(one.ends_at) - new Date(one.starts_at)) / 6e4);
  return make("article", { class: "stop" },
    make("h3", { text: `${one.origin.name} → ${one.target.name}` }),
    make("p", { class: "hours" }, make("strong", { text: hours(one) }), ` · ${way} · ${t("arrive", { hour: clock(one.arrives_at) })}`));
}

function dayEnd(day, base) {
  const sleeps = day.sleeps_at;
  if (!day.back_at && !sleeps) return null;
  const place = sleeps?.name || base;
  return make("p", { class: "back", text: day.back_at ? t(sleeps ? "sleeps_at" : "back_at", {
    base: place, hour: clock(day.back_at), way: leg(day.back_travel_way, day.back_travel_minutes, day.back_travel_metres),
  }) : t("stays_at", { base: place }) });
}

function emptyDay(state) {
  const next = stopsOf(state.tasks).find((stop) => stop.date > state.chosen)?.date || state.tasks.next;
  return [make("div", { class: "empty" }, make("p", { text: t("empty_day") }), next
    ? make("p", { text: t("empty_next", { day: longDay(next) }) }) : null)];
}

const pause = (one) => (one.name ? `${hours(one)} (${one.name})` : hours(one));

function carried(stops, team) {
  const kits = [...new Set(stops.flatMap((stop) => stop.kits || team.kits))];
  return kits.length ? t("carry", { kits: kits.map((kit) => texts[`kit_${kit}`] || kit).join(", ") }) : t("carry_nothing");
}

/** Of a boat or a plane nobody asks how many kilometres it goes. */
function leg(way, minutes, metres) {
  return way ? t(`by_${way}`, { minutes: number(minutes) }) : t("travel", { minutes: number(minutes), km: km(metres) });
}

const people = (document, count) => t(`brings_${document}`, { count: number(count) });

/** Whom a visit is to serve with each document, without those that serve nobody. */
function brings(one) {
  const served = Object.entries(one.expected || {}).filter(([, count]) => count);
  return served.length ? served.map(([document, count]) => people(document, count)).join(", ") : people(ownOf(one), one.expected_activations);
}

/** A preparation brings nobody: it says whom it prepares in place of that. */
const expects = (one) => (
  one.stage === "preparation" ? t("not_counted") : t("expected", { people: brings(one) })
);

function aboutStop(stop) {
  const { site } = stop;
  const facts = [
    site.area.name,
    ...(stop.travel_minutes ? [leg(stop.travel_way, stop.travel_minutes, stop.travel_metres)] : []),
    t(`signal_${SIGNALS[site.connectivity]}`), expects(stop),
  ];
  const who = site.contact && [site.contact.name, site.contact.phone].filter(Boolean).join(", ");
  const place = site.session_at;
  const host = place?.contact && [place.contact.name, place.contact.phone].filter(Boolean).join(", ");
  return [
    stop.stage ? make("p", {}, make("strong", { text: t(stop.stage, { count: number(stop.prepared) }) })) : null,
    place ? make("p", {}, make("strong", { text: t("session_at", { place: place.name }) })) : null,
    make("p", { class: "hours" }, make("strong", { text: hours(stop) }), ` · ${t("arrive", { hour: clock(stop.arrives_at) })}`),
    make("p", { class: "quiet", text: facts.join(" · ") }),
    site.needs_kits?.length ? make("p", { text: carried([{ kits: site.needs_kits }]) }) : null,
    stop.with_teams?.length ? make("p", { text: t("with_teams", { teams: stop.with_teams.join(", ") }) }) : null,
    who ? make("p", { class: "quiet", text: t("contact", { name: who }) }) : null,
    host ? make("p", { class: "quiet", text: t("contact", { name: `${place.name}: ${host}` }) }) : null,
  ];
}

const calledOff = (one) => make("article", { class: "stop off" },
  make("h3", { text: t("withdrawn", { site: one.site_name, hour: clock(one.starts_at) }) }),
  make("p", { text: one.message[language] }));

function article(state, stop, about, place) {
  const { site } = stop;
  const entry = state.entries.filter((one) => one.uid === stop.uid && one.user.id === state.user?.id).pop();
  const actions = [...ways(stop), ...reporting(state, stop, entry)];
  return make("article", { class: "stop", "data-visit": String(stop.visit_id) },
    make("h3", { text: place ? `${place}. ${site.name}` : site.name }), ...about,
    actions.length ? make("p", { class: "actions" }, ...actions) : null, fate(state, stop, entry));
}

function ways({ site }) {
  const found = [];
  if (site.lat !== undefined) {
    const point = `${site.lat},${site.lon}`;
    found.push(make("a", {
      class: "button", text: t("directions"), "aria-label": t("directions_to", { site: site.name }),
      href: `geo:${point}?q=${point}(${encodeURIComponent(site.name.replace(/[()]/g, " "))})`,
    }));
  }
  if (site.contact?.phone) {
    const name = site.contact.name || site.contact.phone;
    found.push(make("a", {
      class: "button", text: t("phone"), "aria-label": t("phone_to", { name, site: site.name }),
      href: `tel:${site.contact.phone.replace(/[^+\d]/g, "")}`,
    }));
  }
  return found;
}

function reporting(state, stop, entry) {
  if (!state.mayReport) return [];
  if (stop.date > state.today) return [];
  const text = t(entry || stop.result ? "report_change" : "report");
  return [button(text, () => state.report(stop, entry), {
    class: "first", "aria-label": t("report_of", { action: text, site: stop.site.name }),
  })];
}

/** What became of a report: never "sent" before the service has said so. */
function fate(state, stop, entry) {
  if (entry) return fateOf(state, entry);
  if (stop.result) return make("p", { class: "notice good sign", text: `✔ ${counted("sent", stop.result, stop)}` });
  return stop.date > state.today ? make("p", { class: "quiet", text: t("later", { day: longDay(stop.date) }) }) : null;
}

export function fateOf(state, entry) {
  if (entry.state === WAITING) return make("p", { class: "notice doubt sign", text: `↑ ${counted("waits", entry.report, entry.stop)}` });
  const remove = button(t("delete"), () => state.remove(entry));
  const words = entry.problems.length
    ? entry.problems.map((problem) => [problem.detail, problem.mend].filter(Boolean).join(" ")) : [entry.told];
  const actions = {
    refused: [button(t("mend"), () => state.report(entry.stop, entry), { class: "first" }), remove],
    standing: [
      button(t("replace"), () => state.decide(entry, { corrects: entry.standing?.id }), { class: "first" }),
      button(t("leave_theirs"), () => state.remove(entry, true)),
    ],
    gone: [button(t("send_anyway"), () => state.sendAnyway(entry), { class: "first" }), remove],
    forbidden: [button(t("again"), () => state.decide(entry)), remove],
  }[entry.state];
  return make("div", { class: "notice wrong sign" },
    make("p", {}, make("strong", { text: `⚠ ${needs(entry)}` })),
    ...(entry.state === "standing" ? [] : [...words, counted("own", entry.report, entry.stop)].map((text) => make("p", { text }))),
    make("p", { class: "actions" }, ...actions));
}

function needs(entry) {
  if (entry.state !== "standing") return t(`needs_${entry.state}`);
  const theirs = entry.standing;
  return t(theirs.outcome === "not_held" ? "needs_standing_lost" : "needs_standing", {
    who: theirs.reported_by.replace(/^user /, ""), served: number(theirs.served), people: made(entry.stop, theirs),
    own_served: number(entry.report.served || 0), own_people: made(entry.stop, entry.report),
  });
}

/** Whom a report counts, by the visit's own document. */
const made = (stop, { activated }) => people(ownOf(stop), activated || 0);

const counted = (begin, report, stop) => [
  report.outcome === "not_held" ? t(`${begin}_lost`) : t(`${begin}_held`, { served: number(report.served || 0), people: made(stop, report) }),
  ...Object.entries(report.served_further || {}).map(([document, count]) => `· ${people(document, count)}`),
  ...(report.prepared == null ? [] : [t("were_prepared", { count: number(report.prepared) })]),
].join(" ");

/** Reports of visits that no stop on the screen shows, so that none is out of sight. */
export function drawElsewhere(state) {
  const shown = new Set(stopsOf(state.tasks || { days: [] }).map((stop) => stop.uid));
  const own = state.entries.filter((entry) => entry.user.id === state.user?.id && !shown.has(entry.uid));
  if (!own.length) return null;
  return make("section", { class: "elsewhere" }, make("h2", { text: t("elsewhere") }), ...own.map((entry) => make(
    "article", { class: "stop" }, make("h3", { text: entry.stop.site.name }),
    make("p", { text: t("planned_on", { day: longDay(entry.stop.date) }) }), fateOf(state, entry),
  )));
}

/** "The morning after a change it says what changed", until somebody has seen it. */
export function drawChanges({ added, gone, moved }, withdrawn, seen) {
  if (!added.length && !gone.length && !moved.length) return null;
  const place = (stop) => `${longDay(stop.date)} ${hours(stop)}`;
  const said = (key, stop) => t(key, { site: stop.site.name, day: longDay(stop.date), hours: hours(stop) });
  const why = (stop) => withdrawn.find((one) => one.uid === stop.uid)?.message[language] || "";
  return make("section", { class: "changed", "aria-label": t("changed") }, make("h2", { text: t("changed") }),
    make("ul", {},
      ...gone.map((stop) => make("li", { text: `${said("changed_gone", stop)}. ${why(stop)}` })),
      ...moved.map(([before, after]) => make("li", {
        text: t("changed_moved", { site: after.site.name, before: place(before), after: place(after) }),
      })),
      ...added.map((stop) => make("li", { text: said("changed_added", stop) })),
    ),
    button(t("changed_seen"), seen, { class: "first" }));
}
