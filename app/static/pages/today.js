// The coordinator's phone: shows at once what the phone keeps, then what the service says, and sees to the reports.

import { make } from "./parts.js";
import { Unreachable, WAITING, decide, drop, entries, forget, keep, recall, recallAll, send, write } from "./today_queue.js";
import { apart, ask, changes, dateIn, dropContacts, given, isAsked, lateOf, seenOf, stopsOf } from "./today_tasks.js";
import { LATE, LOG_IN, button, drawChanges, drawDays, drawElsewhere, drawStops, longDay, momentIn, notice, t } from "./today_view.js";

const language = document.documentElement.lang;
const place = (id) => document.getElementById(id);
const address = new URLSearchParams(location.search);
const asked = { team: address.get("tim"), district: address.get("wilayah"), first: address.get("tanggal") };
const TRY_AGAIN = 20000;
const ASK_AGAIN = 300000;
const DAY = 86400000;

const state = {
  user: null, role: null, tasks: null, seen: null, entries: [], lead: 0, chosen: null, trouble: "", detail: "", why: "",
  said: "", waiting: null, asked_at: 0, mayReport: false, today: "", late: [], district: null,
  isLeft: false, isChoosing: false, mayKeep: true,
  report, decide: decideAndSend, remove, sendAnyway,
};
let drawn = "";
const channel = "BroadcastChannel" in window ? new BroadcastChannel("jemput") : null;

const now = () => Date.now() + state.lead;

async function start() {
  try {
    const [queue, who, tasks, seen, lead, leaving] = await recallAll("who", "tasks", "seen", "lead", "leaving");
    if (leaving) return left();
    know(who || null);
    Object.assign(state, { tasks: tasks && isAsked(tasks, asked) ? tasks : null, seen, lead: lead || 0, entries: queue });
  } catch {
    state.mayKeep = false;
  }
  listen();
  const first = place("given");
  if (first) {
    state.asked_at = Date.now();
    await takeIn(given(first, asked));
  } else {
    draw();
  }
  await Promise.all([first ? null : refresh(), flush(), kept(() => keep("language", language))]);
  // What only a tap needs is fetched when the day is on the screen.
  import("./today_report.js").catch(() => undefined);
  keepShell();
}

function know(who) {
  state.user = who?.user || null;
  state.role = who?.role || null;
  state.district = who?.district || null;
  state.mayReport = ["coordinator", "planner", "admin"].includes(state.role);
}

// What the service says

async function refresh() {
  if (state.isLeft || state.isChoosing) return;
  state.asked_at = Date.now();
  let found;
  try {
    found = await ask(asked, { kept: state.tasks, zone: state.tasks?.zone, lead: state.lead, isKnown: asked.team || state.role === "coordinator", language });
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    state.trouble = "offline";
    return draw();
  }
  if (!state.isLeft) await takeIn(found);
}

/** What the service said, on the screen before it is on the disk; another user's tasks leave the phone. */
async function takeIn({ status, me, tasks, detail, lead }) {
  const isOther = me && me.user?.id !== state.user?.id;
  state.lead = lead;
  state.trouble = status === 200 ? "" : status === 401 ? "login" : status >= 500 || status === 429 ? "busy" : "refused";
  state.detail = detail || "";
  if (isOther) Object.assign(state, { tasks: null, seen: null, chosen: null });
  if (me) {
    know(me);
    // Who sees every team has to say whose day it shall be.
    state.isChoosing = !me.team && !asked.team;
    if (state.isChoosing) state.trouble = "";
  }
  if (tasks) state.tasks = tasks;
  draw();
  if (isOther) await kept(() => forget("tasks", "seen"));
  if (me) await kept(() => keep("who", { user: me.user, role: me.role, district: me.district }));
  if (status === 401) await sessionOver();
  // Another week is looked at and not carried along.
  if (tasks && !asked.first) {
    await kept(() => keep("tasks", tasks));
    if (isSeenOfOther()) await see();
  }
  draw();
}

