"""`jpt progress`: how far a round is, of an area, as of a day: on the screen, as page, workbook and text for a chat."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.tree import NoSuchArea
from jpt_pipeline.cli.screen import Json, Year, console, refuse, say_json
from jpt_pipeline.clock import read_date, thai_day, utc_now
from jpt_pipeline.progress.calendar import end_of
from jpt_pipeline.progress.facts import collect_facts
from jpt_pipeline.progress.models import AreaFacts
from jpt_pipeline.progress.report import Report, document, make_reports
from jpt_pipeline.progress.snapshots import SnapshotChanged, keep_snapshot
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings

BAR, ROWS, WIDTH = 20, 40, 110


def progress_command(
    year: Year,
    area: Annotated[str, typer.Option("--area", help="รหัสพื้นที่ (TH = ประเทศ)")] = "TH",
    area_level: Annotated[str | None, typer.Option("--area-level", help="ระดับของ --area ถ้ารหัสซ้ำกันหลายระดับ")] = None,
    level: Annotated[str | None, typer.Option("--level", help="ระดับที่แสดงเป็นแถว เช่น tambon village")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="ณ สิ้นวันที่ 27/03/2557 (ค่าเริ่มต้น: ขณะนี้)")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="โฟลเดอร์ของหน้า HTML, XLSX และข้อความ")] = None,
    snapshot: Annotated[bool, typer.Option("--snapshot", help="เก็บเป็นรายงาน ณ วันที่ ซึ่งจะไม่เปลี่ยนอีก (ทั้งประเทศ)")] = False,
    text: Annotated[bool, typer.Option("--text", help="พิมพ์เฉพาะข้อความสั้นสำหรับส่งทางแชต")] = False,
    json_output: Json = False,
) -> None:
    """แสดงความก้าวหน้าเทียบเป้าหมายและแผน / show progress against the target register and the plan, with forecasts.

    Collected counts by the day of the survey, recorded by the day of intake. Nothing here is certified by being shown.
    A snapshot is kept once: asked for again, it is verified and stays as it is.

    Examples:

        jpt progress --year 2561

        jpt progress --year 2561 --area 3801 --level tambon --as-of 20/02/2561

        jpt progress --year 2561 --area 38 --out progress-38

        jpt progress --year 2561 --text

        jpt progress --year 2557 --as-of 07/02/2557 --snapshot
    """
    settings = Settings()
    reports = _reports(settings, year, area, area_level, as_of, json_output)
    shown = _level(reports[0], level, json_output)
    files = [path for report in reports for path in _pages().write_files(report, out)] if out else []
    kept = [_keep(settings, report, area, json_output) for report in reports] if snapshot else []
    if json_output:
        told: dict[str, Any] = {"ok": True, "reports": [document(report) for report in reports]}
        say_json({**told, "files": [str(path) for path in files], "snapshots": kept})
        return
    for report in reports:
        if text:
            typer.echo(_pages().chat_text(report))
        else:
            _print(report, shown)
    for path in files:
        console().print(f"[green]ทำแล้ว[/] {path}")
    for one in kept:
        console().print(f"[green]{'เก็บแล้ว' if one['new'] else 'มีอยู่แล้ว ตรวจแล้วตรงกัน'}[/] {one['path']}")


def _pages() -> Any:
    """The pages of progress: they stand beside the engine, and are reached where the two meet."""
    from jpt_pipeline.definitions import PROGRESS_PAGES

    return PROGRESS_PAGES


def _reports(
    settings: Settings, year: int, area: str, area_level: str | None, as_of: str | None, json_output: bool
) -> list[Report]:
    load_round(year, settings.definitions)
    now = utc_now()
    at = _moment(as_of, now, json_output)
    names = [level.level for level in load_levels()]
    if area_level is not None and area_level not in names:
        refuse(f"PG-LEVEL ไม่รู้จักระดับ {area_level} - ใช้ {' '.join(names)}", json_output)
    found: list[Report] = []
    for name in [area_level] if area_level else _levels_of(area):
        try:
            facts = collect_facts(settings, year, at, [(name, area)])
        except NoSuchArea:
            continue
        found = make_reports(settings, facts, name, area, now)
        break
    if not found:
        refuse(f"PG-AREA ไม่มีพื้นที่ {area} ในทะเบียนของรอบ {year}", json_output)
    return found


def _levels_of(area: str) -> list[str]:
    """Levels whose codes may look like this one, the highest first: an 8-digit code may be a village or a LAO."""
    nation = load_levels()[-1]
    if area == nation.code:
        return [nation.level]
    return [level.level for level in reversed(load_levels()) if level.column]


def _moment(as_of: str | None, now: datetime, json_output: bool) -> datetime:
    """The end of the day that is named (dd/mm/yyyy of the Buddhist Era, or ISO), at most now."""
    if as_of is None:
        return now
    try:
        day = read_date(as_of) if "/" in as_of else date.fromisoformat(as_of)
    except ValueError:
        refuse(f"PG-DATE อ่านวันที่ {as_of} ไม่ได้ - ใช้ 20/02/2561", json_output)
    if day > thai_day(now):
        refuse(f"PG-FUTURE วันที่ {as_of} ยังมาไม่ถึง", json_output)
    return min(end_of(day), now)


def _level(report: Report, level: str | None, json_output: bool) -> str | None:
    """The level of the rows: the one asked for, else the first one down."""
    if level is not None and level not in report.parts:
        refuse(f"PG-LEVEL ในพื้นที่นี้ไม่มีระดับ {level} - ใช้ {' '.join(report.parts) or '-'}", json_output)
    return level or next(iter(report.parts), None)


def _keep(settings: Settings, report: Report, area: str, json_output: bool) -> dict[str, Any]:
    if area != load_levels()[-1].code:
        refuse("PG-WHOLE รายงาน ณ วันที่เก็บของทั้งประเทศเท่านั้น - ไม่ต้องระบุ --area", json_output)
    try:
        kept = keep_snapshot(settings, report, _pages().write_files)
    except SnapshotChanged as error:
        refuse(f"PG-CHANGED รายงานที่เก็บไว้ถูกเปลี่ยน ({error}) - คืนจากสำเนาสำรอง", json_output)
    return {"path": str(kept.folder), "new": kept.is_new, "made_later": kept.entry.made_later}


def _print(report: Report, level: str | None) -> None:
    """Lines, the area's own row, then rows of a level with bars; the tambons of a small area with their forecasts."""
    pages, screen = _pages(), console()
    head, *lines = pages.report_lines(report)
    screen.print(head, markup=False, style="bold")
    for line in lines:
        screen.print(line, markup=False, style="dim")
    rows = report.parts.get(level or "", [])
    # A narrow terminal wraps whole lines: a cell that is wrapped breaks Thai words.
    wide = Console(highlight=False, width=max(screen.width, WIDTH))
    wide.print(_table(report, level or report.facts.area.level, rows[:ROWS]))
    if report.planned is not None:
        screen.print(pages.progress_words().screen_note, style="dim", markup=False)
    if len(rows) > ROWS:
        screen.print(f"… อีก {len(rows) - ROWS:,} แถว: --out", style="dim", markup=False)
    for one in report.tambons if len(report.tambons) <= ROWS else []:
        told = [pages.outlook_text(getattr(one, what), what, report.spec) for what in ("completion", "certification")]
        screen.print(f"{pages.area_text(one.facts.area.level, one.facts.name)}: {' · '.join(told)}", markup=False)
    screen.print(pages.late_line(report), markup=False, style="yellow" if report.overdue_areas else "green")
    for late in report.overdue_areas[:ROWS]:
        screen.print(f"  {pages.progress_words().overdue[late.kind]}: {pages.late_text(late)}", markup=False)
    for line in (*pages.caveats(report), *pages.outside_lines(report)):
        screen.print(line, markup=False)


