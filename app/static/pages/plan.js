// The page of a plan: its map, once everything that people work with is there.

import { ask, Unreachable } from "./api.js";
import { fill, given, make } from "./parts.js";

const place = document.querySelector("[data-map]");
const texts = given("map-texts");

async function showMap() {
  try {
    const [{ drawMap }, { body }] = await Promise.all([
      import("./map.js"),
      ask("GET", `/v1/districts/${place.dataset.district}/map`),
    ]);
    await drawMap(place, body, {
      visits: given("visits"), tiles: given("tiles"), texts, legend: document.querySelector("[data-legend]"),
    });
  } catch (error) {
    const reason = error instanceof Unreachable ? texts.offline : error.message;
    const again = make("button", { type: "button", text: texts.again, onclick: showMap });
    place.replaceChildren(make("div", { class: "notice doubt", role: "alert" }, make("p", { text: fill(texts.failed, { reason }) }), again));
  }
}

// The board goes first: the map waits until the browser has nothing else to do and its place comes near.
function whenNear() {
  const watch = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    watch.disconnect();
    showMap();
  }, { rootMargin: "600px" });
  watch.observe(place);
}

if (document.readyState === "complete") whenNear();
else window.addEventListener("load", whenNear);