/** A phone that was lost is logged out from afar: whom to call at the sites leaves it, the plan stays. */
async function sessionOver() {
  state.trouble = "login";
  await kept(dropContacts);
  for (const stop of state.tasks ? stopsOf(state.tasks) : []) stop.site.contact = null;
}

const isSeenOfOther = () => !state.seen || state.seen.user_id !== state.tasks.user_id
  || state.seen.team !== state.tasks.team.code || state.seen.district !== state.tasks.district.code;

async function see() {
  state.seen = seenOf(state.tasks);
  await kept(() => keep("seen", state.seen));
  draw();
}

/** Does something with the phone's storage; where it refuses, the page goes on without and says so. */
async function kept(work) {
  try {
    return await work();
  } catch {
    state.mayKeep = false;
    return undefined;
  }
}

// Reports

async function report(stop, entry) {
  const { openReport } = await import("./today_report.js");
  openReport({
    stop, before: entry?.report || stop.result, problems: entry?.problems || [], now: now(),
    save: async (said) => {
      const { uid, visit_id, site, date, starts_at, ended_at, stage, document, expected } = stop;
      await write({
        uid, visit_id, user: state.user, standing: stop.result?.id ?? null, written_at: Date.now(),
        stop: { uid, visit_id, site: { code: site.code, name: site.name }, date, starts_at, ended_at, stage, document, expected },
        report: { ...said, reported_at: new Date(now()).toISOString() },
      });
      state.said = t("written", { site: site.name });
      await reread();
      registerSync();
      flush();
    },
  });
}

async function reread() {
  state.entries = (await kept(entries)) || [];
  const tasks = await kept(() => recall("tasks"));
  if (tasks && isAsked(tasks, asked) && tasks.user_id === state.user?.id) state.tasks = tasks;
  draw();
}

async function flush() {
  if (state.isLeft || !state.entries.some((entry) => entry.state === WAITING)) return;
  state.why = "sending";
  drawQueue();
  const result = await kept(() => send(language));
  if (!result) return draw();
  state.why = result.why;
  if (state.why === "login") await sessionOver();
  else if (state.why !== "foreign") state.trouble ||= state.why;
  const last = result.sent[result.sent.length - 1];
  if (last) state.said = t("sent", { site: last.stop.site.name });
  await reread();
  if (result.sent.length) await refresh();
}

async function decideAndSend(entry, how) {
  await decide(entry.nr, how);
  await reread();
  await flush();
}

/** To the visit as the plan has it now, where the plan knows one at that site. */
function sendAnyway(entry) {
  const stop = stopsOf(state.tasks || { days: [] }).find((one) => one.uid === entry.uid && one.visit_id !== entry.visit_id);
  const how = entry.code === "ResultStands" ? { corrects: null } : {};
  return decideAndSend(entry, stop ? { ...how, visit_id: stop.visit_id } : how);
}

async function remove(entry, isAgreed = false) {
  if (!isAgreed && !window.confirm(t("delete_sure", { site: entry.stop.site.name }))) return;
  await drop(entry.nr);
  await reread();
  await refresh();
}

function registerSync() {
  navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("laporan")).catch(() => undefined);
  navigator.storage?.persist?.().catch(() => undefined);
}

// What is on the screen

function draw() {
  if (state.isLeft) return;
  const { tasks } = state;
  if (tasks) {
    state.today = dateIn(tasks.zone, now());
    state.late = lateOf(tasks, new Set(ownEntries().map((entry) => entry.uid)), state.today);
    if (state.chosen !== LATE && (!state.chosen || state.chosen < firstShown())) state.chosen = firstShown();
    place("title").textContent = t("head", { team: tasks.team.name, day: dayShown() });
    drawDays(place("days"), { ...state, first: firstShown(), choose });
    drawSheets(tasks);
  } else if (!state.isChoosing) {
    place("days").hidden = true;
    place("stops").replaceChildren();
  }
  drawAge();
  drawQueue();
  drawRest();
  place("feeds").hidden = !state.mayReport;
  place("others").hidden = place("home").hidden = !state.role || state.role === "coordinator";
  if (state.isChoosing && !place("stops").hasChildNodes()) {
    import("./today_team.js").then(({ chooseTeam }) => chooseTeam(place("stops"), asked.district || state.district, language));
  }
}

