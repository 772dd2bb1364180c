"""A browser for the tests of pages: the machine's own Chromium, without network; what a page asks for and says is kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync")
CALM = ("disable-background-networking", "disable-component-update", "disable-dev-shm-usage")

# Text elements whose colour and background are too close (WCAG AA: 4.5, large letters 3).
FAINT = """() => {
  const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(n => { const s = n / 255;
    return s <= .04045 ? s / 12.92 : ((s + .055) / 1.055) ** 2.4; }); return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const back = e => { for (let at = e; at; at = at.parentElement) { const b = getComputedStyle(at).backgroundColor;
    if (!/, 0\\)$/.test(b)) return b; } return 'rgb(255, 255, 255)'; };
  const found = [];
  for (const e of document.querySelectorAll('body *:not(script):not(svg *)')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e), [a, b] = [light(style.color), light(back(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05), size = parseFloat(style.fontSize);
    if (ratio < (size >= 24 || size >= 18.6 && style.fontWeight >= 700 ? 3 : 4.5)) found.push(e.tagName + e.className + ratio);
  }
  return found; }"""


@dataclass
class Seen:
    """An open page, what it said on the console, and every request but the file itself."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def texts(self, selector: str) -> list[str]:
        """Text of the shown elements."""
        found: list[str] = self.page.eval_on_selector_all(
            selector, "all => all.filter(e => e.offsetParent !== null).map(e => e.innerText.trim())"
        )
        return found


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium by playwright; skips where the machine has none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: pages cannot be opened")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=[f"--{name}" for name in (*QUIET, *CALM)])
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def opened(chromium: Any, path: Path, width: int = 1280, height: int = 900) -> Iterator[Seen]:
    """A page from disk in a context of its own; whatever else it asks for is refused and noted."""
    context = chromium.new_context(viewport={"width": width, "height": height}, offline=True, reduced_motion="reduce")
    seen = Seen(context.new_page())
    uri = path.as_uri()

    def gate(route: Any) -> None:
        if route.request.url.split("#")[0] == uri or route.request.url.startswith("data:"):
            route.continue_()
        else:
            seen.asked.append(route.request.url)
            route.abort()

    context.route("**/*", gate)
    seen.page.on("console", lambda message: seen.said.append(message.text))
    seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
    seen.page.goto(uri)
    try:
        yield seen
    finally:
        context.close()
