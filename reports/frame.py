"""Head and foot that every picture of the reports carries: title, area, round, status; denominators, instrument, release.

Put here: the frame, the title of a panel, the legend. Keep out: what a picture shows.
"""

from collections.abc import Sequence

from reports.drawing import INK, NAVY, ORANGE, SKY, WHITE
from reports.labels import OWN_LAYOUT_TH, Labels
from reports.page import Page

HEAD_MM, EDGE_MM, LINE_MM = 33.0, 12.0, 5.5


def head(page: Page, heads: Labels, title: str, width: float) -> float:
    """Draw the head; gives the height at which the picture may begin."""
    room = width - 2 * EDGE_MM - 75
    page.box(0, 0, width, HEAD_MM, NAVY)
    page.box(0, HEAD_MM, width, 1.2, ORANGE)
    page.text(EDGE_MM, 9.5, title, 21, weight="bold", colour=WHITE, room=room)
    page.text(EDGE_MM, 19, f"{heads.area} {heads.places}".strip(), 15, colour=WHITE, room=room)
    page.text(EDGE_MM, 27, heads.round, 11.5, colour=WHITE, room=room)
    colour = SKY if heads.certified else ORANGE
    for place, line in enumerate(heads.status):
        size, weight = (15, "bold") if place == 0 else (11, "normal")
        page.text(
            width - EDGE_MM, 10 + 7.5 * place, line, size, weight=weight, colour=colour, align="right", room=70,
            verbatim=place > 0,
        )  # fmt: skip
    return HEAD_MM + 7


def foot_height(heads: Labels, notes: Sequence[str] = ()) -> float:
    """Room that the foot takes (mm)."""
    return LINE_MM * (len(notes) + len(_lines(heads))) + 9


def foot(page: Page, heads: Labels, y: float, width: float, notes: Sequence[str] = ()) -> None:
    """Draw the foot from height `y` downwards; `notes` say what the picture shows."""
    page.box(EDGE_MM, y + 1, width - 2 * EDGE_MM, 0.25, NAVY)
    for place, line in enumerate(notes):
        page.text(EDGE_MM, y + 5.5 + LINE_MM * place, line, 10.5, room=width - 2 * EDGE_MM, colour=INK)
    below = y + 5.5 + LINE_MM * len(notes)
    for place, (line, verbatim) in enumerate(_lines(heads)):
        room = width - 2 * EDGE_MM - (62 if place == 1 else 0)
        page.text(EDGE_MM, below + LINE_MM * place, line, 9.5, room=room, verbatim=verbatim)
    page.text(width - EDGE_MM, below + LINE_MM, OWN_LAYOUT_TH, 9.5, weight="bold", colour=NAVY, align="right", room=60)


def _lines(heads: Labels) -> list[tuple[str, bool]]:
    """Lines of the foot, and whether they keep their digits (names of releases and digests are no counts)."""
    texts = [heads.denominators, heads.instrument, heads.readers, f"{heads.release} · {heads.source}"]
    return [(text, text is texts[-1]) for text in texts]


def panel_title(page: Page, x: float, y: float, title: str, room: float) -> None:
    """Heading of a part of the page, 7 mm high."""
    page.box(x, y, 1.6, 7, ORANGE)
    page.text(x + 4, y + 3.5, title, 16, room=room - 4, weight="bold", colour=NAVY)


def legend(page: Page, x: float, y: float, items: Sequence[tuple[str, str]], step: float) -> None:
    """Squares of colour with their meaning, from left to right at height `y`."""
    for place, (colour, meaning) in enumerate(items):
        page.box(x + place * step, y - 2, 5, 4, colour)
        page.text(x + place * step + 6.5, y, meaning, 10.5, room=step - 8)
