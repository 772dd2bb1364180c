"""`jpt demo`: the demonstration on the screen, with a summary in Thai and English."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from jpt_pipeline.certification.messages import level_th
from jpt_pipeline.cli.screen import Json, console, progress, refuse, say_json
from jpt_pipeline.demonstration import PROVINCE, YEAR, Demonstration, DemonstrationFailed, demonstrate
from jpt_pipeline.ledger import LedgerBroken
from jpt_pipeline.settings import CHECKOUT, Settings
from jpt_pipeline.vault import key_folder


def demo_command(
    sample: Annotated[Path, typer.Option("--sample", help="โฟลเดอร์ตัวอย่าง")] = CHECKOUT / "data" / "sample" / str(YEAR),
    json_output: Json = False,
) -> None:
    """สาธิตทั้งกระบวนการกับจังหวัดบึงกาฬ รอบ 2561 (ข้อมูลสมมติ) / the whole path on invented data of Bueng Kan.

    Done again it changes nothing. Example:

        JPT_HOME=/tmp/jpt-demo jpt demo
    """
    settings = Settings()
    with progress(quiet=json_output) as bar:
        task = bar.add_task("เริ่ม", total=None)
        log = Console(stderr=True, quiet=json_output or bar.console.is_terminal, highlight=False)

        def tell(step: str) -> None:
            bar.update(task, description=step)
            log.print(f"· {step}", markup=False)

        try:
            done = demonstrate(settings, sample, tell)
        except (DemonstrationFailed, LedgerBroken) as error:
            refuse(f"D-DEMO {error}", json_output)
    if json_output:
        say_json({"ok": True, **done.facts, "release": done.release.name, "path": str(done.release)})
    else:
        _show(done, settings)


def _show(done: Demonstration, settings: Settings) -> None:
    out, facts = console(), done.facts
    out.print(f"\n[bold]สรุป / summary[/]  จังหวัด {PROVINCE} รอบ {YEAR}")
    out.print(f"ครัวเรือนที่นับ / households counted  [bold]{facts['households']:,}[/] (คน / persons {facts['persons']:,})")
    out.print(
        f"ระเบียน / records {facts['records']:,} = รับ / accepted {facts['accepted']:,} + กักไว้ / quarantined "
        f"{facts['quarantined']:,} + ซ้ำ / duplicate {facts['duplicate']:,} + ถูกแทนที่ / superseded {facts['superseded']:,}"
    )
    out.print("เหตุที่กักไว้ / why quarantined: " + ", ".join(f"{code} {n}" for code, n in facts["reasons"]))
    if done.blocked_first:
        out.print(f"\n[bold]ก่อนแก้ไข ติดขัด {len(done.blocked_first)} อปท. / LAOs blocked before the corrections came[/]")
    for code, name, reasons in done.blocked_first:
        out.print(f"  {code} {name}: {'; '.join(reasons)}", markup=False)
    table = Table(title="การรับรอง / certification")
    for column in ("ระดับ / level", "สถานะ / state", "พื้นที่ / areas", "ติดขัดเพราะ / blocked by"):
        table.add_column(column)
    for level, state, count, blocked in facts["states"]:
        table.add_row(f"{level_th(level)} / {level}", state, f"{count:,}", "; ".join(blocked or []))
    out.print(table)
    out.print(f"ลายนิ้วมือตัวเลขจังหวัด / root of the province  {facts['province_root_sha256']}")
    out.print(f"คำรับรอง / certificate  {facts['province_certificate']}")
    out.print("\n[bold]สิ่งที่ได้ / what was made[/]")
    out.print(f"  ฉบับเผยแพร่ / release   {done.release}")
    out.print(f"  คลังข้อมูล / warehouse  {settings.warehouse}")
    out.print(f"  รายงาน / reports        {settings.root / 'reports' / done.release.name} ({len(done.reports)} files)")
    out.print(f"  สมุดคำรับรอง / ledger   {settings.ledger}")
    out.print(
        f"  กุญแจ / keys            {key_folder(settings)} (ทุกคนรู้ได้ ห้ามใช้กับข้อมูลจริง / known to all: never for real data)"
    )
    out.print("\nหน้า Dagster / Dagster's page: [bold]make ui[/]  ->  http://127.0.0.1:3000")
    out.print(f"ที่มาของตัวเลข / where a number comes from: [bold]jpt explain --year {YEAR} --area 3801 --indicator 22[/]")
