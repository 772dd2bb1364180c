"""One unit of a delivery (a payload file, or the tables of households and members) -> parts of the lake.

Memory stays bounded: text is staged batch by batch into scratch files, the join over the whole unit sees keys and
digests only, and parts are written as streams.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from jpt_pipeline.intake.columnar import read_parquet
from jpt_pipeline.intake.container import Refused, SourceFile
from jpt_pipeline.intake.delimited import read_csv
from jpt_pipeline.intake.encoding import open_text
from jpt_pipeline.intake.formats import Batch, Declared, FileFacts
from jpt_pipeline.intake.header import Names
from jpt_pipeline.intake.link import COUNTS_SQL, link
from jpt_pipeline.intake.members import write_members
from jpt_pipeline.intake.payload import read_payload
from jpt_pipeline.intake.questions import questions_of
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
from jpt_pipeline.intake.recognise import Kind, kind_of
from jpt_pipeline.intake.scratch import Scratch
from jpt_pipeline.intake.splitter import json_spans, line_spans
from jpt_pipeline.intake.staging import Staged, Stager
from jpt_pipeline.intake.workbook import read_xlsx
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import replacing, sha256_file
from jpt_pipeline.store.parquet import write_parquet
from jpt_pipeline.store.session import session
from jpt_pipeline.vault import VAULT_TABLE, VaultWriter


class Unbalanced(Exception):
    """The records of a file do not add up: nothing of the delivery is kept."""


@dataclass(frozen=True)
class Terms:
    """Under which terms a unit is taken in: what was declared of it, when it came, the keys of tokens and vault."""

    declared: Declared
    received_at: datetime
    token_key: bytes
    vault_key: bytes


def take_unit(
    unit_id: str,
    files: list[SourceFile],
    settings: Settings,
    terms: Terms,
    stated: dict[str, int | None],
    scratch: Path,
) -> UnitReceipt:
    """Stage, join and write one unit.

    Args:
        stated: digest of a file -> number of records that the manifest states.

    Raises:
        Refused: no records (F-HEADERONLY), other counts than stated (M-MANIFEST), a header that does not fit (H-).
        Unbalanced: the accounting of a file does not add up.
    """
    _choose_allocator()
    folder = scratch / unit_id
    folder.mkdir(parents=True)
    questions = questions_of(terms.declared, settings.definitions)
    rows = Scratch(folder)
    vault = settings.lake / _folder(VAULT_TABLE, None, None) / f"{unit_id}.vault"
    # Half of the memory: batches of raw text live beside DuckDB.
    half = settings.model_copy(update={"memory_mb": max(settings.memory_mb // 2, 128)})
    with session(half) as connection, VaultWriter(vault, terms.vault_key, unit_id) as secrets:
        facts = [FileFacts(kind_of(file).value, None) for file in files]
        batches = (
            (batch, no)
            for no, file in enumerate(files)
            for batch in _batches(file, questions.asked, terms.declared, facts[no], folder)
        )
        stagers = [
            Stager(connection.cursor(), questions, terms.declared, terms.received_at, terms.token_key)
            for _ in range(settings.threads)
        ]
        with ThreadPoolExecutor(1) as writer:
            written: Future[None] | None = None
            for staged in _in_order(stagers, batches):
                if written:
                    written.result()
                written = writer.submit(_write_staged, staged, rows, secrets)
            if written:
                written.result()
        rows.close()
        _check_stated(files, facts, stated)
        forms = rows.take_keys("households", stagers[0].empty("households"))
        persons = _numbered(rows.take_keys("members", stagers[0].empty("members")))
        link(connection, forms, persons, terms.declared.survey_year, terms.declared.stream)
        counts = _check_balance(connection, files, facts)
        parts = list(_write_parts(connection, unit_id, settings, rows))
        streams = connection.execute("SELECT DISTINCT stream FROM marked WHERE len(codes) = 0").fetchall()
    parts.append(_part_file(settings, VAULT_TABLE, None, None, vault, sum(fact.records_n for fact in facts)))
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
    stream = streams[0][0] if len(streams) == 1 else terms.declared.stream
    return UnitReceipt(unit_id=unit_id, staging_version=STAGING_VERSION, stream=stream, files=receipts, parts=parts)


def _choose_allocator() -> None:
    """Arrow's batches come and go: with jemalloc they leave less memory behind (899 MiB at the peak instead of 1,103, a
    tenth less time). Not every build of Arrow has it."""
    with suppress(NotImplementedError):
        pa.set_memory_pool(pa.jemalloc_memory_pool())


def _batches(
    file: SourceFile, answers: list[str], declared: Declared, facts: FileFacts, folder: Path
) -> Iterator[Batch]:
    """Raw batches of one file by its format."""
    names = Names(answers, frozenset(name for name, value in vars(declared).items() if value is not None))
    match kind_of(file):
        case Kind.CSV:
            yield from read_csv(file, names, facts, folder)
        case Kind.XLSX:
            yield from read_xlsx(file, names, facts)
        case Kind.PARQUET:
            yield from read_parquet(file, names, facts)
        case kind:
            text = open_text(file.path, folder, may_be_thai=False)
            try:
                facts.encoding = text.encoding
                spans = line_spans(text.shape) if kind is Kind.LINES else json_spans(text.shape, text.mark_n)
                yield from read_payload(text, spans, answers, facts)
            finally:
                text.close()


def _in_order(stagers: list[Stager], batches: Iterator[tuple[Batch, int]]) -> Iterator[Staged]:
    """Batches typed by several sessions at once, in their order; one more than there are sessions waits ready."""
    free: SimpleQueue[Stager] = SimpleQueue()
    for stager in stagers:
        free.put(stager)

    def stage(batch: Batch, file_no: int) -> Staged:
        stager = free.get()
        try:
            return stager.stage(batch, file_no)
        finally:
            free.put(stager)

    with ThreadPoolExecutor(len(stagers)) as pool:
        waiting: deque[Future[Staged]] = deque()
        for batch, file_no in batches:
            waiting.append(pool.submit(stage, batch, file_no))
            if len(waiting) > len(stagers):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _write_staged(staged: Staged, rows: Scratch, secrets: VaultWriter) -> None:
    rows.add(staged)
    secrets.add("member" if staged.kind == "members" else "household", staged.secret)


def _check_stated(files: list[SourceFile], facts: list[FileFacts], stated: dict[str, int | None]) -> None:
    for file, fact in zip(files, facts, strict=True):
        if (records := stated.get(file.sha256)) is not None and records != fact.records_n:
            raise Refused("M-MANIFEST", file.name, f"records {records} / {fact.records_n}")
    is_said = any(stated.get(file.sha256) == 0 for file in files)
    if not any(fact.records_n for fact in facts) and not is_said:
        raise Refused("F-HEADERONLY", files[0].name)


def _numbered(keys: pa.Table) -> pa.Table:
    return keys.append_column("row", pa.array(np.arange(keys.num_rows)))


def _write_parts(
    connection: duckdb.DuckDBPyConnection, unit_id: str, settings: Settings, rows: Scratch
) -> Iterator[PartFile]:
    """Write accepted households, their members and the refused records by round and province."""
    found = connection.execute(
        "SELECT DISTINCT survey_year, village_code[1:2] FROM marked WHERE len(codes) = 0 ORDER BY ALL"
    ).fetchall()
    members = write_members(connection, rows)
    for year, province in found:
        yield _keep(settings, FORMS, unit_id, year, province, rows.wide[year, province].path)
        place = f"survey_year = {int(year)} AND village_code[1:2] = '{int(province):02d}'"
        query = (
            "SELECT form, file_no, record_no, survey_year, village_code, notes, content_sha256, answers_sha256 "
            f"FROM marked WHERE {place} AND len(codes) = 0 ORDER BY form"
        )
        yield _write_part(connection, settings, MARKS, unit_id, query, year, province)
        if (year, province) in members:
            yield _keep(settings, PERSONS, unit_id, year, province, members[year, province])
    groups = connection.execute("SELECT DISTINCT part_year, part_province FROM refused ORDER BY ALL").fetchall()
    for year, province in groups:
        year_is = "IS NULL" if year is None else f"= {int(year)}"
        province_is = "IS NULL" if province is None else f"= '{int(province):02d}'"
        query = (
            "SELECT * EXCLUDE (part_year, part_province) FROM refused "
            f"WHERE part_year {year_is} AND part_province {province_is} ORDER BY file_no, record_no"
        )
        yield _write_part(connection, settings, REFUSED, unit_id, query, year, province)


def _folder(table: str, year: int | None, province: str | None) -> Path:
    return Path(table) / f"survey_year={year or 'unknown'}" / f"province={province or 'unknown'}"


def _keep(settings: Settings, table: str, unit_id: str, year: int, province: str, written: Path) -> PartFile:
    """A file that was written in scratch, in its place in the lake."""
    path = settings.lake / _folder(table, year, province) / f"{unit_id}.parquet"
    with replacing(path) as temporary:
        written.replace(temporary)
    return _part_file(settings, table, year, province, path, pq.read_metadata(path).num_rows)


def _write_part(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    table: str,
    unit_id: str,
    query: str,
    year: int | None,
    province: str | None,
) -> PartFile:
    path = settings.lake / _folder(table, year, province) / f"{unit_id}.parquet"
    with replacing(path) as temporary:
        write_parquet(connection, query, temporary)
    return _part_file(settings, table, year, province, path, pq.read_metadata(path).num_rows)


def _part_file(
    settings: Settings, table: str, year: int | None, province: str | None, path: Path, rows_n: int
) -> PartFile:
    relative = path.relative_to(settings.lake).as_posix()
    digest = sha256_file(path)
    return PartFile(table=table, survey_year=year, province_code=province, path=relative, sha256=digest, rows_n=rows_n)


def _check_balance(
    connection: duckdb.DuckDBPyConnection, files: list[SourceFile], facts: list[FileFacts]
) -> dict[int, int]:
    """Each record of each file is a counted household, a member of one, or refused; returns the refused of each file.

    Raises:
        Unbalanced: names the file and both counts.
    """
    counted = {file_no: (kept, refused) for file_no, kept, refused in connection.execute(COUNTS_SQL).fetchall()}
    for number, (file, fact) in enumerate(zip(files, facts, strict=True)):
        kept, refused = counted.get(number, (0, 0))
        if kept + refused != fact.records_n:
            raise Unbalanced(f"file {file.sha256[:12]}: {fact.records_n} records, {kept} kept, {refused} refused")
    return {number: counted.get(number, (0, 0))[1] for number in range(len(files))}
