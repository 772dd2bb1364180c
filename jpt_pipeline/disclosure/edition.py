"""The public edition of a release: its hidden cells as a table, and frames without them.

Put here: how hidden cells are written, found again for the same figures, and applied. Keep out: how they are chosen.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.disclosure.figures import (
    AREAS,
    CELLS,
    JOINED,
    Figures,
    Measure,
    measured,
    read_figures,
    read_geography,
    read_printed,
    source,
    streams,
)
from jpt_pipeline.disclosure.geography import Bools, Geography, load_shape
from jpt_pipeline.disclosure.layers import hide
from jpt_pipeline.disclosure.policy import Policy
from jpt_pipeline.disclosure.recall import Recall
from jpt_pipeline.disclosure.task import REASONS, Reasons, Task
from jpt_pipeline.store.files import known_sha256, read_json
from jpt_pipeline.store.release import ReleaseTable

MANIFEST_KEY = "disclosure_policy"  # names the policy's version in the manifest
DOCUMENT = "disclosure_policy.json"  # the policy itself, beside the tables


def hidden_cells(
    connection: duckdb.DuckDBPyConnection,
    release: Path,
    survey_year: int,
    lefts: Mapping[str, Mapping[str, str]],
    policy: Policy,
    earlier: Iterable[Path] = (),
    made_from: dict[str, str] | None = None,
    workers: int = 1,
) -> pa.Table:
    """The cells that a public page must not print [disclosure__cells].

    Args:
        release: folder with the Parquet files of the figures.
        lefts: stream -> code of a lowest area -> code of the area of the other hierarchy (tambon) that it lies in.
        earlier: folders of earlier releases of the round that have a public edition.
        made_from: gets what the cells follow from (see recall.py).
        workers: processes that may choose cells.

    Raises:
        geography.BadGeography: the areas are not those of `lefts`.
        protect.NotProtected: the policy cannot be kept for a figure.
    """
    earlier, made_from = list(earlier), {} if made_from is None else made_from
    found = [_cells(Figures({}, {}), {}, None, survey_year, "")]
    for stream in streams(connection, release):
        geography = read_geography(connection, release, stream, lefts.get(stream, {}))
        figures = read_figures(connection, release, stream, geography, policy)
        moved = _moved(connection, release, earlier, stream, geography, figures, policy)
        task = Task(policy, geography, figures, moved)
        hidden = hide(task, Recall(connection, earlier, stream, made_from), workers)
        found.append(_cells(figures, printable(hidden, geography, policy), geography, survey_year, stream))
    return pa.concat_tables(found)


def public_edition(
    connection: duckdb.DuckDBPyConnection, published: Path, survey_year: int, policy: Policy, workers: int = 1
) -> Callable[[Path, Mapping[str, str]], ReleaseTable]:
    """How a release that is being written gets its hidden cells, for store.release.publish.

    The same figures under the same policy have the same edition for ever; others are compared with all earlier releases
    of the round that have one. The connection must hold the tree of areas (areas.tree.villages).
    """

    def table(release: Path, digests: Mapping[str, str]) -> ReleaseTable:
        dictionary = load_dictionary()
        if known := same_figures(published, survey_year, digests, policy):
            relation = source(known, CELLS)
            made_from = read_json(known / "manifest.json")["tables"][CELLS].get("made_from", {})
        else:
            earlier = public_releases(published, survey_year)
            made_from = {}
            lefts = _lefts(connection)
            cells = hidden_cells(connection, release, survey_year, lefts, policy, earlier, made_from, workers)
            connection.register("hidden_cells", cells)
            relation = "hidden_cells"
        columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in dictionary.sql_columns(CELLS).items())
        return ReleaseTable(CELLS, dictionary.ddl(CELLS), f"SELECT {columns} FROM {relation}", made_from)

    return table


def _lefts(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Stream -> lowest area -> the area of the other hierarchy that it lies in, by the register."""
    query = "SELECT stream, village_code, area_code FROM area_closure WHERE level = ?"
    found: dict[str, dict[str, str]] = {}
    for stream, code, left in connection.execute(query, [load_shape().left]).fetchall():
        found.setdefault(stream, {})[code] = left
    return found


def same_figures(published: Path, survey_year: int, digests: Mapping[str, str], policy: Policy) -> Path | None:
    """A release of the round with the same figures, areas and policy, whose public edition is then the edition of these."""
    tables = (*measured(policy), AREAS)
    for release in public_releases(published, survey_year):
        manifest = read_json(release / "manifest.json")
        known = {name: manifest["tables"][name]["sha256"] for name in tables}
        if manifest[MANIFEST_KEY] == policy.version and known == {name: digests[name] for name in tables}:
            return release
    return None


def public_releases(published: Path, survey_year: int) -> list[Path]:
    """Releases of a round that have a public edition, by name."""
    folders = sorted(path.parent for path in published.glob(f"{survey_year}-*/manifest.json"))
    return [folder for folder in folders if MANIFEST_KEY in read_json(folder / "manifest.json")]


