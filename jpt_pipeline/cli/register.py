"""`jpt register`: hand over register files. Put here: arguments and words on the screen. Keep out: rules."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer
from rich.console import Console
from rich.markup import escape

from jpt_pipeline.areas.register import register
from jpt_pipeline.areas.report import Notice, RegisterReport
from jpt_pipeline.areas.spec import RegisterKind, load_registers
from jpt_pipeline.cli.boundaries import register_boundary_files
from jpt_pipeline.cli.screen import Json, console, progress, refuse, say_json
from jpt_pipeline.codes import load_codes
from jpt_pipeline.history.importer import register_published
from jpt_pipeline.history.report import FileReport, added_up
from jpt_pipeline.results import build_warehouse
from jpt_pipeline.settings import Settings

Kind = Literal[RegisterKind, "published", "boundaries"]
STATUS = {"stored": "[green]รับแล้ว[/]", "unchanged": "[yellow]มีอยู่แล้ว[/]", "refused": "[red]ไม่รับไฟล์[/]"}
TIES = {
    "J-PUBPCT": "ร้อยละที่ผ่าน = ผ่าน / (ผ่าน + ต้องแก้ไข)",
    "J-PUBZERO": "ไม่มีผู้เข้าข่ายพิมพ์เป็น -",
    "J-PUBBELOW": "ต่ำกว่าเป้าหมาย = เป้าหมาย - ร้อยละที่ผ่าน",
    "J-PUBRANK": "เรียงจากต่ำกว่าเป้าหมายมากที่สุด",
}


def register_command(
    kind: Annotated[
        Kind,
        typer.Argument(
            help="areas, targets, enumerators, nonresponse, visits, committees, lao_budget, published หรือ boundaries"
        ),
    ],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="CSV (UTF-8 หรือ cp874) หรือ XLSX; published: .xls และ HTML; boundaries: GeoJSON TopoJSON",
        ),
    ],
    year: Annotated[
        int | None, typer.Option("--year", min=2500, max=2699, help="published: ปีสำรวจ เมื่อตารางไม่ได้บอก")
    ] = None,
    province: Annotated[
        str | None, typer.Option("--province", help="published: ชื่อหรือรหัสจังหวัด เมื่อตารางเดียวนั้นไม่ได้บอก")
    ] = None,
    level: Annotated[str | None, typer.Option("--level", help="boundaries: ระดับของเส้นเขต เช่น tambon")] = None,
    code: Annotated[str | None, typer.Option("--code", help="boundaries: ชื่อช่องที่เป็นรหัสพื้นที่ในไฟล์")] = None,
    json_output: Json = False,
) -> None:
    """ลงทะเบียนพื้นที่ เป้าหมาย ผู้จัดเก็บ ครัวเรือนที่จัดเก็บไม่ได้ การลงพื้นที่ คณะทำงาน หรือตัวเลขที่เผยแพร่แล้วของปีก่อน

    Store register files. A register is stored or refused as a whole, and replaces earlier rows of the districts (of visits
    and committees: the areas) and survey years that it contains. A published sheet is stored as printed; what does not
    tie out is told. Boundaries are joined to the areas register by code. Ends 0 when every file was stored.

    Examples:

        jpt register areas areas.csv

        jpt register targets targets_2561.xlsx --json

        jpt register visits visits_2567.csv

        jpt register published sheets/*.xls --year 2553

        jpt register boundaries tambons.geojson --level tambon
    """
    if kind == "boundaries":
        register_boundary_files(files, level, code, json_output, _show_notice)
    if level is not None or code is not None:
        refuse("R-OPTION --level และ --code ใช้กับ boundaries เท่านั้น", json_output)
    if kind == "published":
        _published(files, year, province, json_output)
    if year is not None or province is not None:
        refuse("R-OPTION --year และ --province ใช้กับ published เท่านั้น", json_output)
    reports = [register(cast(RegisterKind, kind), file, Settings()) for file in files]
    if json_output:
        whole: list[dict[str, Any]] = [asdict(report) for report in reports]
        is_stored = all(report.stored for report in reports)
        say_json(whole[0] if len(whole) == 1 else {"ok": is_stored, "files": whole})
    else:
        for report in reports:
            _show(report, console())
    raise typer.Exit(0 if all(report.stored for report in reports) else 1)


def _show(report: RegisterReport, out: Console) -> None:
    title = load_registers()[report.kind].th
    if report.stored:
        scopes = len({code for codes in report.scopes.values() for code in codes})
        unit = "พื้นที่" if load_registers()[report.kind].scope else "อำเภอ"
        out.print(
            f"[green]รับแล้ว[/] {escape(title)}: {escape(report.file_name)} {report.rows_n:,} แถว "
            f"เก็บ {report.stored_n:,} แถว ({scopes:,} {unit})"
        )
    else:
        out.print(f"[red]ไม่รับไฟล์[/] {escape(title)}: {escape(report.file_name)} ไม่มีข้อมูลใดถูกเปลี่ยน")
    for heading, notices in (("ต้องแก้ไข", report.errors), ("ข้อสังเกต", report.findings)):
        if notices:
            out.print(f"[bold]{heading}[/]")
        for found in notices:
            _show_notice(found, out)


def _show_notice(found: Notice, out: Console) -> None:
    colour = "red" if found.severity == "error" else "yellow"
    for place in found.places:
        out.print(f"  [{colour}]{found.code}[/] {escape(place.text)}")
    if found.count > len(found.places):
        out.print(f"  [{colour}]{found.code}[/] และอีก {found.count - len(found.places):,} แห่ง")
    out.print(f"      วิธีแก้: {escape(found.remedy)}")


def _published(files: list[Path], year: int | None, province: str | None, json_output: bool) -> None:
    """Import published sheets, say what became of them, and end the command."""
    with progress(quiet=json_output) as bar:
        task = bar.add_task("อ่านตาราง", total=len(files))

        def show(name: str) -> None:
            bar.update(task, description=name, advance=1)

        reports = register_published(files, Settings(), year, province, show)
        build_warehouse(Settings())
    is_complete = all(report.status != "refused" for report in reports)
    if json_output:
        ties = {code: asdict(tie) for code, tie in added_up(reports).items()}
        say_json({"ok": is_complete, "ties": ties, "files": [asdict(report) for report in reports]})
    else:
        _show_published(reports, console())
    raise typer.Exit(0 if is_complete else 1)


def _show_published(reports: list[FileReport], out: Console) -> None:
    for report in reports:
        years = ", ".join(map(str, report.survey_years))
        counts = f" ปี {years}: {report.sheets_n:,} ตาราง {report.rows_n:,} แถว" if report.sheets_n else ""
        out.print(f"{STATUS[report.status]} {escape(report.file_name)}{counts}")
        for notice in report.notices:
            colour = "red" if load_codes()[notice.code].action == "refuse" else "yellow"
            for place in notice.places:
                out.print(f"  [{colour}]{escape(place)}[/]")
            if notice.count > len(notice.places):
                out.print(f"  [{colour}]{notice.code}[/] และอีก {notice.count - len(notice.places):,} แห่ง")
    ties = added_up(reports)
    if ties:
        out.print("[bold]ผลตรวจเลข[/]")
    for code, tie in ties.items():
        colour = "red" if tie.failed_n else "green"
        out.print(f"  {TIES[code]}: ตรวจ {tie.checked_n:,} แถว [{colour}]ไม่ลงตัว {tie.failed_n:,}[/] ({code})")
