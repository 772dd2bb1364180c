"""`jpt report`: one report of one area, or of every area of a level below it; `jpt reports`: which there are.

Put here: options, which release is read, refusals in words. Keep out: which reports there are (reports/registry.py).
"""

from datetime import date
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from jpt_pipeline.areas.tree import NoSuchArea
from jpt_pipeline.boundaries.stored import Boundaries
from jpt_pipeline.cli.screen import Json, Year, console, progress, refuse, say_json
from jpt_pipeline.clock import read_date, thai_day, utc_now
from jpt_pipeline.listing.words import NotListed
from jpt_pipeline.restricted import NotRestricted, note_report, restricted_folder
from jpt_pipeline.returns.slip import next_due
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.release import NoRelease, current_release

READERS_TH = {"public": "ประชาชน", "committee": "คณะทำงาน", "restricted": "เฉพาะผู้มีสิทธิ์"}


def report_command(
    name: Annotated[str, typer.Argument(help="ชื่อรายงาน; jpt reports แสดงทั้งหมด")],
    year: Year,
    level: Annotated[str, typer.Option("--level", help="village tambon lao district province nation")],
    area: Annotated[str, typer.Option("--area", help="รหัสพื้นที่ (TH = ประเทศ)")],
    out: Annotated[Path, typer.Option("--out", help="โฟลเดอร์ปลายทาง")],
    stream: Annotated[str, typer.Option("--stream", help="สายข้อมูล")] = "jpt",
    public: Annotated[bool | None, typer.Option("--public/--committee", help="ฉบับเผยแพร่ทั่วไป หรือฉบับคณะทำงาน")] = None,
    each: Annotated[str | None, typer.Option("--each", help="ทำทุกพื้นที่ของระดับนี้ที่อยู่ใน --area")] = None,
    thai_digits: Annotated[bool, typer.Option("--thai-digits", help="พิมพ์เลขไทย")] = False,
    due: Annotated[str | None, typer.Option("--due", help="กำหนดส่งคืนของใบส่งกลับ 20/03/2561")] = None,
    by: Annotated[str | None, typer.Option("--by", help="ผู้ทำรายงานรายครัวเรือน (บันทึกไว้)")] = None,
    json_output: Json = False,
) -> None:
    """ทำรายงานของพื้นที่จากฉบับเผยแพร่ล่าสุด / make a report of an area from the current release.

    A page for everybody (--public) hides small figures by the disclosure policy; one for committees does not. Reports about
    single households are made from the home's own data, as of now, only below JPT_RESTRICTED (default: restricted/ of the
    home), and each is noted in the ledger.

    Examples:

        jpt report failing-rank --year 2561 --level province --area 38 --out reports-38

        jpt report poster --year 2561 --level district --area 3801 --each village --out posters --thai-digits

        jpt report area-page --year 2561 --level district --area 3801 --public --out www

        jpt report return-slip --year 2561 --level tambon --area 380101 --out $JPT_HOME/restricted/slips --due 20/03/2561
    """
    settings = Settings()
    from jpt_pipeline.definitions import REPORTS, RESTRICTED

    if name not in (*REPORTS, *RESTRICTED):
        refuse(f"P-REPORT ไม่มีรายงาน {name} - มี {', '.join((*REPORTS, *RESTRICTED))}", json_output)
    levels = REPORTS[name].levels if name in REPORTS else RESTRICTED[name].levels
    if (each or level) not in levels:
        refuse(f"P-LEVEL รายงาน {name} ทำได้ในระดับ {', '.join(levels)}", json_output)
    if name in RESTRICTED:
        if each or public is not None:
            refuse(f"P-OPTION รายงาน {name} ไม่มีตัวเลือก --each --public --committee", json_output)
        last = _due(settings, year, stream, due, json_output)
        files = _restricted(settings, name, year, stream, level, area, out, last, thai_digits, by, json_output)
    else:
        files = _published(settings, name, year, stream, level, area, out, public, each, thai_digits, json_output)
    if json_output:
        say_json({"ok": True, "files": [str(path) for path in files]})
    else:
        for path in files:
            console().print(f"[green]ทำแล้ว[/] {path}")


