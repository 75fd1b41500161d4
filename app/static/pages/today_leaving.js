// Logging out of the phone, with signal or without: tasks and contacts go at once, the session as soon as there is signal.
// Reports that the service does not have stay for who wrote them.

import { entries, forget, keep } from "./today_queue.js";

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
