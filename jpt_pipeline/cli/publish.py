"""`jpt publish` and `jpt verify`: what leaves the home."""

from pathlib import Path
from typing import Annotated

import typer

from jpt_pipeline.cli.prove import say_proof
from jpt_pipeline.cli.screen import Json, Year, console, progress, refuse, say_json
from jpt_pipeline.results import rounds_with_results
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.release import current_release
from jpt_pipeline.verify import problems, read_proof


def publish_command(
    year: Year,
    reports: Annotated[bool, typer.Option("--reports/--no-reports", help="ทำรายงานของฉบับนี้ด้วย")] = True,
    json_output: Json = False,
) -> None:
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
            settings,
            year,
            lambda step, done, n: bar.update(task, description=step, completed=done, total=n),
            reports=reports,
        )
    if failed:
        refuse(f"P-RUN {failed[0].job} {failed[0].key}: {failed[0].reason}", json_output)
    folder = current_release(settings.published, year)
    made = sorted(str(path) for path in (settings.root / "reports" / folder.name).glob("[!.]*") if path.is_file())
    if json_output:
        say_json({"ok": True, "release": folder.name, "path": str(folder), "reports": made})
    else:
        console().print(f"[green]เผยแพร่แล้ว[/] {folder}")
        console().print(f"รายงาน {len(made)} ไฟล์ ใน {settings.root / 'reports' / folder.name}")


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
