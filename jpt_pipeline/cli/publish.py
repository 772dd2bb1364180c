"""`jpt publish`, `jpt report` and `jpt verify`: what leaves the home."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from jpt_pipeline.cli.prove import say_proof
from jpt_pipeline.cli.screen import Json, Year, console, progress, refuse, say_json
from jpt_pipeline.cli.slips import due_date, restricted_files
from jpt_pipeline.results import rounds_with_results
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.release import NoRelease, current_release
from jpt_pipeline.verify import problems, read_proof


def publish_command(year: Year, json_output: Json = False) -> None:
    """เผยแพร่ผลของรอบเป็นฉบับเดียวครบชุด / publish a round's results as one whole release, and make its reports.

    The same results again change nothing. Uncertified figures are published as such: certified__* hold only what stands
    under a valid certificate.

    Example:

        jpt publish --year 2561
    """
    settings = Settings()
    load_round(year, settings.definitions)
    if year not in rounds_with_results(Lake(settings.lake)):
        refuse(f"P-NORESULTS ยังไม่มีผลของรอบ {year} - สั่ง jpt run --year {year} ก่อน", json_output)
    from jpt_pipeline.runs import publish

    with progress(quiet=json_output) as bar:
        task = bar.add_task("เผยแพร่", total=None)
        failed = publish(
            settings, year, lambda step, done, n: bar.update(task, description=step, completed=done, total=n)
        )
    if failed:
        refuse(f"P-RUN {failed[0].job} {failed[0].key}: {failed[0].reason}", json_output)
    folder = current_release(settings.published, year)
    reports = sorted(str(path) for path in (settings.root / "reports" / folder.name).glob("[!.]*") if path.is_file())
    if json_output:
        say_json({"ok": True, "release": folder.name, "path": str(folder), "reports": reports})
    else:
        console().print(f"[green]เผยแพร่แล้ว[/] {folder}")
        console().print(f"รายงาน {len(reports)} ไฟล์ ใน {settings.root / 'reports' / folder.name}")


def report_command(
    name: Annotated[str, typer.Argument(help="failing-rank indicators poster edit-listing quality หรือ return-slip")],
    year: Year,
    level: Annotated[str, typer.Option("--level", help="village tambon lao district province nation")],
    area: Annotated[str, typer.Option("--area", help="รหัสพื้นที่ (TH = ประเทศ)")],
    out: Annotated[Path, typer.Option("--out", help="โฟลเดอร์ปลายทาง")],
    stream: Annotated[str, typer.Option("--stream", help="สายข้อมูล")] = "jpt",
    due: Annotated[str | None, typer.Option("--due", help="กำหนดส่งคืนของใบส่งกลับ 20/03/2561")] = None,
    json_output: Json = False,
) -> None:
    """ทำรายงานของพื้นที่หนึ่งจากฉบับเผยแพร่ล่าสุด / make one report of one area from the current release.

    `return-slip` names houses: it is made from the home's own data, as of now, into a folder that only you can enter.

    Examples:

        jpt report failing-rank --year 2561 --level province --area 38 --out reports-38

        jpt report poster --year 2561 --level village --area 38010101 --out posters

        jpt report return-slip --year 2561 --level tambon --area 380101 --out slips --due 20/03/2561
    """
    settings = Settings()
    from jpt_pipeline.definitions import REPORTS, RESTRICTED, Release, ReleaseError

    if name not in (*REPORTS, *RESTRICTED):
        refuse(f"P-REPORT ไม่มีรายงาน {name} - มี {', '.join((*REPORTS, *RESTRICTED))}", json_output)
    levels = REPORTS[name].levels if name in REPORTS else RESTRICTED[name].levels
    if level not in levels:
        refuse(f"P-LEVEL รายงาน {name} ทำได้ในระดับ {', '.join(levels)}", json_output)
    if name in RESTRICTED:
        make = partial(RESTRICTED[name].make, settings, year, stream, level, area, out)
        _say_files(restricted_files(make, due_date(settings, year, stream, due, json_output), json_output), json_output)
        return
    report = REPORTS[name]
    try:
        release = Release.open(current_release(settings.published, year), stream)
        out.mkdir(parents=True, exist_ok=True)
        files = report.make(release, level, area, out)
    except NoRelease:
        refuse(f"P-NONE ยังไม่มีฉบับเผยแพร่ของรอบ {year} - สั่ง jpt publish --year {year}", json_output)
    except ReleaseError as error:
        refuse(f"P-RELEASE ฉบับเผยแพร่ไม่มีพื้นที่นี้ หรือไฟล์ถูกเปลี่ยน ({error})", json_output)
    _say_files(files, json_output)


def _say_files(files: list[Path], json_output: bool) -> None:
    if json_output:
        say_json({"ok": True, "files": [str(path) for path in files]})
    else:
        for path in files:
            console().print(f"[green]ทำแล้ว[/] {path}")


def verify_command(
    path: Annotated[Path, typer.Argument(help="โฟลเดอร์ของฉบับเผยแพร่ หรือไฟล์หลักฐานของครัวเรือน")],
    json_output: Json = False,
) -> None:
    """ตรวจฉบับเผยแพร่ หรือหลักฐานของครัวเรือน / check a release or a household's proof by itself; names what does not hold.

    Of a proof it shows the roots that it leads to: they must be those on the signed forms.

    Examples:

        jpt verify data/published/2561-0123456789ab

        jpt verify proof.json
    """
    found = problems(path)
    if path.is_file() and not found:
        say_proof(path, read_proof(path), json_output)
    elif json_output:
        say_json({"ok": not found, "problems": found})
    elif found:
        for line in found:
            console().print(f"[red]{line}[/]")
    else:
        console().print(f"[green]ถูกต้องครบถ้วน[/] {path}")
    raise typer.Exit(1 if found else 0)
