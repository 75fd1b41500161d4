// Suggests sites by part of their name or code below a field with `data-search` (the address of the list of sites).

import { ask } from "./api.js";
import { make } from "./parts.js";

const LEAST_LETTERS = 2;
const PAUSE = 250;

for (const field of document.querySelectorAll("input[data-search]")) {
  const suggestions = document.getElementById(field.getAttribute("list"));
  let timer = 0;
  let asked = new AbortController();
  field.addEventListener("input", () => {
    clearTimeout(timer);
    asked.abort();
    const text = field.value.trim();
    if (text.length < LEAST_LETTERS) return;
    timer = setTimeout(async () => {
      asked = new AbortController();
      try {
        const address = `${field.dataset.search}?limit=20&text=${encodeURIComponent(text)}`;
        const { body } = await ask("GET", address, { signal: asked.signal });
        suggestions.replaceChildren(...body.items.map((site) => make("option", { value: site.code, label: site.name, text: site.name })));
      } catch {
        // Without suggestions the field takes a code all the same.
        suggestions.replaceChildren();
      }
    }, PAUSE);
  });
}
