"""Quality evidence as pages that open from disk, one a level and an index.

Put here: what stands on these pages. Keep out: verdicts (quality.py) and markup (html/). Great Expectations' own pages load
their looks from the network, so offline they are empty.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reports.html.blocks import Block, DataTable, Links, Text
from reports.html.page import page, write_page
from reports.labels import PROVISIONAL_TH
from reports.numbers import count_text
from reports.release import CERTIFIED, Release
from reports.tables import Cell, Column, Table
from reports.words import words

PASSED, FAILED = "ผ่าน", "ไม่ผ่าน"
TITLE_TH = "หลักฐานคุณภาพข้อมูล"
RESULT = Column("ผล", "text", 10, "result")
RULE_COLUMNS = [
    RESULT,
    Column("สิ่งที่คาดหมาย", "text", 60, "expected"),
    Column("แถวที่ตรวจ", "count", 12, "rows_n"),
    Column("แถวที่ผิด", "count", 12, "wrong_n"),
    Column("ค่าที่พบ", "text", 60, "found"),
    Column("ข้อตรวจของ Great Expectations", "text", 40, "expectation"),
]
LEVEL_COLUMNS = [
    RESULT,
    Column("ระดับ", "text", 40, "level"),
    Column("ข้อที่ผ่าน", "count", 12, "passed_n"),
    Column("ข้อทั้งหมด", "count", 12, "evaluated_n"),
    Column("พื้นที่ที่รับรองแล้ว", "count", 14, "certified_n"),
    Column("พื้นที่ทั้งหมด", "count", 14, "areas_n"),
]


def write_pages(folder: Path, release: Release, results: dict[str, dict[str, Any]]) -> list[Path]:
    """Write `<level>.html` for each result and `index.html`; the same results give the same bytes."""
    pages = {level: _level_page(release, level, result) for level, result in results.items()}
    pages["index"] = _index_page(release, results)
    return [write_page(folder / f"{name}.html", html) for name, html in pages.items()]


def _page(title: str, release: Release, blocks: Sequence[Block]) -> str:
    provisional = " (แบบสอบถามฉบับชั่วคราว)" if release.instrument.provisional else ""
    lines = [
        f"{release.round.title_th} · {release.instrument.title_th}{provisional}",
        f"ฉบับเผยแพร่ {release.name} ลายนิ้วมือ {release.sha256}",
    ]
    return page(title, lines, blocks)


def _verdict(result: dict[str, Any]) -> Text:
    counts, meta = result["statistics"], result["meta"]
    failed_n = counts["unsuccessful_expectations"]
    words_th = f"ผ่านครบทั้ง {counts['evaluated_expectations']} ข้อ" if result["success"] else f"ไม่ผ่าน {failed_n} ข้อ"
    scope = f"ตรวจ {count_text(meta['areas'])} พื้นที่ {count_text(meta['rows'])} แถว (พื้นที่ × ตัวชี้วัด)"
    return Text(f"{words_th} · {scope}", "plain" if result["success"] else "warning")


def _level_page(release: Release, level: str, result: dict[str, Any]) -> str:
    title = f"{TITLE_TH} ระดับ{words().levels[level].name_th}"
    tool = f"ตรวจด้วย Great Expectations {result['meta']['great_expectations_version']}"
    table = Table(TITLE_TH, title, RULE_COLUMNS, [_row(one) for one in result["results"]], 2, tool)
    blocks: list[Block] = [_verdict(result), DataTable(table, row_head=1), Links([("index.html", "กลับไปหน้ารวม")])]
    return _page(title, release, blocks)


def _row(one: dict[str, Any]) -> list[Cell]:
    config, found = one["expectation_config"], one["result"]
    counts = (found.get("element_count"), found.get("unexpected_count"))
    return [PASSED if one["success"] else FAILED, config["meta"]["th"], *counts, _observed(one), config["type"]]


def _observed(one: dict[str, Any]) -> str:
    """Places and values that do not fit, a few; or what stopped the check."""
    if one["exception_info"].get("raised_exception"):
        return f"ตรวจไม่ได้: {one['exception_info']['exception_message']}"
    places = one["result"].get("partial_unexpected_index_list") or []
    told = []
    for place in places:
        values = ", ".join(
            f"{name} = {value}" for name, value in place.items() if name not in ("area_code", "indicator_no")
        )
        told.append(f"{place['area_code']} ตัวชี้วัดที่ {place['indicator_no']}: {values}")
    more = (one["result"].get("unexpected_count") or 0) - len(places)
    if told and more > 0:
        told.append(f"และอีก {count_text(more)} แถว")
    return " · ".join(told) or ("ตามที่คาดหมายทุกแถว" if one["success"] else "-")


def _index_page(release: Release, results: dict[str, dict[str, Any]]) -> str:
    state = release.table("certification__state")
    rows: list[list[Cell]] = []
    for level, result in results.items():
        at_level, counts = state[state["level"] == level], result["statistics"]
        certified_n = int((at_level["state"] == CERTIFIED).sum())
        verdict, name = PASSED if result["success"] else FAILED, words().levels[level].name_th
        passed, evaluated = counts["successful_expectations"], counts["evaluated_expectations"]
        rows.append([verdict, name, passed, evaluated, certified_n, len(at_level)])
    note = f"พื้นที่ที่ยังไม่รับรองเป็น{PROVISIONAL_TH[0]}; การผ่านข้อตรวจนี้ไม่ใช่การรับรอง"
    links = [(f"{level}.html", f"ระดับ{words().levels[level].name_th}") for level in results]
    table = Table(TITLE_TH, "ผลตรวจของทุกระดับ", LEVEL_COLUMNS, rows, 2, note)
    return _page(f"{TITLE_TH} จปฐ.", release, [DataTable(table, sortable=False, row_head=1), Links(links)])
