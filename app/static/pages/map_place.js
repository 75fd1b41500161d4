// A map's place on a page: it is drawn once everything that people work with is there and its place comes near.

import { ask, Unreachable } from "./api.js";
import { fill, given, make } from "./parts.js";

/**
 * Draws the district's map into `[data-map]` with what `optionsOf()` yields then; `redraw(visits, trips)` exchanges
 * what a map that is drawn already shows of a plan. The page gives its sentences as `map-texts` and where pictures come from as `tiles`.
 */
export function placeMap(optionsOf) {
  const place = document.querySelector("[data-map]");
  const texts = given("map-texts");
  let drawn = null;

  async function show() {
    try {
      const [{ drawMap }, { body }] = await Promise.all([
        import("./map.js"),
        ask("GET", `/v1/districts/${place.dataset.district}/map`),
      ]);
      const legend = document.querySelector("[data-legend]");
      drawn = await drawMap(place, body, { tiles: given("tiles"), texts, legend, ...optionsOf() });
    } catch (error) {
      const reason = error instanceof Unreachable ? texts.offline : error.message;
      const again = make("button", { type: "button", text: texts.again, onclick: show });
      place.replaceChildren(make("div", { class: "notice doubt", role: "alert" }, make("p", { text: fill(texts.failed, { reason }) }), again));
    }
  }

  // What people work with goes first: the map waits until the browser has nothing else to do and its place comes near.
  function whenNear() {
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watch.disconnect();
      show();
    }, { rootMargin: "600px" });
    watch.observe(place);
  }

  if (document.readyState === "complete") whenNear();
  else window.addEventListener("load", whenNear);
  return { redraw: (visits, trips) => drawn?.setVisits(visits, trips) };
}
