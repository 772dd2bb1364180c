"""The tables that certification computes on, as views and temporary tables of one DuckDB session.

Put here: their names, how they come out of the lake, and how areas hang together. Keep out: gates, digests, states.
Only sealed files are read. Views, not copies: a whole country's rollups never lie in memory.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from jpt_pipeline.areas.levels import Level, load_levels
from jpt_pipeline.areas.tree import REGISTER, UNDATED
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.hashtree.stage import FROM_SAME, TREES
from jpt_pipeline.store.files import dump_json, sha256_text
from jpt_pipeline.store.lake import Lake, NotSealed, Part

ROLLUPS = ("rollups__areas", "rollups__indicators", "rollups__population", "rollups__economy", "rollups__coverage")
FINDINGS = "households__findings"
NODES = "certification__nodes"

_PART_FILE = "/province=([0-9]+)/[^/]*$"


@dataclass(frozen=True)
class Relations:
    """Names of the relations of a session.

    areas: survey_year, stream, level, area_code, area_name, parent_code, part_code, and `<level>_code` for the area
    itself and each area above it. below: stream, level, area_code, below_level, below_code (an area is below itself).
    nodes, trees: as certification__nodes, certification__trees. tie_out: see gates.py. all_findings: as
    households__findings, of the provinces and those that hold between provinces; findings: those of them that no waiver
    lets pass. waived: stream, village_code, household_id, rule_id, indicator_no, waiver_id. answers_waived: stream,
    village_code, answers_n. Both are empty until waived.py fills them.
    """

    areas: str = "cert_areas"
    below: str = "cert_below"
    nodes: str = "cert_nodes"
    trees: str = "cert_trees"
    tie_out: str = "cert_tie_out"
    all_findings: str = "cert_all_findings"
    findings: str = "cert_findings"
    waived: str = "cert_waived"
    answers_waived: str = "cert_answers_waived"

    def rollup(self, table: str) -> str:
        """Relation of a rollup table."""
        return table.replace("rollups__", "cert_rollup_")


def level_names() -> list[str]:
    """All levels, bottom up."""
    return [level.level for level in load_levels()]


def levels_below(level: str) -> list[str]:
    """Levels whose areas make up an area of this one: those whose parent it is, else the highest that lies inside it.

    LAO (อปท.) and tambon (ตำบล) cross each other: a district is made up of either, a tambon of its villages.
    """
    children = [known.level for known in load_levels() if known.parent == level]
    return children or [known.level for known in load_levels() if level in known.inside][-1:]


def tree_levels(level: str) -> list[str]:
    """Levels on whose roots the root of an area rests: those whose parent it is and that rest on areas themselves.

    Of several levels that make up the same area only those on the path from the bottom count.
    """
    return [below for below in levels_below(level) if below in path_levels()]


def path_levels() -> list[str]:
    """Levels on the path from the bottom to the top, each the parent of the one before."""
    path = [load_levels()[0]]
    by_name = {known.level: known for known in load_levels()}
    while path[-1].parent:
        path.append(by_name[path[-1].parent])
    return [known.level for known in path]


def usable_parts(
    lake: Lake, survey_year: int, provinces: Collection[str] | None = None
) -> tuple[list[Part], list[str]]:
    """Province parts whose rollups, findings and hash trees are all sealed and speak of the same households, and the
    codes of those that have some but not all; of these provinces only, unless None."""
    usable, broken = [], []
    for part in lake.parts("rollups__areas", survey_year):
        assert part.province_code is not None
        if provinces is not None and part.province_code not in provinces:
            continue
        if all(_is_sealed(lake, table, part) for table in (*ROLLUPS, FINDINGS, TREES)) and _is_of_same(lake, part):
            usable.append(part)
        else:
            broken.append(part.province_code)
    return usable, broken


def sealed_nodes(lake: Lake, parts: Sequence[Part]) -> dict[str, str]:
    """Paths of the sealed certification__nodes of province parts, by code, as far as they were made from the parts' very
    figures and trees."""
    found = {}
    for part in parts:
        if _is_sealed(lake, NODES, part):
            made_from = lake.seal(NODES, part).inputs
            same = all(made_from.get(f"{table} {part}") == lake.seal(table, part).sha256 for table in (*ROLLUPS, TREES))
            if same and part.province_code:
                found[part.province_code] = lake.sealed(NODES, part)
    return found


def nation_part(lake: Lake, survey_year: int) -> list[Part]:
    """The nation's part, as a list of one, or empty while it is not sealed."""
    part = Part(survey_year)
    return [part] if all(_is_sealed(lake, table, part) for table in ROLLUPS) else []


