"""The disclosure policy (นโยบายการเปิดเผยข้อมูล) as data/disclosure/policy.yaml gives it.

Put here: the strict model of that file, its loader, and what follows from it for one table. Keep out: any number or
table name; they belong in the file.
"""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml


class Model(BaseModel):
    """Base of all parts: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rows(Model):
    """A table with one row per area whose sums are hidden wherever its count of households is."""

    table: str
    levels: tuple[str, ...]
    count: str
    persons: str
    sums: tuple[str, ...]
    same: dict[str, str]


class Parts(Model):
    """A table in which a whole is the sum of two parts; `same` are tables that repeat its rows."""

    table: str
    levels: tuple[str, ...]
    category: tuple[str, ...]
    whole: str
    parts: tuple[str, str]
    open: tuple[str, ...]
    same: tuple[str, ...]


class Bands(Model):
    """A table of counts over categories that add up to the persons of the row's area."""

    table: str
    levels: tuple[str, ...]
    category: tuple[str, ...]
    count: str


class Counts(Model):
    """A table of counts that stand each by itself, and of measures that are printed as they are."""

    table: str
    levels: tuple[str, ...]
    counts: tuple[str, ...]
    open: tuple[str, ...]


class Tables(Model):
    """The tables that public pages print from, by their kind."""

    rows: Rows
    parts: Parts
    bands: Bands
    counts: Counts


class PublicTable(Model):
    """What follows for one table: `levels` and measures that may be printed.

    `cells` names the table whose hidden cells are those of this one; `open` are the measures that are never hidden.
    """

    cells: str
    levels: tuple[str, ...]
    category: tuple[str, ...] = ()
    measures: tuple[str, ...]
    open: tuple[str, ...] = ()


class Policy(Model):
    """Thresholds, levels and measures; see the comments in data/disclosure/policy.yaml."""

    version: str
    name_th: str
    hidden_th: str
    basis: str
    threshold_n: Annotated[int, Field(ge=2)]
    protection_n: Annotated[int, Field(ge=1)]
    protection_baht: Annotated[int, Field(ge=1)]
    whole_group_n: dict[str, Annotated[int, Field(ge=2)]]
    difference_levels: tuple[str, ...]
    tables: Tables
    open_tables: tuple[str, ...]

    @model_validator(mode="after")
    def _known_parts(self) -> "Policy":
        if strange := set(self.whole_group_n) - set(self.tables.parts.parts):
            raise ValueError(f"whole_group_n names measures that are no parts: {sorted(strange)}")
        return self

    @property
    def th(self) -> str:
        """What the mark of a hidden figure means, in Thai, for pages."""
        return self.hidden_th.format(threshold_n=self.threshold_n)

    def public(self, table: str) -> PublicTable | None:
        """What of a table may be printed; None where nothing of it is."""
        rows, parts, bands, counts = self.tables.rows, self.tables.parts, self.tables.bands, self.tables.counts
        if table == rows.table:
            return PublicTable(cells=table, levels=rows.levels, measures=(rows.count, rows.persons, *rows.sums))
        if table == parts.table or table in parts.same:
            measures = (parts.whole, *parts.parts)
            return PublicTable(
                cells=parts.table, levels=parts.levels, category=parts.category, measures=measures, open=parts.open
            )
        if table == bands.table:
            return PublicTable(cells=table, levels=bands.levels, category=bands.category, measures=(bands.count,))
        if table == counts.table:
            same = (rows.same[table],) if table in rows.same else ()
            measures = (*counts.counts, *same)
            return PublicTable(cells=table, levels=counts.levels, measures=measures, open=counts.open)
        return None

    def prints(self, table: str, level: str) -> bool:
        """Whether a public page may print figures of this table at this level at all."""
        public = self.public(table)
        return public is not None and level in public.levels


@cache
def load_policy(definitions: Path | None = None) -> Policy:
    """Read data/disclosure/policy.yaml.

    Raises:
        ValueError: an unknown key, a number out of its range, a whole-group rule for a measure that is no part.
    """
    return Policy.model_validate(load_yaml((definitions or Settings().definitions) / "disclosure" / "policy.yaml"))