const firstShown = () => asked.first || state.today;
const dayShown = () => (state.chosen === LATE ? t("late") : longDay(state.chosen));

function choose(chosen) {
  Object.assign(state, { chosen, said: "" });
  draw();
  place("days").querySelector("[aria-pressed=true]")?.focus();
}

const ownEntries = () => state.entries.filter((entry) => entry.user.id === state.user?.id);

function drawAge() {
  const isAway = state.trouble === "offline" || state.trouble === "busy";
  place("head").classList.toggle("away", isAway);
  if (!state.tasks) {
    place("age").textContent = state.trouble || state.isChoosing ? "" : t("loading");
    return;
  }
  const moment = momentIn(state.tasks.zone, state.tasks.at, now());
  place("age").textContent = t(isAway ? state.trouble : "updated", { moment });
}

/** Anew only where something is new: who reads by ear or by keyboard would lose the place every time. */
function drawRest() {
  const { tasks, report: _, decide: __, remove: ___, sendAnyway: ____, asked_at, why, waiting, lead, ...rest } = state;
  const days = tasks ? Math.floor((now() - tasks.at) / DAY) : 0;
  const shown = JSON.stringify([tasks && { ...tasks, at: 0, etag: "" }, rest, Boolean(waiting), apart(lead), days]);
  if (shown === drawn) return;
  drawn = shown;
  if (tasks) drawStops(place("stops"), state);
  drawNotices();
}

function drawNotices() {
  const { tasks, trouble } = state;
  const again = () => button(t("again"), () => refresh());
  const logIn = () => make("a", { class: "button first", href: LOG_IN, text: t("log_in") });
  const skew = apart(state.lead);
  const age = tasks ? Math.floor((now() - tasks.at) / DAY) : 0;
  place("notices").replaceChildren(...[
    trouble === "login" ? notice("wrong", t(tasks || state.entries.length ? "session_over" : "not_logged_in"), logIn()) : null,
    trouble === "offline" && !tasks ? notice("wrong", t("nothing_kept"), again()) : null,
    trouble === "busy" && !tasks ? notice("wrong", t("no_answer", { detail: state.detail }), again()) : null,
    trouble === "refused" ? notice("wrong", t("refused_read", { detail: state.detail }), again()) : null,
    state.mayKeep ? null : notice("wrong", t("no_store")),
    skew ? notice("doubt", t("clock", { span: t(skew[0], { count: skew[1] }) })) : null,
    age >= 1 ? notice("doubt", t("old", { days: age })) : null,
    state.waiting ? notice("good", t("new_version"), button(t("take_over"), takeOver)) : null,
    state.said ? notice("good", state.said) : null,
    ownEntries().length && state.trouble ? notice("", t("keep_browser")) : null,
    tasks && !asked.first ? drawChanges(changes(state.seen, tasks, state.today), tasks.withdrawn, see) : null,
    drawElsewhere(state),
    state.role === "coordinator" ? offlineNotice() : null,
  ].filter(Boolean));
}

function offlineNotice() {
  if (!window.isSecureContext) return notice("doubt", t("no_https"));
  return "serviceWorker" in navigator && state.worker !== false ? null : notice("doubt", t("no_worker"));
}

function drawSheets(tasks) {
  const day = state.chosen === LATE ? state.today : state.chosen;
  const code = encodeURIComponent(tasks.team.code);
  const where = `?wilayah=${encodeURIComponent(tasks.district.code)}`;
  const pdf = new URLSearchParams({ date: day, team: tasks.team.code, district: tasks.district.code });
  place("sheets").replaceChildren(
    make("a", { class: "button", href: `/cetak/${code}/${day}${where}`, text: t("sheet") }), " ",
    make("a", { class: "button", href: `/v1/assignments.pdf?${pdf}`, text: t("sheet_pdf") }),
  );
}

