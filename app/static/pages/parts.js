// Elements without HTML from strings, texts and figures in the reader's language, and messages that are read aloud.

const language = document.documentElement.lang;

/** An element with attributes (`text`, `class`, `on…` listeners are known) and children. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "text") element.textContent = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** What the page wrote for its script: `<script type="application/json" id="…">`. */
export function given(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

/** The sentence with its `{places}` filled in. */
export function fill(sentence, values = {}) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

export function number(value) {
  return new Intl.NumberFormat(language === "id" ? "id-ID" : "en-GB").format(value);
}

export function signed(value) {
  return (value > 0 ? "+" : value < 0 ? "−" : "±") + number(Math.abs(value));
}

/** Says a sentence in the page's `aria-live` place; `actions` are buttons beside it. */
export function tell(place, sentence, { kind = "", actions = [] } = {}) {
  place.replaceChildren();
  if (!sentence) return;
  place.append(make("div", { class: `notice ${kind}` }, make("p", { text: sentence }), ...actions));
}
