"""Words of the scorecards, as style/awards.yaml defines them. Put here: the reader. Keep out: the words themselves."""

from functools import cache

from pydantic import BaseModel, ConfigDict

from jpt_pipeline.yamlfile import load_yaml
from reports.paper import PaperWords
from reports.words import STYLE


class MeasureWords(BaseModel):
    """Name of a measure, and the sentence that says what its figure rests on."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    th: str
    of: str


class AwardWords(PaperWords):
    """Texts of the pages, measures by key, how certification is told, and what stands where there is nothing."""

    measures: dict[str, MeasureWords]
    certified_texts: dict[str, str]
    missing: str


@cache
def award_words() -> AwardWords:
    """The words of the checkout."""
    return AwardWords.model_validate(load_yaml(STYLE / "awards.yaml"))
