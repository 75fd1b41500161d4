// Logging out of the phone, with signal or without: tasks and contacts go at once, the session as soon as there is signal.
// Reports that the service does not have stay for who wrote them.

import { make } from "./parts.js";
import { entries, forget, keep } from "./today_queue.js";
import { LOG_IN, notice, t } from "./today_view.js";

/** Asks whether to leave, and says so where reports wait. */
export function isSure(waits) {
  return window.confirm([waits ? t("leave_waiting", { count: waits }) : "", t("leave_sure")].filter(Boolean).join("\n\n"));
}

/** Takes tasks and contacts off the phone; until the service knows, nobody sees anything here. */
export async function leave() {
  await keep("leaving", true);
  await forget("tasks", "seen", "who");
}

/** Ends the session at the service; whether it is over there. */
export async function leaveAtService() {
  const isEmpty = !(await entries()).length;
  try {
    // A redirect is the answer that is hoped for; a refusal says that there is no session any more.
    const answer = await fetch("/keluar", {
      method: "POST", redirect: "manual", credentials: "same-origin", body: new URLSearchParams({ bersihkan: isEmpty ? "ya" : "" }),
    });
    const isOver = answer.type === "opaqueredirect" || answer.ok || answer.status === 401;
    if (isOver) await forget("leaving");
    return isOver;
  } catch {
    return false;
  }
}

/** The page of a phone that nobody uses; `isOver`: the service knows it, too. */
export function drawLeft(isOver) {
  const place = (id) => document.getElementById(id);
  for (const id of ["days", "queue", "more"]) place(id).hidden = true;
  place("stops").replaceChildren();
  place("title").textContent = t("title");
  place("age").textContent = "";
  place("notices").replaceChildren(notice("good", t(isOver ? "left" : "left_offline"),
    make("a", { class: "button first", href: LOG_IN, text: t("log_in") })));
}
