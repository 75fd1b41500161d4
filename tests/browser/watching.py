"""What a page did while it was read: complaints in the console, refusals of the policy, hosts, bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

_AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
_NOTE_REFUSALS = """
window.refusals = [];
document.addEventListener("securitypolicyviolation", event =>
  window.refusals.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@dataclass
class Watch:
    """Listens to a page from before its first request on."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(_NOTE_REFUSALS)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"{request.url}: {request.failure}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def refusals(self) -> list[str]:
        """What the page's policy forbade."""
        found: list[str] = self.page.evaluate("window.refusals")
        return found

    def hosts(self) -> set[str]:
        """Everybody who was asked for anything; `data:` asks nobody."""
        return {urlsplit(request.url).netloc for request in self.requests} - {""}

    def transferred(self) -> int:
        """Bytes of all answers with their headers, as they were sent."""
        total = 0
        for request in self.requests:
            if not request.url.startswith("data:"):
                sizes = request.sizes()
                total += sizes["responseBodySize"] + sizes["responseHeadersSize"]
        return total


def barriers(page: Page) -> list[str]:
    """What axe finds on the page as it stands, one line for each element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    answer: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:200]}"
        for violation in answer["violations"]
        for node in violation["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """The elements that make the page wider than its window; none where it cannot be scrolled sideways."""
    found: list[str] = page.evaluate(
        """() => {
          const root = document.documentElement, width = root.clientWidth;
          if (root.scrollWidth <= width) return [];
          const isWide = element => Math.max(element.getBoundingClientRect().right, element.scrollWidth) > width + 1;
          const wide = [...document.body.querySelectorAll("*")].filter(isWide);
          return [`${root.scrollWidth} > ${width}`, ...wide.slice(-5).map(element => element.outerHTML.slice(0, 120))];
        }"""
    )
    return found


def read_words(page: Page, *, quotes: Sequence[str] = ()) -> str:
    """Everything that is read on the page or read aloud, without what is marked as being in another language
    and the elements of `quotes`."""
    words: str = page.evaluate(
        """quotes => {
          const language = document.documentElement.lang, said = [document.title];
          const isQuoted = element => quotes.some(selector => element.closest(selector));
          const isOurs = element => element.closest("[lang]").lang === language && !isQuoted(element);
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const parent = walker.currentNode.parentElement;
            if (!parent.closest("script, style, noscript") && isOurs(parent)) said.push(walker.currentNode.data);
          }
          for (const element of document.body.querySelectorAll("*")) {
            if (!isOurs(element)) continue;
            for (const name of ["aria-label", "title", "alt", "placeholder", "aria-description"])
              if (element.hasAttribute(name)) said.push(element.getAttribute(name));
          }
          return said.join("\\n");
        }""",
        list(quotes),
    )
    return words
