// The board: lift a card and every cell says what moving it there would do; drop it; open its page as a dialog.
// Forms and sentences are the server's: what it answers is put in their place, so nothing is drawn twice.

import { Refused, ask } from "./api.js";
import { fill, given, make, signed, tell } from "./parts.js";

const words = given("papan-kata");
const dialog = document.getElementById("papan-dialog");
const NEEDS_TRIP = new Set(["needs_nights", "needs_ride"]);
const SHIFTS_NOBODY = new Set(["fits", "moved"]);

const board = () => document.getElementById("papan");
const news = document.getElementById("papan-kabar");
const keyOf = (card) => ({ team: card.dataset.team, date: card.dataset.date, site: card.dataset.site });
const isShown = (element) => element.getClientRects().length > 0;

/** A page of ours as a document that runs nothing: `{document, url}`, whatever its status; null without an answer. */
function read(method, url, fields) {
  return new Promise((done) => {
    const call = new XMLHttpRequest();
    call.open(method, url);
    call.responseType = "document";
    call.setRequestHeader("Accept", "text/html");
    if (fields) call.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    call.onload = () => done(call.response ? { document: call.response, url: new URL(call.responseURL) } : null);
    call.onerror = () => done(null);
    call.send(fields ? fields.toString() : null);
  });
}

/** Counts the seconds of a wait in an element; the function returned ends it. */
function count(element, sentence) {
  const began = Date.now();
  const show = () => {
    const seconds = Math.round((Date.now() - began) / 1000);
    element.textContent = seconds ? `${sentence} ${fill(words.seconds, { seconds })}` : sentence;
  };
  show();
  const timer = setInterval(show, 1000);
  return () => clearInterval(timer);
}

// The dialog.

let opener = null;

function show(body, label) {
  if (!dialog.open) {
    opener = document.activeElement;
    dialog.showModal();
  }
  const close = make("button", { class: "close", type: "button", text: words.close, onclick: () => dialog.close() });
  dialog.replaceChildren(close, ...body);
  dialog.querySelectorAll(".close-page").forEach((line) => line.remove());
  const first = dialog.querySelector("[autofocus], [role=alert], input:not([type=hidden]), button.first, a[data-dialog]");
  if (first && first.matches("[role=alert]")) first.tabIndex = -1;
  (first || close).focus();
  if (label) dialog.setAttribute("aria-label", label);
}

function showPage(found) {
  if (found === null) return show([make("p", { role: "alert", text: words.unreachable })]);
  show([...document.adoptNode(found.document.querySelector("main")).childNodes]);
}

async function openPage(url) {
  const line = make("p", { role: "status" });
  show([line]);
  const stop = count(line, words.wait);
  const found = await read("GET", url);
  stop();
  if (dialog.open && line.isConnected) showPage(found);
}

dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  if (opener && opener.isConnected) opener.focus();
  opener = null;
});

// What a form did.

/** Exchanges every part of the page that another answer has too. */
function freshen(found) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = found.document.querySelector(`[data-live="${part.dataset.live}"]`);
    if (fresh) part.replaceWith(document.adoptNode(fresh));
  }
  begin();
  document.dispatchEvent(new Event("board:changed"));
}

function focusOn(key) {
  const cards = [...board().querySelectorAll(".visit")].filter(isShown);
  const same = (card) => card.dataset.site === key.site && card.dataset.team === key.team && card.dataset.date === key.date;
  const card = cards.find(same) || cards.find((one) => one.dataset.site === key.site);
  (card ? card.querySelector("a") : board().querySelector(".actions button:enabled, .actions a"))?.focus();
}

