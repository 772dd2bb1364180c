"""The part of Sarabun that a page carries inside: its letters, with the features that place Thai marks.

Put here: cutting the typeface. Keep out: where it is named (page.css).
"""

import base64
import io
from functools import cache
from importlib import resources

# Letters of nearly every page: with them one cut serves all pages of a run. A page's other letters come on top.
_THAI = "".join(map(chr, (*range(0x0E01, 0x0E3B), *range(0x0E3F, 0x0E5C))))
_LATIN = "".join(map(chr, range(0x20, 0x7F)))
COMMON = frozenset(_THAI + _LATIN + "\u00a0\u200b·–—“”‘’…×÷±≥≤•")
WEIGHTS = {"400": "Sarabun-Regular.ttf", "700": "Sarabun-Bold.ttf"}


def font_css(text: str) -> str:
    """`@font-face` rules with the typeface as data, holding every letter of `text` that Sarabun has."""
    more = "".join(sorted({letter for letter in text if letter.isprintable()} - COMMON))
    rules = (
        f"@font-face{{font-family:Sarabun;font-weight:{weight};font-display:block;"
        f"src:url(data:font/woff;base64,{_cut(name, more)}) format('woff')}}"
        for weight, name in WEIGHTS.items()
    )
    return "\n".join(rules)


@cache
def _cut(name: str, more: str) -> str:
    """One weight as WOFF in base64. No dates, no hints: the same letters give the same bytes."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(layout_features=["*"], hinting=False, notdef_outline=True, name_IDs=[1, 2])
    content = (resources.files("fontpkg_sarabun") / "files" / name).read_bytes()
    font = TTFont(io.BytesIO(content), recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(COMMON)) + more)
    cutter.subset(font)
    font.flavor = "woff"
    told = io.BytesIO()
    font.save(told, reorderTables=True)
    return base64.b64encode(told.getvalue()).decode("ascii")
