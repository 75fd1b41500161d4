// Draws a district without internet: land, areas, sites and bases of teams, for whichever page has a place for it.
//
// `drawMap(element, data, options)`: `data` is the answer of `GET /v1/districts/{code}/map`. Options: `texts` (the
// sentences of the section `map`), `legend` (an element for it), `visits` (rows of site code, team code, ISO date,
// people; without them every site is drawn by its signal), `trips` (of `GET /v1/schedules/{id}/map`), `only` (codes of sites beside which the others are faint),
// `onSite(site)` (a site was chosen), `tiles` (`{url, attribution}` in place of our own land). It yields `{map, show(code),
// setVisits(visits, trips)}`: `show` moves to a site, `setVisits` draws other visits and trips where the map is now.

import { fill, make, number } from "./parts.js";

const TEAM_COLOURS = ["#0b5aa8", "#b3530b", "#1b6b3a", "#7a2d8c", "#00707a", "#8c1650"];
const AREA_COLOURS = ["#e3efe3", "#f6ead9", "#e3e8f5", "#f3e1e6", "#e6f1f1", "#ebe4f3"];
const SIGNAL_COLOURS = ["#8c1622", "#b3530b", "#8a7500", "#4d7a1f", "#1b6b3a"];
const GREY = "#7a848b";
const NIGHT = "#1d2f5c";
const RIDE_DASHES = "4 7";
const FEWEST_PIXELS = 3;
const MOST_PIXELS = 13;
const NAME_PIXELS = 6.4;
const SVG = "http://www.w3.org/2000/svg";

let library = null;

/** The library and its styles, fetched when the first map is drawn. */
function leaflet() {
  library ||= Promise.all([import("./vendor/leaflet/leaflet.js"), styles()]).then(() => window.L);
  return library;
}

