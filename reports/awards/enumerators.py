"""The contest about enumerators (อาสาสมัครผู้จัดเก็บดีเด่น): what the home's tables say of each id, and blanks for people.

Put here: counts by enumerator and their workbook; restricted, since a row is about one person. Keep out: names, which are
not read, points, and any verdict about a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from jpt_pipeline.areas.tree import NoSuchArea, villages
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake, Part
from jpt_pipeline.store.session import quoted, session
from reports.awards.criteria import Contest, contests_of, load_awards
from reports.awards.words import award_words
from reports.cells import percent_cell
from reports.numbers import thai_date
from reports.order import Restricted, RestrictedOrder
from reports.release import NotAsked
from reports.restricted.files import all_or_none
from reports.tables import Cell, Column, Table, write_xlsx
from reports.words import words

NAME, TITLE_TH = "award-enumerators", "ข้อมูลประกอบการคัดเลือกอาสาสมัครผู้จัดเก็บดีเด่น"
LEVELS = ("tambon", "lao", "district", "province")
CLEAN, FINDINGS, REGISTER, ROLE = "households__clean", "households__findings", "register__enumerators", "enumerator"
WARNING_TH = "เอกสารภายใน: เป็นข้อมูลของผู้จัดเก็บรายคน ใช้ประกอบการตัดสินของคนเท่านั้น ไม่มีคะแนนและไม่มีลำดับจากระบบ"
NOTE_TH = "ร้อยละ = ครัวเรือนในช่อง ÷ ครัวเรือนที่นับได้ของผู้จัดเก็บ · ข้อสังเกตมากอาจเพราะครัวเรือนซับซ้อน ไม่ใช่ความผิดของผู้จัดเก็บ"
_COUNTS = """
SELECT enumerator_id, any_value(tambon_code) AS tambon_code, count(*) AS households_n,
    count(*) FILTER (evidence_photo = 'missing') AS photo_missing_n,
    count(*) FILTER (evidence_signature = 'missing') AS signature_missing_n,
    count(*) FILTER (is_corrected) AS corrected_n, CAST(sum(findings_n) AS BIGINT) AS findings_n, max(survey_date) AS last_date
FROM (SELECT c.*, coalesce(f.findings_n, 0) AS findings_n FROM {clean} c SEMI JOIN mine USING (stream, village_code)
    LEFT JOIN (SELECT stream, village_code, household_id, count(*) AS findings_n FROM {findings} GROUP BY ALL) f
    USING (stream, village_code, household_id))
WHERE enumerator_id IS NOT NULL GROUP BY enumerator_id ORDER BY enumerator_id
"""


@dataclass(frozen=True)
class Worked:
    """Counts of one enumerator over the counted households of an area; order_no None: not in the round's register."""

    enumerator_id: str
    tambon_code: str
    households_n: int
    photo_missing_n: int
    signature_missing_n: int
    corrected_n: int
    findings_n: int
    last_date: date
    order_no: str | None


def make(order: RestrictedOrder) -> Restricted:
    """Write the workbook of an area: figures by enumerator, criteria, and a sheet to fill in.

    Raises:
        reports.release.NotAsked: the round has no contest about enumerators.
        NoSuchArea: the register of the round has no such area in this stream.
        NotSealed, NotRestricted: the home is not ready, or the folder is not in the restricted place.
    """
    contest, name = _contest(order)
    listed = worked(order.settings, order.survey_year, order.stream, order.level, order.area_code)
    tables = [figures_table(listed, name), criteria_table(contest, name), blank_table(contest, listed, name)]
    with all_or_none(order) as folder:
        path = write_xlsx(folder / order.path(NAME, ".xlsx").name, _lines(order, listed), tables)
    return Restricted([order.out / path.name], len(listed))


def _contest(order: RestrictedOrder) -> tuple[Contest, str]:
    awards = load_awards(order.survey_year, order.settings.definitions)
    contests = awards.contests if awards else []
    found = next((one for one in contests if one.level is None), None)
    if awards is None or found is None:
        raise NotAsked(f"round {order.survey_year} has no contest about enumerators")
    return found, contests_of(load_round(order.survey_year, order.settings.definitions), awards)[found.key]


def worked(settings: Settings, survey_year: int, stream: str, level: str, area_code: str) -> list[Worked]:
    """Counts by enumerator over the counted households of an area, by id.

    Raises:
        NoSuchArea, NotSealed: see make.
    """
    lake = Lake(settings.lake)
    with session(settings) as connection:
        villages(connection, lake, survey_year)
        connection.execute(
            "CREATE TEMP TABLE mine AS SELECT stream, village_code FROM area_closure "
            "WHERE stream = ? AND level = ? AND area_code = ?",
            [stream, level, area_code],
        )
        provinces = connection.execute(
            "SELECT DISTINCT v.province_code FROM villages v SEMI JOIN mine USING (stream, village_code) ORDER BY 1"
        ).fetchall()
        if not provinces:
            raise NoSuchArea(f"{level} {area_code}")
        parts = [Part(survey_year, code) for (code,) in provinces]
        sources = {name: _read(lake, table, parts) for name, table in (("clean", CLEAN), ("findings", FINDINGS))}
        rows = connection.execute(_COUNTS.format(**sources)).fetchall()
        orders = _orders(connection, lake, survey_year)
    found: list[list[Any]] = [[*row, orders.get(row[0])] for row in rows]
    return [Worked(*values) for values in found]