def nation_findings(lake: Lake, part: Part) -> list[Part]:
    """The part with the findings that hold between provinces, as a list of one, or empty before they were looked for."""
    nation = Part(part.survey_year)
    return [nation] if _is_sealed(lake, FINDINGS, nation) else []


def nation_findings_sha256(lake: Lake, part: Part) -> str:
    """Digest of the findings between provinces that lie in a province's villages; the same whether there are none or
    none were looked for. Other provinces' findings do not move it."""
    rows: list[tuple[str, ...]] = []
    for nation in nation_findings(lake, part):
        rows = duckdb.execute(
            "SELECT DISTINCT f.stream, f.village_code, f.household_id, f.rule_id "
            "FROM read_parquet(?, hive_partitioning = false) f JOIN read_parquet(?, hive_partitioning = false) a "
            "ON a.level = ? AND a.stream = f.stream AND a.area_code = f.village_code ORDER BY ALL",
            [lake.sealed(FINDINGS, nation), lake.sealed("rollups__areas", part), load_levels()[0].level],
        ).fetchall()
    return sha256_text(dump_json(rows))


def register_is_sealed(lake: Lake) -> bool:
    """Whether there is a register of areas, which tells the tambon of a village."""
    return _is_sealed(lake, REGISTER, UNDATED)


def _is_of_same(lake: Lake, part: Part) -> bool:
    """Whether figures and trees were made from the same households and register."""
    made_from = [lake.seal(table, part).inputs for table in (*ROLLUPS, TREES)]
    return all(inputs.get(name) == made_from[0].get(name) for inputs in made_from for name in FROM_SAME)


def _is_sealed(lake: Lake, table: str, part: Part) -> bool:
    try:
        lake.seal(table, part)
    except NotSealed:
        return False
    return True


def open_relations(connection: duckdb.DuckDBPyConnection, lake: Lake, parts: Sequence[Part]) -> Relations:
    """Views over the sealed files of the parts (at least one), and the tables `areas` and `below`.

    Raises:
        NotSealed: a table of a part, or the register of areas, has no valid seal.
    """
    relations = Relations()
    survey_year = parts[0].survey_year
    for table in ROLLUPS:
        _view(connection, relations.rollup(table), [lake.sealed(table, part) for part in parts])
    provinces = [part for part in parts if part.province_code]
    _trees(connection, relations, [lake.sealed(TREES, part) for part in provinces])
    with_findings = [*provinces, *nation_findings(lake, parts[0])]
    _view(connection, relations.all_findings, [lake.sealed(FINDINGS, part) for part in with_findings])
    _hide_waived(connection, relations)
    _view(connection, "cert_register", [lake.sealed(REGISTER, UNDATED)])
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE cert_raw_areas AS SELECT * FROM {relations.rollup('rollups__areas')}"
    )
    columns = [level.column for level in load_levels() if level.column]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE cert_links AS SELECT DISTINCT stream, {', '.join(columns)} "
        "FROM cert_register WHERE coalesce(valid_from, 0) <= ? AND coalesce(valid_to, 9999) >= ?",
        [survey_year, survey_year],
    )
    hang_areas(connection, relations)
    return relations


def _trees(connection: duckdb.DuckDBPyConnection, relations: Relations, paths: Sequence[str]) -> None:
    """The view of trees; empty for the nation alone."""
    if paths:
        _view(connection, relations.trees, paths)
        return
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {relations.trees} AS {load_dictionary().empty(TREES)}")