function drawQueue() {
  const own = ownEntries();
  const waits = own.filter((entry) => entry.state === WAITING).length;
  const asks = own.length - waits;
  const others = state.entries.filter((entry) => entry.user.id !== state.user?.id);
  const said = [];
  if (waits) said.push(waits === 1 ? t("queue_waits_one") : t("queue_waits", { count: waits }));
  if (asks) said.push(asks === 1 ? t("queue_asks_one") : t("queue_asks", { count: asks }));
  if (waits) said.push(...({ sending: [t("queue_sending")], busy: [t("queue_busy")], offline: [t("queue_offline")] }[state.why] || []));
  for (const who of new Set(others.map((entry) => entry.user.name))) {
    said.push(t("queue_others", { who, count: others.filter((entry) => entry.user.name === who).length }));
  }
  if (!said.length && state.mayReport) said.push(t("queue_empty"));
  place("queue").hidden = !said.length;
  const lines = said.map((sentence) => make("span", { text: sentence }));
  const words = said.join(" ");
  if (place("count").dataset.said === words) return;
  place("count").dataset.said = words;
  place("count").replaceChildren(...lines.flatMap((line, index) => (index ? [make("br"), line] : [line])));
  place("send").hidden = !waits;
  place("send").textContent = t(state.trouble === "login" ? "queue_login" : "send_now");
}

// When it looks again

function listen() {
  place("refresh").addEventListener("click", () => Promise.all([refresh(), flush()]));
  place("send").addEventListener("click", () => (state.trouble === "login" ? location.assign(LOG_IN) : flush()));
  place("leave").addEventListener("click", (event) => {
    event.preventDefault();
    askToLeave();
  });
  addEventListener("online", look);
  addEventListener("offline", () => {
    state.trouble = "offline";
    draw();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") look();
  });
  setInterval(() => {
    if (document.visibilityState !== "visible") return;
    flush();
    if (state.trouble || Date.now() - state.asked_at > ASK_AGAIN) refresh();
  }, TRY_AGAIN);
  channel?.addEventListener("message", reread);
}

function look() {
  flush();
  if (state.trouble || Date.now() - state.asked_at > TRY_AGAIN) refresh();
}

// Leaving

async function askToLeave() {
  const { isSure, leave } = await import("./today_leaving.js");
  if (!isSure(ownEntries().length)) return;
  state.isLeft = true;
  await leave();
  await left();
}

async function left() {
  state.isLeft = true;
  const { drawLeft, leaveAtService } = await import("./today_leaving.js");
  const isOver = await leaveAtService();
  drawLeft(isOver);
  if (!isOver) setTimeout(left, TRY_AGAIN);
}

// The page without signal

async function keepShell() {
  if (!("serviceWorker" in navigator) || state.role !== "coordinator") return;
  try {
    const policy = window.trustedTypes?.createPolicy("jemput", {
      createScriptURL: (url) => {
        if (url !== "/sw.js") throw new TypeError(url);
        return url;
      },
    });
    const url = policy ? policy.createScriptURL("/sw.js") : "/sw.js";
    const registration = await navigator.serviceWorker.register(url, { type: "module", updateViaCache: "none" });
    const offer = (worker) => {
      // The first worker of a phone has nothing to take over from.
      if (!worker || !navigator.serviceWorker.controller) return;
      worker.addEventListener("statechange", () => offer(registration.waiting));
      if (worker.state !== "installed") return;
      state.waiting = worker;
      draw();
    };
    offer(registration.waiting);
    registration.addEventListener("updatefound", () => offer(registration.installing));
  } catch {
    state.worker = false;
    draw();
  }
}

function takeOver() {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  state.waiting.postMessage("take over");
}

start();
