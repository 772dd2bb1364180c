"""Stage 4: figures of every area of a province, and of the nation, as additive integers.

Village figures are summed once; every level above is the same join with the tree, so children add up to their parent by
construction. Nothing here is a mean, a rate or a float.
"""

from collections.abc import Sequence

import duckdb

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.tree import REGISTER, UNDATED, villages
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.households.sources import input_digests, open_refused, staged_provinces
from jpt_pipeline.households.stages import instrument_of, register_digest
from jpt_pipeline.instruments import Instrument, Result, measure_codes, measures_step, render, typed_step
from jpt_pipeline.intake.receipts import read_receipts
from jpt_pipeline.rollup.indicators import CLEAN, RESULTS
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part, Seal
from jpt_pipeline.store.session import quoted
from jpt_pipeline.store.stage import Gates, Output, run_stage

ROLLUPS = (*("rollups__indicators", "rollups__population", "rollups__economy", "rollups__coverage", "rollups__areas"),)
MEMBERS, QUARANTINE = "households__members", "households__quarantine"
TARGETS, NONRESPONSE = "register__targets", "register__nonresponse"
_EMPTY = {
    TARGETS: "SELECT NULL::VARCHAR AS village_code, NULL::BIGINT AS target_households WHERE false",
    NONRESPONSE: "SELECT NULL::VARCHAR AS village_code, NULL::VARCHAR AS reason WHERE false",
}
LAST_BAND = 100
# One sum counts passed, failed and incomplete households of a village: three counters of 20 bits in one integer. It is
# three times as fast as three counts; a village has far fewer than a million households (the gate checks the sums).
_FAIL, _OPEN = 1 << 20, 1 << 40


def registered_provinces(settings: Settings, survey_year: int) -> set[str]:
    """Provinces with villages in the round's register; empty when no areas were registered."""
    lake = Lake(settings.lake)
    if not register_digest(settings, REGISTER, UNDATED):
        return set()
    with duckdb.connect() as connection:
        villages(connection, lake, survey_year)
        return {row[0] for row in connection.execute("SELECT DISTINCT province_code FROM villages").fetchall()}


def provinces_with_data(settings: Settings, survey_year: int) -> set[str]:
    """Provinces that are registered for a round, or under which intake filed records of it."""
    staged = staged_provinces(read_receipts(settings.landing), survey_year)
    return registered_provinces(settings, survey_year) | staged


def make_rollups(settings: Settings, part: Part, gates: Gates) -> dict[str, Seal]:
    """Rollups of a province part: levels village to province."""
    lake = Lake(settings.lake)
    instrument = instrument_of(settings, part)
    tables = {"clean": CLEAN, "results": RESULTS, "members": MEMBERS, "quarantine": QUARANTINE}
    inputs = {table: lake.seal(table, part).sha256 for table in tables.values()}
    registers = {"targets": TARGETS, "nonresponse": NONRESPONSE}
    for table in registers.values():
        inputs |= register_digest(settings, table, Part(part.survey_year))
    inputs |= register_digest(settings, REGISTER, UNDATED)

    def compute(connection: duckdb.DuckDBPyConnection) -> list[Output]:
        assert part.survey_year is not None
        villages(connection, lake, part.survey_year, part.province_code)
        for name, table in tables.items():
            _view(connection, name, lake.sealed(table, part))
        for name, table in registers.items():
            if table in inputs:
                _view(connection, name, lake.sealed(table, Part(part.survey_year)))
            else:
                connection.execute(f"CREATE TEMP VIEW {name} AS {_EMPTY[table]}")
        queries = _province_queries(connection, instrument, part.survey_year)
        return _outputs(queries)

    return run_stage(settings, part, ROLLUPS, inputs, gates, compute)


def make_nation(settings: Settings, part: Part, gates: Gates) -> dict[str, Seal]:
    """Rollups of the nation: sums over the provinces' rows; records of no known village appear here only."""
    assert part.survey_year is not None
    lake = Lake(settings.lake)
    receipts = read_receipts(settings.landing)
    provinces = lake.parts(ROLLUPS[0], part.survey_year)
    tables = (*ROLLUPS, CLEAN, QUARANTINE)
    inputs = {f"{table}/{p}": lake.seal(table, p).sha256 for p in provinces for table in tables}
    inputs |= input_digests(receipts, [part, Part(None)])

    def compute(connection: duckdb.DuckDBPyConnection) -> list[Output]:
        for table in tables:
            paths = ", ".join(f"'{quoted(lake.sealed(table, p))}'" for p in provinces)
            empty = f"({load_dictionary().empty(table)})"
            source = f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)" if provinces else empty
            connection.execute(f"CREATE TEMP VIEW {table} AS SELECT * FROM {source}")
        open_refused(connection, settings, receipts, part)
        return _outputs(_nation_queries(part.survey_year or 0))

    return run_stage(settings, part, ROLLUPS, inputs, gates, compute)


def _outputs(queries: dict[str, str]) -> list[Output]:
    select = load_dictionary().select
    return [Output(table, select(table, queries[table])) for table in ROLLUPS]


