"""`jpt prove` and `jpt ledger`: what a household, an auditor or a witness takes away. Words on the screen, no rules."""

from pathlib import Path
from typing import Annotated

import typer

from jpt_pipeline.areas.levels import load_levels
from jpt_pipeline.certification.messages import level_th, say
from jpt_pipeline.certification.prove import Unprovable, prove
from jpt_pipeline.certification.situation import load_situation
from jpt_pipeline.certification.state import Area
from jpt_pipeline.cli.acting import TOLD_ACTS, reasons_of, refuse_act, round_and_rules
from jpt_pipeline.cli.screen import Json, Year, console, progress, refuse, say_json
from jpt_pipeline.clock import thai_day, utc_now
from jpt_pipeline.hashtree.checkpoint import NotACheckpoint, extension, parse_checkpoint, write_checkpoint
from jpt_pipeline.hashtree.proof import Proof
from jpt_pipeline.ledger import read_entries
from jpt_pipeline.settings import Settings
from jpt_pipeline.store.files import dump_json, replacing
from jpt_pipeline.store.session import session

Out = Annotated[Path, typer.Option("--out", help="ไฟล์ปลายทาง")]


def prove_command(
    year: Year,
    area: Annotated[str, typer.Option("--area", help="รหัสหมู่บ้าน/ชุมชน 8 หลัก")],
    household: Annotated[str, typer.Option("--household", help="รหัสประจำบ้าน")],
    out: Out,
    stream: Annotated[str, typer.Option("--stream", help="สายข้อมูล")] = "jpt",
    json_output: Json = False,
) -> None:
    """ออกหลักฐานว่าครัวเรือนหนึ่งถูกนับตามคำตอบที่ให้ไว้ / prove that one household was counted as it answered.

    The file holds the household's answers and code: give it to that household or to an auditor only. Whoever has it
    checks it without this home, with `jpt verify FILE`.

    Example:

        jpt prove --year 2561 --area 38010101 --household 38010000001 --out proof.json
    """
    settings = Settings()
    village = Area(stream, load_levels()[0].level, area)
    try:
        round_, rules = round_and_rules(year)
        entries, on = read_entries(settings.ledger), thai_day(utc_now())
        with progress(quiet=json_output) as bar, session(settings) as connection:
            bar.add_task("หลักฐาน", total=None)
            situation = load_situation(connection, settings, round_, rules, entries, on, gated=())
            made = prove(connection, settings, situation, year, village, household)
    except Unprovable as error:
        refuse_act([error.reason], json_output)
    except TOLD_ACTS as error:
        refuse_act(reasons_of(error, year), json_output)
    with replacing(out) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_text(dump_json(made.model_dump(mode="json")), encoding="utf-8")
    say_proof(out, made, json_output)


def say_proof(path: Path, proof: Proof, as_json: bool) -> None:
    """The file and the roots that it leads to; nothing about the household."""
    certified = {(known.level, known.area_code): known.certificate_id for known in proof.certificates}
    areas = [
        {
            "level": step.level,
            "area_code": step.area_code,
            "root_sha256": step.root_sha256,
            "certificate_id": certified.get((step.level, step.area_code)),
        }
        for step in proof.steps
    ]
    if as_json:
        say_json({"ok": True, "problems": [], "path": str(path), "areas": areas})
        return
    out = console()
    out.print(f"[green]ถูกต้อง[/] {path}")
    for area in areas:
        under = f"คำรับรอง {area['certificate_id']}" if area["certificate_id"] else "ยังไม่ได้รับรอง"
        out.print(f"{level_th(str(area['level']))} {area['area_code']}: {str(area['root_sha256'])[:16]} {under}")


ledger_app = typer.Typer(
    no_args_is_help=True, help="จุดตรวจสอบของบัญชีการรับรอง / checkpoints of the ledger for witnesses."
)


@ledger_app.command("checkpoint")
def checkpoint_command(out: Out, json_output: Json = False) -> None:
    """เขียนจุดตรวจสอบของบัญชีการรับรอง ณ ปัจจุบัน / write down size and root of the ledger as it is now.

    Whoever keeps the file outside of the office can tell later whether the ledger was rewritten. `jpt publish` writes one
    beside each release.

    Example:

        jpt ledger checkpoint --out ledger.checkpoint
    """
    made = write_checkpoint(Settings(), out)
    if json_output:
        say_json({"ok": True, "path": str(out), "entries_n": made.size, "root_sha256": made.root.hex()})
        return
    console().print(f"[green]ทำแล้ว[/] {out}")
    console().print(say("D-CHECKPOINT", entries_n=made.size), markup=False)


@ledger_app.command("verify")
def ledger_verify_command(
    checkpoint: Annotated[Path, typer.Option("--checkpoint", help="จุดตรวจสอบที่เก็บไว้")], json_output: Json = False
) -> None:
    """ตรวจว่าบัญชีการรับรองต่อจากที่จุดตรวจสอบเห็น / prove that the ledger begins with what a checkpoint saw.

    Example:

        jpt ledger verify --checkpoint ledger.checkpoint
    """
    try:
        seen = parse_checkpoint(checkpoint.read_text(encoding="utf-8"))
    except (NotACheckpoint, UnicodeDecodeError):
        refuse(say("C-CHECKPOINT", file=checkpoint.name), json_output)
    found = extension(Settings(), seen)
    if found.seen.origin != found.now.origin:
        refuse(say("C-CHECKPOINT-OTHER", origin=found.seen.origin), json_output)
    if not found.is_extension:
        refuse(say("C-REWRITTEN", seen_n=seen.size, now_n=found.now.size), json_output)
    if json_output:
        roots = {"seen": seen.root.hex(), "now": found.now.root.hex()}
        proof = [node.hex() for node in found.proof]
        say_json({"ok": True, "seen_n": seen.size, "now_n": found.now.size, "roots": roots, "consistency": proof})
    else:
        console().print(say("D-EXTENSION", seen_n=seen.size, now_n=found.now.size), style="green", markup=False)
