"""`jpt register boundaries`: hand over boundary files. Put here: words on the screen. Keep out: rules and geometry."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.areas.report import Notice
from jpt_pipeline.boundaries.spec import load_boundary_spec
from jpt_pipeline.cli.screen import console, refuse, say_json
from jpt_pipeline.settings import Settings


def register_boundary_files(
    files: list[Path],
    level: str | None,
    code: str | None,
    json_output: bool,
    show_notice: Callable[[Notice, Console], None],
) -> NoReturn:
    """Register boundary files of one level, say what became of them, and end the command (0 when all were stored)."""
    settings = Settings()
    levels = load_boundary_spec(settings.definitions).levels
    if level not in levels:
        refuse(f"R-LEVEL ระบุ --level ของเส้นเขต: {', '.join(levels)}", json_output)
    from jpt_pipeline.boundaries.register import BoundaryReport, register_boundaries  # loads the geometry library

    def show(report: BoundaryReport) -> None:
        out, name = console(), next(one.th for one in load_levels() if one.level == level)
        head = f"เส้นเขตระดับ{name}: {escape(report.file_name)}"
        if report.stored:
            out.print(
                f"[green]รับแล้ว[/] {head} {report.features_n:,} รูป รหัสอยู่ในช่อง {escape(str(report.code_name))} "
                f"เก็บ {report.stored_n:,} พื้นที่ ({len(report.provinces):,} จังหวัด) "
                f"ซ่อม {report.repaired_n:,} ไม่รู้จัก {report.unknown_n:,} ขาด {report.missing_n:,} "
                f"มีเส้นเขตแล้วทั้งหมด {report.total_n:,} พื้นที่"
            )
        else:
            out.print(f"[red]ไม่รับไฟล์[/] {head} ไม่มีข้อมูลใดถูกเปลี่ยน")
        for notice in (*report.errors, *report.findings):
            show_notice(notice, out)

    reports = [register_boundaries(file, str(level), settings, code) for file in files]
    is_stored = all(report.stored for report in reports)
    if json_output:
        whole: list[dict[str, Any]] = [asdict(report) for report in reports]
        say_json(whole[0] if len(whole) == 1 else {"ok": is_stored, "files": whole})
    else:
        for report in reports:
            show(report)
    raise typer.Exit(0 if is_stored else 1)