function styles() {
  return new Promise((ready, failed) => {
    const href = new URL("./vendor/leaflet/leaflet.css", import.meta.url).href;
    // Before our own, whose rules are to win.
    document.head.prepend(make("link", { rel: "stylesheet", href, onload: ready, onerror: () => failed(new Error(href)) }));
  });
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** What is written on a team's marks: the number at the end of its code, else its first two letters. */
function shortName(code) {
  const digits = /(\d{1,3})\D*$/.exec(code);
  return digits ? digits[1] : code.slice(0, 2);
}

/** Teams in the order of their codes, each with its colour and its short name. */
function teamsOf(visits, trips) {
  const codes = [...new Set([...visits.map((visit) => visit[1]), ...trips.map((trip) => trip.team)])].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const names = codes.map(shortName);
  const isClear = new Set(names).size === names.length;
  return new Map(codes.map((code, place) => [code, {
    code, colour: TEAM_COLOURS[place % TEAM_COLOURS.length], name: isClear ? names[place] : String(place + 1),
  }]));
}

function radius(people, most) {
  return FEWEST_PIXELS + (MOST_PIXELS - FEWEST_PIXELS) * Math.sqrt(Math.max(0, people) / Math.max(1, most));
}

/** A round mark with the short names of its teams; several teams share it as a striped edge. */
function teamMark(teams, size) {
  const words = teams.map((team) => team.name).join("·");
  const drawing = svg("svg", { width: size, height: size, viewBox: "0 0 24 24" },
    svg("circle", { cx: 12, cy: 12, r: 11, fill: teams[0].colour, stroke: "#fff", "stroke-width": 1.5 }));
  if (teams.length > 1) {
    drawing.append(svg("circle", { cx: 12, cy: 12, r: 9.5, fill: "none", stroke: teams[1].colour, "stroke-width": 3 }));
  }
  const label = svg("text", {
    x: 12, y: 12, fill: "#fff", "font-size": words.length > 2 ? 8 : 11, "font-weight": 700, "text-anchor": "middle", "dominant-baseline": "central",
  });
  label.textContent = words;
  drawing.append(label);
  return drawing;
}

function baseMark(name) {
  const label = svg("text", { x: 12, y: 12, fill: "#fff", "font-size": 11, "font-weight": 700, "text-anchor": "middle", "dominant-baseline": "central" });
  label.textContent = name;
  return svg("svg", { width: 22, height: 22, viewBox: "0 0 24 24" },
    svg("rect", { x: 1, y: 1, width: 22, height: 22, rx: 3, fill: "#111", stroke: "#fff", "stroke-width": 2 }), label);
}

const STEPS_PER_DEGREE = 10_000;

/** The points of a ring or line, `[lat, lon]`: each number is a step from the one before. */
function points(steps) {
  const found = [];
  let [lon, lat] = [0, 0];
  for (let place = 0; place < steps.length; place += 2) {
    lon += steps[place];
    lat += steps[place + 1];
    found.push([lat / STEPS_PER_DEGREE, lon / STEPS_PER_DEGREE]);
  }
  return found;
}

/** Polygons of a shape as the library takes them: rings of points. */
const polygons = (shape) => shape.map((rings) => rings.map(points));

/** The sites as rows, from columns. */
function rowsOf(columns) {
  const names = Object.keys(columns);
  return columns.id.map((_, place) => Object.fromEntries(names.map((name) => [name, columns[name][place]])));
}

function drawLand(L, map, data) {
  L.polygon(polygons(data.land), { stroke: false, fillColor: "#f7f5ee", fillOpacity: 1, interactive: false }).addTo(map);
  L.polyline(data.coast.map(points), { color: "#8fa6b4", weight: 1, interactive: false }).addTo(map);
}

function drawAreas(L, map, data) {
  data.areas.forEach((area, place) => {
    // Estimated borders are gaps, not lines: a line would claim to know.
    L.polygon(polygons(area.shape), {
      color: area.is_approximate ? "#fff" : "#59656d", weight: area.is_approximate ? 1.5 : 1, fillColor: AREA_COLOURS[place % AREA_COLOURS.length], fillOpacity: .9, interactive: false,
    }).addTo(map);
  });
}

/** Names of areas, the larger ones first, skipped where one would lie on another; nearer there is room for more. */
function drawNames(L, map, data, sites) {
  const counts = data.areas.map((_, place) => sites.filter((site) => site.area === place).length);
  const areas = data.areas.map((area, place) => ({ ...area, count: counts[place] })).sort((a, b) => b.count - a.count);
  const names = L.layerGroup().addTo(map);
  const place = () => {
    names.clearLayers();
    const taken = [];
    for (const area of areas) {
      const at = map.latLngToLayerPoint([area.lat, area.lon]);
      const half = (area.name.length * NAME_PIXELS) / 2;
      const box = { left: at.x - half, right: at.x + half, top: at.y - 9, bottom: at.y + 9 };
      const touches = taken.some((one) => box.left < one.right && box.right > one.left && box.top < one.bottom && box.bottom > one.top);
      if (touches) continue;
      taken.push(box);
      const html = make("span", { text: area.name });
      L.marker([area.lat, area.lon], { icon: L.divIcon({ className: "area-name", html, iconSize: [0, 0] }), interactive: false, keyboard: false }).addTo(names);
    }
  };
  map.on("zoomend", place);
  place();
}

/** A lodging: a crescent in a night-blue square. */
function lodgingMark() {
  return svg("svg", { width: 22, height: 22, viewBox: "0 0 24 24" },
    svg("rect", { x: 1, y: 1, width: 22, height: 22, rx: 6, fill: NIGHT, stroke: "#fff", "stroke-width": 2 }),
    svg("path", { d: "M15.5 15.6A6 6 0 0 1 10.4 6a6.4 6.4 0 1 0 7.9 8.1 6 6 0 0 1-2.8 1.5z", fill: "#ffe9a8" }));
}

function stationMark() {
  return svg("svg", { width: 18, height: 18, viewBox: "0 0 24 24" },
    svg("circle", { cx: 12, cy: 12, r: 7, fill: "#fff", stroke: NIGHT, "stroke-width": 4 }));
}

function lineMark(dashes) {
  return svg("svg", { width: 18, height: 18, viewBox: "0 0 24 24" },
    svg("line", { x1: 1, y1: 12, x2: 23, y2: 12, stroke: "#111", "stroke-width": 3, "stroke-dasharray": dashes }));
}

function day(iso) {
  return new Intl.DateTimeFormat(document.documentElement.lang === "id" ? "id-ID" : "en-GB", { day: "numeric", month: "short" })
    .format(new Date(`${iso}T12:00:00`));
}

function told(site, visits, texts) {
  const rows = visits.map(([, team, date, count]) => make("div", { text: fill(texts.visit, { team, day: day(date), count: number(count) }) }));
  return make("div", {}, make("strong", { text: site.name }), make("div", { text: fill(texts.people, { count: number(site.people) }) }), ...rows);
}

function drawSites(L, layer, sites, { visits, only, texts, onSite, teams }) {
  const bySite = new Map();
  for (const visit of visits || []) bySite.set(visit[0], [...(bySite.get(visit[0]) || []), visit]);
  const most = Math.max(1, ...sites.map((site) => site.people));
  const markers = new Map();
  // Small ones last, so that large ones do not hide them; those in the plan over all others.
  const order = [...sites].sort((a, b) => b.people - a.people);
  for (const isPlanned of [false, true]) {
    for (const site of order) {
      const own = bySite.get(site.code) || [];
      if ((own.length > 0) !== isPlanned) continue;
      const size = radius(site.people, most);
      let marker;
      if (isPlanned) {
        const marks = [...new Set(own.map((visit) => visit[1]))].sort().map((code) => teams.get(code));
        const pixels = Math.max(18, Math.round(2 * size));
        const icon = L.divIcon({ className: "site", html: teamMark(marks.slice(0, 2), pixels), iconSize: [pixels, pixels] });
        marker = L.marker([site.lat, site.lon], { icon, keyboard: false });
      } else {
        const isFaint = only && !only.has(site.code);
        const fillColor = visits || isFaint ? GREY : SIGNAL_COLOURS[site.signal] || GREY;
        const radius = Math.max(FEWEST_PIXELS, visits || isFaint ? size / 2 : size);
        marker = L.circleMarker([site.lat, site.lon], { radius, color: "#fff", weight: 1, fillColor, fillOpacity: isFaint ? .35 : .85 });
      }
      marker.bindTooltip(() => told(site, own, texts), { direction: "top" });
      if (onSite) marker.on("click", () => onSite(site));
      marker.addTo(layer);
      markers.set(site.code, marker);
    }
  }
  return markers;
}

function drawBases(L, layer, data, teams) {
  const byPlace = new Map();
  for (const team of data.teams) {
    const key = `${team.lat.toFixed(4)},${team.lon.toFixed(4)}`;
    byPlace.set(key, [...(byPlace.get(key) || []), team]);
  }
  for (const based of byPlace.values()) {
    const html = baseMark(based.length > 1 ? "⌂" : teams.get(based[0].code)?.name || shortName(based[0].code));
    const icon = L.divIcon({ className: "site", html, iconSize: [22, 22] });
    const marker = L.marker([based[0].lat, based[0].lon], { icon, keyboard: false, zIndexOffset: 500 }).addTo(layer);
    const names = [based[0].base_name, based.map((team) => team.code).join(", ")].filter(Boolean).join(": ");
    marker.bindTooltip(() => make("div", { text: names }), { direction: "top" });
  }
}

/** A mark that only says what it is. */
function placeMark(L, layer, { lat, lon }, html, ...lines) {
  const icon = L.divIcon({ className: "site", html, iconSize: [22, 22] });
  L.marker([lat, lon], { icon, keyboard: false, zIndexOffset: 400 }).addTo(layer)
    .bindTooltip(() => make("div", {}, ...lines.map((text) => make("div", { text }))), { direction: "top" });
}

/** The lines of trips, boats and planes dashed, and every lodging with who sleeps there when. */
function drawTrips(L, layer, trips, { texts, teams }) {
  const stays = new Map();
  for (const trip of trips) {
    const name = () => make("div", { text: fill(texts.trip, { team: trip.team, first: day(trip.starts_on), last: day(trip.ends_on) }) });
    for (const leg of trip.legs) {
      const ends = [leg.origin, leg.target].map((end) => [end.lat, end.lon]);
      const line = { color: teams.get(trip.team).colour, weight: 3, opacity: .9, dashArray: leg.is_ride ? RIDE_DASHES : null };
      L.polyline(ends, line).addTo(layer).bindTooltip(name, { sticky: true });
    }
    for (const night of trip.nights.filter((one) => one.place)) {
      const key = `${night.code},${night.place.lat},${night.place.lon}`;
      stays.set(key, [...(stays.get(key) || []), { ...night, team: trip.team }]);
    }
  }
  for (const [first, ...more] of stays.values()) {
    const slept = [first, ...more].map((one) => fill(texts.sleeps, { team: one.team, first: day(one.first), until: day(one.until) }));
    placeMark(L, layer, first.place, lodgingMark(), first.name, ...slept);
  }
}

function writeLegend(place, data, { visits, trips, teams, texts, tiles }) {
  const rows = [...teams.values()].map((team) => make("li", {}, teamMark([team], 18), team.code));
  const dot = svg("svg", { width: 18, height: 18, viewBox: "0 0 24 24" }, svg("circle", { cx: 12, cy: 12, r: 6, fill: GREY }));
  if (visits) rows.push(make("li", {}, dot, texts.not_planned));
  else SIGNAL_COLOURS.forEach((fill, level) => rows.push(make("li", {}, svg("svg", { width: 18, height: 18, viewBox: "0 0 24 24" }, svg("circle", { cx: 12, cy: 12, r: 8, fill })), texts[`signal_${level}`])));
  if (data.teams.length) rows.push(make("li", {}, baseMark("⌂"), texts.base));
  if (trips.length) rows.push(make("li", {}, lineMark("none"), texts.way), make("li", {}, lineMark("5 4"), texts.ride));
  if (trips.some((trip) => trip.nights.length)) rows.push(make("li", {}, lodgingMark(), texts.lodging_slept));
  if (!visits && data.lodgings.length) rows.push(make("li", {}, lodgingMark(), texts.lodging));
  if (!visits && data.stations.length) rows.push(make("li", {}, stationMark(), texts.station));
  const notes = [data.note && data.note[document.documentElement.lang], !tiles && fill(texts.coast, { source: data.land_source })];
  place.replaceChildren(
    make("ul", { class: "map-legend" }, ...rows),
    make("p", { class: "small", text: notes.filter(Boolean).join(" ") }),
  );
}

export async function drawMap(element, data, { texts, visits = null, trips = [], only = null, legend = null, onSite = null, tiles = null } = {}) {
  const L = await leaflet();
  const sites = rowsOf(data.sites);
  element.replaceChildren();
  if (!sites.length && !data.areas.length) {
    element.append(make("p", { class: "map-wait", text: texts.no_sites }));
    return { map: null, show() {}, setVisits() {} };
  }
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", texts.label);
  const map = L.map(element, { zoomSnap: .25, preferCanvas: true, zoomControl: false, attributionControl: Boolean(tiles) });
  L.control.zoom({ zoomInTitle: texts.larger, zoomOutTitle: texts.smaller }).addTo(map);
  const slept = trips.flatMap((trip) => trip.legs).flatMap((leg) => [leg.origin, leg.target]);
  const every = [...(sites.length ? sites : data.areas), ...data.teams, ...slept];
  map.fitBounds(L.latLngBounds(every.map((one) => [one.lat, one.lon])).pad(.05));
  if (tiles) L.tileLayer(tiles.url, { attribution: tiles.attribution, maxZoom: 19 }).addTo(map);
  else drawLand(L, map, data);
  drawAreas(L, map, data);
  const marks = L.layerGroup().addTo(map);
  let markers;
  const setVisits = (next, trips = []) => {
    marks.clearLayers();
    const teams = teamsOf(next || [], trips);
    // Below the sites, whose marks are then still read.
    drawTrips(L, marks, trips, { texts, teams });
    if (!next) {
      for (const one of data.stations) placeMark(L, marks, one, stationMark(), one.name);
      for (const one of data.lodgings) placeMark(L, marks, one, lodgingMark(), one.name);
    }
    markers = drawSites(L, marks, sites, { visits: next, only, texts, onSite, teams });
    drawBases(L, marks, data, teams);
    if (legend) writeLegend(legend, data, { visits: next, trips, teams, texts, tiles });
  };
  setVisits(visits, trips);
  drawNames(L, map, data, sites);
  return {
    map,
    setVisits,
    show(code) {
      const marker = markers.get(code);
      if (!marker) return;
      map.setView(marker.getLatLng(), Math.max(map.getZoom(), 12));
      marker.openTooltip();
    },
  };
}
