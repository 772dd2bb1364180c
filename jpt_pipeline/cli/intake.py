"""`jpt init` and `jpt intake`: make a home ready, take deliveries in."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from jpt_pipeline.cli.screen import Json, console, progress, refuse, say_json
from jpt_pipeline.codes import message
from jpt_pipeline.home import prepare
from jpt_pipeline.intake.container import Refused
from jpt_pipeline.intake.delivery import DeliveryReport, restage, take_in
from jpt_pipeline.intake.formats import Declared
from jpt_pipeline.intake.tokens import KeyMissing
from jpt_pipeline.settings import Settings


def init_command(json_output: Json = False) -> None:
    """เตรียมที่ทำงาน (JPT_HOME): โฟลเดอร์ กุญแจรหัสแทนบุคคล และค่าตั้งของ Dagster / make a home ready; never overwrites.

    Example:

        JPT_HOME=/srv/jpt jpt init
    """
    made = prepare(Settings())
    if json_output:
        say_json({"ok": True, "home": str(made.root), "is_key_new": made.is_key_new})
    else:
        console().print(f"[green]พร้อมใช้[/] {made.root}" + (" (สร้างกุญแจใหม่แล้ว)" if made.is_key_new else ""))


def intake_command(
    paths: Annotated[list[Path] | None, typer.Argument(help="ไฟล์ โฟลเดอร์ .zip หรือ .gz ตามลำดับที่รับ")] = None,
    year: Annotated[int | None, typer.Option("--year", help="ปีสำรวจของทั้งชุด (แถวปีอื่นถูกกักไว้)")] = None,
    stream: Annotated[str | None, typer.Option("--stream", help="สายข้อมูล jpt หรือ basic")] = None,
    enumerator: Annotated[str | None, typer.Option("--enumerator", help="ผู้จัดเก็บ เมื่อระเบียนไม่ได้ระบุ")] = None,
    province: Annotated[str | None, typer.Option("--province", help="จังหวัดของทั้งชุด (แถวจังหวัดอื่นถูกกักไว้)")] = None,
    again: Annotated[bool, typer.Option("--again", help="แยกทุกชุดที่เคยรับใหม่จากไฟล์ต้นฉบับที่เก็บไว้")] = False,
    json_output: Json = False,
) -> None:
    """รับชุดส่งข้อมูล แยกทุกระเบียน และบันทึกบัญชีรับ / take deliveries in; every record is accounted for.

    Ends 0 when every byte was filed (also as quarantined), 1 when a file was refused or could not be read.

    Examples:

        jpt intake data/sample/2561/deliveries/*

        jpt intake tablet-38.ndjson --year 2561 --stream jpt --enumerator E3800017 --json

        jpt intake --again
    """
    settings = Settings()
    if again == bool(paths):
        refuse("F-PATHS ระบุไฟล์ที่จะรับ หรือ --again อย่างใดอย่างหนึ่ง", json_output)
    declared = Declared(year, stream, enumerator, province)
    try:
        with progress(quiet=json_output) as bar:
            task = bar.add_task("รับข้อมูล", total=None)

            def show(name: str) -> None:
                bar.update(task, description=name, advance=1)

            if paths:
                reports = take_in(paths, settings, declared, progress=show)
            else:
                reports = [DeliveryReport(r.name, "taken", r) for r in restage(settings, show)]
    except KeyMissing as error:
        refuse(f"V-KEY ไม่พบกุญแจรหัสแทนบุคคล - สั่ง jpt init ก่อน หรือระบุ JPT_TOKEN_KEY ({error})", json_output)
    except Refused as error:
        refuse(message(error.code, ไฟล์=error.file_name, รายละเอียด=error.detail), json_output)
    is_complete = all(report.status != "refused" for report in reports)
    if json_output:
        say_json({"ok": is_complete, "deliveries": [_as_json(report) for report in reports]})
    else:
        _show(reports)
    raise typer.Exit(0 if is_complete else 1)


def _as_json(report: DeliveryReport) -> dict[str, Any]:
    found: dict[str, Any] = {"name": report.name, "status": report.status}
    if report.code:
        found |= {"code": report.code, "message": _message(report)}
    if report.receipt:
        files = [file for unit in report.receipt.units for file in unit.files]
        found |= {"delivery_id": report.receipt.delivery_id, "files": [file.model_dump() for file in files]}
    return found


def _message(report: DeliveryReport) -> str:
    return message(report.code or "", ไฟล์=report.file_name, รายละเอียด=report.detail)


def _show(reports: list[DeliveryReport]) -> None:
    table = Table(title="บัญชีรับข้อมูล")
    for column in ("ไฟล์", "รูปแบบ", "ระเบียน", "หัวตาราง", "ว่าง", "กักไว้ขั้นรับ"):
        table.add_column(column, justify="left" if column in ("ไฟล์", "รูปแบบ") else "right")
    out = console()
    for report in reports:
        for unit in report.receipt.units if report.receipt else ():
            for file in unit.files:
                counts = (file.records_n, file.header_n, file.blank_n, file.refused_n)
                table.add_row(file.file_name, file.format, *(f"{count:,}" for count in counts))
                if file.extra_columns:
                    out.print(
                        f"[yellow]{message('H-EXTRA', ไฟล์=file.file_name, คอลัมน์=', '.join(file.extra_columns))}[/]"
                    )
    if table.row_count:
        out.print(table)
    for report in reports:
        if report.status == "known":
            out.print(f"[yellow]เคยรับแล้ว[/] {report.name}: ไม่มีอะไรเปลี่ยน")
        elif report.status == "refused":
            out.print(f"[red]ไม่รับ[/] {_message(report)}")
