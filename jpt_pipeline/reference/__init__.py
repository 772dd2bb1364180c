"""The reference pages in docs/, generated from the definitions in data/: `python -m jpt_pipeline.reference [--check]`.

Put here: how a definition becomes a page, one module a page. Keep out: facts; whatever a page says stands in the
definitions, so that no page can differ from what runs. The same definitions give the same bytes.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from jpt_pipeline.instruments import known_instruments
from jpt_pipeline.reference.calendar import rounds_page
from jpt_pipeline.reference.messages import codes_page
from jpt_pipeline.reference.questionnaire import instrument_page
from jpt_pipeline.reference.tables import dictionary_page
from jpt_pipeline.settings import CHECKOUT

DEFINITIONS, DOCS = CHECKOUT / "data", CHECKOUT / "docs"


def pages(definitions: Path = DEFINITIONS) -> dict[str, str]:
    """File name below docs/ -> content of every generated page, in order of name."""
    instruments = known_instruments(definitions)
    made = {
        "data_dictionary.md": dictionary_page(definitions),
        "codes.md": codes_page(definitions),
        "rounds.md": rounds_page(definitions, instruments),
        **{f"indicators_{name}.md": instrument_page(definitions, name) for name in instruments},
    }
    return dict(sorted(made.items()))


def main(arguments: Sequence[str] | None = None, definitions: Path = DEFINITIONS, docs: Path = DOCS) -> int:
    """Write the pages that differ; with --check write nothing. Returns the exit code, 1 when --check found one."""
    parser = argparse.ArgumentParser(prog="python -m jpt_pipeline.reference", description="Generate docs/ from data/.")
    parser.add_argument("--check", action="store_true", help="write nothing; end 1 when a page is out of date")
    is_check = parser.parse_args(arguments).check
    made = pages(definitions)
    stale = [name for name, text in made.items() if not _is_same(docs / name, text)]
    if is_check:
        for name in stale:
            print(f"docs/{name} is out of date: make docs", file=sys.stderr)
        return 1 if stale else 0
    docs.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (docs / name).write_text(made[name], encoding="utf-8", newline="\n")
    print(f"{len(made)} pages in docs/, {len(stale)} written: {', '.join(stale) or '-'}")
    return 0


def _is_same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()