def _over_tree(survey_year: int, base: str, keys: Sequence[str], sums: Sequence[str]) -> str:
    """The one aggregation: rows of a village relation (stream, village_code, keys, sums) summed to every level."""
    listed = "".join(f", b.{key}" for key in keys)
    totals = ", ".join(f"CAST(sum(b.{name}) AS BIGINT) AS {name}" for name in sums)
    return (
        f"SELECT {survey_year} AS survey_year, c.stream, c.level, c.area_code{listed}, {totals} "
        f"FROM area_closure c JOIN {base} b USING (stream, village_code) GROUP BY c.stream, c.level, c.area_code{listed}"
    )


def _province_queries(
    connection: duckdb.DuckDBPyConnection, instrument: Instrument, survey_year: int
) -> dict[str, str]:
    connection.execute(f"CREATE TEMP TABLE village_indicators AS {_village_indicators(instrument)}")
    connection.execute(f"CREATE TEMP TABLE village_population AS {_VILLAGE_POPULATION}")
    connection.execute(f"CREATE TEMP TABLE village_economy AS {_village_economy(instrument)}")
    connection.execute(f"CREATE TEMP TABLE village_coverage AS {_village_coverage()}")
    indicators = _over_tree(survey_year, "village_indicators", (), _wide_sums(instrument))
    coverage = _over_tree(survey_year, "village_coverage", (), _coverage_sums())
    return {
        "rollups__indicators": _by_indicator(instrument, indicators),
        "rollups__population": _over_tree(survey_year, "village_population", ("sex", "age_band"), ("persons_n",)),
        "rollups__economy": _over_tree(survey_year, "village_economy", (), _economy_sums(instrument)),
        "rollups__coverage": f"""
            SELECT s.*, coalesce(e.enumerators_n, 0) AS enumerators_n FROM ({coverage}) s LEFT JOIN (
                SELECT c.stream, c.level, c.area_code, count(DISTINCT h.enumerator_id) AS enumerators_n
                FROM (SELECT DISTINCT stream, village_code, enumerator_id FROM clean) h
                JOIN area_closure c USING (stream, village_code) GROUP BY ALL
            ) e USING (stream, level, area_code)""",
        "rollups__areas": f"SELECT {survey_year} AS survey_year, * FROM areas",
    }


def _wide_sums(instrument: Instrument) -> list[str]:
    """Columns of village_indicators: applicable, failed and incomplete households; surveyed and failed persons."""
    return [
        f"{item.prefix}_{kind}"
        for item in instrument.indicators
        for kind in ("ahisf" if item.counts_persons else "ahi")
    ]


def _village_indicators(instrument: Instrument) -> str:
    """stream, village_code and the sums of every indicator side by side, of each village of the register, zeros included."""
    sums, counts = [], []
    weights = {Result.NOT_APPLICABLE: 0, Result.PASS: 1, Result.FAIL: _FAIL, Result.INCOMPLETE: _OPEN}
    weight = " ".join(f"WHEN {result:d} THEN {weight}::BIGINT" for result, weight in weights.items())
    for item in instrument.indicators:
        p = item.prefix
        sums.append(f"sum(CASE {p}_result {weight} END) AS {p}_w")
        passed, failed, incomplete = f"{p}_w % {_FAIL}", f"{p}_w // {_FAIL} % {_FAIL}", f"{p}_w // {_OPEN}"
        counts += [f"{passed} + {failed} AS {p}_a", f"{failed} AS {p}_h", f"{incomplete} AS {p}_i"]
        if item.counts_persons:
            sums.append(f"sum({p}_surveyed) AS {p}_s, sum({p}_failed) AS {p}_f")
            counts += [f"{p}_s", f"{p}_f"]
    summed = f"SELECT stream, village_code, {', '.join(sums)} FROM results GROUP BY ALL"
    listed = ", ".join(f"CAST(coalesce({name}, 0) AS BIGINT) AS {name}" for name in _wide_sums(instrument))
    return (
        f"SELECT stream, village_code, {listed} FROM (SELECT DISTINCT stream, village_code FROM villages) LEFT JOIN "
        f"(SELECT stream, village_code, {', '.join(counts)} FROM ({summed})) USING (stream, village_code)"
    )


def _by_indicator(instrument: Instrument, wide: str) -> str:
    """Rows of rollups__indicators from areas with the sums of every indicator side by side."""
    structs = []
    for item in instrument.indicators:
        p = item.prefix
        surveyed, failed = (f"{p}_s", f"{p}_f") if item.counts_persons else (f"{p}_a", f"{p}_h")
        structs.append(
            f"{{indicator_no: {item.number}, unit: '{item.unit}', surveyed_n: {surveyed}, failed_n: {failed}, "
            f"passed_n: {surveyed} - {failed}, households_applicable_n: {p}_a, households_failed_n: {p}_h, "
            f"incomplete_n: {p}_i}}"
        )
    return (
        f"SELECT survey_year, stream, level, area_code, unnest([{', '.join(structs)}], recursive := true) FROM ({wide})"
    )