def mask(frame: pd.DataFrame, table: str, cells: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """A table as its public edition prints it: hidden figures are NA (Int64), the order of the rows stays.

    Of levels and measures that the policy does not print every figure is NA; of a table that it does not name no row is
    left. A hidden figure without a row (population: nobody) gets one, at the end. Other missing rows mean 0 at a printed
    level, and nothing at another one: ask `policy.prints`.

    Args:
        frame: rows of the table as published, all levels and areas of one or more streams.
        cells: rows of disclosure__cells.
    """
    public = policy.public(table)
    if public is None:
        return frame if table in policy.open_tables else frame.iloc[:0]
    keys = ["stream", "level", "area_code", *public.category]
    own = _with_columns(cells[cells["table_name"] == public.cells], public.category, frame)
    masked = _with_rows(frame, own, keys) if table == policy.tables.bands.table else frame.copy()
    closed = ~masked["level"].isin(public.levels).to_numpy()
    listed = own[[*keys, "measure"]].assign(hidden=True).set_index([*keys, "measure"])["hidden"].unstack("measure")
    listed = masked[keys].merge(listed, left_on=keys, right_index=True, how="left")
    for name in _measures(frame, public.open):
        hidden = np.ones(len(masked), bool) if name not in public.measures else closed
        if name in public.measures and name in listed:
            hidden = closed | listed[name].notna().to_numpy()
        masked[name] = masked[name].astype("Int64").mask(pd.Series(hidden, masked.index))
    return masked


def _measures(frame: pd.DataFrame, open_: tuple[str, ...]) -> list[str]:
    """Columns with figures that are not printed as they are."""
    return [name for name in frame.columns if name.endswith(("_n", "_baht")) and name not in open_]


def _with_columns(cells: pd.DataFrame, category: tuple[str, ...], frame: pd.DataFrame) -> pd.DataFrame:
    """Cells of the frame's streams with the columns that their category joins."""
    own = cells[cells["stream"].isin(frame["stream"].unique())].reset_index(drop=True)
    split = own["category"].str.split(JOINED, regex=False)
    columns = {name: split.str[place].astype(frame[name].dtype) for place, name in enumerate(category)}
    return own.assign(**columns)


def _with_rows(frame: pd.DataFrame, own: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The frame, and a row without figures for each hidden cell that has none."""
    known = own[keys].merge(frame[keys].assign(_there=True), on=keys, how="left")["_there"].notna().to_numpy()
    added = own[~known].reindex(columns=frame.columns)
    figures = {name: "Int64" for name in frame.columns if name in added and added[name].isna().all()}
    return pd.concat([frame, added.astype(figures)], ignore_index=True) if len(added) else frame.copy()


def printable(hidden: Mapping[Measure, Reasons], geography: Geography, policy: Policy) -> dict[Measure, Reasons]:
    """Hidden cells without those of levels at which their table is not printed."""
    return {
        (table, measure): np.where(geography.at(public.levels), reasons, np.int8(0))
        for (table, measure), reasons in hidden.items()
        if (public := policy.public(table))
    }


def _moved(
    connection: duckdb.DuckDBPyConnection,
    release: Path,
    earlier: list[Path],
    stream: str,
    geography: Geography,
    figures: Figures,
    policy: Policy,
) -> dict[Measure, Bools]:
    """Figures that an earlier edition printed and that moved by less than the threshold, at the levels of the policy;
    a measure of which none did is left out. In a file that is the same none did."""
    moved: dict[Measure, Bools] = {}
    judged = geography.at(policy.difference_levels)
    now = {table: known_sha256(release / f"{table}.parquet") for table in measured(policy)}
    for before in earlier:
        others = [table for table, digest in now.items() if known_sha256(before / f"{table}.parquet") != digest]
        known = Policy.model_validate_json((before / DOCUMENT).read_text(encoding="utf-8"))
        then = read_figures(connection, before, stream, geography, policy, figures, others)
        for key, values in then.values.items():
            step = np.abs(figures.values[key] - values)
            slight = judged & (step > 0) & (step < policy.threshold_n)
            if slight.any():
                slight &= read_printed(connection, before, stream, geography, figures, known, key)
                moved[key] = moved[key] | slight if key in moved else slight
    return moved


def _cells(
    figures: Figures,
    hidden: Mapping[Measure, Reasons],
    geography: Geography | None,
    survey_year: int,
    stream: str,
) -> pa.Table:
    """Rows of hidden cells at the levels where their table is printed."""
    names = ("survey_year", "stream", "level", "area_code", "table_name", "measure", "category", "reason")
    parts = [pa.table({name: pa.array([], pa.int64() if name == "survey_year" else pa.string()) for name in names})]
    for (table, measure), reasons in sorted(hidden.items()):
        assert geography is not None
        category, area = np.nonzero(reasons)
        columns = [
            pa.array(values, pa.string()).take(pa.array(places))
            for values, places in (
                (geography.level, area),
                (geography.code, area),
                (figures.categories[table], category),
                (REASONS, reasons[category, area]),
            )
        ]
        same = [pa.array([value]).take(pa.array(np.zeros(len(area), np.int64))) for value in (stream, table, measure)]
        years = pa.array(np.full(len(area), survey_year, np.int64))
        parts.append(pa.table([years, same[0], *columns[:2], *same[1:], *columns[2:]], names=names))
    return pa.concat_tables(parts)
