"""`jpt bench`: the measurement on the screen."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from jpt_pipeline.cli.screen import Json, console, progress, refuse, say_json
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import write_bytes, write_json
from jpt_pipeline.store.lake import Part

YEAR, PROVINCE, SEED = 2561, "40", 1


def bench_command(
    households: Annotated[int, typer.Option("--households", min=100, help="จำนวนครัวเรือนสมมติ")] = 100_000,
    nation: Annotated[bool, typer.Option("--nation", help="ทั้งประเทศ 76 จังหวัด แทนจังหวัดเดียว")] = False,
    scale: Annotated[str, typer.Option("--scale", help="ของ --nation: 1 (13 ล้านครัวเรือน), 0.1 หรือ 0.01")] = "0.01",
    folder: Annotated[
        Path | None, typer.Option("--home", help="ของ --nation: โฟลเดอร์ที่เก็บงาน เริ่มต่อได้ (ปกติ JPT_HOME/bench-national)")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="ของ --nation: ไฟล์ Markdown ของผลที่วัดได้")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="ของ --nation: โพรเซสที่สร้างข้อมูล")] = 2,
    json_output: Json = False,
) -> None:
    """วัดเวลาทั้งกระบวนการกับข้อมูลสมมติ และเทียบกับ SQL ที่เขียนด้วยมือ / time the whole path beside hand-written SQL.

    One province works in a folder of its own below JPT_HOME and removes it. A nation keeps its folder, so that a stopped
    measurement goes on: remove the folder to measure anew. Drawing the population is not counted.

    Examples:

        jpt bench

        jpt bench --households 10000 --json

        jpt bench --nation --scale 0.1 --home /tmp/bench --out nation.md
    """
    if nation:
        _bench_nation(folder or Settings().root / "bench-national", scale, out, workers, json_output)
    else:
        _bench_province(households, json_output)


def _bench_nation(base: Path, scale: str, out: Path | None, workers: int, json_output: bool) -> None:
    from jpt_pipeline.benchmark.floor import Disagreement
    from jpt_pipeline.benchmark.nation import SCALES, measure_nation
    from jpt_pipeline.benchmark.paper import earlier, facts, markdown

    if scale not in SCALES:
        refuse(f"B-SCALE --scale {scale}: ใช้ {', '.join(SCALES)}", json_output)
    folder = base.expanduser().resolve() / scale
    try:
        with progress(quiet=json_output) as bar:
            task = bar.add_task("synth", total=2 * SCALES[scale])

            def tell(name: str, households_n: int) -> None:
                bar.update(task, description=name, advance=households_n)

            found = measure_nation(folder, SCALES[scale], tell, workers=workers)
    except (Disagreement, RuntimeError) as error:
        refuse(f"B-BENCH {error}", json_output)
    known = facts(found)
    write_json(folder / "result.json", known)
    paper = markdown(found, earlier(folder.parent, SCALES))
    for file in (folder / "result.md", *([out] if out else [])):
        write_bytes(file, paper.encode())
    if json_output:
        say_json(known)
    else:
        typer.echo(paper)


def _bench_province(households: int, json_output: bool) -> None:
    home = Settings()
    home.root.mkdir(parents=True, exist_ok=True)
    from jpt_pipeline.benchmark.floor import Disagreement
    from jpt_pipeline.benchmark.intake import measure_intake
    from jpt_pipeline.benchmark.path import measure
    from jpt_pipeline.definitions import GATES
    from jpt_pipeline.synthetic.generate import Format, generate

    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=home.root))
    try:
        with progress(quiet=json_output) as bar:
            task = bar.add_task("synth", total=None)

            def draw(out: Path, file_format: Format, households_n: int) -> None:
                bar.update(task, description=f"synth {file_format}")
                generate(
                    out,
                    survey_year=YEAR,
                    province_code=PROVINCE,
                    households_n=households_n,
                    seed=SEED,
                    file_format=file_format,
                )
                bar.update(task, description=f"intake {file_format}")

            taken = measure_intake(folder / "intake", households, draw)
            draw(folder / "data", "parquet", households)
            settings = Settings(home=folder / "home")
            part = Part(YEAR, PROVINCE)
            found = measure(settings, folder / "data", part, GATES, lambda name: bar.update(task, description=name))
    except (Disagreement, RuntimeError) as error:
        refuse(f"B-BENCH {error}", json_output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if json_output:
        intake = [vars(each) | {"ratio": each.ratio} for each in taken]
        say_json(vars(found) | {"total_seconds": found.total, "ratio": found.ratio, "intake": intake})
        return
    out = console()
    for each in taken:
        out.print(
            f"intake {each.format:<8} {each.seconds:8.2f} s {each.households_n / each.seconds:12,.0f} households/s "
            f"{each.bytes_n / each.seconds / 1e6:7.0f} MB/s, peak {each.peak_mib:,} MiB; DuckDB alone, without checks: "
            f"{each.floor_seconds:.2f} s, ratio {each.ratio:.1f}x"
        )
    for name, seconds in found.seconds.items():
        out.print(f"{name:<10} {seconds:8.2f} s {found.households_n / seconds:12,.0f} households/s")
    out.print(f"{'total':<10} {found.total:8.2f} s {found.households_n / found.total:12,.0f} households/s")
    out.print(f"peak memory {found.peak_mib:,} MiB")
    out.print(
        f"clean households to rollups: {found.ours_seconds:.2f} s, by hand-written SQL: {found.floor_seconds:.2f} s"
    )
    out.print(f"ratio to floor: {found.ratio:.1f}x")
