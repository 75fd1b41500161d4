// What the phone keeps, and the reports on their way. A report is written here first and leaves only when the service has
// said that it has it; whatever else happens is kept with it and shown. The worker shares this: no document here.

const STORES = { kept: undefined, queue: { keyPath: "nr", autoIncrement: true } };
const PATIENCE = 30000;
let opened;

function base() {
  opened ||= new Promise((resolve, reject) => {
    const request = indexedDB.open("jemput", 1);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(STORES)) request.result.createObjectStore(name, options);
    };
    request.onsuccess = () => {
      request.result.onversionchange = request.result.onclose = () => {
        request.result.close();
        opened = undefined;
      };
      resolve(request.result);
    };
    request.onerror = () => {
      opened = undefined;
      reject(request.error);
    };
  });
  return opened;
}

// The disk is slow to begin; meanwhile the rest of the page is read.
base().catch(() => undefined);

/** A transaction: `work(store, answer)` sets off requests, `answer(value)` says what is yielded once all is on the disk. */
async function within(name, work, mode = "readwrite") {
  const transaction = (await base()).transaction(name, mode, { durability: "strict" });
  return new Promise((resolve, reject) => {
    let value;
    transaction.oncomplete = () => resolve(value);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
    work(transaction.objectStore(name), (found) => { value = found; });
  });
}

/** A kept value, or undefined. */
export const recall = (key) => within("kept", (store, answer) => {
  store.get(key).onsuccess = (event) => answer(event.target.result);
}, "readonly");