_VILLAGE_POPULATION = f"""
SELECT stream, village_code, sex, CASE WHEN band = {LAST_BAND // 5} THEN '{LAST_BAND}+'
    ELSE (band * 5) || '-' || (band * 5 + 4) END AS age_band, persons_n
FROM (
    SELECT stream, village_code, sex, CASE WHEN age_years >= {LAST_BAND} THEN {LAST_BAND // 5} ELSE age_years // 5 END AS band,
        count(*) AS persons_n
    FROM members GROUP BY ALL
)
"""


def _economy_sums(instrument: Instrument) -> tuple[str, ...]:
    return ("households_n", "persons_n", *instrument.measures)


def _village_economy(instrument: Instrument) -> str:
    steps = [
        typed_step(instrument, "clean", measure_codes(instrument)),
        measures_step(instrument, "typed", ("stream", "village_code", "persons_n")),
    ]
    sums = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in ("persons_n", *instrument.measures))
    return render(
        steps,
        f"SELECT v.stream, v.village_code, count(m.stream) AS households_n, {sums} "
        "FROM villages v LEFT JOIN measures m USING (stream, village_code) GROUP BY v.stream, v.village_code",
    )


def _nonresponse_columns() -> list[str]:
    return [c for c in load_dictionary().tables["rollups__coverage"].columns if c.startswith("nonresponse_")]


def _coverage_sums() -> list[str]:
    columns = load_dictionary().tables["rollups__coverage"].columns
    return [column for column in columns[4:] if column != "enumerators_n"]


def _village_coverage() -> str:
    reasons = ", ".join(
        f"count(*) FILTER (reason = '{name.removeprefix('nonresponse_').removesuffix('_n')}') AS {name}"
        for name in _nonresponse_columns()
    )
    listed = ", ".join(f"coalesce({name}, 0) AS {name}" for name in _coverage_sums())
    return f"""
    SELECT v.stream, v.village_code, {listed} FROM villages v
    LEFT JOIN (SELECT village_code, sum(target_households) AS target_n FROM targets GROUP BY ALL) USING (village_code)
    LEFT JOIN (
        SELECT stream, village_code, count(*) AS surveyed_n,
            count(*) FILTER (evidence_photo = 'missing') AS photo_missing_n,
            count(*) FILTER (evidence_photo = 'refused') AS photo_refused_n,
            count(*) FILTER (evidence_signature = 'missing') AS signature_missing_n,
            count(*) FILTER (evidence_signature = 'refused') AS signature_refused_n
        FROM clean GROUP BY ALL
    ) USING (stream, village_code)
    LEFT JOIN (
        SELECT village_code, count(*) AS quarantined_n FROM quarantine WHERE record_kind = 'household' GROUP BY ALL
    ) USING (village_code)
    LEFT JOIN (SELECT village_code, {reasons} FROM nonresponse GROUP BY ALL) USING (village_code)
    """


def _nation_queries(survey_year: int) -> dict[str, str]:
    dictionary = load_dictionary()
    *_, province, nation = load_levels()
    whole = f"'{nation.level}' AS level, '{nation.code}' AS area_code"
    queries = {}
    for table in ROLLUPS[:4]:
        columns = dictionary.tables[table].columns
        sums = [c for c in columns if dictionary.fields[c].access == "aggregate" and c != "enumerators_n"]
        keys = [c for c in columns[4:] if c not in sums and c != "enumerators_n"]
        totals = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in sums)
        listed = "".join(f", {key}" for key in keys)
        queries[table] = (
            f"SELECT {survey_year} AS survey_year, stream, {whole}{listed}, {totals} "
            f"FROM {table} WHERE level = '{province.level}' GROUP BY stream{listed}"
        )
    queries["rollups__coverage"] = f"""
        SELECT n.* REPLACE (n.quarantined_n + coalesce(u.quarantined_n, 0) AS quarantined_n),
            coalesce(e.enumerators_n, 0) AS enumerators_n
        FROM ({queries["rollups__coverage"]}) n
        LEFT JOIN (SELECT stream, count(DISTINCT enumerator_id) AS enumerators_n FROM {CLEAN} GROUP BY stream) e
            USING (stream)
        LEFT JOIN ({_UNPLACED}) u USING (stream)"""
    queries["rollups__areas"] = (
        f"SELECT DISTINCT {survey_year} AS survey_year, stream, {whole}, '{nation.name}' AS area_name, "
        " NULL AS parent_code FROM rollups__areas"
    )
    return queries


# Household records that lie in no village of the register, by the stream they name, else the register's first.
_UNPLACED = f"""
SELECT CASE WHEN stream IN (SELECT stream FROM rollups__areas) THEN stream
    ELSE (SELECT min(stream) FROM rollups__areas) END AS stream, count(*) AS quarantined_n FROM (
    SELECT stream FROM {QUARANTINE} WHERE record_kind = 'household'
        AND (village_code IS NULL OR village_code NOT IN (SELECT area_code FROM rollups__areas WHERE level = 'village'))
    UNION ALL SELECT stream FROM refused WHERE record_kind = 'household'
) GROUP BY ALL
"""


def _view(connection: duckdb.DuckDBPyConnection, name: str, path: str) -> None:
    connection.execute(
        f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet('{quoted(path)}', hive_partitioning = false)"
    )
