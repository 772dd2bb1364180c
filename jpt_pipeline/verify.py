"""Is a release, or the proof of a household, what it says? Checked offline, without the home that made it.

The first thing that does not hold is named: a file, a table and area, or a certificate.
"""

from pathlib import Path

import duckdb
from pydantic import ValidationError

from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.hashtree.merkle import root
from jpt_pipeline.hashtree.proof import Proof, faults
from jpt_pipeline.hashtree.records import Record
from jpt_pipeline.signing.bundle import FILE as CERTIFICATES
from jpt_pipeline.signing.bundle import BadBundle, read_bundle
from jpt_pipeline.store.files import read_json, sha256_file
from jpt_pipeline.store.session import quoted, readable


def problems(path: Path) -> list[str]:
    """What does not hold of a release's folder or of a proof file, in Thai with a code; empty when all does."""
    return _proof_problems(path) if path.is_file() else _release_problems(path)


def read_proof(path: Path) -> Proof:
    """The content of a proof file. Raises pydantic's ValidationError, UnicodeDecodeError."""
    return Proof.model_validate_json(path.read_text(encoding="utf-8"))


def _proof_problems(path: Path) -> list[str]:
    try:
        proof = read_proof(path)
    except (ValidationError, UnicodeDecodeError):
        return [f"P-PROOF {path.name}: ไม่ใช่ไฟล์หลักฐานของครัวเรือน"]
    return [_PROOF_WORDS[fault.what].format(place=fault.place) for fault in faults(proof)]


_PROOF_WORDS = {
    "row": "P-ROW คำตอบในไฟล์ไม่ใช่ของรอบ สายข้อมูล และหมู่บ้าน {place}",
    "path": "P-PATH เส้นทางไม่ถึงรากของ {place}: คำตอบ เกลือ หรือตัวเลขถูกเปลี่ยน",
    "root": "P-ROOT รากของ {place} ไม่ใช่ของตัวเลขและต้นไม้ที่แสดง",
    "certificate": "P-CERTIFICATE คำรับรอง {place} ไม่ได้รับรองรากนี้",
}


def _release_problems(folder: Path) -> list[str]:
    if not (folder / "manifest.json").is_file():
        return [f"P-MANIFEST {folder.name}: ไม่มี manifest.json จึงไม่ใช่ฉบับเผยแพร่"]
    manifest = read_json(folder / "manifest.json")
    stated = {f"{name}.parquet": entry["sha256"] for name, entry in manifest["tables"].items()}
    stated |= manifest["database"] | manifest.get("documents", {})
    found = [
        f"P-FILE {name}: ไฟล์หายไปหรือไม่ใช่ไฟล์ที่เผยแพร่"
        for name, digest in sorted(stated.items())
        if not (folder / name).is_file() or sha256_file(folder / name) != digest
    ]
    extra = {path.name for path in folder.iterdir()} - set(stated) - {"manifest.json"}
    found += [f"P-EXTRA {name}: ไฟล์ที่ไม่ได้อยู่ใน manifest" for name in sorted(extra)]
    return found or _content_problems(folder)


def _content_problems(folder: Path) -> list[str]:
    found = []
    with duckdb.connect() as connection:
        for table in load_dictionary().tables:
            if (path := folder / f"{table}.parquet").is_file():
                connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{quoted(readable(path))}')")
        for code, words, query in _RULES:
            rows = connection.execute(f"{query} ORDER BY ALL LIMIT 3").fetchall()
            if rows:
                places = ", ".join(" ".join(str(value) for value in row) for row in rows)
                found.append(f"{code} {words}: {places}")
        found += _node_problems(connection)
        found += _signature_problems(connection, folder / CERTIFICATES)
    return found


