"""`jpt run` and `jpt ui`: run a round's assets, open Dagster's page."""

import subprocess
import sys
from typing import Annotated

import typer

from jpt_pipeline.areas.official import province_codes
from jpt_pipeline.cli.faults import told
from jpt_pipeline.cli.screen import Json, Year, console, instrument_facts, progress, refuse, say_json, say_provisional
from jpt_pipeline.home import furnish
from jpt_pipeline.instruments import InstrumentError, load_instrument
from jpt_pipeline.rollup.areas import provinces_with_data
from jpt_pipeline.rounds import UnknownRound, load_round
from jpt_pipeline.settings import CHECKOUT, Settings


def run_command(
    year: Year,
    province: Annotated[list[str] | None, typer.Option("--province", help="รหัสจังหวัด 2 หลัก ระบุซ้ำได้")] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="จำนวนจังหวัดที่ทำพร้อมกัน แต่ละจังหวัดในโปรเซสของตัวเอง ผ่านคิวของ Dagster")
    ] = 1,
    json_output: Json = False,
) -> None:
    """ประมวลผลรอบสำรวจ ทีละจังหวัด แล้วรวมประเทศ / run the round's assets, province by province, then the nation.

    The same assets as on Dagster's page. What did not change is not computed again, so a command that was killed goes on
    where it was. A province that fails its gates does not stop the others; the command then ends 1 and says which gate.
    With --workers provinces wait in Dagster's queue of runs, and memory and threads are shared out among the processes.

    Examples:

        jpt run --year 2561

        jpt run --year 2561 --province 38 --province 39 --json

        jpt run --year 2561 --workers 2
    """
    settings = Settings()
    try:
        load_instrument(load_round(year, settings.definitions).instrument, settings.definitions)
    except (UnknownRound, InstrumentError) as error:
        refuse(told(error), json_output)
    codes = [code for item in province or () for code in item.replace(",", " ").split()]
    if unknown := sorted(set(codes) - set(province_codes())):
        refuse(f"X-PROVINCE ไม่มีรหัสจังหวัด {', '.join(unknown)} - ใช้รหัส 2 หลัก เช่น 38", json_output)
    if empty := sorted(set(codes) - provinces_with_data(settings, year)):
        refuse(f"X-PROVINCE จังหวัด {', '.join(empty)} ไม่มีทั้งทะเบียนพื้นที่และข้อมูลของรอบ {year}", json_output)
    with progress(quiet=json_output) as bar:
        task = bar.add_task(f"รอบ {year}", total=None)

        def show(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total or None)

        from jpt_pipeline.runs import QueueUnfit, run_round

        try:
            failed = run_round(settings, year, codes or None, show, workers)
        except QueueUnfit as error:
            refuse(str(error), json_output)
    if json_output:
        facts = {"ok": not failed, "survey_year": year, **instrument_facts(year)}
        say_json({**facts, "failed": [vars(item) for item in failed]})
    else:
        say_provisional(year)
        for item in failed:
            console().print(f"[red]ไม่ผ่าน[/] {item.job} {item.key}: {item.reason}")
        if not failed:
            console().print(f"[green]เสร็จ[/] รอบ {year}: ดูผลด้วย jpt status --year {year}")
    raise typer.Exit(1 if failed else 0)


def ui_command(
    port: Annotated[int, typer.Option("--port", help="พอร์ต")] = 3000,
    host: Annotated[str, typer.Option("--host", help="ที่อยู่ (ค่าเริ่มต้นเปิดเฉพาะเครื่องนี้)")] = "127.0.0.1",
) -> None:
    """เปิดหน้า Dagster: เส้นทางข้อมูล การตรวจ และการสั่งงาน / Dagster's page with lineage, gates and runs.

    Example:

        jpt ui --port 3000
    """
    settings = Settings()
    furnish(settings)
    from jpt_pipeline.workers import environment, runs_at_once

    arguments = ["dev", "-w", "workspace.yaml", "--host", host, "--port", str(port)]
    command = [sys.executable, "-m", "dagster", *arguments]
    raise typer.Exit(
        subprocess.run(command, cwd=CHECKOUT, env=environment(settings, runs_at_once(settings)), check=False).returncode
    )
