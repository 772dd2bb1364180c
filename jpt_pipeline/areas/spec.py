"""What a register file must look like and what is said about it: data/areas/registers.yaml, lao_types.yaml, messages.yaml.

Put here: the models of those files. Keep out: any column, pattern or text; they are data.
"""

import re
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.settings import Settings
from jpt_pipeline.yamlfile import load_yaml

RegisterKind = Literal["areas", "targets", "enumerators", "nonresponse", "visits", "committees", "lao_budget"]


class ColumnSpec(BaseModel):
    """One column: the values it takes, and whether messages may quote them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    pattern: str | None = None
    form: str = ""
    one_of: list[str] | None = None
    digits: bool = False
    shown: bool = False
    required: bool = True

    @model_validator(mode="after")
    def _one_rule(self) -> "ColumnSpec":
        if (self.pattern is None) == (self.one_of is None):
            raise ValueError("give pattern or one_of")
        re.compile(self.pattern or "")
        return self

    @property
    def words(self) -> str:
        """The rule in words."""
        return self.form or ", ".join(self.one_of or [])


class RegisterSpec(BaseModel):
    """One register: columns of its file, columns and keys of its table.

    scope: columns that say which earlier rows a file replaces, where it is not the district of `place`. tokens: columns
    of the table that are keyed tokens of a column of the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    th: str
    table: str
    place: str
    scope: list[str] = []
    tokens: dict[str, str] = {}
    keys: list[str]
    unique: bool = True
    stored: list[str]
    integers: list[str]
    dates: list[str] = []
    nullable: list[str] = []
    columns: dict[str, ColumnSpec]

    @property
    def not_null(self) -> list[str]:
        """Stored columns that may never be NULL."""
        optional = {name for name, column in self.columns.items() if not column.required} | set(self.nullable)
        return [name for name in self.stored if name not in optional]


class MessageSpec(BaseModel):
    """A code: what happens, the Thai text with its blanks, and what the reader can do."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    stage: str
    action: Literal["refuse", "finding"]
    severity: Literal["error", "warning"]
    th: str
    remedy: str


@cache
def load_registers(definitions: Path | None = None) -> dict[RegisterKind, RegisterSpec]:
    """The registers by kind; the words lao_types, levels and budget_items stand for the lists in files of that name."""
    folder = (definitions or Settings().definitions) / "areas"
    raw = load_yaml(folder / "registers.yaml")
    lists = {
        "lao_types": list(load_yaml(folder / "lao_types.yaml")),
        "budget_items": list(load_budget_items(definitions)),
        "levels": [level.level for level in load_levels(definitions)],
    }
    for register in raw.values():
        for column in register["columns"].values():
            if isinstance(column.get("one_of"), str):
                column["one_of"] = lists[column["one_of"]]
    return {kind: RegisterSpec.model_validate(register) for kind, register in raw.items()}


@cache
def load_budget_items(definitions: Path | None = None) -> dict[str, str]:
    """Thai names of what LAOs spend on collecting, by code (data/areas/budget_items.yaml)."""
    path = (definitions or Settings().definitions) / "areas" / "budget_items.yaml"
    return {str(code): str(name) for code, name in load_yaml(path).items()}


@cache
def load_messages(definitions: Path | None = None) -> dict[str, MessageSpec]:
    """The messages of `jpt register` by code."""
    path = (definitions or Settings().definitions) / "areas" / "messages.yaml"
    return {code: MessageSpec.model_validate(message) for code, message in load_yaml(path).items()}
