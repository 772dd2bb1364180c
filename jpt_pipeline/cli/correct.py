"""`jpt correct`: take reviewed corrections and return slips. Put here: arguments and words. Keep out: what may be corrected."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from jpt_pipeline.cli.impact import impact_json, show_impact
from jpt_pipeline.cli.screen import Json, console, progress, say_json
from jpt_pipeline.impact.models import Impact, Pipeline
from jpt_pipeline.impact.trial import try_corrections
from jpt_pipeline.returns.take import CorrectionReport, take_corrections
from jpt_pipeline.settings import Settings

SHOWN = 50
STATUS = {
    "taken": "[green]รับแล้ว[/]",
    "checked": "[green]รับได้ (ยังไม่บันทึก)[/]",
    "known": "[yellow]เคยรับแล้ว ไม่มีอะไรเปลี่ยน[/]",
    "refused": "[red]ไม่รับทั้งไฟล์[/]",
}


def correct_command(
    files: Annotated[list[Path], typer.Argument(help="ไฟล์แก้ไข CSV/XLSX หรือใบส่งกลับที่กรอกแล้ว ตามลำดับที่รับ")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="ลองในที่ชั่วคราวและแสดงว่าอะไรจะเปลี่ยน ไม่บันทึก")] = False,
    year: Annotated[int | None, typer.Option("--year", help="ปีสำรวจที่ไฟล์ต้องเป็น (พ.ศ.)")] = None,
    area: Annotated[str | None, typer.Option("--area", help="รหัสพื้นที่ที่ทุกรายการต้องอยู่ใน")] = None,
    json_output: Json = False,
) -> None:
    """รับรายการแก้ไขที่ตรวจแล้ว: ทั้งไฟล์หรือไม่รับเลย / take reviewed corrections, each file whole or not at all.

    A row names one cell, its value as it was and as it shall be, why and by whom; it is refused when another value
    stands there now. Figures change with the next run. Ends 0 when every file was taken (or known).

    --dry-run tries the files in a temporary home, which takes as long as the next run would, and shows what they would
    touch: households (their number), indicators by level, ranks, reports, and certificates that would be void.

    Columns of a table: survey_year, stream, village_code, household_id, member_no, column, old, new, reason, who.

    Examples:

        jpt correct slip_2561_tambon_380101.xlsx --dry-run

        jpt correct corrections.csv --year 2561 --area 3801 --json
    """
    settings = Settings()
    impact = None
    with progress(quiet=json_output) as bar:
        if dry_run:
            reports, impact = _tried(files, settings, year, area, bar)
        else:
            reports = _taken(files, settings, year, area, bar)
    is_complete = all(report.status != "refused" for report in reports)
    if json_output:
        told = {"impact": impact_json(impact)} if dry_run else {}
        say_json({"ok": is_complete, "files": [_as_json(report) for report in reports]} | told)
    else:
        for report in reports:
            _show(report)
        if impact is not None:
            show_impact(impact)
    raise typer.Exit(0 if is_complete else 1)


def _taken(
    files: list[Path], settings: Settings, year: int | None, area: str | None, bar: Progress
) -> list[CorrectionReport]:
    task = bar.add_task("ตรวจไฟล์แก้ไข", total=len(files))
    reports = []
    for file in files:
        bar.update(task, description=file.name)
        reports.append(take_corrections(file, settings, False, year, area))
        bar.advance(task)
    return reports


def _tried(
    files: list[Path], settings: Settings, year: int | None, area: str | None, bar: Progress
) -> tuple[list[CorrectionReport], Impact | None]:
    """The files in a temporary home. What is run there is only known where the pipeline is put together."""
    from jpt_pipeline.definitions import GATES, MAKERS, REPORTS, RESTRICTED

    task = bar.add_task("ลองแก้ไข", total=None)
    pipeline = Pipeline(provinces=MAKERS[True], nation=MAKERS[False], gates=GATES)
    levels = {name: report.levels for name, report in (REPORTS | RESTRICTED).items()}
    return try_corrections(
        files, settings, pipeline, levels, year, area, tell=lambda step: bar.update(task, description=step)
    )


def _as_json(report: CorrectionReport) -> dict[str, Any]:
    refusals = [{"code": one.code, "row": one.row_no, "message": one.words} for one in report.refusals]
    counts = [{"rule_id": rule, "column": column, "n": n} for (rule, column), n in report.counts.items()]
    found = {name: value for name, value in vars(report).items() if name not in ("counts", "refusals", "parts")}
    parts = [{"survey_year": year, "province_code": province} for year, province in report.parts]
    return found | {"counts": counts, "refusals": refusals, "parts": parts}


def _show(report: CorrectionReport) -> None:
    out = console()
    out.print(f"{STATUS[report.status]} {escape(report.name)}")
    for remark in report.remarks:
        out.print(f"[yellow]{escape(remark)}[/]")
    for refusal in report.refusals[:SHOWN]:
        out.print(f"  {escape(refusal.words)}")
    if len(report.refusals) > SHOWN:
        out.print(f"  และอีก {len(report.refusals) - SHOWN:,} รายการ (ดูทั้งหมดด้วย --json)")
    if report.status in ("taken", "checked"):
        out.print(f"เปลี่ยน {report.changes_n:,} ค่า เป็นค่าใหม่อยู่แล้ว {report.already_n:,} ค่า จาก {report.rows_n:,} รายการ")
        table = Table("กฎ", "คอลัมน์")
        table.add_column("จำนวน", justify="right")
        for (rule, column), count in report.counts.items():
            table.add_row(rule, column, f"{count:,}")
        if report.counts:
            out.print(table)
    if report.status == "taken":
        for year in sorted({year for year, _ in report.parts}):
            provinces = " ".join(f"--province {province}" for at, province in report.parts if at == year)
            out.print(f"ตัวเลขเปลี่ยนเมื่อสั่ง jpt run --year {year} {provinces}")
