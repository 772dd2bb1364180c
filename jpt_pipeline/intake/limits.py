"""The limits of intake, as data/intake/limits.yaml gives them: sizes, shares, plausible years.

Put here: the model and its loader. Keep out: what happens beyond a limit; whoever reads a file says that with a code.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, PositiveInt

from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml


class Limits(BaseModel):
    """Sizes in bytes, shares in whole per cent, years in the Buddhist era; the file says what each is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    entries: PositiveInt
    ratio: PositiveInt
    ratio_free_bytes: PositiveInt
    unpacked_bytes: PositiveInt
    depth: PositiveInt
    big_file_bytes: PositiveInt
    record_bytes: PositiveInt
    name_characters: PositiveInt
    workbook_bytes: PositiveInt
    workbook_cells: PositiveInt
    sheet_rows: tuple[PositiveInt, ...]
    title_rows: PositiveInt
    full_hold_percent: PositiveInt
    year_bleed_percent: PositiveInt
    year_bleed_records: PositiveInt
    first_year: PositiveInt
    last_year: PositiveInt

    def unpacked_from(self, packed_n: int) -> int:
        """How many bytes may come out of so many packed ones."""
        return min(self.unpacked_bytes, max(packed_n * self.ratio, self.ratio_free_bytes))


@cache
def load_limits(definitions: Path | None = None) -> Limits:
    """The limits. Raises ValueError for a name that is missing, unknown or no whole number."""
    return Limits.model_validate(load_yaml((definitions or Settings().definitions) / "intake" / "limits.yaml"))