def _signature_problems(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Certified rows whose root nobody signed, or signatures that do not hold."""
    try:
        signed = read_bundle(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except BadBundle as error:
        return [f"P-SIGNATURE ลายมือชื่อบนคำรับรองใช้ไม่ได้: {error.what}"]
    rows = connection.execute(
        f"SELECT DISTINCT certificate_id, root_sha256 FROM ({_CERTIFIED}) ORDER BY ALL"
    ).fetchall()
    wrong = [name for name, root in rows if signed.get(name) != root]
    return [f"P-UNSIGNED ไม่มีคำรับรองที่ลงนามสำหรับตัวเลขที่รับรอง: {', '.join(wrong[:3])}"] if wrong else []


def _node_problems(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Areas whose root is not that of their record, or whose tree is not that over the records of the areas below."""
    columns = "survey_year, stream, level, area_code, tree_sha256, tree_size, figures_sha256, root_sha256, parent_code"
    rows = connection.execute(f"SELECT {columns} FROM certification__nodes ORDER BY area_code").fetchall()
    records = [(Record(*row[:7]), *row[7:]) for row in rows]
    leaves: dict[tuple[str | None, ...], list[bytes]] = {}
    for record, _, parent in records:
        leaves.setdefault((record.stream, _ABOVE.get(record.level), parent), []).append(record.root)
    wrong = []
    for record, stated, _ in records:
        below = leaves.get((record.stream, record.level, record.area_code), [])
        is_tree = record.level not in _ABOVE.values() or record.tree_sha256 == root(below).hex()
        if not is_tree or record.root_sha256 != stated:
            wrong.append(f"{record.level} {record.area_code}")
    return [f"P-NODE รากไม่ใช่ของตัวเลขและต้นไม้ของพื้นที่: {', '.join(wrong[:3])}"] if wrong else []


# Whose tree an area is a leaf of; a tambon (ตำบล) stands in none.
_ABOVE = {"village": "lao", "lao": "district", "district": "province", "province": "nation"}
_CERTIFIED = " UNION ALL ".join(
    f"SELECT level, area_code, stream, indicator_no, surveyed_n, passed_n, failed_n, certificate_id, root_sha256 "
    f"FROM certified__{level}"
    for level in ("village", "lao", "district", "province", "nation")
)
_RULES = (
    (
        "P-RECORDS",
        "ระเบียนของไฟล์ไม่ครบยอด",
        "SELECT file_name FROM submissions__deliveries "
        "WHERE records_n <> accepted_n + quarantined_n + duplicate_n + superseded_n",
    ),
    (
        "P-SUM",
        "ผ่าน + ไม่ผ่าน ไม่เท่ากับสำรวจ",
        "SELECT level, area_code, indicator_no FROM rollups__indicators WHERE surveyed_n <> passed_n + failed_n",
    ),
    (
        "P-TIE",
        "ผลรวมของพื้นที่ย่อยไม่เท่ากับพื้นที่แม่",
        "SELECT p.level, p.area_code, p.indicator_no FROM rollups__indicators p JOIN ("
        "SELECT i.stream, a.parent_code, pa.level AS parent_level, i.level, i.indicator_no, sum(i.surveyed_n) AS s, "
        "sum(i.failed_n) AS f FROM rollups__indicators i JOIN rollups__areas a USING (stream, level, area_code) "
        "JOIN rollups__areas pa ON pa.stream = a.stream AND pa.area_code = a.parent_code AND pa.level = "
        "CASE a.level WHEN 'village' THEN 'lao' WHEN 'tambon' THEN 'district' WHEN 'lao' THEN 'district' "
        "WHEN 'district' THEN 'province' WHEN 'province' THEN 'nation' END GROUP BY ALL) c "
        "ON c.stream = p.stream AND c.parent_code = p.area_code AND c.parent_level = p.level "
        "AND c.indicator_no = p.indicator_no WHERE c.s <> p.surveyed_n OR c.f <> p.failed_n",
    ),
    (
        "P-CERTIFIED",
        "ตัวเลขที่รับรองไม่ตรงกับตัวเลขของพื้นที่",
        f"SELECT c.level, c.area_code, c.indicator_no FROM ({_CERTIFIED}) c LEFT JOIN rollups__indicators r "
        "USING (stream, level, area_code, indicator_no) WHERE r.surveyed_n IS DISTINCT FROM c.surveyed_n "
        "OR r.passed_n IS DISTINCT FROM c.passed_n OR r.failed_n IS DISTINCT FROM c.failed_n",
    ),
    (
        "P-STATE",
        "แถวที่รับรองไม่มีคำรับรองที่ใช้ได้",
        f"SELECT DISTINCT c.level, c.area_code FROM ({_CERTIFIED}) c LEFT JOIN certification__state s "
        "USING (stream, level, area_code) LEFT JOIN certification__nodes n USING (stream, level, area_code) "
        "WHERE s.state IS DISTINCT FROM 'CERTIFIED' OR s.certificate_id IS DISTINCT FROM c.certificate_id "
        "OR s.root_sha256 IS DISTINCT FROM c.root_sha256 OR n.root_sha256 IS DISTINCT FROM c.root_sha256",
    ),
)
