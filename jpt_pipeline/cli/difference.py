"""`jpt difference`: what moved in areas since their last certificate. Put here: arguments and words, short."""

import csv
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.difference import Difference, Moved, changed_households, difference, last_certificate
from jpt_pipeline.certification.kept import INDICATORS, NotKept
from jpt_pipeline.certification.messages import level_th, say
from jpt_pipeline.certification.relations import level_names
from jpt_pipeline.certification.situation import NoFigures, gate_rules, load_situation, provinces_of
from jpt_pipeline.certification.state import thai_date
from jpt_pipeline.cli.screen import Json, Year, console, progress, refuse, say_json
from jpt_pipeline.clock import date_text, thai_day, utc_now
from jpt_pipeline.codes import load_codes
from jpt_pipeline.dictionary import load_dictionary
from jpt_pipeline.instruments import Instrument, load_instrument
from jpt_pipeline.ledger import Act, only, read_entries
from jpt_pipeline.restricted import NotRestricted, restricted_folder
from jpt_pipeline.rounds import load_round
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import replacing
from jpt_pipeline.store.lake import Lake
from jpt_pipeline.store.session import session

SHOWN = 20
COUNTS_TH = {"households": "ครัวเรือน", "persons": "คน", "target": "ครัวเรือนเป้าหมาย"}
HOUSEHOLD_COLUMNS = ("stream", "village_code", "household_id", "change")


def difference_command(
    year: Year,
    level: Annotated[str, typer.Option("--level", help="ระดับ: village tambon lao district province nation")],
    area: Annotated[str, typer.Option("--area", help="รหัสพื้นที่ (TH = ประเทศ)")],
    stream: Annotated[str | None, typer.Option("--stream", help="สายข้อมูล (ไม่ระบุ = ทุกสายที่เคยรับรอง)")] = None,
    households: Annotated[bool, typer.Option("--households", help="เขียนรายการครัวเรือนที่เปลี่ยน (ใช้ภายใน)")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="ไฟล์ CSV ของ --households ใต้ที่เก็บข้อมูลรายครัวเรือน")] = None,
    json_output: Json = False,
) -> None:
    """สิ่งที่เปลี่ยนจากคำรับรองเดิม: จำนวน ตัวชี้วัด พื้นที่ย่อย ครัวเรือน / what moved since an area's last certificate.

    A committee that certifies again needs to look at these alone. The list of households names house codes: it goes
    below JPT_RESTRICTED (default: restricted/ of the home).

    Examples:

        jpt difference --year 2561 --level district --area 3801

        jpt difference --year 2561 --level lao --area 38010199 --households --out $JPT_HOME/restricted/changed.csv --json
    """
    settings = Settings()
    if households != (out is not None):
        refuse(say("C-OUT"), json_output)
    try:
        if level not in level_names():
            refuse(say("C-LEVEL-NAME", level=level, levels=" ".join(level_names())), json_output)
        if out is not None:
            restricted_folder(settings, out.absolute().parent)
        with progress(quiet=json_output) as bar:
            bar.add_task("เทียบกับคำรับรองเดิม", total=None)
            found = _differences(settings, year, level, area, stream, out)
    except NotRestricted as error:
        refuse(say("C-PRIVATE", folder=str(error)), json_output)
    except (NotKept, NoFigures) as error:
        refuse(str(error), json_output)
    if not found:
        refuse(say("C-NEVER", level=level_th(level), area=area, year=str(year)), json_output)
    if json_output:
        say_json({"ok": True, "survey_year": year, "areas": [_as_json(one) for one in found], "out": out})
        return
    instrument = load_instrument(load_round(year, settings.definitions).instrument, settings.definitions)
    for one in found:
        _show(one, instrument)
    if out is not None:
        console().print(f"รายการครัวเรือน: {out}", markup=False)


