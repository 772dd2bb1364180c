"""What progress is judged by, as data/progress/progress.yaml gives it. Put here: the model and its loader."""

from fractions import Fraction
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from jpt_pipeline.settings import Settings, definition_file
from jpt_pipeline.yamlfile import load_yaml


class Spec(BaseModel):
    """Counts of working days and households; see the file for each."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    stalled_workdays: int = Field(ge=1)
    window_workdays: int = Field(ge=2)
    least_workdays: int = Field(ge=3)
    least_households: int = Field(ge=1)
    interval_percent: int = Field(ge=50, le=99)
    horizon_workdays: int = Field(ge=1)
    least_lags: int = Field(ge=2)
    page_rows: int = Field(ge=1)
    workbook_rows: int = Field(ge=1, le=1_000_000)
    overdue_listed: int = Field(ge=1)
    chat_characters: int = Field(ge=300)

    @property
    def tail(self) -> Fraction:
        """Share of the days that come before the first, and after the last day of an interval."""
        return Fraction(100 - self.interval_percent, 200)


@cache
def load_spec(definitions: Path | None = None) -> Spec:
    """The shipped file or the operator's own. Raises ValueError for an unknown key or a value out of range."""
    path = definition_file(definitions or Settings().definitions, "progress", "progress.yaml")
    return Spec.model_validate(load_yaml(path))
