// The report of a visit in four taps: how it went, how many were served, how many activated, send. Checks on the phone what
// needs no service; the rest is the service's words.

import { make } from "./parts.js";
import { hourOf, ownOf } from "./today_tasks.js";
import { button, t } from "./today_view.js";

const OUTCOMES = ["held", "cut_short", "not_held"];
const CAUSES = ["network_down", "server_down", "site_closed", "team_absent", "weather", "equipment", "other"];
const SIGNALS = ["none", "poor", "fair", "good", "excellent"];
const COUNTS = ["other_district", "phone_not_ready", "turned_away"];
const HOURS = ["started_at", "last_served_at", "ended_at"];
const DOCUMENTS = ["ikd", "ktp_el", "kia", "birth_certificate"];
const LONGEST_NOTE = 300;
const MOST = 100000;
// Ten digits or more: a NIK, a family card or a telephone number, never a count.
const LONG_NUMBER = /\d(?:[ .-]?\d){9,}/;

/** Opens the form; `before`: a report to begin with, `problems`: what the service refused, `save(report)` may fail. */
export function openReport({ stop, before, problems, now, save }) {
  const dialog = make("dialog", { class: "report", "aria-labelledby": "report-title" });
  const form = make("form", { method: "dialog", novalidate: true });
  form.append(
    make("h2", { id: "report-title", text: stop.site.name }),
    choices(before), figures(stop, before), cause(before), details(stop, before),
    make("div", { id: "report-wrong", role: "alert" }),
    make("p", { class: "actions" }, make("button", { class: "first", text: t("send") }), button(t("close"), () => dialog.close())),
  );
  form.addEventListener("change", () => showParts(form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const report = read(form, stop);
    const wrong = wrongOf(report, stop, now);
    tellWrong(form, wrong);
    if (wrong.length) return;
    try {
      await save(report);
      dialog.close();
    } catch {
      tellWrong(form, [["", t("wrong_store")]]);
    }
  });
  dialog.append(form);
  dialog.addEventListener("close", () => {
    dialog.remove();
    document.querySelector(`[data-visit="${stop.visit_id}"] button.first`)?.focus();
  });
  document.body.append(dialog);
  showParts(form);
  tellWrong(form, problems.map((problem) => [
    problem.pointer.replace(/^\//, ""), [problem.detail, problem.mend].filter(Boolean).join(" "),
  ]));
  dialog.showModal();
}

function choices(before) {
  return make("fieldset", { class: "choices" }, make("legend", { text: t("outcome") }), ...OUTCOMES.map((value) => make(
    "label", {}, make("input", { type: "radio", name: "outcome", value, checked: before?.outcome === value }),
    make("span", { text: t(`outcome_${value}`) }),
  )), wrongPlace("outcome"));
}

const wrongPlace = (name) => make("p", { class: "wrong", id: `${name}-wrong`, hidden: true });

/** Of a preparation one number is asked: nobody is served with anything there. */
const asks = (stop) => (stop.stage === "preparation" ? ["prepared"] : ["served", "activated"]);

/** Documents that the visit brings besides, or of which its report told; a figure left out was not counted. */
const furtherOf = (stop, before) => (stop.stage === "preparation" ? [] : DOCUMENTS.filter(
  (name) => name !== ownOf(stop) && (stop.expected?.[name] || before?.served_further?.[name] != null),
));

const AMONG = "served_further/";

function figures(stop, before) {
  if (stop.stage === "preparation") return make("div", { "data-part": "held" }, stepper("prepared", before?.prepared));
  const same = button(t("same"), () => {
    const { served, activated } = same.form.elements;
    activated.value = served.value;
  });
  const further = furtherOf(stop, before);
  const named = (key, document) => t(key, { document: t(`document_${document}`) });
  const isPlain = ownOf(stop) === "ikd" && !further.length;
  return make("div", { "data-part": "held" },
    stepper("served", before?.served, isPlain ? t("served") : named("served_own", ownOf(stop))),
    stepper("activated", before?.activated, t(ownOf(stop) === "ikd" ? "activated" : "activated_other")), same,
    ...further.map((name) => stepper(`${AMONG}${name}`, before?.served_further?.[name], named("served_further", name))),
    wrongPlace("served_further"));
}

function stepper(name, value, label = t(name)) {
  const input = make("input", {
    id: `report-${name}`, name, type: "text", inputmode: "numeric", autocomplete: "off", maxlength: "6",
    value: value ?? "", "aria-describedby": `${name}-wrong`,
  });
  const step = (by) => () => { input.value = Math.min(MOST, Math.max(0, (whole(input.value) || 0) + by)); };
  return make("div", { class: "field" }, make("label", { for: `report-${name}`, text: label }),
    make("div", { class: "stepper" },
      button("−", step(-1), { "aria-label": t("less", { field: label }) }), input,
      button("+", step(1), { "aria-label": t("plus", { field: label }) }),
    ), wrongPlace(name));
}

function cause(before) {
  return make("div", { class: "field", "data-part": "cut" }, make("label", { for: "report-cause", text: t("cause") }),
    select("cause", [["", t("cause_choose")], ...CAUSES.map((value) => [value, t(`cause_${value}`)])], before?.cause),
    wrongPlace("cause"));
}

function select(name, options, chosen) {
  return make("select", { id: `report-${name}`, name, "aria-describedby": `${name}-wrong` }, ...options.map(([value, text]) => make(
    "option", { value, text, selected: String(chosen ?? "") === value },
  )));
}

function details(stop, before) {
  const isOpen = before && [...COUNTS, ...HOURS, "ran_out_of_time", "signal_met", "note"].some((name) => before[name] != null);
  const named = (name, control) => make("div", { class: "field" },
    make("label", { for: `report-${name}`, text: t(name) }), control, wrongPlace(name));
  return make("details", { open: Boolean(isOpen) }, make("summary", { text: t("details") }),
    make("div", { "data-part": "held" },
      ...COUNTS.map((name) => stepper(name, before?.[name])),
      named("ran_out_of_time", select("ran_out_of_time", [["", t("ran_out_unsaid")], ["true", t("yes")], ["false", t("no")]], before?.ran_out_of_time)),
      named("signal_met", select("signal_met", [["", t("ran_out_unsaid")], ...SIGNALS.map((name, level) => [String(level), t(`signal_${name}`)])], before?.signal_met)),
      ...HOURS.map((name) => named(name, make("input", {
        id: `report-${name}`, name, type: "time", value: before?.[name] ? hourOf(before[name]) : "", "aria-describedby": `${name}-wrong`,
      }))),
    ),
    make("div", { class: "field" }, make("label", { for: "report-note", text: t("note") }),
      Object.assign(make("textarea", {
        id: "report-note", name: "note", rows: "3", maxlength: String(LONGEST_NOTE), "aria-describedby": "note-hint note-wrong",
      }), { value: before?.note ?? "" }),
      make("p", { id: "note-hint", text: t("note_hint") }), wrongPlace("note")));
}

function showParts(form) {
  const outcome = form.elements.outcome.value;
  for (const part of form.querySelectorAll("[data-part=held]")) part.hidden = outcome === "not_held";
  for (const part of form.querySelectorAll("[data-part=cut]")) part.hidden = !outcome || outcome === "held";
}

/** A whole number, null where nothing was said, NaN for anything else. */
function whole(text) {
  const typed = text.replace(/[\s.]/g, "");
  if (!typed) return null;
  return /^\d+$/.test(typed) ? Number(typed) : NaN;
}

function read(form, stop) {
  const fields = form.elements;
  const outcome = fields.outcome.value;
  const held = outcome !== "not_held";
  const offset = (stop.starts_at || stop.ended_at).slice(19);
  const report = { outcome, served: null, activated: null };
  for (const name of [...asks(stop), ...COUNTS]) report[name] = held ? whole(fields[name].value) : null;
  report.served_further = {};
  for (const { name, value } of held ? fields : []) {
    if (name.startsWith(AMONG) && whole(value) !== null) report.served_further[name.slice(AMONG.length)] = whole(value);
  }
  for (const name of HOURS) report[name] = held && fields[name].value ? `${stop.date}T${fields[name].value}:00${offset}` : null;
  report.ran_out_of_time = held && fields.ran_out_of_time.value ? fields.ran_out_of_time.value === "true" : null;
  report.signal_met = held && fields.signal_met.value ? Number(fields.signal_met.value) : null;
  report.cause = outcome === "held" ? null : fields.cause.value || null;
  report.note = fields.note.value.trim() || null;
  return report;
}

function wrongOf(report, stop, now) {
  const wrong = [];
  if (!report.outcome) return [["outcome", t("wrong_outcome")]];
  if (report.outcome !== "held" && !report.cause) wrong.push(["cause", t("wrong_cause")]);
  if (report.note && LONG_NUMBER.test(report.note)) wrong.push(["note", t("wrong_note")]);
  if (report.outcome === "not_held") return wrong;
  for (const name of asks(stop)) {
    if (report[name] === null || Number.isNaN(report[name])) wrong.push([name, t("wrong_number")]);
  }
  for (const name of COUNTS) if (Number.isNaN(report[name])) wrong.push([name, t("wrong_number")]);
  for (const [name, people] of Object.entries(report.served_further)) {
    if (Number.isNaN(people)) wrong.push([`${AMONG}${name}`, t("wrong_number")]);
  }
  const counted = report.activated + (report.other_district || 0);
  if (counted > report.served) wrong.push(["activated", t("wrong_more", { counted, served: report.served })]);
  if (!report.started_at && stop.starts_at && Date.parse(stop.starts_at) > now) wrong.push(["started_at", t("wrong_start")]);
  let before = null;
  for (const name of HOURS) {
    if (!report[name]) continue;
    if (before && report[name] < before) wrong.push([name, t("wrong_order")]);
    before = report[name];
  }
  return wrong;
}

/** Each sentence at its field; what belongs to no field of the form stands above the button. */
function tellWrong(form, wrong) {
  for (const place of form.querySelectorAll(".wrong")) {
    place.hidden = true;
    place.textContent = "";
  }
  const rest = form.querySelector("#report-wrong");
  rest.replaceChildren();
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const [name, sentence] of wrong) {
    const place = name && form.querySelector(`#${CSS.escape(name)}-wrong`);
    if (!place) {
      rest.append(make("p", { class: "notice wrong", text: sentence }));
      continue;
    }
    place.textContent = place.textContent ? `${place.textContent} ${sentence}` : sentence;
    place.hidden = false;
    const folded = place.closest("details");
    if (folded) folded.open = true;
    const control = form.querySelector(`#report-${CSS.escape(name)}`) || form.querySelector("input[type=radio]");
    control.setAttribute("aria-invalid", "true");
  }
  form.querySelector("[aria-invalid]")?.focus();
}
