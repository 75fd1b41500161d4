// Leaving by the page that asks: the phone's tasks and contacts go too, and reports that wait are named first.

import { fill, given, make } from "./parts.js";
import { entries, forget } from "./today_queue.js";

const form = document.getElementById("leave");
const waiting = (await entries().catch(() => [])).length;
if (waiting) {
  form.before(make("p", { class: "notice doubt", role: "alert", text: fill(given("texts").waiting, { count: waiting }) }));
} else {
  form.append(make("input", { type: "hidden", name: "bersihkan", value: "ya" }));
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await forget("tasks", "seen", "who").catch(() => undefined);
  form.submit();
});