async function send(action, fields, { key, waits } = {}) {
  const line = dialog.open ? make("p", { role: "status" }) : null;
  if (line) dialog.append(line);
  else tell(news, words.saving);
  const stop = count(line || news.querySelector("p"), waits ? words.wait : words.saving);
  const sheet = dialog.open ? [...dialog.querySelectorAll("button, input, select")] : [];
  sheet.forEach((one) => (one.disabled = !one.matches(".close")));
  const found = await read("POST", action, fields);
  stop();
  line?.remove();
  sheet.forEach((one) => (one.disabled = false));
  if (found === null) return tell(news, words.unreachable, { kind: "wrong" });
  const plan = board().dataset.plan;
  const isBoard = found.document.querySelector('[data-live="papan"]');
  if (!isBoard) {
    tell(news, "");
    return showPage(found);
  }
  if (isBoard.dataset.plan !== plan) return location.assign(found.url);
  opener = null;
  dialog.close();
  freshen(found);
  const acts = board().querySelector(".last .acts");
  const said = acts ? acts.textContent.trim() : words.done;
  tell(news, said[0].toUpperCase() + said.slice(1), { kind: "good", actions: [undoButton(), closeButton()] });
  if (key) focusOn(key);
}

const closeButton = () => make("button", { type: "button", text: words.close, onclick: () => tell(news, "") });

function undoButton() {
  const form = board().querySelector('form[action$="/urungkan"]');
  if (!form || form.querySelector("button").disabled) return null;
  return make("button", { type: "button", text: words.undo, onclick: () => form.requestSubmit() });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  // The draft's board is next, with this visit open.
  if (dialog.contains(form) && form.matches('[action$="/salin"]')) form.append(make("input", { type: "hidden", name: "papan", value: "ya" }));
  if (!form.matches("[data-stay]") || !(dialog.contains(form) || board().contains(form))) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  if (form.method === "get") return openPage(`${form.action}?${fields}`);
  const goal = (fields.get("ke") === "lain" ? fields.get("lain") : fields.get("ke") || fields.get("lain") || "").split("/");
  const isMove = fields.get("aksi") === "place";
  const key = { site: fields.get("lokasi"), date: isMove ? goal[0] : fields.get("tanggal"), team: isMove ? goal[1] : fields.get("tim") };
  await send(form.action, fields, { key, waits: isMove });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.matches("[data-dialog]")) {
    event.preventDefault();
    openPage(link.href);
  } else if (link.matches("[data-close]") && dialog.contains(link)) {
    event.preventDefault();
    dialog.close();
  } else if (link.matches("[data-reload]") && dialog.contains(link)) {
    event.preventDefault();
    dialog.close();
    location.reload();
  }
});

// Choosing from the list is choosing another day than the best ones.
document.addEventListener("change", (event) => {
  if (event.target.id !== "lain") return;
  const other = event.target.form.querySelector('input[name="ke"][value="lain"]');
  if (other) other.checked = true;
});

// Lifting a card.

let lifted = null;

function lift(card) {
  const key = keyOf(card);
  const mine = { key, card, cells: null, asked: new AbortController() };
  lifted = mine;
  card.classList.add("lifted");
  tell(news, words.wait);
  mine.stop = count(news.querySelector("p"), words.wait);
  mine.answer = ask("POST", `/v1/schedules/${board().dataset.plan}/edits`, {
    body: { edits: [{ op: "place", team: key.team, date: key.date, site: key.site }], dry_run: true },
    signal: mine.asked.signal,
  }).then(({ body }) => {
    mine.cells = body.cells;
    mine.rules = body.rules;
    mine.isStale = String(body.version) !== board().dataset.version;
    if (lifted === mine) paint(mine);
  }).catch((error) => {
    mine.trouble = error;
    if (lifted === mine) {
      mine.stop();
      tell(news, sentenceOf(error), { kind: "doubt" });
    }
  });
}

function sentenceOf(error) {
  if (error instanceof Refused) return error.retryAfter ? `${error.message} ${fill(words.again_in, { seconds: error.retryAfter })}` : error.message;
  return words.unreachable;
}

const cellOf = (team, date) => [...board().querySelectorAll("td[data-team]")].find((td) => td.dataset.team === team && td.dataset.date === date);
const inWords = (rules, rule) => rules[rule]?.[document.documentElement.lang] || rule;

