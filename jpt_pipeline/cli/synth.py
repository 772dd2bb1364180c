"""`jpt synth`: make an invented population. Put here: arguments, progress, words on the screen. Keep out: drawing."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jpt_pipeline.cli.screen import console, progress, refuse, say_json
from jpt_pipeline.synthetic.areas import UnknownProvince
from jpt_pipeline.synthetic.faults import FaultsDoNotFit
from jpt_pipeline.synthetic.field import TooFewEnumerators
from jpt_pipeline.synthetic.generate import FolderNotEmpty, Format, Result, generate
from jpt_pipeline.synthetic.nation import HOUSEHOLDS, NationResult, generate_nation
from jpt_pipeline.synthetic.spec import NoPopulation
from jpt_pipeline.synthetic.writers import TooManyRows

# Numbers of houses beyond this are those of planted faults.
PROVINCE_MAX = 2_000_000
_REFUSALS: dict[type[ValueError], str] = {
    FolderNotEmpty: "SYN-FOLDER โฟลเดอร์ปลายทางมีไฟล์อยู่แล้ว - ระบุโฟลเดอร์ใหม่หรือโฟลเดอร์ว่าง",
    UnknownProvince: "SYN-PROVINCE ไม่มีรหัสจังหวัดนี้ - ใช้รหัส 2 หลัก เช่น 38",
    FaultsDoNotFit: "SYN-FAULTS จำนวนครัวเรือนน้อยเกินไปสำหรับ --faults - เพิ่ม --households",
    NoPopulation: "SYN-PLAN ไม่มีประชากรสมมติของแบบสอบถามรอบนี้ - เพิ่มไฟล์ใน data/synthetic หรือเลือก --year อื่น",
    TooFewEnumerators: "SYN-CHEATERS จำนวนผู้จัดเก็บน้อยเกินไปสำหรับ --cheaters - เพิ่ม --households",
    TooManyRows: "SYN-ROWS จำนวนแถวเกินที่แผ่นงานเดียวรับได้ - เลือก --format อื่น",
}


def synth_command(
    year: Annotated[int, typer.Option("--year", min=2500, max=2700, help="ปีสำรวจ (พ.ศ.)")],
    out: Annotated[Path, typer.Option("--out", help="โฟลเดอร์ปลายทาง (ใหม่หรือว่าง)")],
    households: Annotated[int, typer.Option("--households", min=1, max=HOUSEHOLDS, help="จำนวนครัวเรือน")],
    province: Annotated[str | None, typer.Option("--province", help="รหัสจังหวัด 2 หลัก")] = None,
    nation: Annotated[bool, typer.Option("--nation", help="76 จังหวัด เป็น Parquet จังหวัดละชุด แทน --province")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="จำนวนโพรเซสของ --nation")] = 2,
    seed: Annotated[int, typer.Option("--seed", min=0, help="เลขตั้งต้นการสุ่ม เลขเดิมได้ไฟล์เดิมทุกไบต์")] = 1,
    faults: Annotated[bool, typer.Option("--faults", help="ใส่ข้อผิดพลาดที่รู้คำตอบ พร้อมรายการและไฟล์แก้ไข")] = False,
    doubles: Annotated[int, typer.Option("--doubles", min=0, help="จำนวนคู่บุคคลซ้ำ (และคู่ที่เพียงคล้ายกัน) ที่ใส่ไว้")] = 0,
    neighbour: Annotated[str | None, typer.Option("--neighbour", help="จังหวัดที่มีคนเดียวกันด้วย (ใช้ --seed เดียวกัน)")] = None,
    cheaters: Annotated[
        int | None, typer.Option("--cheaters", min=0, help="จำนวนผู้จัดเก็บที่ไม่ได้เก็บจริง พร้อมข้อมูลปีก่อน")
    ] = None,
    file_format: Annotated[Format, typer.Option("--format", help="รูปแบบไฟล์ที่ส่ง")] = "mixed",
    json_output: Annotated[bool, typer.Option("--json", help="พิมพ์ผลเป็น JSON หนึ่งรายการ")] = False,
) -> None:
    """สร้างประชากรสมมติ พร้อมทะเบียนและชุดส่งข้อมูล / make an invented population: registers and deliveries.

    ทุกคน ทุกบ้าน เลขประจำตัว และรหัส อปท. เป็นข้อมูลสมมติ ชื่อและรหัสจังหวัด อำเภอ ตำบลเป็นของจริง
    It writes deliveries, never tables of the pipeline: register them and hand them to `jpt intake`.

    Examples:

        jpt synth --year 2561 --province 38 --households 3200 --seed 38 --out /tmp/bk

        jpt synth --year 2561 --province 38 --households 3200 --seed 38 --out /tmp/bk --faults --format mixed

        jpt synth --year 2557 --province 38 --households 3200 --out /tmp/bk2557

        jpt synth --year 2561 --province 40 --households 100000 --out /tmp/kk --format parquet --json

        jpt synth --year 2561 --province 39 --households 5000 --out /tmp/nb --doubles 100 --neighbour 38

        jpt synth --year 2561 --province 38 --households 6000 --out /tmp/ch --cheaters 20

        jpt synth --year 2561 --nation --households 1300000 --out /tmp/nation --workers 2
    """
    if nation == (province is not None):
        refuse("SYN-WHERE ระบุ --province หรือ --nation อย่างใดอย่างหนึ่ง", json_output)
    if nation:
        if faults or doubles or neighbour or cheaters is not None or file_format not in ("mixed", "parquet"):
            refuse("SYN-NATION --nation สร้างเฉพาะ Parquet ไม่มีข้อผิดพลาดหรือคู่ซ้ำที่ใส่ไว้", json_output)
        _synth_nation(out, year, households, seed, workers, json_output)
        return
    if households > PROVINCE_MAX:
        refuse(f"SYN-HOUSEHOLDS จังหวัดเดียวมีได้ไม่เกิน {PROVINCE_MAX:,} ครัวเรือน", json_output)
    try:
        with progress(quiet=json_output) as bar:
            task = bar.add_task("สร้างครัวเรือน", total=households)
            result = generate(
                out,
                survey_year=year,
                province_code=str(province),
                households_n=households,
                seed=seed,
                file_format=file_format,
                faults=faults,
                doubles=doubles,
                neighbour=neighbour,
                cheaters=cheaters,
                progress=lambda step: bar.advance(task, step),
            )
    except tuple(_REFUSALS) as error:
        refuse(_REFUSALS[type(error)], json_output)
    if json_output:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False, sort_keys=True))
    else:
        _show(result, console())


def _synth_nation(out: Path, year: int, households: int, seed: int, workers: int, json_output: bool) -> None:
    try:
        with progress(quiet=json_output) as bar:
            task = bar.add_task("สร้างครัวเรือน", total=households)
            result = generate_nation(
                out,
                survey_year=year,
                households_n=households,
                seed=seed,
                workers=workers,
                progress=lambda step: bar.advance(task, step),
            )
    except tuple(_REFUSALS) as error:
        refuse(_REFUSALS[type(error)], json_output)
    if json_output:
        say_json(asdict(result))
    else:
        _show_nation(result, console())


def _show_nation(result: NationResult, out: Console) -> None:
    out.print(
        f"[green]สร้างประชากรสมมติแล้ว[/] ปี {result.survey_year} {result.provinces_n:,} จังหวัด: "
        f"{result.households_n:,} ครัวเรือน {result.persons_n:,} คน {result.villages_n:,} หมู่บ้าน/ชุมชน "
        f"{result.laos_n:,} อปท. {result.districts_n:,} อำเภอ {result.bytes_n:,} ไบต์"
    )
    out.print(f"โฟลเดอร์ {result.folder}", markup=False)


def _show(result: Result, out: Console) -> None:
    out.print(
        f"[green]สร้างประชากรสมมติแล้ว[/] ปี {result.survey_year} จังหวัด {result.province_code}: "
        f"{result.households_n:,} ครัวเรือน {result.persons_n:,} คน {result.villages_n:,} หมู่บ้าน/ชุมชน "
        f"{result.laos_n:,} อปท. {result.districts_n:,} อำเภอ"
    )
    if result.doubles_n:
        out.print(f"คู่บุคคลที่ใส่ไว้ {result.doubles_n:,} คู่ รายการอยู่ใน doubles.json")
    if result.cheaters_n:
        out.print(f"ผู้จัดเก็บที่ไม่ได้เก็บจริง {result.cheaters_n:,} คน รายการอยู่ใน cheaters.json ข้อมูลปีก่อนอยู่ใน earlier/")
    if result.faults_n:
        out.print(f"ข้อผิดพลาดที่ใส่ไว้ {result.faults_n:,} แห่ง แก้ไขได้ด้วย {result.corrections_n:,} ระเบียนใน corrections/")
    out.print(f"โฟลเดอร์ {result.folder}", markup=False)
    for name, size in result.files.items():
        out.print(f"  {name}  {size:,} ไบต์", markup=False)
