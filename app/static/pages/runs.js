// Follows runs that go on: time used, value and proven bound closing in, the place in line; then opens what came of it.

import { fill, given, make, number, tell } from "./parts.js";

const texts = given("texts");
const live = document.getElementById("live");

function put(place, name, text) {
  const element = place.querySelector(`[data-${name}]`);
  if (element && text !== null) element.textContent = text;
}

function showBar(place, status, progress) {
  const bar = place.querySelector("[data-bar]");
  if (bar && bar.hasAttribute("max") && status === "running") bar.value = progress ? progress.elapsed_seconds || 0 : 0;
}

function showClosing(place, won, most) {
  const drawing = place.querySelector("[data-closing]");
  if (!drawing || !most) return;
  // One scale for the whole run: the first bound is the widest.
  drawing.dataset.scale = Math.max(Number(drawing.dataset.scale || 0), most);
  const share = (count) => ((100 * count) / drawing.dataset.scale).toFixed(1);
  drawing.querySelector(".open").setAttribute("width", share(most));
  drawing.querySelector(".won").setAttribute("width", share(won || 0));
}

function show(place, event) {
  const progress = event.progress;
  const state = place.querySelector("[data-state]");
  if (state && texts[event.run_status] && state.textContent !== texts.stopping) state.textContent = texts[event.run_status];
  put(place, "place", event.place_in_line ? fill(texts.place, { place: number(event.place_in_line) }) : "");
  showBar(place, event.run_status, progress);
  if (!progress) return;
  const seconds = number(Math.round(progress.elapsed_seconds || 0));
  const limit = Number(place.dataset.seconds);
  put(place, "elapsed", fill(limit ? texts.elapsed : texts.elapsed_open, { seconds, limit: number(limit) }));
  const won = progress.expected_activations ?? null;
  const most = progress.upper_bound_activations ?? null;
  put(place, "won", won === null ? null : number(won));
  put(place, "most", most === null ? null : number(most));
  put(place, "between", won === null || most === null ? null : number(Math.max(0, most - won)));
  showClosing(place, won, most);
}

function follow(place) {
  const source = new EventSource(`/v1/schedules/${place.dataset.run}/events`);
  let isLost = false;
  source.addEventListener("progress", (event) => {
    if (isLost) tell(live, "");
    isLost = false;
    show(place, JSON.parse(event.data));
  });
  source.addEventListener("done", () => {
    source.close();
    tell(live, texts.ended);
    window.location.reload();
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) {
      const again = make("a", { class: "button", href: window.location.pathname, text: texts.refresh });
      tell(live, texts.gone, { kind: "doubt", actions: [again] });
    } else if (!isLost) {
      isLost = true;
      tell(live, texts.lost, { kind: "doubt" });
    }
  });
  // A page that the browser keeps for "back" must not hold a connection.
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
}

for (const place of document.querySelectorAll("[data-run]")) follow(place);
