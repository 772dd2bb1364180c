"""`jpt init` and `jpt intake`: make a home ready, take deliveries in."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from jpt_pipeline.cli.screen import Json, console, progress, refuse, say_json
from jpt_pipeline.codes import message
from jpt_pipeline.home import prepare
from jpt_pipeline.intake.container import Refused
from jpt_pipeline.intake.delivery import DeliveryReport, hold_codes, restage, take_in
from jpt_pipeline.intake.formats import Declared
from jpt_pipeline.settings import Settings


def init_command(json_output: Json = False) -> None:
    """เตรียมที่ทำงาน (JPT_HOME): โฟลเดอร์ กุญแจ และค่าตั้งของ Dagster / make a home ready; never overwrites.

    The keys lie outside of the home: in JPT_KEYS, else in ~/.config/jpt/keys/<home_id>. Back them up apart from the data.
    On a second machine, or after a move, put the two key files there first: a home with data never gets new keys.

    Examples:

        JPT_HOME=/srv/jpt jpt init

        JPT_HOME=/srv/jpt JPT_KEYS=/srv/keys jpt init
    """
    made = prepare(Settings())
    if json_output:
        say_json({"ok": True, "home": str(made.root), "keys": str(made.keys), "new_keys": made.new_keys})
        return
    out = console()
    out.print(f"[green]พร้อมใช้[/] {escape(str(made.root))}")
    out.print(f"กุญแจ / keys  {escape(str(made.keys))}")
    if made.new_keys:
        out.print(
            f"[yellow]สร้างใหม่[/] {', '.join(f'{name}.key' for name in made.new_keys)} - [bold]สำรองไว้แยกจากข้อมูลทันที[/]"
        )
        out.print("  vault.key  ถ้าหาย ไม่มีใครเปิดอ่านชื่อ เลขประจำตัว บ้านเลขที่ และพิกัดที่ปกปิดไว้ได้อีก")
        out.print("  token.key  ถ้าหาย ข้อมูลที่รับใหม่จะจับคู่กับบุคคลที่รับไว้แล้วไม่ได้")


def intake_command(
    paths: Annotated[list[Path] | None, typer.Argument(help="ไฟล์ โฟลเดอร์ .zip หรือ .gz ตามลำดับที่รับ")] = None,
    year: Annotated[int | None, typer.Option("--year", help="ปีสำรวจของทั้งชุด (แถวปีอื่นถูกกักไว้)")] = None,
    stream: Annotated[str | None, typer.Option("--stream", help="สายข้อมูล jpt หรือ basic")] = None,
    enumerator: Annotated[str | None, typer.Option("--enumerator", help="ผู้จัดเก็บ เมื่อระเบียนไม่ได้ระบุ")] = None,
    province: Annotated[str | None, typer.Option("--province", help="จังหวัดของทั้งชุด (แถวจังหวัดอื่นถูกกักไว้)")] = None,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="รับไว้แม้ถูกพักด้วยรหัสนี้ (ใช้ซ้ำได้) ต้องมี --because")
    ] = None,
    because: Annotated[str | None, typer.Option("--because", help="เหตุผลที่รับไว้ เก็บในบัญชีรับ")] = None,
    again: Annotated[bool, typer.Option("--again", help="แยกทุกชุดที่เคยรับใหม่จากไฟล์ต้นฉบับที่เก็บไว้")] = False,
    json_output: Json = False,
) -> None:
    """รับชุดส่งข้อมูล แยกทุกระเบียน และบันทึกบัญชีรับ / take deliveries in; every record is accounted for.

    Ends 0 when every byte was filed (also as quarantined), 1 when a file was refused or held, or could not be read. What is
    held is taken in with --accept and the code, when somebody has looked at it.

    Examples:

        jpt intake data/sample/2561/deliveries/*

        jpt intake tablet-38.ndjson --year 2561 --stream jpt --enumerator E3800017 --json

        jpt intake full-38.zip --accept D-EMPTYPATCH --because "ยุบหมู่บ้าน 3 แห่ง หนังสือที่ นร 123/2561"

        jpt intake --again
    """
    settings = Settings()
    if again == bool(paths):
        refuse("F-PATHS ระบุไฟล์ที่จะรับ หรือ --again อย่างใดอย่างหนึ่ง", json_output)
    accepted = frozenset(accept or ())
    if strange := sorted(accepted - hold_codes()):
        known = ", ".join(sorted(hold_codes()))
        refuse(f"F-ACCEPT รหัสนี้ไม่ใช่รหัสที่พักไว้: {', '.join(strange)} - ที่รับได้คือ {known}", json_output)
    if bool(accepted) != bool(because and because.strip()):
        refuse("F-BECAUSE --accept ต้องมี --because บอกเหตุผล และใช้คู่กันเท่านั้น", json_output)
    declared = Declared(year, stream, enumerator, province)
    try:
        with progress(quiet=json_output) as bar:
            task = bar.add_task("รับข้อมูล", total=None)
            landing = bar.add_task("เก็บต้นฉบับ (MiB)", total=_mebibytes(sum(map(_size, paths or ()))))
            landed = 0

            def show(name: str) -> None:
                bar.update(task, description=escape(name), advance=1)

            def moved(count: int) -> None:
                nonlocal landed
                landed += count
                bar.update(landing, completed=_mebibytes(landed))

            if paths:
                reports = take_in(
                    paths, settings, declared, progress=show, accepted=accepted, because=because, moved=moved
                )
            else:
                reports = [DeliveryReport(r.name, "taken", r) for r in restage(settings, show)]
    except Refused as error:
        refuse(message(error.code, ไฟล์=error.file_name, รายละเอียด=error.detail), json_output)
    is_complete = all(report.status != "refused" for report in reports)
    if json_output:
        say_json({"ok": is_complete, "deliveries": [_as_json(report) for report in reports]})
    else:
        _show(reports)
    raise typer.Exit(0 if is_complete else 1)


def _size(path: Path) -> int:
    """Bytes of a delivery, as far as they can be seen before it is opened."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if file.is_file())


def _mebibytes(count: int) -> int:
    return count >> 20


def _as_json(report: DeliveryReport) -> dict[str, Any]:
    found: dict[str, Any] = {"name": report.name, "status": report.status, "notes": []}
    if report.code:
        found |= {"code": report.code, "message": _message(report), "is_held": report.code in hold_codes()}
    if receipt := report.receipt:
        files = [file for unit in receipt.units for file in unit.files]
        found |= {"delivery_id": receipt.delivery_id, "files": [file.model_dump() for file in files]}
        found |= {"mode": receipt.mode, "accepted": receipt.accepted, "because": receipt.because}
        found["notes"] = [{"code": note.partition(" ")[0], "message": _note(note)} for note in receipt.notes]
    return found


def _message(report: DeliveryReport) -> str:
    return message(report.code or "", ไฟล์=report.file_name, รายละเอียด=report.detail)


def _note(note: str) -> str:
    """Message of a note, which is a code and its place."""
    code, _, place = note.partition(" ")
    return message(code, ไฟล์=place or None)


def _show(reports: list[DeliveryReport]) -> None:
    table = Table(title="บัญชีรับข้อมูล")
    for column in ("ไฟล์", "รูปแบบ", "ระเบียน", "หัวตาราง", "ว่าง", "กักไว้ขั้นรับ"):
        table.add_column(column, justify="left" if column in ("ไฟล์", "รูปแบบ") else "right")
    out = console()
    for receipt in (report.receipt for report in reports if report.receipt):
        for file in (file for unit in receipt.units for file in unit.files):
            counts = (file.records_n, file.header_n, file.blank_n, file.refused_n)
            table.add_row(escape(file.file_name), file.format, *(f"{count:,}" for count in counts))
    if table.row_count:
        out.print(table)
    for report in reports:
        for note in report.receipt.notes if report.receipt else ():
            out.print(f"[yellow]ข้อสังเกต[/] {escape(_note(note))}")
        if report.receipt and report.receipt.accepted:
            codes, because = ", ".join(report.receipt.accepted), escape(report.receipt.because or "")
            out.print(f"[yellow]รับไว้ตามเหตุผล[/] {escape(report.name)}: {codes} - {because}")
        if report.status == "known":
            out.print(f"[yellow]เคยรับแล้ว[/] {escape(report.name)}: เมื่อ {report.detail} ไม่มีอะไรเปลี่ยน")
        elif report.status == "refused":
            said = "[yellow]พักไว้[/]" if report.code in hold_codes() else "[red]ไม่รับ[/]"
            out.print(f"{said} {escape(_message(report))}")
