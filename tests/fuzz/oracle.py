"""What must hold for any bytes under any name, at the readers: the oracle of hypothesis and of atheris.

Refused with a code, or: spans tile the file, every physical record is a header, blank or a record, and every record has
its place. Nothing else may be raised. Put here: the oracle and its seeds. Keep out: how bytes are spoilt.
"""

import tempfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from jpt_pipeline.codes import load_codes
from jpt_pipeline.instruments import answer_columns, load_instrument
from jpt_pipeline.intake.columnar import read_parquet
from jpt_pipeline.intake.container import Refused, SourceFile
from jpt_pipeline.intake.delimited import DELIMITERS, read_csv
from jpt_pipeline.intake.encoding import open_text
from jpt_pipeline.intake.formats import Batch, FileFacts
from jpt_pipeline.intake.header import Names
from jpt_pipeline.intake.payload import read_payload
from jpt_pipeline.intake.recognise import Kind, kind_of
from jpt_pipeline.intake.splitter import Spans, csv_spans, json_spans, line_spans
from jpt_pipeline.intake.workbook import read_xlsx
from tests.unit.intake.country import household, ndjson, pair

ANSWERS = answer_columns(load_instrument("plan12"))
CODES = set(load_codes())


def assert_tiled(content: bytes, blocks: Iterable[Spans], framing: bytes) -> int:
    """Spans stand in order, and nothing but line ends (or framing) lies between them; returns how many there are."""
    last, number = 0, 0
    for block in blocks:
        assert block.first == number + 1
        for start, end in zip(block.starts.tolist(), block.ends.tolist(), strict=True):
            assert last <= start <= end <= len(content)
            assert not content[last:start].strip(framing), content[last:start]
            last = end
        number += len(block.starts)
    assert not content[last:].strip(framing), content[last:]
    return number


def split_any_way(content: bytes) -> None:
    """Every splitter over the same bytes."""
    assert_tiled(content, line_spans(content), b"\r\n")
    for mark in DELIMITERS:
        assert_tiled(content, csv_spans(content, mark), b"\r\n")
    mark_n = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    assert_tiled(content, json_spans(content, mark_n), b" \n\r\t\v\f[],}\xef\xbb\xbf")


def read_any(name: str, content: bytes) -> str | None:
    """Read one file as intake would; the code with which it is refused, or None. Raises AssertionError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        digest = sha256(content).hexdigest()
        facts = FileFacts("", None)
        try:
            file = SourceFile(name, path, digest, len(content), digest)
            kind = kind_of(file)
            _check(list(_batches(file, kind, facts, Path(folder))), facts, _physical_n(file, kind, Path(folder)))
        except Refused as refused:
            if refused.code not in CODES:
                raise
            return refused.code
    return None


def _batches(file: SourceFile, kind: Kind, facts: FileFacts, folder: Path) -> Iterator[Batch]:
    names = Names(ANSWERS)
    if kind is Kind.CSV:
        yield from read_csv(file, names, facts, folder)
    elif kind is Kind.XLSX:
        yield from read_xlsx(file, names, facts)
    elif kind is Kind.PARQUET:
        yield from read_parquet(file, names, facts)
    else:
        text = open_text(file.path, folder, may_be_thai=False)
        try:
            spans = line_spans(text.shape) if kind is Kind.LINES else json_spans(text.shape, text.mark_n)
            yield from read_payload(text, spans, ANSWERS, facts)
        finally:
            text.close()


def _physical_n(file: SourceFile, kind: Kind, folder: Path) -> int | None:
    """Physical records by the splitter alone; None where there are no bytes to split, or more than one way to do it."""
    if kind not in (Kind.LINES, Kind.ARRAY):
        return None
    text = open_text(file.path, folder, may_be_thai=False)
    try:
        content = bytes(text.shape)
        if kind is Kind.LINES:
            return assert_tiled(content, line_spans(content), b"\r\n")
        return assert_tiled(
            content,
            json_spans(content, text.mark_n),
            b" \n\r\t\v\f[],}\xef\xbb\xbf\x80",
        )
    finally:
        text.close()


def _check(batches: list[Batch], facts: FileFacts, physical_n: int | None) -> None:
    rows = [row for batch in batches if "form" not in batch.table.column_names for row in _places(batch)]
    numbers = [number for number, *_ in rows]
    assert len(set(numbers)) == len(numbers) == facts.records_n
    if physical_n is not None:
        assert facts.header_n + facts.blank_n + facts.records_n == physical_n
    highest = max(numbers, default=0)
    assert highest <= facts.header_n + facts.blank_n + facts.records_n
    assert all(code is None or code in CODES for *_, code in rows)
    spans = sorted((start, end) for _, start, end, _ in rows if start is not None)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))


def _places(batch: Batch) -> Iterator[tuple[int, int | None, int | None, str | None]]:
    columns = (batch.table.column(name).to_pylist() for name in ("record_no", "byte_start", "byte_end", "code"))
    yield from zip(*columns, strict=True)


def seeds() -> dict[str, bytes]:
    """Small right files of the text formats; names say which."""
    homes = [household(1), household(2)]
    files = {"payload.ndjson": ndjson(homes), "payload.json": b"[" + b",".join(ndjson(homes).splitlines()) + b"]"}
    for mark in DELIMITERS:
        files |= {f"{ord(mark)}-{name}": content for name, content in pair(homes, delimiter=mark).items()}
    table = files["44-members.csv"]
    quoted = b"\r\n".join(b",".join(b'"' + cell + b'"' for cell in line.split(b",")) for line in table.splitlines())
    text = table.decode()
    wide = {"utf16.csv": text.encode("utf-16"), "cp874.csv": text.encode("cp874"), "bom.csv": text.encode("utf-8-sig")}
    return (
        files
        | wide
        | {"quoted.csv": quoted, "lf.csv": table.replace(b"\r\n", b"\n"), "cr.csv": table.replace(b"\r\n", b"\r")}
    )
