"""One unit of a delivery (a payload file, or the tables of households and members) -> parts of the lake.

Memory stays bounded: text is staged batch by batch into scratch files, the join over the whole unit sees keys and
digests only, and parts are written as streams.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from jpt_pipeline.areas.official import province_codes
from jpt_pipeline.instruments import answer_columns, load_instrument
from jpt_pipeline.intake.container import Refused, SourceFile
from jpt_pipeline.intake.formats import Declared, FileFacts
from jpt_pipeline.intake.payload import read_payload
from jpt_pipeline.intake.receipts import (
    FORMS,
    MARKS,
    PERSONS,
    REFUSED,
    STAGING_VERSION,
    FileReceipt,
    PartFile,
    UnitReceipt,
)
from jpt_pipeline.intake.staging import AGES, LINK_SQL, MACROS, REFUSED_SQL, stage_forms_sql, stage_persons_sql
from jpt_pipeline.intake.tables import raw_sql, read_csv, read_parquet, read_xlsx
from jpt_pipeline.intake.tokens import register_tokens
from jpt_pipeline.rounds import known_rounds, load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import replacing, sha256_file
from jpt_pipeline.store.session import quoted, readable, session

LINES = {".ndjson", ".jsonl"}
TABLE_READERS = {".csv": read_csv, ".xlsx": read_xlsx, ".parquet": read_parquet}


class Unbalanced(Exception):
    """The records of a file do not add up: nothing of the delivery is kept."""


def take_unit(
    unit_id: str,
    files: list[SourceFile],
    settings: Settings,
    declared: Declared,
    stated: dict[str, int | None],
    key: bytes,
    scratch: Path,
) -> UnitReceipt:
    """Stage, join and write one unit.

    Args:
        stated: digest of a file -> number of records that the manifest states.

    Raises:
        Refused: no records (F-NORECORDS), other counts than stated (M-MANIFEST), a header that does not fit (H-).
        Unbalanced: the accounting of a file does not add up.
    """
    folder = scratch / unit_id
    folder.mkdir(parents=True)
    answers = answer_columns(load_instrument(_instrument_name(declared, settings), settings.definitions))
    with session(settings) as connection:
        register_tokens(connection, key)
        connection.execute(MACROS)
        provinces = province_codes()
        queries = [
            (stage_forms_sql(answers, declared, no, provinces), stage_persons_sql(no)) for no in range(len(files))
        ]
        facts = [_stage(connection, file, no, answers, declared, queries[no], folder) for no, file in enumerate(files)]
        for file, fact in zip(files, facts, strict=True):
            if (records := stated.get(file.sha256)) is not None and records != fact.records_n:
                raise Refused("M-MANIFEST", file.name, f"records {records} / {fact.records_n}")
        if not any(fact.records_n for fact in facts):
            raise Refused("F-NORECORDS", files[0].name)
        _link(connection, folder, answers, queries[0])
        parts = list(_write_parts(connection, unit_id, settings, declared))
        counts = _check_balance(connection, files, facts)
        streams = connection.execute("SELECT DISTINCT stream FROM marked WHERE len(codes) = 0").fetchall()
    receipts = [
        FileReceipt(
            file_no=no,
            file_name=file.name,
            file_sha256=file.sha256,
            container_sha256=file.container_sha256,
            bytes_n=file.bytes_n,
            format=fact.format,
            encoding=fact.encoding,
            records_n=fact.records_n,
            header_n=fact.header_n,
            blank_n=fact.blank_n,
            refused_n=counts[no],
            extra_columns=sorted(set(fact.extra_columns)),
        )
        for no, (file, fact) in enumerate(zip(files, facts, strict=True))
        if fact.records_n or fact.header_n
    ]
    stream = streams[0][0] if len(streams) == 1 else declared.stream
    return UnitReceipt(unit_id=unit_id, staging_version=STAGING_VERSION, stream=stream, files=receipts, parts=parts)


def _instrument_name(declared: Declared, settings: Settings) -> str:
    """The instrument whose codes name the answers: the declared round's, else the newest of the definitions."""
    available = sorted(path.stem for path in (settings.definitions / "instruments").glob("*.yaml"))
    if declared.survey_year in known_rounds(settings.definitions):
        name = load_round(declared.survey_year, settings.definitions).instrument
        return name if name in available else available[-1]
    return available[-1]


def _stage(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    file_no: int,
    answers: list[str],
    declared: Declared,
    queries: tuple[str, str],
    folder: Path,
) -> FileFacts:
    """Stage one file batch by batch into scratch files forms-*.parquet and persons-*.parquet."""
    facts = FileFacts(file.suffix.lstrip(".").replace("jsonl", "ndjson"), None)
    named = {name for name, value in vars(declared).items() if value is not None}
    forms_sql, persons_sql = queries
    if file.suffix in TABLE_READERS:
        kinds = TABLE_READERS[file.suffix](connection, file, answers, named, facts)
    else:
        facts.encoding = "utf-8"
        batches = read_payload(connection, file.path, file.suffix in LINES, answers, declared.enumerator_id, facts)
        kinds = (kind for _ in batches for kind in ("households", "members"))
    for number, kind in enumerate(kinds):
        name, query = ("persons", persons_sql) if kind == "members" else ("forms", forms_sql)
        target = folder / f"{name}-{file_no:03d}-{number:06d}.parquet"
        connection.execute(f"COPY ({query}) TO '{quoted(target)}' (FORMAT parquet)")
    return facts