def _differences(
    settings: Settings, year: int, level: str, area: str, stream: str | None, out: Path | None
) -> list[Difference]:
    """The area's difference in each stream in which it was ever certified, and the list of households into `out`."""
    round_ = load_round(year, settings.definitions)
    instrument = load_instrument(round_.instrument, settings.definitions)
    rules = gate_rules(round_, instrument, load_codes(settings.definitions))
    entries = read_entries(settings.ledger)
    on: date = thai_day(utc_now())
    with session(settings) as connection:
        is_nation = area == load_levels()[-1].code
        provinces = None if is_nation else provinces_of(Lake(settings.lake), connection, year, [area])
        if provinces is not None and not provinces:
            return []
        situation = load_situation(connection, settings, round_, rules, entries, on, provinces=provinces, gated=())
        areas = [
            known for known in situation.part_of
            if (known.level, known.area_code) == (level, area) and stream in (None, known.stream)
        ]  # fmt: skip
        given = [last_certificate(only(entries, Act), year, known) for known in sorted(areas)]
        acts = [act for act in given if act is not None]
        if out is not None:
            rows = (row for act in acts for row in changed_households(connection, settings, situation.relations, act))
            with replacing(out.absolute()) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(HOUSEHOLD_COLUMNS)
                writer.writerows(rows)
        return [difference(connection, settings, situation.relations, act) for act in acts]


def _as_json(one: Difference) -> dict[str, Any]:
    listed = None if one.figures is None else [row._asdict() for row in one.figures]
    return {
        **one.area._asdict(),
        "certificate_id": one.certificate.certificate_id,
        "certified_at": one.certificate.at,
        "root_then_sha256": one.certificate.root_sha256,
        "root_now_sha256": one.root_sha256,
        "is_moved": one.is_moved,
        "counts": {row.measure: {"then": row.then, "now": row.now} for row in one.counts},
        "figures": listed,
        "below": None if one.below is None else [row._asdict() for row in one.below],
        "households": one.households and one.households._asdict(),
    }


def _show(one: Difference, instrument: Instrument) -> None:
    out = console()
    act = one.certificate
    day = thai_date(act)
    place = f"{level_th(one.area.level)} {one.area.area_code} ({one.area.stream})"
    out.print(f"{place} เทียบกับ {act.certificate_id} รับรองเมื่อ {date_text(day)}", markup=False)
    if not one.is_moved:
        out.print("ไม่มีอะไรเปลี่ยนจากคำรับรองเดิม")
        return
    for row in one.counts:
        moved = (
            f"{row.then:,} -> {row.now:,} ({row.now - row.then:+,})" if row.then != row.now else f"{row.now:,} คงเดิม"
        )
        out.print(f"  {COUNTS_TH[row.measure]} {moved}")
    if one.figures is None:
        out.print("  " + say("C-NOLEAVES", certificate=str(act.certificate_id)), markup=False)
        return
    _show_figures(out, one.figures, instrument)
    if one.below:
        names = [f"{level_th(row.level)} {row.area_code} {row.area_name}".strip() for row in one.below]
        more = f" และอีก {len(names) - SHOWN:,} แห่ง" if len(names) > SHOWN else ""
        out.print(f"พื้นที่ย่อยที่เปลี่ยน {len(names):,} แห่ง: {', '.join(names[:SHOWN])}{more}", markup=False)
    if one.households is not None:
        added, changed, removed = one.households
        out.print(f"ครัวเรือนที่เปลี่ยน {one.households.total_n:,} (เพิ่ม {added:,} แก้ไข {changed:,} ถอน {removed:,})")


def _show_figures(out: Console, figures: tuple[Moved, ...], instrument: Instrument) -> None:
    """A line per indicator that moved; of the other tables a line per value."""
    fields = load_dictionary().fields
    by_indicator: dict[int, list[Moved]] = {}
    for row in figures:
        if row.table == INDICATORS:
            by_indicator.setdefault(int(row.key), []).append(row)
    out.print(f"ตัวชี้วัดที่เปลี่ยน {len(by_indicator):,} ตัว")
    for number, rows in by_indicator.items():
        told = ", ".join(f"{fields[row.measure].th} {row.then:,} -> {row.now:,}" for row in rows)
        out.print(f"  {number} {instrument.indicator(number).name_th}: {told}", markup=False)
    others = [row for row in figures if row.table != INDICATORS]
    if others:
        out.print(f"ตัวเลขอื่นที่เปลี่ยน {len(others):,} ค่า")
    for row in others[:SHOWN]:
        name = f"{fields[row.measure].th} {row.key}".strip()
        out.print(f"  {name} {row.then:,} -> {row.now:,}", markup=False)
    if len(others) > SHOWN:
        out.print(f"  และอีก {len(others) - SHOWN:,} ค่า (ดูทั้งหมดด้วย --json)")
