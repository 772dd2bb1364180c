"""What a published sheet says: the figures of one province and year, row by row, as printed.

Put here: the two shapes that reading, checking and storing share. Keep out: how they are read, judged or stored.
Percentages are hundredths (68.88 % is 6888); NULL is None.
"""

from dataclasses import astuple, dataclass
from functools import cached_property

from jpt_pipeline.store.files import sha256_text


@dataclass(frozen=True)
class Figure:
    """One row: an indicator. raw_cells holds `column=text` of each cell that was not taken as it stood."""

    row_no: int
    rank_no: int | None
    indicator_no: int
    name_th: str
    unit: str | None
    passed_n: int | None
    failed_n: int | None
    passed_pct: int | None
    target_pct: int | None
    below_target_pct: int | None
    raw_cells: tuple[str, ...] = ()

    @property
    def surveyed_n(self) -> int | None:
        """passed_n + failed_n; None when one of them could not be read."""
        return None if self.passed_n is None or self.failed_n is None else self.passed_n + self.failed_n


@dataclass(frozen=True)
class Sheet:
    """The figures of one province and year. province_name is the text that told the province, if any did."""

    survey_year: int
    province_code: str | None
    province_name: str | None
    sheet_name: str | None
    sheet_no: int
    file_sha256: str
    file_name: str
    figures: tuple[Figure, ...]

    @cached_property
    def content(self) -> str:
        """Digest of the figures alone: equal for the same sheet in another file, format, year or province."""
        rows = sorted(astuple(figure)[1:3] + astuple(figure)[4:] for figure in self.figures)
        return sha256_text(repr(rows))

    @property
    def is_empty(self) -> bool:
        """Whether nobody was surveyed, in any row."""
        return not any(figure.surveyed_n != 0 for figure in self.figures)

    @property
    def scope(self) -> tuple[int, str]:
        """What another file of the same kind replaces: year and province; of an unknown province the sheet itself."""
        return self.survey_year, self.province_code or f"{self.file_sha256}#{self.sheet_no}"