def _link(connection: duckdb.DuckDBPyConnection, folder: Path, answers: list[str], queries: tuple[str, str]) -> None:
    """Views over the staged files (empty ones where a table was not delivered), then the join over the unit."""
    for name, query in zip(("forms", "persons"), queries, strict=True):
        if any(folder.glob(f"{name}-*.parquet")):
            source = f"read_parquet('{quoted(readable(folder))}/{name}-*.parquet')"
        else:
            _empty_raw(connection, name, answers)
            source = f"({query})"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {source}")
    for statement in LINK_SQL.split(";\n"):
        if statement.strip():
            connection.execute(statement)


def _empty_raw(connection: duckdb.DuckDBPyConnection, name: str, answers: list[str]) -> None:
    """Raw tables without rows, so that a delivery without members (or households) goes the same way."""
    source = (
        "(SELECT NULL::BIGINT AS record_no, NULL::BIGINT AS byte_start, NULL::BIGINT AS byte_end, "
        "NULL::VARCHAR AS code WHERE false)"
    )
    connection.execute(raw_sql("members" if name == "persons" else "households", source, {}, answers))


def _write_parts(
    connection: duckdb.DuckDBPyConnection, unit_id: str, settings: Settings, declared: Declared
) -> Iterator[PartFile]:
    """Write accepted households, their members and the refused records by round and province."""
    connection.execute(AGES)
    found = connection.execute(
        "SELECT DISTINCT survey_year, village_code[1:2] FROM marked WHERE len(codes) = 0 ORDER BY ALL"
    ).fetchall()
    for year, province in found:
        place = f"survey_year = {int(year)} AND village_code[1:2] = '{int(province):02d}'"
        queries = {
            # Wide rows go as they come: what counts among them, and in which order, say the marks.
            FORMS: f"SELECT * EXCLUDE (codes, notes, own_sha256) FROM forms WHERE {place}",
            MARKS: "SELECT form, file_no, record_no, survey_year, village_code, notes, content_sha256 "
            f"FROM marked WHERE {place} AND len(codes) = 0 ORDER BY form",
            PERSONS: "SELECT p.* FROM aged p JOIN marked m USING (form) "
            f"WHERE m.{place.replace('village_code', 'm.village_code')} AND len(m.codes) = 0 "
            "ORDER BY p.form, p.member_no, p.copy_no, p.file_no, p.record_no",
        }
        for table, query in queries.items():
            yield _write_part(connection, settings, table, unit_id, query, year, province)
    connection.execute(REFUSED_SQL, [declared.survey_year, declared.stream])
    groups = connection.execute("SELECT DISTINCT part_year, part_province FROM refused ORDER BY ALL").fetchall()
    for year, province in groups:
        year_is = "IS NULL" if year is None else f"= {int(year)}"
        province_is = "IS NULL" if province is None else f"= '{int(province):02d}'"
        query = (
            "SELECT * EXCLUDE (part_year, part_province) FROM refused "
            f"WHERE part_year {year_is} AND part_province {province_is} ORDER BY file_no, record_no"
        )
        yield _write_part(connection, settings, REFUSED, unit_id, query, year, province)


def _write_part(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    table: str,
    unit_id: str,
    query: str,
    year: int | None,
    province: str | None,
) -> PartFile:
    folder = Path(table) / f"survey_year={year or 'unknown'}" / f"province={province or 'unknown'}"
    relative = folder / f"{unit_id}.parquet"
    path = settings.lake / relative
    with replacing(path) as temporary:
        connection.execute(f"COPY ({query}) TO '{quoted(temporary)}' (FORMAT parquet, COMPRESSION zstd)")
    rows = connection.execute("SELECT count(*) FROM read_parquet(?)", [readable(path)]).fetchall()[0][0]
    return PartFile(
        table=table,
        survey_year=year,
        province_code=province,
        path=relative.as_posix(),
        sha256=sha256_file(path),
        rows_n=rows,
    )


def _check_balance(
    connection: duckdb.DuckDBPyConnection, files: list[SourceFile], facts: list[FileFacts]
) -> dict[int, int]:
    """Each record of each file is a counted household, a member of one, or refused; returns the refused of each file.

    Raises:
        Unbalanced: names the file and both counts.
    """
    rows = connection.execute("""
        SELECT file_no, count(*) FILTER (WHERE NOT is_refused), count(*) FILTER (WHERE is_refused) FROM (
            SELECT file_no, record_no, false AS is_refused FROM marked WHERE len(codes) = 0
            UNION ALL
            SELECT l.file_no, l.record_no, false FROM linked l JOIN marked m ON m.form = l.linked_form
            WHERE l.is_record AND len(m.codes) = 0 GROUP BY ALL
            UNION ALL SELECT file_no, record_no, true FROM refused
        ) GROUP BY file_no
    """).fetchall()
    counted = {file_no: (kept, refused) for file_no, kept, refused in rows}
    for number, (file, fact) in enumerate(zip(files, facts, strict=True)):
        kept, refused = counted.get(number, (0, 0))
        if kept + refused != fact.records_n:
            raise Unbalanced(f"file {file.sha256[:12]}: {fact.records_n} records, {kept} kept, {refused} refused")
    return {number: counted.get(number, (0, 0))[1] for number in range(len(files))}