def _hide_waived(connection: duckdb.DuckDBPyConnection, relations: Relations) -> None:
    """The empty relations of what is waived, and the findings without it."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {relations.waived} (stream VARCHAR, village_code VARCHAR, household_id VARCHAR, "
        "rule_id VARCHAR, indicator_no BIGINT, waiver_id VARCHAR)"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {relations.answers_waived} "
        "(stream VARCHAR, village_code VARCHAR, answers_n BIGINT)"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {relations.findings} AS SELECT f.* FROM {relations.all_findings} f "
        f"ANTI JOIN {relations.waived} w ON {same_finding('f', 'w')}"
    )


def same_finding(one: str, other: str) -> str:
    """SQL: two rows are about the same finding of a round."""
    keys = " AND ".join(f"{one}.{key} = {other}.{key}" for key in ("stream", "village_code", "household_id", "rule_id"))
    return f"{keys} AND {one}.indicator_no IS NOT DISTINCT FROM {other}.indicator_no"


def hang_areas(connection: duckdb.DuckDBPyConnection, relations: Relations) -> None:
    """Make `areas` and `below` from cert_raw_areas (rollups__areas with part_code) and cert_links (the register).

    An area's place follows parent_code; a level beside that path (tambon) is known from the register's villages.
    """
    levels = load_levels()
    codes = [f"{level.level}_code" for level in levels]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {relations.areas} AS SELECT survey_year, stream, level, area_code, area_name, "
        f"parent_code, part_code, {', '.join(f'NULL::VARCHAR AS {code}' for code in codes)} FROM cert_raw_areas LIMIT 0"
    )
    for level in reversed(levels):
        sources = _code_sources(level)
        connection.execute(
            f"INSERT INTO {relations.areas} SELECT c.survey_year, c.stream, c.level, c.area_code, c.area_name, "
            f"c.parent_code, c.part_code, {', '.join(sources.get(code, 'NULL') for code in codes)} "
            f"FROM cert_raw_areas c LEFT JOIN {relations.areas} p "
            "ON p.level = ? AND p.stream = c.stream AND p.area_code = c.parent_code "
            f"LEFT JOIN cert_links l ON l.stream = c.stream AND l.{levels[0].column} = c.area_code WHERE c.level = ?",
            [level.parent, level.level],
        )
    pairs = " UNION ALL ".join(
        f"SELECT stream, '{level.level}' AS level, {level.level}_code AS area_code, level AS below_level, "
        f"area_code AS below_code FROM {relations.areas} WHERE {level.level}_code IS NOT NULL"
        for level in levels
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {relations.below} AS {pairs}")


def _code_sources(level: Level) -> dict[str, str]:
    """Where an area's `<level>_code` columns come from: itself (c), its parent's row (p), or the register (l)."""
    by_name = {known.level: known for known in load_levels()}
    sources = {f"{level.level}_code": "c.area_code"}
    parent = by_name[level.parent] if level.parent else None
    for above in level.inside:
        if parent and above == parent.level:
            sources[f"{above}_code"] = "c.parent_code"
        elif parent and above in parent.inside:
            sources[f"{above}_code"] = f"p.{above}_code"
        else:
            sources[f"{above}_code"] = f"l.{by_name[above].column}"
    return sources


def _view(connection: duckdb.DuckDBPyConnection, name: str, paths: Sequence[str]) -> None:
    """A view with the columns of the files and part_code, by which DuckDB leaves other parts' files unread."""
    part_code = f"regexp_extract(filename, '{_PART_FILE}', 1) AS part_code"
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * EXCLUDE (filename), {part_code} FROM {_source(paths)}"
    )


def _source(paths: Sequence[str]) -> str:
    """read_parquet of files; a view takes no bound value, so the paths are quoted. Folder names are not columns."""
    quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{quoted}], hive_partitioning = false, filename = true)"
