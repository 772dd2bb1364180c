"""Quality evidence as pages that open from disk: no script, no font and no picture from anywhere else.

Put here: the HTML of a level and of the index. Keep out: verdicts (quality.py). Great Expectations' own pages load their
looks from the network, so offline they are empty.
"""

from html import escape
from pathlib import Path
from typing import Any

from jpt_pipeline.store.files import replacing
from reports.drawing import BLUE, INK, NAVY, PALE, VERMILLION
from reports.labels import PROVISIONAL_TH
from reports.numbers import count_text
from reports.release import Release
from reports.words import words

STYLE_CSS = f"""
body {{ font: 17px/1.55 Sarabun, "TH Sarabun New", "Leelawadee UI", Thonburi, Tahoma, sans-serif; color: {INK};
  max-width: 62rem; margin: 0 auto; padding: 1.5rem; }}
h1 {{ color: {NAVY}; margin: 0 0 .3rem; }} p {{ margin: .2rem 0; }}
table {{ border-collapse: collapse; width: 100%; margin: 1.2rem 0; }}
th, td {{ border-bottom: 1px solid #cbd2d9; padding: .45rem .6rem; text-align: left; vertical-align: top; }}
thead th {{ background: {NAVY}; color: #fff; }} tbody tr:nth-child(even) {{ background: {PALE}; }}
td.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
.pass, .fail {{ font-weight: bold; white-space: nowrap; }} .pass {{ color: {BLUE}; }} .fail {{ color: #a84300; }}
.verdict {{ border-left: .5rem solid {BLUE}; background: {PALE}; padding: .7rem 1rem; margin: 1rem 0; }}
.verdict.bad {{ border-color: {VERMILLION}; }}
code {{ font-size: .85em; color: #52606d; overflow-wrap: anywhere; }}
@media print {{ body {{ font-size: 11pt; max-width: none; padding: 0; }} tr {{ break-inside: avoid; }}
  thead {{ display: table-header-group; }} thead th, .verdict {{ print-color-adjust: exact; }} a {{ color: inherit; }} }}
"""
PASSED, FAILED = '<span class="pass">✓ ผ่าน</span>', '<span class="fail">✗ ไม่ผ่าน</span>'


def write_pages(folder: Path, release: Release, results: dict[str, dict[str, Any]]) -> list[Path]:
    """Write `<level>.html` for each result and `index.html`; the same results give the same bytes."""
    pages = {level: _level_page(release, level, result) for level, result in results.items()}
    pages["index"] = _index_page(release, results)
    written = []
    for name, html in pages.items():
        path = folder / f"{name}.html"
        with replacing(path) as temporary:
            temporary.write_text(html, encoding="utf-8")
        written.append(path)
    return written


def _page(title: str, release: Release, body: str) -> str:
    provisional = " (แบบสอบถามฉบับชั่วคราว)" if release.instrument.provisional else ""
    head = (
        f"<p>{escape(release.round.title_th)} · {escape(release.instrument.title_th)}{provisional}</p>"
        f"<p>ฉบับเผยแพร่ {escape(release.name)} <code>{release.sha256}</code></p>"
    )
    return (
        '<!doctype html>\n<html lang="th"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE_CSS}</style></head>\n"
        f"<body><main><h1>{escape(title)}</h1>{head}\n{body}</main></body></html>\n"
    )


def _verdict(result: dict[str, Any]) -> str:
    counts = result["statistics"]
    failed_n = counts["unsuccessful_expectations"]
    words_th = f"ผ่านครบทั้ง {counts['evaluated_expectations']} ข้อ" if result["success"] else f"ไม่ผ่าน {failed_n} ข้อ"
    meta = result["meta"]
    scope = f"ตรวจ {count_text(meta['areas'])} พื้นที่ {count_text(meta['rows'])} แถว (พื้นที่ × ตัวชี้วัด)"
    kind = "verdict" if result["success"] else "verdict bad"
    return f'<p class="{kind}"><strong>{words_th}</strong> · {scope}</p>'


def _level_page(release: Release, level: str, result: dict[str, Any]) -> str:
    rows = "\n".join(_row(one) for one in result["results"])
    head = "<th>ผล</th><th>สิ่งที่คาดหมาย</th><th>แถวที่ตรวจ</th><th>แถวที่ผิด</th><th>ค่าที่พบ</th>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"
    tool = f"ตรวจด้วย Great Expectations {escape(result['meta']['great_expectations_version'])}"
    back = '<p><a href="index.html">กลับไปหน้ารวม</a></p>'
    title = f"หลักฐานคุณภาพข้อมูล ระดับ{words().levels[level].name_th}"
    return _page(title, release, f"{_verdict(result)}{table}<p>{tool}</p>{back}")


def _row(one: dict[str, Any]) -> str:
    config, found = one["expectation_config"], one["result"]
    what = f"{escape(config['meta']['th'])}<br><code>{escape(config['type'])}</code>"
    counted = f'<td class="n">{_count(found.get("element_count"))}</td><td class="n">{_count(_wrong(found))}</td>'
    return f"<tr><td>{PASSED if one['success'] else FAILED}</td><td>{what}</td>{counted}<td>{_observed(one)}</td></tr>"


def _wrong(found: dict[str, Any]) -> int | None:
    return found.get("unexpected_count")


def _count(number: int | None) -> str:
    return "-" if number is None else count_text(number)


def _observed(one: dict[str, Any]) -> str:
    """Places and values that do not fit, a few; or what stopped the check."""
    if one["exception_info"].get("raised_exception"):
        return f"ตรวจไม่ได้: {escape(str(one['exception_info']['exception_message']))}"
    places = one["result"].get("partial_unexpected_index_list") or []
    lines = []
    for place in places:
        values = ", ".join(
            f"{name} = {value}" for name, value in place.items() if name not in ("area_code", "indicator_no")
        )
        lines.append(f"{place['area_code']} ตัวชี้วัดที่ {place['indicator_no']}: {values}")
    more = (_wrong(one["result"]) or 0) - len(places)
    if lines and more > 0:
        lines.append(f"และอีก {count_text(more)} แถว")
    return "<br>".join(escape(line) for line in lines) or ("ตามที่คาดหมายทุกแถว" if one["success"] else "-")


def _index_page(release: Release, results: dict[str, dict[str, Any]]) -> str:
    rows = []
    for level, result in results.items():
        name = f'<a href="{level}.html">{escape(words().levels[level].name_th)}</a>'
        state = release.table("certification__state")
        at_level = state[state["level"] == level]
        certified_n = int((at_level["state"] == "CERTIFIED").sum())
        certified = f"{count_text(certified_n)} / {count_text(len(at_level))}"
        counts = result["statistics"]
        passed = f"{counts['successful_expectations']} / {counts['evaluated_expectations']}"
        verdict = PASSED if result["success"] else FAILED
        rows.append(
            f'<tr><td>{verdict}</td><td>{name}</td><td class="n">{passed}</td><td class="n">{certified}</td></tr>'
        )
    head = "<th>ผล</th><th>ระดับ</th><th>ข้อที่ผ่าน</th><th>พื้นที่ที่รับรองแล้ว</th>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table>"
    note = f"<p>พื้นที่ที่ยังไม่รับรองเป็น{PROVISIONAL_TH[0]}; การผ่านข้อตรวจนี้ไม่ใช่การรับรอง</p>"
    return _page("หลักฐานคุณภาพข้อมูล จปฐ.", release, table + note)
