// Whose day a planner or head of office wants to see: a district, where there are several, and a team.

import { make } from "./parts.js";
import { call } from "./today_queue.js";
import { notice, t } from "./today_view.js";

/** A form that leads to the page of the chosen team; `code`: the district, null where it has to be chosen first. */
export async function chooseTeam(place, code, language) {
  const isOne = code && code.length > 2;
  const answer = await call("GET", isOne ? `/v1/districts/${code}/teams?limit=500` : "/v1/districts?limit=500", { language });
  if (answer.status !== 200) return place.replaceChildren(notice("wrong", answer.body?.detail || String(answer.status)));
  const options = answer.body.items.map((one) => [one.code, one.name]);
  if (!options.length) return place.replaceChildren(notice("", t("no_teams")));
  return place.replaceChildren(make("form", { class: "fields", method: "get", action: "/hari-ini" },
    make("h2", { text: t("choose_team") }),
    isOne ? make("input", { type: "hidden", name: "wilayah", value: code }) : null,
    isOne ? picker("tim", t("team"), options) : picker("wilayah", t("district"), options),
    make("button", { text: t("show") })));
}

const picker = (name, label, options) => make("div", { class: "field" }, make("label", { for: name, text: label }),
  make("select", { id: name, name }, ...options.map(([value, text]) => make("option", { value, text }))));