function paint(mine) {
  mine.stop();
  let possible = 0;
  for (const cell of mine.cells) {
    const td = cellOf(cell.team, cell.date);
    if (!td || cell.rule === "same_place") continue;
    if (cell.kind) possible += 1;
    const costs = cell.kind && (cell.change.activations < 0 || cell.kind === "pushes_out");
    td.classList.add(...(cell.kind ? (costs ? ["may", "costs"] : ["may"]) : ["mustnot"]));
    td.prepend(
      cell.kind
        ? make("p", { class: "hint" }, `${SHIFTS_NOBODY.has(cell.kind) ? "✔" : "⇄"} `,
            make("strong", { text: signed(cell.change.activations) }), ` ${words[cell.kind]}`)
        : make("p", { class: "hint", text: `✘ ${inWords(mine.rules, cell.rule)}` }),
    );
  }
  tell(news, fill(possible ? words.possible : words.nowhere, { possible, all: mine.cells.length }));
}

function putDown() {
  if (!lifted) return;
  lifted.card.classList.remove("lifted");
  lifted.stop();
  lifted.asked.abort();
  lifted = null;
  board().querySelectorAll(".hint").forEach((hint) => hint.remove());
  for (const td of board().querySelectorAll("td")) td.classList.remove("may", "costs", "mustnot", "over");
}

async function drop(mine, td) {
  const { key } = mine;
  if (td.dataset.team === key.team && td.dataset.date === key.date) return tell(news, "");
  const version = board().dataset.version;
  const cell = (mine.cells || []).find((one) => one.team === td.dataset.team && one.date === td.dataset.date);
  const fields = new URLSearchParams({
    aksi: "place", tim: key.team, tanggal: key.date, lokasi: key.site, versi: version, ke: `${td.dataset.date}/${td.dataset.team}`,
  });
  // The server tells the trip that would lead there, before anybody is sent.
  if (cell && !cell.kind && !NEEDS_TRIP.has(cell.rule)) {
    const again = make("button", { type: "button", text: words.put_there, onclick: () => {
      fields.set("paksa", "ya");
      send(actionOf(), fields, { key: { ...key, team: td.dataset.team, date: td.dataset.date } });
    } });
    return tell(news, fill(words.forbidden, { why: inWords(mine.rules, cell.rule) }), { kind: "wrong", actions: [...(cell.rule === "past" ? [] : [again]), closeButton()] });
  }
  await send(actionOf(), fields, { key: { ...key, team: td.dataset.team, date: td.dataset.date }, waits: true });
}

const actionOf = () => `/rencana/${board().dataset.plan}/pindah`;

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.(".visit[data-movable]");
  if (!card || !board().contains(card)) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.querySelector("a").textContent);
  if (board().dataset.version) return lift(card);
  // A plan that is no draft stays as it is: the dialog says so, and offers one.
  event.preventDefault();
  openPage(card.querySelector("a").href);
});
document.addEventListener("dragover", (event) => {
  const td = lifted && event.target.closest?.("td[data-team]");
  board().querySelectorAll("td.over").forEach((one) => one !== td && one.classList.remove("over"));
  if (!td) return;
  event.preventDefault();
  td.classList.add("over");
});
document.addEventListener("drop", (event) => {
  const td = lifted && event.target.closest?.("td[data-team]");
  if (!td) return;
  event.preventDefault();
  const mine = lifted;
  putDown();
  drop(mine, td);
});
document.addEventListener("dragend", () => {
  if (!lifted) return;
  putDown();
  tell(news, "");
});

function begin() {
  for (const card of board().querySelectorAll(".visit[data-movable]")) {
    card.draggable = true;
    // Else the browser would drag the link inside.
    card.querySelector("a").draggable = false;
  }
}

begin();
if (new URLSearchParams(location.search).has("lokasi")) {
  openPage(`${actionOf()}${location.search}`);
  history.replaceState(null, "", location.pathname);
}
