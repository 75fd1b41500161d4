"""Forms of pages as a browser would send them."""

import html
import re

_ROOMS = (
    "lokasi|tim|sasaran|hari-kerja|penutupan|jalur|loket|kalender|penginapan|stasiun|sambungan|perlengkapan|dokumen"
    "|jenis-lokasi"
)
_RECORD = re.compile(f'<form method="post" action="/({_ROOMS})/')


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the page's first form of a record, if nobody touched it."""
    form = page[_RECORD.search(page).start() :]  # type: ignore[union-attr]
    form = form[: form.index("</form>")]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        if 'type="checkbox"' in tag and " checked" not in tag:
            continue
        value = re.search(r'value="([^"]*)"', tag)
        found[re.search(r'name="([^"]+)"', tag)[1]] = html.unescape(value[1]) if value else ""  # type: ignore[index]
    for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def key_of(page: str, action: str) -> dict[str, str]:
    """The key of the page's form that is sent to an address, as a browser sends it along."""
    form = page[page.index(f'action="{html.escape(action)}') :]
    return {"sekali": re.search(r'name="sekali" value="([^"]+)"', form[: form.index("</form>")])[1]}  # type: ignore[index]