def _table(report: Report, level: str, rows: Sequence[AreaFacts]) -> Table:
    """The area in bold, then the rows: households to collect, a bar of those collected, percentages."""
    pages = _pages()
    words = pages.progress_words()
    table = Table(box=None, pad_edge=False)
    table.add_column(words.columns["area_name"], no_wrap=True)
    table.add_column(words.columns["area_code"], no_wrap=True)
    table.add_column(words.counts["due_n"], justify="right", no_wrap=True)
    table.add_column(words.counts["collected_n"], no_wrap=True, min_width=BAR)
    for title in words.screen.values():
        table.add_column(title, justify="right", no_wrap=True)
    for at, facts in [(report.facts.area.level, report.facts), *((level, row) for row in rows)]:
        places = pages.count_places(facts)
        percents = [places[f"{name}_pct"] for name in words.screen]
        row = [pages.area_text(at, facts.name), facts.area.area_code, places["due_n"], _bar(report, facts), *percents]
        table.add_row(*row, style="bold" if facts is report.facts else None)
    return table


def _bar(report: Report, facts: AreaFacts) -> Text:
    """A bar of the share collected, with a mark where the plan is."""
    counts = facts.counts
    full = min(BAR, counts.collected_n * BAR // counts.due_n) if counts.due_n else 0
    cells = ["█"] * full + ["░"] * (BAR - full)
    if report.planned is None:
        return Text("".join(cells), style="green")
    mark = min(BAR - 1, int(report.planned * BAR))
    cells[mark] = "▌" if mark < full else "|"
    return Text("".join(cells), style="green" if mark <= full else "yellow")
