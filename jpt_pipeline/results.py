"""The result tables of a home: collected from the lake for the warehouse, and for published copies.

Put here: which tables people get, and what a published copy leaves out (house codes become keyed tokens).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jpt_pipeline import __version__
from jpt_pipeline.areas.tree import villages
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.disclosure import CELLS, DOCUMENT, MANIFEST_KEY, load_policy, public_edition
from jpt_pipeline.hashtree.checkpoint import write_beside
from jpt_pipeline.instruments import load_instrument
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.intake.tokens import register_tokens
from jpt_pipeline.ledger import AreaEntry, only, read_entries
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.signing.bundle import FILE as CERTIFICATES
from jpt_pipeline.signing.bundle import bundle
from jpt_pipeline.store.files import dump_json, read_json, sha256_file, sha256_text, write_json
from jpt_pipeline.store.lake import Lake, NotSealed, Part
from jpt_pipeline.store.release import ReleaseTable, publish, write_database
from jpt_pipeline.store.session import quoted, session
from jpt_pipeline.store.stage import version
from jpt_pipeline.vault import read_key

RESULT_TABLES = (
    *("submissions__deliveries", "households__quarantine", "households__findings", "households__edits"),
    *("rollups__indicators", "rollups__population", "rollups__economy", "rollups__coverage", "rollups__areas"),
    *("certification__nodes", "certification__state", "certification__confidence", "register__lao_budget"),
    *("certified__village", "certified__lao", "certified__district", "certified__province", "certified__nation"),
)
# In a release: those, and what follows from them for its public edition.
PUBLISHED_TABLES = (*RESULT_TABLES, CELLS)
# In the warehouse of this home only: values of single households.
HOME_TABLES = (
    *("households__corrections", "households__shared_persons", "households__likely_duplicates"),
    "households__issues",
)
# Figures of earlier years, whatever rounds were run.
HISTORY_TABLES = ("published__indicators", "published__findings")


def sealed_parts(lake: Lake, table: str, survey_year: int) -> list[Part]:
    """Parts of a table in a round that have a seal: provinces in order, then the nation."""
    national = Part(survey_year)
    return [*lake.parts(table, survey_year), *([national] if lake.seal_path(table, national).exists() else [])]


def rounds_with_results(lake: Lake) -> list[int]:
    """Survey years that have rollups of the nation."""
    return _years(lake, "rollups__indicators")


def _years(lake: Lake, table: str) -> list[int]:
    """Survey years of which a table has a sealed national part."""
    folders = (lake.root / table).glob("survey_year=*/seal.json")
    return sorted(int(path.parent.name.removeprefix("survey_year=")) for path in folders)


def build_warehouse(settings: Settings) -> Path:
    """Bring warehouse/jpt.duckdb to the sealed results of all rounds; house codes stay, for this home only.

    Beside it stands what each of its tables was made from: those of the same are taken over from the last one.
    """
    lake, path = Lake(settings.lake), settings.warehouse
    with session(settings) as connection:
        years = rounds_with_results(lake)
        tables = [_table(settings, lake, name, years) for name in (*RESULT_TABLES, *HOME_TABLES)]
        tables += [_table(settings, lake, name, _years(lake, name)) for name in HISTORY_TABLES]
        made_from, note = {table.name: table.made_from for table in tables}, path.with_suffix(".json")
        known = read_json(note) if note.exists() and path.exists() else {}
        is_known = bool(known) and known["sha256"] == sha256_file(path)
        kept = [name for name, made in made_from.items() if is_known and known["made_from"].get(name) == made]
        if len(kept) < len(tables):
            write_database(connection, path, tables, _comments(), path if kept else None, kept)
            write_json(note, {"sha256": sha256_file(path), "made_from": made_from})
    return path


def publish_round(settings: Settings, survey_year: int, progress: Callable[[str], None] = lambda name: None) -> Path:
    """Publish the results of a round as one release, and beside it a checkpoint of the ledger; see store.release.publish.

    Raises:
        NotSealed: the round has no sealed results of the nation, or a table is not what was sealed.
        KeyMissing: the token key is missing or another one.
        disclosure.BadGeography, disclosure.NotProtected: there can be no public edition.
    """
    lake = Lake(settings.lake)
    if survey_year not in rounds_with_results(lake):
        raise NotSealed(f"no results of {survey_year}: jpt run --year {survey_year}")
    with session(settings) as connection:
        register_tokens(connection, read_key(settings, "token"))
        tables = [_table(settings, lake, name, [survey_year], is_public=True) for name in RESULT_TABLES]
        policy = load_policy(settings.definitions)
        villages(connection, lake, survey_year)
        late = public_edition(connection, settings.published, survey_year, policy, settings.threads)
        documents = {
            CERTIFICATES: bundle(read_entries(settings.ledger), survey_year),
            DOCUMENT: dump_json(policy.model_dump()),
        }
        facts = _facts(settings, survey_year) | {MANIFEST_KEY: policy.version}
        release = publish(
            connection, settings.published, survey_year, tables, facts, _comments(), progress, documents, late
        )
    write_beside(settings, release)
    return release


def _table(settings: Settings, lake: Lake, name: str, years: list[int], is_public: bool = False) -> ReleaseTable:
    """A table from its sealed parts, in their order: provinces by code, then the nation. Rows with tokens instead of house
    codes are ordered by those, so that their order tells nothing of a code."""
    dictionary = load_dictionary()
    parts = [part for year in years for part in sealed_parts(lake, name, year)]
    listed = ", ".join(f"'{quoted(lake.sealed(name, part))}'" for part in parts)
    source = f"SELECT * FROM read_parquet([{listed}], hive_partitioning = false)" if parts else dictionary.empty(name)
    restricted = [c for c in dictionary.tables[name].columns if dictionary.fields[c].access == "restricted"]
    columns = ", ".join(
        f"CAST({column} AS {kind}) AS {column}" for column, kind in dictionary.sql_columns(name).items()
    )
    query = f"SELECT {columns} FROM ({source})"
    if is_public and restricted:
        tokens = ", ".join(f"household_token(village_code || '|' || {c}) AS {c}" for c in restricted)
        query = dictionary.select(name, f"SELECT * REPLACE ({tokens}) FROM ({source})")
    digests = [lake.seal(name, part).sha256 for part in parts]
    made_from = sha256_text("|".join((version(settings.definitions), query.replace(listed, ""), *digests)))
    return ReleaseTable(name, dictionary.ddl(name), query, made_from)


def _comments() -> dict[str, str]:
    return {name: table.en for name, table in load_dictionary().tables.items()}


def _facts(settings: Settings, survey_year: int) -> dict[str, Any]:
    """What a release says about itself. as_of is the last delivery or act that it rests on, not the hour of writing."""
    round_ = load_round(survey_year, settings.definitions)
    instrument = load_instrument(round_.instrument, settings.definitions)
    moments = [receipt.received_at for receipt in read_receipts(settings.landing)]
    entries = only(read_entries(settings.ledger), AreaEntry)
    moments += [entry.at for entry in entries if entry.survey_year == survey_year]
    as_of = max(moments, default=datetime(1970, 1, 1, tzinfo=UTC))
    return {
        "as_of": as_of.isoformat(timespec="seconds"),
        "instrument": instrument.id,
        "instrument_provisional": instrument.provisional,
        "software": __version__,
        "provinces": [p.province_code for p in Lake(settings.lake).parts("rollups__indicators", survey_year)],
        "settings": {name: setting.value for name, setting in sorted(instrument.settings.items())},
    }
