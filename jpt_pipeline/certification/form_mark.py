"""The mark of a certification form (แบบคำรับรอง): what binds paper to figures, as the text of its QR code.

`JPT1:<survey year>:<stream>:<level>:<area code>:<form no. or ->:<root, 64 hex digits>`. Put here: the text both ways.
Keep out: drawing it (reports/forms), finding it on a scan (scan.py).
"""

import re
from dataclasses import dataclass
from typing import Self

_TEXT = re.compile(
    r"JPT1:(?P<year>2[5-9]\d\d):(?P<stream>[a-z]{1,16}):(?P<level>[a-z]{1,16}):(?P<area>[0-9A-Za-z._-]{1,20})"
    r":(?P<form>[0-9A-Za-z/.-]{1,12}):(?P<root>[0-9a-f]{64})"
)
_NO_FORM = "-"


class NoMark(ValueError):
    """A text is not the mark of a form."""


@dataclass(frozen=True)
class FormMark:
    """The area and form that a paper is about (form_no None: the round gives no number), and the root of its figures.

    Raises:
        NoMark: a value that cannot stand in a mark.
    """

    survey_year: int
    stream: str
    level: str
    area_code: str
    form_no: str | None
    root_sha256: str

    def __post_init__(self) -> None:
        if self.form_no == _NO_FORM or not _TEXT.fullmatch(self.to_text()):
            raise NoMark(f"not a mark: {self.to_text()!r:.140}")

    @property
    def about(self) -> tuple[int, str, str, str, str | None]:
        """What the paper is about, without its figures."""
        return self.survey_year, self.stream, self.level, self.area_code, self.form_no

    @property
    def short_root(self) -> str:
        """The first 16 hex digits of the root in groups of four, as people compare them."""
        return short_root(self.root_sha256)

    def to_text(self) -> str:
        """Text of the QR code."""
        parts = (self.survey_year, self.stream, self.level, self.area_code, self.form_no or _NO_FORM, self.root_sha256)
        return ":".join(["JPT1", *map(str, parts)])

    @classmethod
    def parse(cls, text: str) -> Self:
        """The mark in a text.

        Raises:
            NoMark: it is not exactly a mark.
        """
        found = _TEXT.fullmatch(text)
        if not found:
            raise NoMark("not a mark")
        form_no = None if found["form"] == _NO_FORM else found["form"]
        return cls(int(found["year"]), found["stream"], found["level"], found["area"], form_no, found["root"])


def short_root(root_sha256: str) -> str:
    """`0123456789abcdef…` -> `0123 4567 89ab cdef`."""
    return " ".join(root_sha256[at : at + 4] for at in range(0, 16, 4))