def _published(
    settings: Settings, name: str, year: int, stream: str, level: str, area: str, out: Path,
    public: bool | None, each: str | None, thai_digits: bool, as_json: bool,
) -> list[Path]:  # fmt: skip
    """Files of a report of the current release."""
    from jpt_pipeline.definitions import REPORTS, NotAsked, Order, Release, ReleaseError, make_each, release_before

    report = REPORTS[name]
    audience = report.audiences[0] if public is None else "public" if public else "committee"
    if audience not in report.audiences:
        only = "--public" if report.audiences == ("public",) else "--committee"
        refuse(f"P-READERS รายงาน {name} มีเฉพาะ {only}", as_json)
    try:
        release = Release.open(current_release(settings.published, year), stream, audience=audience)
        before = release_before(release, settings.published)
        boundaries = Boundaries(settings.lake)
        out.mkdir(parents=True, exist_ok=True)
        order = Order(release, level, area, out, thai_digits, before, boundaries)
        if each is None:
            return report.make(order)
        areas = [(each, code) for code in release.inside(level, area, each)]
        with progress(quiet=as_json) as bar:
            task = bar.add_task(report.title_th, total=len(areas))
            batch = make_each(order, name, areas, settings.threads, lambda done, n: bar.update(task, completed=done))
    except NoRelease:
        refuse(f"P-NONE ยังไม่มีฉบับเผยแพร่ของรอบ {year} - สั่ง jpt publish --year {year}", as_json)
    except NotAsked:
        refuse(f"P-NOTASKED รอบ {year} ไม่ได้กำหนดรายงาน {name} ของพื้นที่นี้", as_json)
    except ReleaseError as error:
        refuse(f"P-RELEASE ฉบับเผยแพร่ไม่มีพื้นที่นี้ หรือไฟล์ถูกเปลี่ยน ({error})", as_json)
    if batch.failed:
        (_, code), why = next(iter(batch.failed.items()))
        made, failed = len(areas) - len(batch.failed), len(batch.failed)
        refuse(f"P-EACH ทำแล้ว {made} พื้นที่ ทำไม่ได้ {failed} พื้นที่ เช่น {code} ({why})", as_json)
    return batch.files


def _restricted(
    settings: Settings, name: str, year: int, stream: str, level: str, area: str, out: Path,
    due: date | None, thai_digits: bool, by: str | None, as_json: bool,
) -> list[Path]:  # fmt: skip
    """Files of a report about single households; the ledger notes it."""
    from jpt_pipeline.definitions import RESTRICTED, NotAsked, RestrictedOrder

    who = by or getuser()
    try:
        folder = restricted_folder(settings, out)
        with progress(quiet=as_json) as bar:
            task = bar.add_task(RESTRICTED[name].title_th, total=None)
            order = RestrictedOrder(
                settings, year, stream, level, area, folder, due, thai_digits,
                progress=lambda done, n: bar.update(task, completed=done, total=n), by=who,
            )  # fmt: skip
            made = RESTRICTED[name].make(order)
    except NotRestricted as error:
        refuse(f"P-RESTRICTED รายงานนี้มีข้อมูลรายครัวเรือน เขียนได้เฉพาะใต้ {error} (กำหนดด้วย JPT_RESTRICTED)", as_json)
    except NotAsked:
        refuse(f"P-NOTASKED รอบ {year} ไม่ได้กำหนดรายงาน {name}", as_json)
    except NoSuchArea as error:
        refuse(f"P-AREA ทะเบียนพื้นที่ของรอบไม่มี {error}", as_json)
    except NotListed as error:
        refuse(str(error), as_json)
    note_report(settings, name, year, stream, level, area, made.files, made.households_n, who, utc_now)
    return made.files


def _due(settings: Settings, survey_year: int, stream: str, text: str | None, as_json: bool) -> date | None:
    """The day of --due (dd/mm/yyyy B.E.), else the next due date of the round's chain as of today in Thailand."""
    round_ = load_round(survey_year, settings.definitions)
    if stream not in {known.key for known in round_.streams}:
        refuse(f"P-STREAM รอบ {survey_year} ไม่มีสายข้อมูล {stream}", as_json)
    if text is None:
        return next_due(settings, survey_year, stream, thai_day(utc_now()))
    try:
        return read_date(text)
    except ValueError:
        refuse("P-DUE กำหนดส่งคืนต้องเป็น วัน/เดือน/ปี พ.ศ. เช่น 20/03/2561", as_json)


def reports_command(json_output: Json = False) -> None:
    """รายงานที่ทำได้ทั้งหมด ระดับ และผู้อ่าน / every report: its levels and its readers.

    Example:

        jpt reports
    """
    from jpt_pipeline.definitions import REPORTS, RESTRICTED

    found = [(one.name, one.title_th, one.levels, tuple(map(str, one.audiences))) for one in REPORTS.values()]
    found += [(one.name, one.title_th, one.levels, ("restricted",)) for one in RESTRICTED.values()]
    if json_output:
        keys = ("name", "title_th", "levels", "readers")
        say_json({"ok": True, "reports": [dict(zip(keys, one, strict=True)) for one in found]})
        return
    table = Table(Column("รายงาน", no_wrap=True), "ชื่อ", "ระดับ", "ผู้อ่าน")
    for name, title, levels, readers in found:
        table.add_row(name, title, " ".join(levels), " ".join(READERS_TH[reader] for reader in readers))
    console().print(table)