/** Every entry and these kept values, in one look: `[entries, value, …]`. */
export async function recallAll(...keys) {
  const transaction = (await base()).transaction(Object.keys(STORES), "readonly");
  return new Promise((resolve, reject) => {
    const queue = transaction.objectStore("queue").getAll();
    const kept = keys.map((key) => transaction.objectStore("kept").get(key));
    transaction.oncomplete = () => resolve([queue, ...kept].map((request) => request.result));
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

export const keep = (key, value) => within("kept", (store) => { store.put(value, key); });

export const forget = (...keys) => within("kept", (store) => { for (const key of keys) store.delete(key); });

/** No answer came: no signal, or the service is away. */
export class Unreachable extends Error {}

/** Asks the service: `{status, body, etag}`, or `Unreachable`. Not by the browser's cache, which no log-out could empty. */
export async function call(method, path, { body, key, etag, language = "id" } = {}) {
  const headers = { "Accept": "application/json", "Accept-Language": language };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  if (etag) headers["If-None-Match"] = etag;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(path, {
      method, headers, signal: stop.signal, cache: "no-store", credentials: "same-origin", redirect: "error",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    let said = null;
    try {
      said = text ? JSON.parse(text) : null;
    } catch {
      // A hotel's log-in page answers 200 to everything; only JSON is an answer of ours.
      if (answer.ok) throw new Unreachable("no JSON");
    }
    return { status: answer.status, body: said, etag: answer.headers.get("ETag") };
  } catch (error) {
    throw error instanceof Unreachable ? error : new Unreachable(String(error));
  } finally {
    clearTimeout(timer);
  }
}

// Over plain HTTP there is no `crypto.randomUUID`.
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const DAY = 86400000;
/** What an entry waits for: `waiting` a signal, anything else a decision of its writer. */
export const WAITING = "waiting";

/** Every entry, the oldest first: `{nr, uid, visit_id, report, user, stop, written_at, tried, state, told, …}`. */
export const entries = () => within("queue", (store, answer) => {
  store.getAll().onsuccess = (event) => answer(event.target.result);
}, "readonly");

/** Writes a report. One that may have reached the service is not rewritten, or its report_id would say two things. */
export const write = (draft) => within("queue", (store) => {
  store.getAll().onsuccess = (event) => {
    const before = event.target.result.filter(
      (entry) => entry.uid === draft.uid && entry.user.id === draft.user.id,
    ).pop();
    const fresh = { ...draft, tried: false, state: WAITING, told: "", code: "", problems: [], standing: null };
    if (before && (!before.tried || before.state !== WAITING)) {
      const { report_id, corrects } = before.report;
      const isAsked = before.state === "standing";
      store.put({
        ...fresh, nr: before.nr, report: { ...draft.report, report_id, corrects },
        ...(isAsked ? { state: before.state, told: before.told, code: before.code, standing: before.standing } : {}),
      });
    } else {
      const corrects = before ? before.report.report_id : draft.standing;
      store.add({ ...fresh, report: { ...draft.report, report_id: uuid(), corrects: corrects ?? null } });
    }
  };
});

/** Sends it after all; what then says something else has a report_id of its own. */
export const decide = (nr, { corrects, visit_id } = {}) => within("queue", (store) => {
  store.getAll().onsuccess = (event) => {
    const asked = event.target.result.find((entry) => entry.nr === nr);
    if (!asked) return;
    const isOther = corrects !== undefined || visit_id !== undefined;
    const report_id = isOther ? uuid() : asked.report.report_id;
    store.put({
      ...asked, state: WAITING, told: "", code: "", problems: [], standing: null, tried: asked.tried && !isOther,
      visit_id: visit_id ?? asked.visit_id,
      report: { ...asked.report, report_id, corrects: corrects === undefined ? asked.report.corrects : corrects },
    });
    follow(store, event.target.result, asked.report.report_id, report_id);
  };
});

/** Reports that correct one name it by its new name. */
function follow(store, all, before, after) {
  if (before === after) return;
  for (const entry of all) {
    if (entry.report.corrects === before) store.put({ ...entry, report: { ...entry.report, corrects: after } });
  }
}

export const drop = (nr) => within("queue", (store) => {
  store.getAll().onsuccess = (event) => {
    const gone = event.target.result.find((entry) => entry.nr === nr);
    if (!gone) return;
    store.delete(nr);
    follow(store, event.target.result, gone.report.report_id, gone.report.corrects);
  };
});

const change = (nr, how) => within("queue", (store, answer) => {
  store.get(nr).onsuccess = (event) => {
    if (!event.target.result) return;
    const changed = how(event.target.result);
    if (changed) store.put(changed);
    answer(changed);
  };
});

/** Notes by how many milliseconds the service's clock leads the phone's. */
export function heard(me) {
  const lead = Date.parse(me.now) - Date.now();
  keep("lead", lead).catch(() => undefined);
  return lead;
}

/** Sends what waits, as its writer alone: `{sent: [entry], why: "" | "offline" | "login" | "busy" | "foreign"}`. */
export function send(language) {
  // Two windows and the worker take turns; without locks (plain HTTP) the report_id alone keeps a report single.
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request("jemput-reports", () => sendAll(language)) : sendAll(language);
}

async function sendAll(language) {
  const waiting = (await entries()).filter((entry) => entry.state === WAITING);
  const sent = [];
  if (!waiting.length) return { sent, why: "" };
  const done = (why) => ({ sent, why });
  try {
    const me = await call("GET", "/v1/me", { language });
    if (me.status === 401) return done("login");
    if (me.status !== 200) return done("busy");
    const lead = heard(me.body);
    const held = new Set();
    let isForeign = false;
    for (const { nr, user, uid } of waiting) {
      if (user.id !== me.body.user?.id) {
        isForeign = true;
        continue;
      }
      // A correction never overtakes what it corrects.
      if (held.has(uid)) continue;
      const why = await sendOne(nr, { language, lead, sent });
      if (why === "held") held.add(uid);
      else if (why) return done(why);
    }
    return done(isForeign ? "foreign" : "");
  } catch (error) {
    if (error instanceof Unreachable) return done("offline");
    throw error;
  }
}

async function sendOne(nr, { language, lead, sent }) {
  const entry = await change(nr, (found) => (found.state === WAITING ? begun(found, lead) : null));
  if (!entry) return "";
  const answer = await call("POST", `/v1/visits/${entry.visit_id}/result`, {
    body: entry.report, key: entry.report.report_id, language,
  });
  if (answer.status === 200 || answer.status === 201) {
    // First what the plan on the phone shows, then out of the queue: never neither.
    await noteResult(entry, answer.body);
    await within("queue", (store) => { store.delete(nr); });
    sent.push(entry);
    return "";
  }
  if (answer.status === 401) return "login";
  if (answer.status === 408 || answer.status === 429 || answer.status >= 500) return "busy";
  return (await refused(nr, answer)) ? "" : "held";
}

/** Keeps what the service said; true where the report gave way to its writer's own correction. */
const refused = (nr, { status, body }) => within("queue", (store, answer) => {
  store.getAll().onsuccess = (event) => {
    const all = event.target.result;
    const { report, ...entry } = all.find((one) => one.nr === nr);
    if (all.some((one) => one.report.corrects === report.report_id)) {
      store.delete(nr);
      follow(store, all, report.report_id, report.corrects);
      answer(true);
      return;
    }
    store.put({
      ...entry, report, state: stateOf(status, body), told: body?.detail || String(status), code: body?.code || "",
      problems: body?.errors || [], standing: body?.standing || null,
    });
  };
});

function stateOf(status, body) {
  if (status === 403) return "forbidden";
  if (status === 409 && body?.standing) return "standing";
  return status === 404 || status === 409 ? "gone" : "refused";
}

/** An entry as it is sent first, and stays byte for byte; its hour by the service's clock where the phone's is days off. */
function begun(entry, lead) {
  if (entry.tried) return entry;
  if (Math.abs(lead) < DAY / 2) return { ...entry, tried: true };
  const reported_at = new Date(entry.written_at + lead).toISOString();
  return { ...entry, tried: true, report: { ...entry.report, reported_at } };
}

/** The stop on the phone bears what the service has, before the next answer comes. */
function noteResult(entry, result) {
  return within("kept", (store) => {
    store.get("tasks").onsuccess = (event) => {
      const tasks = event.target.result;
      if (!tasks) return;
      for (const day of tasks.days) {
        for (const stop of day.stops) {
          if (stop.uid !== entry.uid) continue;
          const { id, outcome, served, activated, served_further, prepared } = result;
          stop.result = { id, outcome, served, activated, served_further, prepared };
        }
      }
      tasks.missing = tasks.missing.filter((one) => one.uid !== entry.uid);
      store.put({ ...tasks, etag: null }, "tasks");
    };
  });
}