def area_name(settings: Settings, survey_year: int, stream: str, level: str, area_code: str) -> str:
    """Registered name of an area with the word of its level."""
    with session(settings) as connection:
        villages(connection, Lake(settings.lake), survey_year)
        query = "SELECT area_name FROM areas WHERE stream = ? AND level = ? AND area_code = ?"
        row = connection.execute(query, [stream, level, area_code]).fetchone()
    return words().full_name(level, str(row[0]) if row else area_code)


def _read(lake: Lake, table: str, parts: Sequence[Part]) -> str:
    listed = ", ".join(f"'{quoted(lake.sealed(table, part))}'" for part in parts)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def _orders(connection: duckdb.DuckDBPyConnection, lake: Lake, survey_year: int) -> dict[str, str]:
    """Number of the order (คำสั่ง) by enumerator; empty text where the register names none."""
    part = Part(survey_year)
    if not lake.path(REGISTER, part).exists():
        return {}
    query = (
        "SELECT enumerator_id, coalesce(min(order_no), '') FROM read_parquet(?, hive_partitioning = false) "
        "WHERE role = ? GROUP BY enumerator_id"
    )
    return dict(connection.execute(query, [lake.sealed(REGISTER, part), ROLE]).fetchall())


def figures_table(listed: Sequence[Worked], name: str) -> Table:
    """One row per enumerator, by id: no order by any figure."""
    known = award_words().measures
    columns = [
        Column("รหัสผู้จัดเก็บ", "text", 18, "enumerator_id"),
        Column("ตำบล", "text", 10, "tambon_code"),
        Column(known["in_order"].th, "text", 24, "order_no"),
        Column(known["households"].th, "count", 12, "households_n"),
        Column(f"{known['findings'].th} (ครั้ง)", "count", 12, "findings_n"),
        Column("ข้อสังเกต ต่อ 100 ครัวเรือน", "percent", 13, "findings_per_hundred"),
        Column(f"{known['photo_missing'].th} (ร้อยละ)", "percent", 14, "photo_missing_percent"),
        Column(f"{known['signature_missing'].th} (ร้อยละ)", "percent", 14, "signature_missing_percent"),
        Column("ครัวเรือนที่ถูกแก้ไขด้วยไฟล์ (ร้อยละ)", "percent", 14, "corrected_percent"),
        Column(known["last_sent"].th, "text", 20, "last_date"),
    ]
    rows: list[Sequence[Cell]] = []
    for one in listed:
        told = "ไม่อยู่ในทะเบียน" if one.order_no is None else one.order_no or "อยู่ในทะเบียน ไม่มีเลขคำสั่ง"
        counts = (one.findings_n, one.photo_missing_n, one.signature_missing_n, one.corrected_n)
        shares = [percent_cell(n, one.households_n) for n in counts]
        ids: list[Cell] = [one.enumerator_id, one.tambon_code, told, one.households_n, one.findings_n]
        rows.append([*ids, *shares, thai_date(one.last_date)])
    return Table("ข้อมูลประกอบ", f"ข้อมูลประกอบ {name}", columns, rows, 1, f"{WARNING_TH} · {NOTE_TH}")


def criteria_table(contest: Contest, name: str) -> Table:
    """The criteria, and which figures say something about each."""
    texts, known = award_words().texts, award_words().measures
    columns = [
        Column("ข้อ", "count", 6, "criterion_no"),
        Column("เกณฑ์", "text", 60, "criterion"),
        Column("ข้อมูลประกอบ", "text", 50, "evidence"),
        Column("ใครตัดสิน", "text", 30, "judged_by"),
    ]
    rows: list[Sequence[Cell]] = []
    for number, one in enumerate(contest.criteria, start=1):
        told = ", ".join(known[key].th for key in one.evidence)
        rows.append([number, one.th, told, texts["evidence_only"] if told else texts["no_evidence"]])
    return Table("เกณฑ์", name, columns, rows, 1, texts["no_total"])


def blank_table(contest: Contest, listed: Sequence[Worked], name: str) -> Table:
    """One row per enumerator with an empty cell for every criterion: only people fill it in."""
    columns = [Column("รหัสผู้จัดเก็บ", "text", 18, "enumerator_id")]
    columns += [
        Column(f"ข้อ {number} (คนกรอก)", "text", 11, f"criterion_{number}")
        for number in range(1, len(contest.criteria) + 1)
    ]
    rows: list[Sequence[Cell]] = [[one.enumerator_id, *[""] * len(contest.criteria)] for one in listed]
    return Table("แบบให้คะแนน", name, columns, rows, 1, award_words().texts["no_total"])


def _lines(order: RestrictedOrder, listed: Sequence[Worked]) -> list[str]:
    round_ = load_round(order.survey_year, order.settings.definitions)
    area = area_name(order.settings, order.survey_year, order.stream, order.level, order.area_code)
    days = [one.last_date for one in listed]
    until = f" สำรวจถึงวันที่ {thai_date(max(days))}" if days else ""
    return [
        f"{area} · {round_.title_th} ({round_.stream(order.stream).name_th})",
        f"จากข้อมูลที่ประมวลผลแล้วในเครื่องนี้{until} · แบบของโครงการ มิใช่แบบราชการ",
    ]
