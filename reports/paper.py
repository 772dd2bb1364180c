"""What pages of paper are made of, as JSON for a layout: texts with marked breaks and the reader's digits, provenance.

Put here: what the poster, the book and the summary share. Keep out: Thai sentences (style/*.yaml), layout (data/layouts).
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from reports.breaks import cut, fill
from reports.change import Change
from reports.counts import AreaIndicator
from reports.labels import OWN_LAYOUT_TH, Labels
from reports.numbers import HIDDEN, count_text, mean_text, percent_text, thai_digits


class PaperWords(BaseModel):
    """Thai texts by key, of one kind of page."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    texts: dict[str, str]


@dataclass(frozen=True)
class Paper:
    """How texts and numbers are printed on the pages of one report."""

    words: PaperWords
    thai: bool = False

    def digits(self, text: str) -> str:
        """The text with the reader's digits."""
        return thai_digits(text) if self.thai else text

    def text(self, text: str) -> str:
        """A text with its possible line breaks marked."""
        return self.digits(cut(text))

    def say(self, key: str, **places: object) -> str:
        """A text of the words with its places filled in and its possible line breaks marked.

        Raises:
            KeyError: no such text, or a place that is not given.
        """
        return self.digits(fill(self.words.texts[key], places))

    def labels(self) -> dict[str, str]:
        """All texts without places, for the layout to choose from."""
        return {key: self.text(text) for key, text in self.words.texts.items() if "{" not in text}

    def count(self, count_n: int) -> str:
        """1234 -> '1,234'."""
        return self.digits(count_text(count_n))

    def percent(self, part_n: int, whole_n: int) -> str:
        """Two decimals, '-' without a denominator, '*' where hidden."""
        return self.digits(percent_text(part_n, whole_n))

    def mean(self, total: int, of_n: int, places: int = 0) -> str:
        """Sum over sum."""
        return self.digits(mean_text(total, of_n, places))


def head(paper: Paper, told: Labels) -> dict[str, Any]:
    """Whose page it is, and whether it is certified; numbers of certificates keep their digits."""
    first, *more = told.status
    return {
        "area": paper.text(told.area),
        "places": paper.text(told.places),
        "round": paper.text(told.round),
        "instrument": paper.text(told.instrument),
        "certified": told.certified,
        "status": paper.text(first),
        "status_more": [cut(line) for line in more],
        "own_layout": paper.text(OWN_LAYOUT_TH),
    }


def provenance(paper: Paper, told: Labels) -> list[str]:
    """The lines that every page carries; names of releases and digests keep their digits."""
    counted = [f"{told.round} · {told.instrument}", told.denominators, told.readers, told.source]
    return [*(paper.text(line) for line in counted), cut(told.release)]


def percent_of(paper: Paper, one: AreaIndicator | None, failed: bool = False) -> str:
    """Share passed (or failed) of an indicator: '-' where nobody is counted, '*' where the counts are hidden."""
    if one is None:
        return ""
    if one.is_hidden:
        return HIDDEN
    return paper.percent(one.counted.failed_n if failed else one.counted.passed_n, one.counted.surveyed_n)


def counts_of(paper: Paper, one: AreaIndicator) -> dict[str, str]:
    """Counts of an indicator as texts: surveyed, passed, failed."""
    counted = one.counted
    found = {"surveyed": counted.surveyed_n, "passed": counted.passed_n, "failed": counted.failed_n}
    return {name: HIDDEN if one.is_hidden else paper.count(count_n) for name, count_n in found.items()}


def change_row(paper: Paper, change: Change) -> dict[str, Any]:
    """An indicator beside that of the round before, as a layout prints it."""
    one = change.now
    return {
        "no": paper.digits(str(one.counted.number)),
        "name": paper.text(one.name_th),
        "unit": one.unit_th,
        "mark": one.mark,
        "now": percent_of(paper, one),
        "then": percent_of(paper, change.then),
        "failed_percent": percent_of(paper, one, failed=True),
        "direction": change.direction,
        **counts_of(paper, one),
    }
