"""The data dictionary as a page: tables by stage, and the registers that operators hand over."""

from collections.abc import Iterable
from pathlib import Path

from jpt_pipeline.areas.spec import load_registers
from jpt_pipeline.dictionary import SQL_TYPES, Dictionary, load_dictionary
from jpt_pipeline.reference.markdown import code, page, table
from jpt_pipeline.results import PUBLISHED_TABLES

_ACCESS = {
    "direct": "identifies a person; no table below has such a column",
    "sensitive": "an opinion or condition of a household",
    "quasi": "helps to identify a person",
    "restricted": "house codes: the tables of the home only; a keyed token in published copies",
    "aggregate": "adds up over households",
    "technical": "keys, codes and bookkeeping",
}


def dictionary_page(definitions: Path) -> str:
    dictionary = load_dictionary(definitions)
    stages = list(dict.fromkeys(definition.stage for definition in dictionary.tables.values()))
    intro = (
        "Every table is Parquet, one file per table, round and province "
        "(`lake/<table>/survey_year=…/province=…/part.parquet`), with its seal beside it. The tables marked "
        "*published* are also tables of `warehouse/jpt.duckdb` and of every release (`disclosure__cells` only as Parquet "
        "of a release, not of its database). The lake also holds what intake "
        "staged (`submissions__forms`, `submissions__persons` and others): working files, no results.",
        "## Classes of fields",
        table(["Class", "Meaning"], _ACCESS.items()),
    )
    tables = (
        block
        for stage in stages
        for block in (
            f"## Stage: {stage}",
            *(b for name, t in dictionary.tables.items() if t.stage == stage for b in _one_table(dictionary, name)),
        )
    )
    sources = "`data/dictionary.yaml` and `data/areas/registers.yaml`"
    return page("Data dictionary (พจนานุกรมข้อมูล)", sources, intro, tables, _registers(definitions))


def _one_table(dictionary: Dictionary, name: str) -> list[str]:
    definition = dictionary.tables[name]
    notes = [
        f"Key: {', '.join(map(code, definition.keys))}.",
        "Published." if name in PUBLISHED_TABLES else "Home only.",
    ]
    if definition.patterns:
        notes.append(f"Further columns follow from the instrument: {', '.join(map(code, definition.patterns))}.")
    rows = [
        (
            code(column),
            SQL_TYPES[field.type],
            "NULL" if column in definition.nullable else "",
            field.access,
            field.th,
            field.en,
        )
        for column in definition.columns
        for field in (dictionary.fields[column],)
    ]
    head = ["Column", "Type", "NULL", "Class", "ความหมาย", "Meaning"]
    return [f"### {name}", f"{definition.en}. {' '.join(notes)}", table(head, rows)]


def _registers(definitions: Path) -> Iterable[str]:
    yield "## Registers (ทะเบียน)"
    yield (
        "Files that operators hand over with `jpt register KIND FILE` (CSV in UTF-8 or cp874, or XLSX; columns in any "
        "order). A column that is not stored is checked and left in the original file below `landing/registers`."
    )
    for kind, register in load_registers(definitions).items():
        yield f"### {kind} → {register.table}"
        stored, keys = (", ".join(map(code, names)) for names in (register.stored, register.keys))
        yield f"{register.th}. Table: {stored}; sorted by {keys}{' (unique)' if register.unique else ''}."
        rows = [
            (
                code(name),
                "BIGINT" if name in register.integers else "DATE" if name in register.dates else "VARCHAR",
                "" if column.required else "may be blank",
                column.words,
                "yes" if name in register.stored else "no",
            )
            for name, column in register.columns.items()
        ]
        yield table(["Column of the file", "Type", "Blank", "รูปแบบ / values", "Stored"], rows)
