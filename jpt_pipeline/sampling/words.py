"""Words of re-interviews, as data/sampling/messages.yaml defines them.

Put here: the loader and the filling in of places. Keep out: Thai sentences; they belong in the file.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.sampling.statistics import Verdict
from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FormWords(_Strict):
    """Words of the form; headings of its locked columns by name."""

    title: str
    sheet: str
    how: str
    sample: str
    replacement: str
    headings: dict[str, str]
    instructions: list[str]


class Words(_Strict):
    """Verdicts, the form, and message templates by code."""

    verdicts: dict[str, str]
    form: FormWords
    messages: dict[str, str]


class Refused(Exception):
    """A draw or a form is refused whole, nothing was written; `reasons` are Thai sentences with their codes."""

    def __init__(self, reasons: list[str]):
        self.reasons = tuple(reasons)
        super().__init__("\n".join(reasons))


@cache
def load_words(definitions: Path | None = None) -> Words:
    """Read sampling/messages.yaml; ValueError for a code twice or an unknown key."""
    return Words.model_validate(load_yaml((definitions or Settings().definitions) / "sampling" / "messages.yaml"))


def tell(code: str, **places: object) -> str:
    """Message of a code with its places. Raises KeyError for an unknown code or a place that is not given."""
    return f"{code} {load_words().messages[code].format(**places)}"


def verdict_words(verdict: Verdict | None) -> str:
    """The verdict in Thai; without one, that no form came back."""
    if verdict is None:
        return load_words().verdicts["open"]
    return load_words().verdicts[verdict.outcome].format(n=f"{verdict.more_n:,}")
