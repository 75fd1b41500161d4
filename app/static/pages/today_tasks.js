// A team's days: asked of the service, kept on the phone, and what changed in them since somebody looked.

import { call, heard, keep, recall } from "./today_queue.js";

const DAYS = 8;
const MINUTE = 60000;

/** The date of a moment in a time zone, as 2023-11-14. */
export function dateIn(zone, moment) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(moment);
}

/** What an answer says at its own UTC offset: the date and the minutes that people there read. */
export const hourOf = (moment) => moment.slice(11, 16);

/** Whether tasks are those that are asked for: of a team, null for the reader's own, and from a day on, null for today. */
export const isAsked = (tasks, asked) => ["team", "district", "first"].every((name) => tasks.asked[name] === asked[name]);

/** The days of a team: `{status, me, tasks, detail, lead}`; `isKnown`: a team is named, so both questions go at once. */
export async function ask(asked, { kept, zone, lead, isKnown, language }) {
  let first = asked.first || dateIn(zone, Date.now() + lead);
  const askDays = () => call("GET", pathOf(first, asked), { language, etag: kept && kept.first === first ? kept.etag : null });
  const asking = isKnown ? askDays() : null;
  // Who is asking says the same trouble first.
  asking?.catch(() => undefined);
  const me = await call("GET", "/v1/me", { language });
  if (me.status !== 200) return { status: me.status, me: null, tasks: null, detail: me.body?.detail, lead };
  const found = { status: 200, me: me.body, tasks: null, detail: "", lead: heard(me.body) };
  if (!asked.team && !me.body.team) return found;
  // What the phone takes for today may be another day there, by its clock or by its zone.
  const there = (days) => asked.first || dateIn(days.zone, Date.now() + found.lead);
  if (!asking) first = there({ zone });
  // Each question waited for alone takes a slow signal half a second.
  const district = asked.district || me.body.district;
  const late = district ? missingIn(district, language) : null;
  late?.catch(() => undefined);
  const answer = await (asking || askDays());
  if (answer.status !== 200 && answer.status !== 304) return { ...found, status: answer.status, detail: answer.body?.detail };
  let days = answer.status === 304 ? kept : shaped(answer);
  if (there(days) !== first) {
    first = there(days);
    const again = await call("GET", pathOf(first, asked), { language });
    if (again.status !== 200) return { ...found, status: again.status, detail: again.body?.detail };
    days = shaped(again);
  }
  const all = await (late ?? missingIn(days.district.code, language));
  const missing = all?.filter((one) => one.team.code === days.team.code) ?? kept?.missing ?? [];
  return known(found, { ...days, asked, first, missing });
}

/** The same from the element in which the service put it all for a coordinator's first visit; it leaves the page. */
export function given(element, asked) {
  const { me, first, days, etag, missing } = JSON.parse(element.textContent);
  element.remove();
  const found = { status: 200, me, tasks: null, detail: "", lead: heard(me) };
  return known(found, { ...shaped({ body: days, etag }), asked, first, missing });
}

const known = (found, tasks) => ({
  ...found, tasks: { ...tasks, user_id: found.me.user?.id, at: Date.now() + found.lead },
});

function pathOf(first, { team, district }) {
  const asked = new URLSearchParams({ date: first, days: String(DAYS) });
  if (team) asked.set("team", team);
  if (district) asked.set("district", district);
  return `/v1/assignments?${asked}`;
}

const shaped = ({ body, etag }) => ({
  zone: body.time_zone, team: body.team, district: body.district, days: body.days, withdrawn: body.withdrawn,
  next: body.next_date_with_stops, etag,
});

async function missingIn(district, language) {
  const answer = await call("GET", `/v1/districts/${district}/results/missing?limit=500`, { language });
  return answer.status === 200 ? answer.body.items : null;
}

/** The document of the plan that a visit is of; what an older page kept on the phone does not say. */
export const ownOf = ({ document }) => document || "ikd";

/** Every stop with its date, the earliest first. */
export const stopsOf = (tasks) => tasks.days.flatMap((day) => day.stops.map((stop) => ({ ...stop, date: day.date })));

/** What is remembered of a plan to say later what changed in it. */
export const seenOf = (tasks) => ({
  user_id: tasks.user_id, team: tasks.team.code, district: tasks.district.code, last: tasks.days[tasks.days.length - 1].date,
  stops: stopsOf(tasks).map(({ uid, site, date, starts_at, ends_at }) => (
    { uid, site: { code: site.code, name: site.name }, date, starts_at, ends_at }
  )),
});

/** What changed since it was seen; a site that lost one visit and got another has been moved, as people see it. */
export function changes(seen, tasks, today) {
  const none = { added: [], gone: [], moved: [] };
  if (!seen || seen.user_id !== tasks.user_id || seen.team !== tasks.team.code || seen.district !== tasks.district.code) return none;
  let before = seen.stops.filter((stop) => stop.date >= today);
  let after = stopsOf(tasks).filter((stop) => stop.date >= today);
  const moved = [];
  for (const isSame of [isVisit, isThere]) {
    const left = [];
    for (const old of before) {
      const at = after.findIndex((stop) => isSame(old, stop));
      if (at < 0) {
        left.push(old);
        continue;
      }
      const [now] = after.splice(at, 1);
      if (!isUnchanged(old, now)) moved.push([old, now]);
    }
    before = left;
  }
  return { added: after.filter((stop) => stop.date <= seen.last), gone: before, moved };
}

const isVisit = (old, now) => old.uid === now.uid;
const isUnchanged = (old, now) => old.starts_at === now.starts_at && old.ends_at === now.ends_at;
const isThere = (old, now) => old.site.code === now.site.code;

/** Unreported visits of days before `today`: those that the service named, and those whose day has gone by since. */
export function lateOf(tasks, reported, today) {
  const passed = stopsOf(tasks).filter((stop) => !stop.result);
  const found = new Map([...tasks.missing, ...passed].map((one) => [one.uid, one]));
  return [...found.values()].filter((one) => one.date < today && !reported.has(one.uid)).sort((a, b) => (a.date < b.date ? -1 : 1));
}

/** Takes the contacts of sites off the phone. */
export async function dropContacts() {
  const tasks = await recall("tasks");
  if (!tasks) return;
  for (const day of tasks.days) for (const stop of day.stops) stop.site.contact = null;
  await keep("tasks", { ...tasks, etag: null });
}

/** How far two clocks are apart, in words of the page: `[key, count]`, or null where it does not matter. */
export function apart(lead) {
  const minutes = Math.round(Math.abs(lead) / MINUTE);
  if (minutes < 15) return null;
  if (minutes < 120) return ["span_minutes", minutes];
  if (minutes < 48 * 60) return ["span_hours", Math.round(minutes / 60)];
  return ["span_days", Math.round(minutes / 60 / 24)];
}
