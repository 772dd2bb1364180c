"""`jpt correct`: take reviewed corrections and return slips. Put here: arguments and words. Keep out: what may be corrected."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from jpt_pipeline.cli.screen import Json, console, progress, say_json
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="ตรวจและแสดงว่าอะไรจะเปลี่ยน ไม่บันทึก")] = False,
    year: Annotated[int | None, typer.Option("--year", help="ปีสำรวจที่ไฟล์ต้องเป็น (พ.ศ.)")] = None,
    area: Annotated[str | None, typer.Option("--area", help="รหัสพื้นที่ที่ทุกรายการต้องอยู่ใน")] = None,
    json_output: Json = False,
) -> None:
    """รับรายการแก้ไขที่ตรวจแล้ว: ทั้งไฟล์หรือไม่รับเลย / take reviewed corrections, each file whole or not at all.

    A row names one cell, its value as it was and as it shall be, why and by whom; it is refused when another value
    stands there now. Figures change with the next run. Ends 0 when every file was taken (or known).

    Columns of a table: survey_year, stream, village_code, household_id, member_no, column, old, new, reason, who.

    Examples:

        jpt correct slip_2561_tambon_380101.xlsx --dry-run

        jpt correct corrections.csv --year 2561 --area 3801 --json
    """
    settings = Settings()
    with progress(quiet=json_output) as bar:
        task = bar.add_task("ตรวจไฟล์แก้ไข", total=len(files))
        reports = []
        for file in files:
            bar.update(task, description=file.name)
            reports.append(take_corrections(file, settings, dry_run, year, area))
            bar.advance(task)
    is_complete = all(report.status != "refused" for report in reports)
    if json_output:
        say_json({"ok": is_complete, "files": [_as_json(report) for report in reports]})
    else:
        for report in reports:
            _show(report)
    raise typer.Exit(0 if is_complete else 1)


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
