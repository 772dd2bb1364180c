"""Population pyramid: persons by age band, males to the left, females to the right, the count beside each bar.

Put here: the picture alone. Keep out: its page, and any sum that the release hides.
"""

from typing import TYPE_CHECKING

from reports.cells import total
from reports.drawing import BLUE, INK, ORANGE
from reports.numbers import HIDDEN, count_text, is_hidden
from reports.page import Align, Page
from reports.words import words

if TYPE_CHECKING:
    import pandas as pd

COLOURS = (BLUE, ORANGE)


def pyramid(page: Page, x: float, y: float, width: float, height: float, people: "pd.DataFrame") -> None:
    """Draw in the box given (mm): persons by age band (rows, youngest first) and sex (columns as words.sexes).

    A hidden count is '*' without a bar; the heading of a sex is '*' where one of its counts is hidden.
    """
    row = (height - 7) / len(people)
    size = min(14.0, 2.35 * row)  # points that fit a row
    label_room, count_room = 0.92 * size, 1.25 * size  # half of '95–99', '12,345' (mm)
    middle, reach = x + width / 2, width / 2 - label_room - count_room
    known = [int(n) for n in people.to_numpy().ravel() if not is_hidden(n)]
    most_n = max(known, default=0) or 1
    for sex, side, colour in zip(words().sexes, (-1, 1), COLOURS, strict=True):
        start = middle + side * label_room
        heading = f"{words().sexes[sex]} {count_text(total(people[sex]))} {words().units['persons']}"
        page.text(start + side * reach / 2, y + 2.5, heading, size + 3, weight="bold", align="center")
        align: Align = "left" if side > 0 else "right"
        for place, persons_n in enumerate(reversed(people[sex].tolist())):
            at = y + 7 + (place + 0.5) * row
            length = 0.0 if is_hidden(persons_n) else reach * int(persons_n) / most_n
            page.box(min(start, start + side * length), at - 0.42 * row, length, 0.84 * row, colour)
            told = HIDDEN if is_hidden(persons_n) else count_text(int(persons_n)) if persons_n else ""
            page.text(start + side * (length + 1), at, told, size, colour=INK, align=align, room=count_room - 1)
    for place, band in enumerate(reversed(people.index.tolist())):
        page.text(middle, y + 7 + (place + 0.5) * row, band.replace("-", "–"), size, align="center")
