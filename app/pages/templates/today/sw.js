// Lets the phone's page open without signal. Version {{ version }}: another one is another worker with files of its own,
// so that a page never meets files of another version.
import { keep, recall, send } from {{ queue | as_json }};

const CACHE = "jemput-{{ version }}";
const FILES = {{ files | as_json }};
const PAGE = "/hari-ini";
const LANGUAGES = ["id", "en"];
const shell = (language) => `${PAGE}?bahasa=${language}`;

/** An answer that may be kept: ours, whole, and no log-in page that somebody was sent on to. */
function sound(answer) {
  if (!answer.ok || answer.redirected) throw new Error(`${answer.url}: ${answer.status}`);
  return answer;
}

async function shellIn(language) {
  // Without the cookie, so that it holds nobody's data and is in the language asked for.
  const answer = sound(await fetch(PAGE, {
    credentials: "omit", cache: "no-store", headers: { "Accept": "text/html", "Accept-Language": language },
  }));
  // The service may have been updated since this worker was read.
  if (!(await answer.clone().text()).includes(FILES[0])) throw new Error("another version");
  return answer;
}

async function fill() {
  const shells = await Promise.all(LANGUAGES.map(shellIn));
  const files = await Promise.all(FILES.map(async (file) => sound(await fetch(file))));
  const cache = await caches.open(CACHE);
  await Promise.all([
    ...LANGUAGES.map((language, index) => cache.put(shell(language), shells[index])),
    ...FILES.map((file, index) => cache.put(file, files[index])),
  ]);
}

async function dropOthers() {
  const names = (await caches.keys()).filter((name) => name.startsWith("jemput-") && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function page(request) {
  const language = (await recall("language").catch(() => undefined)) || "id";
  const kept = await (await caches.open(CACHE)).match(shell(language));
  return kept || fetch(request);
}

async function home(request) {
  try {
    return await fetch(request);
  } catch {
    return Response.redirect(PAGE);
  }
}

async function file(request) {
  return (await (await caches.open(CACHE)).match(request)) || fetch(request);
}

/** The language of the kept page follows the choice, which the cookie keeps from scripts. */
async function choose(request) {
  const form = new URLSearchParams(await request.clone().text());
  if (LANGUAGES.includes(form.get("bahasa"))) await keep("language", form.get("bahasa"));
  try {
    return await fetch(request);
  } catch {
    return Response.redirect(PAGE, 303);
  }
}

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(dropOthers()));
self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  const isPage = request.mode === "navigate";
  if (request.method === "POST" && pathname === "/bahasa" && isPage) event.respondWith(choose(request));
  else if (request.method !== "GET") return;
  else if (isPage && pathname === PAGE) event.respondWith(page(request));
  else if (isPage && pathname === "/") event.respondWith(home(request));
  else if (FILES.includes(pathname)) event.respondWith(file(request));
});
self.addEventListener("sync", (event) => {
  if (event.tag !== "laporan") return;
  event.waitUntil((async () => {
    const { sent, why } = await send((await recall("language")) || "id");
    if (sent.length) new BroadcastChannel("jemput").postMessage("sent");
    // Refusing to finish has the browser try again later.
    if (why === "offline" || why === "busy") throw new Error(why);
  })());
});
