"""`jpt register`: hand over one register file. Put here: arguments and words on the screen. Keep out: rules."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from jpt_pipeline.areas.register import register
from jpt_pipeline.areas.report import Notice, RegisterReport
from jpt_pipeline.areas.spec import RegisterKind, load_registers
from jpt_pipeline.settings import Settings


def register_command(
    kind: Annotated[RegisterKind, typer.Argument(help="areas, targets, enumerators หรือ nonresponse")],
    file: Annotated[Path, typer.Argument(help="ไฟล์ CSV (UTF-8 หรือ cp874) หรือ XLSX")],
    json_output: Annotated[bool, typer.Option("--json", help="พิมพ์ผลเป็น JSON หนึ่งรายการ")] = False,
) -> None:
    """ลงทะเบียนพื้นที่ เป้าหมาย ผู้จัดเก็บ หรือครัวเรือนที่จัดเก็บไม่ได้ / store one register file, or refuse it whole.

    The file replaces earlier rows of the districts (and survey years) that it contains. Ends 0 when it was stored.

    Examples:

        jpt register areas areas.csv

        jpt register targets targets_2561.xlsx --json
    """
    report = register(kind, file, Settings())
    if json_output:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False, sort_keys=True))
    else:
        _show(report, Console(highlight=False, soft_wrap=True))
    raise typer.Exit(0 if report.stored else 1)


def _show(report: RegisterReport, console: Console) -> None:
    title = load_registers()[report.kind].th
    if report.stored:
        districts = len({code for codes in report.scopes.values() for code in codes})
        console.print(
            f"[green]รับแล้ว[/] {escape(title)}: {escape(report.file_name)} {report.rows_n:,} แถว "
            f"เก็บ {report.stored_n:,} แถว ({districts:,} อำเภอ)"
        )
    else:
        console.print(f"[red]ไม่รับไฟล์[/] {escape(title)}: {escape(report.file_name)} ไม่มีข้อมูลใดถูกเปลี่ยน")
    for heading, notices in (("ต้องแก้ไข", report.errors), ("ข้อสังเกต", report.findings)):
        if notices:
            console.print(f"[bold]{heading}[/]")
        for found in notices:
            _show_notice(found, console)


def _show_notice(found: Notice, console: Console) -> None:
    colour = "red" if found.severity == "error" else "yellow"
    for place in found.places:
        console.print(f"  [{colour}]{found.code}[/] {escape(place.text)}")
    if found.count > len(found.places):
        console.print(f"  [{colour}]{found.code}[/] และอีก {found.count - len(found.places):,} แห่ง")
    console.print(f"      วิธีแก้: {escape(found.remedy)}")
